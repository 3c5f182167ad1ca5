// Moments in Time: three seconds of one action each.

import type { RawVideo } from '../datasets/dataset.ts';
import { quote } from '../errors.ts';
import { clipSettings } from './clips.ts';
import { csvCells, faultAt, linesOf, type Place, uniqueFiles } from './fields.ts';
import type { Folder } from './folder.ts';
import { presentRows, type Row, reporting } from './lists.ts';
import type { PublishedDefinition, Report } from './published.ts';
import { readSettings } from './settings.ts';
import { clipDataset } from './video-classes.ts';

const categories = 'moments_categories.txt';
const maxClasses = 1000;

/** Lines "adult+female+singing,0", in any order. */
function readClasses(folder: Folder, report: Report): string[] {
  const names = new Map<number, string>();
  for (const { line, number } of linesOf(folder.readText(categories).text)) {
    const at: Place = { folder, file: categories, place: `line ${number}` };
    reporting(report, () => {
      const match = /^([^,]+),\s*(\d{1,4})\s*$/.exec(line);
      if (match === null || Number(match[2]) >= maxClasses) {
        throw faultAt(at, 'malformed', `<class>,<number below ${maxClasses}>`, quote(line));
      }
      const [, name, id] = match;
      if (names.has(Number(id))) throw faultAt(at, 'bad-value', 'each number once', `${id} twice`);
      names.set(Number(id), name.trim());
    });
  }
  return Array.from({ length: names.size }, (_, id) => {
    const name = names.get(id);
    if (name !== undefined) return name;
    const place = `${names.size} classes`;
    report(
      folder.fault({
        code: 'malformed',
        file: categories,
        place,
        expected: `a class of number ${id}`,
        actual: 'none',
      }),
    );
    return `class ${id}`;
  });
}

interface Clip extends Row {
  readonly at: Place;
}

function readList(folder: Folder, file: string, place: string, classes: readonly string[], report: Report): Clip[] {
  const ids = new Map(classes.map((name, id) => [name, id]));
  const rows = [...linesOf(folder.readText(file).text)].flatMap(({ line, number }) => {
    const at: Place = { folder, file, place: `line ${number}` };
    const row = reporting(report, () => {
      const cells = csvCells(line) ?? [];
      const [name = '', label = '', ...votes] = cells;
      if ((cells.length !== 4 && cells.length !== 2) || votes.some((vote) => !/^\d+$/.test(vote))) {
        throw faultAt(at, 'malformed', '<class>/<clip>.mp4,<class>,<votes for>,<votes against>', quote(line));
      }
      const id = ids.get(label);
      if (id === undefined) throw faultAt(at, 'bad-value', `a class of ${categories}`, quote(label));
      const path = name.includes('/') ? name : `${label}/${name}`;
      if (path.slice(0, path.indexOf('/')) !== label) {
        throw faultAt(at, 'bad-value', `a clip in the folder ${label}`, quote(name));
      }
      return { file: `${place}/${path}`, target: { kind: 'class', id }, at } as const;
    });
    return row ?? [];
  });
  const unique = uniqueFiles(rows, report);
  return presentRows(folder, unique, report, file);
}

export const momentsInTime: PublishedDefinition<RawVideo> = {
  name: 'moments-in-time',
  title: 'Moments in Time',
  modality: 'video',
  task: 'recognise what happens in three seconds: 339 classes in the first version, 305 in the second',
  metric: 'top-1 and top-5 accuracy on the validation split',
  licence: 'for research, after a form; see license.txt in the set',
  source: 'http://moments.csail.mit.edu/',
  layout: [
    'moments_categories.txt',
    'trainingSet.csv',
    'validationSet.csv',
    'training/<class>/<clip>.mp4',
    'validation/<class>/<clip>.mp4',
  ],
  split: 'official: training and validation; the labels of the test split are not given out',
  protocols: [],
  settings: clipSettings,
  notes: [
    'A line of a list is <class>/<clip>.mp4, the class, the annotators who agreed and those who did not; the votes are checked and not used.',
    'Multi-Moments in Time, with several classes a clip, has other lists and is not read.',
  ],
  async open(folder, report, options) {
    const setting = readSettings(folder, clipSettings, options);
    const classes = readClasses(folder, report);
    const rows = new Map([
      ['train', readList(folder, 'trainingSet.csv', 'training', classes, report)],
      ['validation', readList(folder, 'validationSet.csv', 'validation', classes, report)],
    ]);
    return clipDataset(folder, 'official', classes, rows, setting);
  },
};
