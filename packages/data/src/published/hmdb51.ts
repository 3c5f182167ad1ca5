// HMDB51: actions in clips from films and the web. A list a class and split marks each clip: 1 train, 2 test, 0 unused.

import type { RawVideo } from '../datasets/dataset.ts';
import { quote } from '../errors.ts';
import { clipSettings } from './clips.ts';
import { faultAt, firstThere, linesOf, type Place, uniqueFiles } from './fields.ts';
import type { Folder } from './folder.ts';
import { presentRows, type Row, reporting } from './lists.ts';
import type { PublishedDefinition, Report } from './published.ts';
import { readSettings } from './settings.ts';
import { clipDataset } from './video-classes.ts';

const listFolder = 'testTrainMulti_7030_splits';
const sides: Readonly<Record<string, 'train' | 'test' | null>> = { 0: null, 1: 'train', 2: 'test' };

interface Clip extends Row {
  readonly at: Place;
  readonly side: 'train' | 'test' | null;
}

/** Clips of one class: all that its folder has must be in the list, so that a list cut short is seen. */
function readList(folder: Folder, file: string, place: string, id: number, report: Report): Clip[] {
  const rows = [...linesOf(folder.readText(file).text)].flatMap(({ line, number }) => {
    const at: Place = { folder, file, place: `line ${number}` };
    const row = reporting(report, () => {
      const match = /^(\S.*\.avi)\s+(\S+)\s*$/.exec(line);
      if (match === null) throw faultAt(at, 'malformed', '<clip>.avi and a mark', quote(line));
      const [, name, mark] = match;
      if (!Object.hasOwn(sides, mark)) {
        throw faultAt(at, 'bad-value', 'the mark 0 (unused), 1 (train) or 2 (test)', quote(mark));
      }
      return { file: `${place}/${name}`, target: { kind: 'class', id }, at, side: sides[mark] } as const;
    });
    return row ?? [];
  });
  const listed = uniqueFiles(rows, report);
  const names = new Set(listed.map((row) => row.file));
  const clips = folder.exists(place) ? folder.list(place).filter((name) => name.endsWith('.avi')) : [];
  for (const name of clips) {
    if (names.has(`${place}/${name}`)) continue;
    const actual = `no line for ${quote(name)}`;
    report(
      folder.fault({ code: 'malformed', file, expected: `every clip of ${place}`, actual, fix: 'get the list again' }),
    );
  }
  return presentRows(
    folder,
    listed.filter(({ side }) => side !== null),
    report,
    file,
  );
}

export const hmdb51: PublishedDefinition<RawVideo> = {
  name: 'hmdb51',
  title: 'HMDB51',
  modality: 'video',
  task: 'recognise 51 human actions',
  metric: 'top-1 accuracy, the mean of the three splits',
  licence: 'CC BY 4.0',
  source:
    'https://serre-lab.clps.brown.edu/resource/hmdb-a-large-human-motion-database/ (hmdb51_org.rar, test_train_splits.rar)',
  layout: [
    '<class>/<clip>.avi, here, in hmdb51_org or in videos',
    'testTrainMulti_7030_splits/<class>_test_split<k>.txt: lines "<clip>.avi <mark>"',
  ],
  split: 'official: three splits, one a protocol, of 70 train and 30 test clips a class',
  counts: { train: 3570, test: 1530 },
  protocols: ['split-1', 'split-2', 'split-3'],
  settings: clipSettings,
  notes: [
    'Classes are those that have a list, in the order of their names. Clips marked 0 are in neither split.',
    'Which clips come from one film is not in the lists; their authors kept such clips on one side.',
  ],
  async open(folder, report, options) {
    const setting = readSettings(folder, clipSettings, options);
    const protocol = options.protocol ?? 'split-1';
    const ending = `_test_split${protocol.slice('split-'.length)}.txt`;
    const lists = firstThere(folder, [listFolder, `test_train_splits/${listFolder}`], 'the folder of the lists');
    const classes = folder
      .list(lists)
      .filter((name) => name.endsWith(ending))
      .map((name) => name.slice(0, -ending.length))
      .sort();
    const root = ['hmdb51_org/', 'videos/', ''].find((place) => folder.exists(`${place}${classes[0]}`)) ?? '';
    const clips = classes.flatMap((name, id) =>
      readList(folder, `${lists}/${name}${ending}`, `${root}${name}`, id, report),
    );
    const rows = new Map((['train', 'test'] as const).map((name) => [name, clips.filter(({ side }) => side === name)]));
    return clipDataset(folder, protocol, classes, rows, setting);
  },
};
