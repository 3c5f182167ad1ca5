// ChestX-ray14 of the NIH: frontal chest films with findings that were read out of the radiologists' reports.

import type { RawPlane } from '../datasets/dataset.ts';
import { quote } from '../errors.ts';
import { faultAt, linesOf, type Place } from './fields.ts';
import type { Folder } from './folder.ts';
import { fingerprintRows, type Row, reporting, reportShared, requireRows, rowsSplit } from './lists.ts';
import { readGrey } from './pictures.ts';
import type { PublishedDefinition, PublishedSplit, PublishedTarget, Report } from './published.ts';

const rule = 'train_val_list.txt and test_list.txt as published';

/** In the order of the paper and of the lists of 14 flags made from it. */
const findings = [
  'Atelectasis',
  'Cardiomegaly',
  'Effusion',
  'Infiltration',
  'Mass',
  'Nodule',
  'Pneumonia',
  'Pneumothorax',
  'Consolidation',
  'Edema',
  'Emphysema',
  'Fibrosis',
  'Pleural_Thickening',
  'Hernia',
] as const;
const noFinding = 'No Finding';

interface Film {
  readonly target: PublishedTarget;
  readonly patient: string;
}

/** Cells of a row. The header has commas inside brackets, and both may end with one: what counts is that they agree. */
function cellsOf(line: string): string[] {
  const cells = line.split(',').map((cell) => cell.trim().replace(/^"|"$/g, ''));
  if (cells[cells.length - 1] === '') cells.pop();
  return cells;
}

function readEntries(folder: Folder, file: string, report: Report): ReadonlyMap<string, Film> {
  const films = new Map<string, Film>();
  let header: string[] | null = null;
  for (const { line, number } of linesOf(folder.readText(file).text)) {
    const cells = cellsOf(line);
    const at: Place = { folder, file, place: `line ${number}` };
    if (header === null) {
      header = cells;
      const wanted = ['Image Index', 'Finding Labels', 'Patient ID'].find((name) => !cells.includes(name));
      if (wanted !== undefined)
        throw faultAt(at, 'malformed', `a column ${quote(wanted)}`, 'none', 'get the file again');
      continue;
    }
    const columns = header;
    reporting(report, () => {
      if (cells.length !== columns.length) throw faultAt(at, 'malformed', `${columns.length} cells`, `${cells.length}`);
      const [name, labels, patient] = ['Image Index', 'Finding Labels', 'Patient ID'].map(
        (key) => cells[columns.indexOf(key)],
      );
      if (films.has(name)) throw faultAt(at, 'bad-value', 'each picture once', `${quote(name)} twice`);
      const ids = labels === noFinding ? [] : labels.split('|').map((label) => findings.indexOf(asFinding(label, at)));
      if (new Set(ids).size !== ids.length) throw faultAt(at, 'bad-value', 'each finding once', quote(labels));
      if (!/^\d+$/.test(patient) || Number(patient) !== Number(name.split('_')[0])) {
        throw faultAt(at, 'bad-value', `the patient of ${quote(name)}`, quote(patient));
      }
      films.set(name, { target: { kind: 'labels', ids: ids.sort((a, b) => a - b) }, patient: String(Number(patient)) });
    });
  }
  return films;
}

function asFinding(label: string, at: Place): (typeof findings)[number] {
  const found = findings.find((name) => name === label);
  if (found !== undefined) return found;
  throw faultAt(at, 'bad-value', `${noFinding}, or some of the 14 findings`, quote(label));
}

/** Paths of the pictures by name: in images/, or in images_001/images/ to images_012/images/. */
function findPictures(folder: Folder): ReadonlyMap<string, string> {
  const folders = folder
    .list('')
    .filter((name) => name === 'images' || /^images_\d{3}$/.test(name))
    .map((name) => (name !== 'images' && folder.exists(`${name}/images`) ? `${name}/images` : name));
  if (folders.length === 0) {
    const expected = 'the pictures (or images_001/images and so on)';
    throw folder.fault({ code: 'missing', file: 'images', expected, actual: 'nothing there' });
  }
  return new Map(
    folders.flatMap((path) => folder.list(path).map((name): [string, string] => [name, `${path}/${name}`])),
  );
}

export const chestXray14: PublishedDefinition<RawPlane> = {
  name: 'chestx-ray14',
  title: 'ChestX-ray14',
  modality: 'xray',
  task: 'which of 14 findings a chest film shows; none of them is "No Finding"',
  metric: 'mean AUC of the 14 findings on test',
  licence: 'free use with attribution to the NIH Clinical Center',
  source: 'nihcc.app.box.com/v/ChestXray-NIHCC; the same files as "NIH Chest X-rays" on Kaggle',
  layout: [
    'Data_Entry_2017.csv or Data_Entry_2017_v2020.csv: Image Index, Finding Labels joined by |, Follow-up #, Patient ID, ...',
    'train_val_list.txt: a file name a line',
    'test_list.txt: the same',
    'images/<patient>_<number>.png, or images_001/images/ to images_012/images/',
  ],
  split: 'official, by patient: train (train_val_list.txt) 86,524, test 25,596',
  counts: { train: 86_524, test: 25_596 },
  protocols: [],
  notes: [
    'A film without a finding has no label; there is no fifteenth class.',
    'The train list holds what many divide further into training and validation: divide it by `groups`, the patients.',
    'The 984 boxes of BBox_List_2017.csv, age, sex and view are not read. Films with an alpha channel lose it.',
  ],
  async open(folder, report) {
    const entries = folder.list('').find((name) => /^Data_Entry_2017.*\.csv$/.test(name)) ?? 'Data_Entry_2017.csv';
    const films = readEntries(folder, entries, report);
    const pictures = findPictures(folder);
    const rows = new Map<string, readonly Row[]>();
    const lists = { train: 'train_val_list.txt', test: 'test_list.txt' } as const;
    for (const [name, file] of Object.entries(lists)) {
      reporting(report, () => {
        const found: Row[] = [];
        const seen = new Set<string>();
        for (const { line, number } of linesOf(folder.readText(file).text)) {
          const at: Place = { folder, file, place: `line ${number}` };
          const picture = line.trim();
          const film = films.get(picture);
          const path = pictures.get(picture);
          if (film === undefined) report(faultAt(at, 'bad-value', `a picture of ${entries}`, quote(picture)));
          else if (seen.has(picture)) report(faultAt(at, 'bad-value', 'each picture once', `${quote(picture)} twice`));
          else if (path === undefined)
            report(
              faultAt(at, 'missing', `the picture ${quote(picture)}`, 'nothing there', 'get the missing file again'),
            );
          else found.push({ file: path, target: film.target, group: film.patient });
          seen.add(picture);
        }
        requireRows(folder, name, found);
        rows.set(name, found);
      });
    }
    reportShared(folder, ['train', 'test'], rows, 'patient', report);
    const splits = new Map<string, PublishedSplit<RawPlane>>(
      [...rows].map(([name, list]) => [name, rowsSplit(folder, name, list, ({ file }) => readGrey(folder, file))]),
    );
    return {
      name: folder.source,
      modality: 'xray',
      classes: findings,
      splits,
      fingerprint: fingerprintRows(rule, rows),
    };
  },
};
