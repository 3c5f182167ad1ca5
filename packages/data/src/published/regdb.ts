// RegDB: persons seen by a camera and by a thermal camera at once, to be found again across the two.

import type { RawImage, RawPlane } from '../datasets/dataset.ts';
import { quote } from '../errors.ts';
import { faultAt, linesOf, type Place, uniqueBy } from './fields.ts';
import type { Folder } from './folder.ts';
import { fingerprintRows, presentRows, type Row, reporting, reportShared, requireRows, rowsSplit } from './lists.ts';
import { readGrey, readRgb } from './pictures.ts';
import type { PublishedDefinition, PublishedSplit, Report } from './published.ts';

const trials = Array.from({ length: 10 }, (_, k) => `trial-${k + 1}`);
const cameras = [
  { id: 0, folder: 'Visible', list: 'visible' },
  { id: 1, folder: 'Thermal', list: 'thermal' },
] as const;

interface PersonRow extends Row {
  readonly group: string;
  readonly label: number;
  readonly line: number;
}

function readList(folder: Folder, file: string, camera: (typeof cameras)[number], report: Report): PersonRow[] {
  const rows: PersonRow[] = [];
  const labels = new Map<string, number>();
  for (const { line, number } of linesOf(folder.readText(file).text)) {
    const at: Place = { folder, file, place: `line ${number}` };
    const [, path, person, label] = /^(\w+\/([^/\s]+)\/[^/\s]+) (\d+)$/.exec(line.trim()) ?? [];
    if (path === undefined) report(faultAt(at, 'malformed', `${camera.folder}/<person>/<file> <label>`, quote(line)));
    else if (!path.startsWith(`${camera.folder}/`)) {
      report(faultAt(at, 'bad-value', `a picture of ${camera.folder}/`, quote(path)));
    } else if ((labels.get(person) ?? Number(label)) !== Number(label)) {
      report(faultAt(at, 'bad-value', `${labels.get(person)}, the label of person ${person}`, label));
    } else {
      labels.set(person, Number(label));
      const target = { kind: 'identity', id: Number(label), camera: camera.id } as const;
      rows.push({ file: path, target, group: person, label: Number(label), line: number });
    }
  }
  const unique = uniqueBy(
    rows,
    (row) => row.file,
    ({ line }) => ({ folder, file, place: `line ${line}` }),
    report,
  );
  return presentRows(folder, unique, report, file);
}

/** Labels must be 0 to n - 1, and the same person must have the same one before both cameras. Gives persons by label. */
function checkLabels(folder: Folder, name: string, rows: readonly PersonRow[], report: Report): string[] {
  const persons = new Map<number, string>();
  for (const { group, label, file } of rows) {
    const person = persons.get(label) ?? group;
    persons.set(label, person);
    if (person === group) continue;
    const [expected, actual] = [`label ${label} for person ${person} only`, `person ${group} too`];
    report(folder.fault({ code: 'bad-value', file, expected, actual, fix: 'get the official lists again' }));
  }
  const gap = Array.from({ length: persons.size }, (_, label) => label).find((label) => !persons.has(label));
  if (gap !== undefined) {
    const [expected, actual] = [`labels 0 to ${persons.size - 1}`, `none ${gap}`];
    report(folder.fault({ code: 'bad-value', file: null, place: `split "${name}"`, expected, actual }));
  }
  return [...persons].sort(([a], [b]) => a - b).map(([, person]) => person);
}

export const regdb: PublishedDefinition<RawImage | RawPlane> = {
  name: 'regdb',
  title: 'RegDB (Dongguk Body-based Person Recognition Database)',
  modality: 'infrared',
  with: ['image'],
  task: 'find a person of a visible picture among thermal ones, and the other way round',
  metric:
    'rank-1 and mean average precision, mean of the 10 trials; query test-visible against gallery test, and the other way round',
  licence: 'agreement of Dongguk University: academic research only',
  source:
    'dm.dongguk.edu, after the agreement is signed; the lists idx/ as used by mangye16/Cross-Modal-Re-ID-baseline',
  layout: [
    'idx/train_visible_<trial>.txt, idx/train_thermal_<trial>.txt: Visible/<person>/<file>.bmp <label>',
    'idx/test_visible_<trial>.txt, idx/test_thermal_<trial>.txt: the same',
    'Visible/<person>/<file>.bmp, 10 a person',
    'Thermal/<person>/<file>.bmp, 10 a person',
  ],
  split: 'official, 10 trials: 206 persons train and 206 test, 2,060 pictures a camera each',
  counts: { train: 2060, 'train-visible': 2060, test: 2060, 'test-visible': 2060 },
  protocols: trials,
  notes: [
    'Splits train and test are thermal, train-visible and test-visible their partners. A target has the identity and the camera: 0 visible, 1 thermal.',
    'Labels begin at 0 in train and again in test: label 0 of test is another person. `groups` are the persons as their folders are numbered.',
    'Partners share a person; which two pictures were taken at once is not published in the lists.',
  ],
  async open(folder, report, { protocol = trials[0] }) {
    const trial = protocol.slice('trial-'.length);
    const rows = new Map<string, readonly PersonRow[]>();
    const persons = new Map<string, readonly string[]>();
    for (const side of ['train', 'test']) {
      for (const camera of cameras) {
        reporting(report, () => {
          const name = camera.id === 1 ? side : `${side}-visible`;
          const list = readList(folder, `idx/${side}_${camera.list}_${trial}.txt`, camera, report);
          requireRows(folder, name, list);
          rows.set(name, list);
        });
      }
      const both = [...(rows.get(`${side}-visible`) ?? []), ...(rows.get(side) ?? [])];
      persons.set(side, checkLabels(folder, side, both, report));
    }
    for (const pair of [
      ['train', 'test'],
      ['train-visible', 'test-visible'],
      ['train', 'test-visible'],
    ] as const) {
      reportShared(folder, pair, rows, 'person', report);
    }
    const splits = new Map<string, PublishedSplit<RawImage | RawPlane>>(
      [...rows].map(([name, list]) => [
        name,
        rowsSplit<RawImage | RawPlane>(folder, name, list, ({ file }) =>
          name.endsWith('-visible') ? readRgb(folder, file) : readGrey(folder, file),
        ),
      ]),
    );
    return {
      name: folder.source,
      modality: 'infrared',
      classes: (persons.get('train') ?? []).map((person) => `person ${person}`),
      splits,
      fingerprint: fingerprintRows(protocol, rows),
    };
  },
};
