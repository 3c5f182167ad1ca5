// Places365-Standard, the pictures of 256 x 256.

import type { RawImage } from '../datasets/dataset.ts';
import { quote } from '../errors.ts';
import { faultAt, linesOf, type Place, uniqueBy } from './fields.ts';
import type { Folder } from './folder.ts';
import { fingerprintRows, presentRows, type Row, reporting, requireRows, rowsSplit } from './lists.ts';
import { readRgb } from './pictures.ts';
import type { PublishedDefinition, PublishedSplit, PublishedTarget, Report } from './published.ts';

const rule =
  'places365_train_standard.txt and places365_val.txt as published; class = number in categories_places365.txt';
const categoriesFile = 'categories_places365.txt';

/** Paths such as `/a/airfield`, by class. */
function readCategories(folder: Folder): string[] {
  const paths: string[] = [];
  for (const { line, number } of linesOf(folder.readText(categoriesFile).text)) {
    const [, path, id] = /^(\/[a-z]\/\S+) (\d+)$/.exec(line.trim()) ?? [];
    if (path === undefined || Number(id) !== paths.length) {
      const at: Place = { folder, file: categoriesFile, place: `line ${number}` };
      throw faultAt(
        at,
        'bad-value',
        `a path such as /a/airfield and ${paths.length}`,
        quote(line),
        'get the file again',
      );
    }
    paths.push(path);
  }
  return paths;
}

interface ListedRow {
  readonly row: Row;
  readonly number: number;
}

function readList(
  folder: Folder,
  file: string,
  pictures: readonly string[],
  classes: readonly string[] | null,
  report: Report,
): Row[] {
  const root = pictures.find((path) => folder.exists(path));
  if (root === undefined) {
    const expected = `the pictures of ${file} (or ${pictures.slice(1).join(', ')})`;
    throw folder.fault({ code: 'missing', file: pictures[0], expected, actual: 'nothing there' });
  }
  // One object a class, not one an example.
  const targets = classes?.map((_, id): PublishedTarget => ({ kind: 'class', id }));
  const rows: ListedRow[] = [];
  for (const { line, number } of linesOf(folder.readText(file).text)) {
    const at: Place = { folder, file, place: `line ${number}` };
    const parts = line.trim().split(' ');
    const path = parts[0].startsWith('/') ? parts[0] : `/${parts[0]}`;
    if (parts.length !== (classes === null ? 1 : 2)) {
      report(faultAt(at, 'malformed', classes === null ? 'a path' : 'a path and a category', quote(line)));
      continue;
    }
    let target: PublishedTarget = { kind: 'none' };
    if (classes !== null && targets !== undefined) {
      const id = /^\d+$/.test(parts[1]) ? Number(parts[1]) : -1;
      if (targets[id] === undefined) {
        report(faultAt(at, 'bad-value', `a category from 0 to ${classes.length - 1}`, quote(parts[1])));
        continue;
      }
      const folderOf = path.slice(0, path.lastIndexOf('/'));
      if (folderOf !== '' && folderOf !== classes[id]) {
        report(faultAt(at, 'bad-value', `a picture of ${classes[id]}, its category`, quote(path)));
        continue;
      }
      target = targets[id];
    }
    rows.push({ row: { file: `${root}${path}`, target }, number });
  }
  const unique = uniqueBy(
    rows,
    ({ row }) => row.file,
    ({ number }) => ({ folder, file, place: `line ${number}` }),
    report,
  );
  return presentRows(
    folder,
    unique.map(({ row }) => row),
    report,
    file,
  );
}

export const places365: PublishedDefinition<RawImage> = {
  name: 'places-365',
  title: 'Places365-Standard',
  modality: 'image',
  task: 'scene, one of 365',
  metric: 'top-1 accuracy on val',
  licence: 'terms of places2.csail.mit.edu: non-commercial research and education',
  source:
    'places2.csail.mit.edu: filelist_places365-standard.tar, train_256_places365standard.tar, val_256.tar, test_256.tar',
  layout: [
    'categories_places365.txt: /<letter>/<category> <class>',
    'places365_train_standard.txt: /<letter>/<category>/<8 digits>.jpg <class>',
    'places365_val.txt: Places365_val_<8 digits>.jpg <class>',
    'places365_test.txt (if there, with test_256/): Places365_test_<8 digits>.jpg',
    'data_256_standard/<letter>/<category>/<8 digits>.jpg (or data_256/, as the archive has it)',
    'val_256/Places365_val_<8 digits>.jpg',
  ],
  split: 'official: train 1,803,460, val 36,500; test 328,500 without labels',
  counts: { train: 1_803_460, val: 36_500, test: 328_500 },
  protocols: [],
  notes: [
    'Categories within one keep their path: apartment_building/outdoor.',
    'The large pictures are read from data_large_standard/ (or data_large/), val_large/ and test_large/ where those of 256 x 256 are not there. Places365-Challenge and the folders of "easyformat" are not read.',
  ],
  async open(folder, report) {
    const paths = readCategories(folder);
    if (paths.length === 0) {
      throw folder.fault({ code: 'empty', file: categoriesFile, expected: 'categories', actual: 'none' });
    }
    const rows = new Map<string, readonly Row[]>();
    const add = (name: string, file: string, pictures: readonly string[], isLabelled: boolean): void => {
      reporting(report, () => {
        const list = readList(folder, file, pictures, isLabelled ? paths : null, report);
        requireRows(folder, name, list);
        rows.set(name, list);
      });
    };
    const train = ['data_256_standard', 'data_256', 'data_large_standard', 'data_large'];
    add('train', 'places365_train_standard.txt', train, true);
    add('val', 'places365_val.txt', ['val_256', 'val_large'], true);
    const test = ['test_256', 'test_large'];
    if (folder.exists('places365_test.txt') && test.some((path) => folder.exists(path))) {
      add('test', 'places365_test.txt', test, false);
    }
    const splits = new Map<string, PublishedSplit<RawImage>>(
      [...rows].map(([name, list]) => [name, rowsSplit(folder, name, list, ({ file }) => readRgb(folder, file))]),
    );
    const classes = paths.map((path) => path.slice(3));
    return { name: folder.source, modality: 'image', classes, splits, fingerprint: fingerprintRows(rule, rows) };
  },
};
