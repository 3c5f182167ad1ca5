// Kinetics-400: ten seconds of YouTube videos with one of 400 actions each, by the lists of its authors or by those of VideoMAE.

import type { RawVideo } from '../datasets/dataset.ts';
import { quote } from '../errors.ts';
import { clipSettings, videosIn } from './clips.ts';
import { faultAt, linesOf, type Place, readCsvRows, uniqueFiles, wholeNumber } from './fields.ts';
import type { Folder } from './folder.ts';
import { type Row, reporting, reportSharedGroups } from './lists.ts';
import { completeSetting, partlyThere } from './partly-there.ts';
import type { PublishedDefinition, PublishedTarget, Report } from './published.ts';
import { readSettings } from './settings.ts';
import { clipDataset } from './video-classes.ts';

const settings = { ...clipSettings, ...completeSetting };
const classCount = 400;

/** Names of the lists and of the folders of each split. */
const sides = {
  train: ['train', 'videos_train', 'train_256'],
  validation: ['val', 'validate', 'videos_val', 'val_256'],
  test: ['test', 'videos_test'],
} as const;

interface Clip extends Row {
  readonly at: Place;
}

/** Lists of one form: the rows of each split that has one. */
type Lists = ReadonlyMap<string, readonly Clip[]>;

interface Sides {
  readonly classes: readonly string[];
  readonly present: Lists;
  readonly absent: readonly Clip[];
}

function listOf(folder: Folder, names: readonly string[]): string | null {
  const found = names.flatMap((name) => [`${name}.csv`, `annotations/${name}.csv`]);
  return found.find((path) => folder.exists(path)) ?? null;
}

/** Rows label, youtube_id, time_start, time_end, split; the list of test has no label. */
function readOfficial(folder: Folder, files: ReadonlyMap<string, string>, report: Report): Sides {
  const columns = ['youtube_id', 'time_start', 'time_end'];
  const lists = new Map(
    [...files].map(([name, file]) => {
      const wanted = name === 'test' ? columns : ['label', ...columns];
      return [name, readCsvRows(folder, file, wanted, report)];
    }),
  );
  const classes = [...new Set(lists.get('train')?.map(({ cell }) => cell('label')) ?? [])].sort();
  if (classes.length > classCount) {
    const file = files.get('train') ?? null;
    const expected = `labels of at most ${classCount} classes`;
    throw folder.fault({ code: 'bad-value', file, expected, actual: `${classes.length}` });
  }
  const ids = new Map(classes.map((text, id) => [text, id]));
  const absent: Clip[] = [];
  const present = new Map<string, Clip[]>();
  for (const [name, rows] of lists) {
    const found = videosIn(folder, [...sides[name === 'train' || name === 'test' ? name : 'validation'], 'videos']);
    const all = rows.flatMap(({ at, cell }) => {
      const row = reporting(report, () => {
        const id = cell('youtube_id');
        if (!/^[\w-]{11}$/.test(id)) throw faultAt(at, 'bad-value', 'the 11 characters of a video', quote(id));
        const start = wholeNumber(cell('time_start'), 0, 999_999, 'a second', at);
        const end = wholeNumber(cell('time_end'), start + 1, 999_999, 'a second', at);
        const digits = (second: number): string => `${second}`.padStart(6, '0');
        const stem = `${id}_${digits(start)}_${digits(end)}`;
        const label = cell('label');
        const classId = ids.get(label);
        if (label !== '' && classId === undefined) {
          throw faultAt(at, 'bad-value', 'a label of the train list', quote(label));
        }
        if (classId === undefined && name !== 'test') throw faultAt(at, 'bad-value', 'a label', 'an empty cell');
        const target: PublishedTarget = classId === undefined ? { kind: 'none' } : { kind: 'class', id: classId };
        const file = found.get(stem);
        if (file !== undefined && classId !== undefined) checkFolder(file, label, ids, at);
        return {
          file: file ?? `${name === 'validation' ? 'val' : name}/${stem}.mp4`,
          target,
          group: id,
          at,
          there: file !== undefined,
        };
      });
      return row ?? [];
    });
    const unique = uniqueFiles(all, report);
    absent.push(...unique.filter(({ there }) => !there));
    present.set(
      name,
      unique.filter(({ there }) => there),
    );
  }
  return { classes, present, absent };
}

/** A clip in the folder of another class has been moved, or its row changed. */
function checkFolder(file: string, label: string, ids: ReadonlyMap<string, number>, at: Place): void {
  const parts = file.split('/');
  const parent = parts.length > 2 ? parts[parts.length - 2].replaceAll('_', ' ') : label;
  if (parent !== label && ids.has(parent)) {
    throw faultAt(at, 'bad-value', `a clip of ${quote(label)}`, `it in the folder of ${quote(parent)}`);
  }
}

/** Lines "path label", the path inside the folder; a blank or a comma before the label. */
function readVideoMae(folder: Folder, files: ReadonlyMap<string, string>, report: Report): Sides {
  const absent: Clip[] = [];
  const present = new Map<string, Clip[]>();
  for (const [name, file] of files) {
    const rows = [...linesOf(folder.readText(file).text)].flatMap(({ line, number }) => {
      const at: Place = { folder, file, place: `line ${number}` };
      const row = reporting(report, () => {
        const match = /^(\S.*?)(?: |, ?)(-?\d{1,9})\s*$/.exec(line);
        if (match === null) throw faultAt(at, 'malformed', '<path> <label>', quote(line));
        const [, path, label] = match;
        const id = wholeNumber(label, 0, classCount - 1, 'a label', at);
        // The lists that VideoMAE's scripts make hold full paths.
        const inside = path.startsWith(`${folder.path}/`) ? path.slice(folder.path.length + 1) : path;
        const there = folder.exists(inside);
        // What leads outside is refused, which is another fault than a file that is not there.
        if (!there && (inside.startsWith('/') || inside.split(/[/\\]/).includes('..'))) folder.file(inside);
        const target: PublishedTarget = { kind: 'class', id };
        return { file: inside, target, at, there };
      });
      return row ?? [];
    });
    const unique = uniqueFiles(rows, report);
    absent.push(...unique.filter(({ there }) => !there));
    present.set(
      name,
      unique.filter(({ there }) => there),
    );
  }
  return { classes: Array.from({ length: classCount }, (_, id) => `class ${id}`), present, absent };
}

export const kinetics400: PublishedDefinition<RawVideo> = {
  name: 'kinetics-400',
  title: 'Kinetics-400',
  modality: 'video',
  task: 'recognise 400 human actions',
  metric: 'top-1 and top-5 accuracy on the validation split',
  licence: 'lists CC BY 4.0; the videos belong to those who uploaded them',
  source: 'https://github.com/cvdfoundation/kinetics-dataset',
  layout: [
    'train.csv, val.csv, test.csv, here or in annotations: label,youtube_id,time_start,time_end,split',
    'train/<class>/<youtube_id>_<start>_<end>.mp4 (seconds, six digits), or without class folders',
    'val/..., test/... in the same way',
    'or, after VideoMAE: train.csv, val.csv, test.csv with lines "<path> <label>"',
  ],
  split: 'official: train, validation, test (labels only where its list has them)',
  counts: { train: 246534, validation: 19906, test: 39805 },
  protocols: [],
  settings,
  notes: [
    'Class ids follow the sorted labels of the train list. Lists of VideoMAE have ids only.',
    'A clip without a file is left out, since no copy has all of them; setting complete=1 makes it a fault.',
    'A group is a video. Folders may also be called videos_train and so on, and class folders may have _ for blanks.',
  ],
  async open(folder, report, options) {
    const setting = readSettings(folder, settings, options);
    const files = new Map<string, string>();
    for (const [name, names] of Object.entries(sides)) {
      const file = listOf(folder, names);
      if (file !== null) files.set(name, file);
    }
    const train = files.get('train');
    if (train === undefined || !files.has('validation')) {
      const file = train === undefined ? 'train.csv' : 'val.csv';
      throw folder.fault({ code: 'missing', file, expected: 'the list of a split', actual: 'nothing there' });
    }
    const [first] = linesOf(folder.readText(train).text);
    const official = first?.line.includes('youtube_id') ?? false;
    const { classes, present, absent } = (official ? readOfficial : readVideoMae)(folder, files, report);
    partlyThere(absent, setting('complete') === 1, report);
    const groups = new Map([...present].map(([name, list]) => [name, list.map(({ group }) => group)]));
    reportSharedGroups(folder, groups, 'video', report);
    // Of test most copies have only the list.
    const rows = new Map([...present].filter(([name, list]) => name !== 'test' || list.length > 0));
    return clipDataset(folder, official ? 'official' : 'videomae', classes, rows, setting);
  },
};
