// iNaturalist 2018: species of plants, animals and fungi, in lists of COCO's form.

import type { RawImage } from '../datasets/dataset.ts';
import { quote } from '../errors.ts';
import { arrayOf, faultAt, firstThere, numberField, type Place, readJsonFile, recordOf, textField } from './fields.ts';
import type { Folder } from './folder.ts';
import { fingerprintRows, presentRows, type Row, reporting, requireRows, rowsSplit } from './lists.ts';
import { readRgb } from './pictures.ts';
import type { PublishedDefinition, PublishedSplit, PublishedTarget, Report } from './published.ts';

const rule = 'train2018.json and val2018.json as published; class = category id';

/** Names by id; ids are 0 to n - 1, so that they are class ids as they stand. */
function categoryNames(list: unknown, folder: Folder, file: string): string[] {
  const categories = arrayOf(list, { folder, file, place: 'categories' });
  const names: string[] = [];
  for (const [at, value] of categories.entries()) {
    const place: Place = { folder, file, place: `categories[${at}]` };
    const record = recordOf(value, place);
    const id = numberField(record, 'id', place);
    if (!Number.isInteger(id) || id < 0 || id >= categories.length || names[id] !== undefined) {
      const expected = `each id from 0 to ${categories.length - 1} once`;
      throw faultAt(place, 'bad-value', expected, `${id}`, 'get the file again');
    }
    names[id] = textField(record, 'name', place);
  }
  return names;
}

/** The images of a list, each with the category of its annotation; without `annotations`: none has a label. */
function readRows(folder: Folder, file: string, classCount: number, report: Report): Row[] {
  const whole: Place = { folder, file, place: 'the file' };
  const root = recordOf(readJsonFile(folder, file), whole);
  const targets = new Map<number, PublishedTarget>();
  const labelled = root.annotations !== undefined;
  // One object a class, not one an example.
  const ofClass = Array.from({ length: classCount }, (_, id): PublishedTarget => ({ kind: 'class', id }));
  for (const [at, value] of arrayOf(root.annotations ?? [], whole).entries()) {
    const place: Place = { folder, file, place: `annotations[${at}]` };
    reporting(report, () => {
      const record = recordOf(value, place);
      const image = numberField(record, 'image_id', place);
      const id = numberField(record, 'category_id', place);
      if (ofClass[id] === undefined)
        throw faultAt(place, 'bad-value', `a category from 0 to ${classCount - 1}`, `${id}`);
      if (targets.has(image)) throw faultAt(place, 'bad-value', 'one annotation an image', `another of image ${image}`);
      targets.set(image, ofClass[id]);
    });
  }
  const rows: Row[] = [];
  const ids = new Set<number>();
  for (const [at, value] of arrayOf(root.images, whole).entries()) {
    const place: Place = { folder, file, place: `images[${at}]` };
    reporting(report, () => {
      const record = recordOf(value, place);
      const id = numberField(record, 'id', place);
      if (ids.has(id)) throw faultAt(place, 'bad-value', 'each image once', `image ${id} twice`);
      ids.add(id);
      const target = labelled ? targets.get(id) : ({ kind: 'none' } as const);
      if (target === undefined) throw faultAt(place, 'bad-value', `an annotation of image ${id}`, 'none');
      rows.push({ file: textField(record, 'file_name', place), target });
    });
  }
  for (const id of targets.keys()) {
    if (!ids.has(id))
      report(faultAt({ ...whole, place: 'annotations' }, 'bad-value', 'images that are listed', `image ${id}`));
  }
  return presentRows(folder, rows, report, file);
}

export const inaturalist2018: PublishedDefinition<RawImage> = {
  name: 'inaturalist-2018',
  title: 'iNaturalist 2018',
  modality: 'image',
  task: 'species, one of 8,142',
  metric: 'top-1 accuracy on val',
  licence: 'pictures under the licences of their photographers, non-commercial research and education only',
  source: 'github.com/visipedia/inat_comp, folder 2018',
  layout: [
    'train2018.json',
    'val2018.json',
    'test2018.json (if there: pictures without labels)',
    'categories.json (if there: the names that were hidden during the competition)',
    'train_val2018/<super-category>/<category id>/<hash>.jpg',
  ],
  split: 'official: train 437,513, val 24,426; test 149,394 without labels',
  counts: { train: 437_513, val: 24_426, test: 149_394 },
  protocols: [],
  notes: [
    'Lists as in COCO: images[] with id and file_name, annotations[] with image_id and category_id, categories[] with ids from 0 on.',
    'Where, when and by whom a picture was taken (inat2018_locations.zip) is not read.',
  ],
  async open(folder, report) {
    const lists = { train: 'train2018.json', val: 'val2018.json', test: 'test2018.json' } as const;
    const named = firstThere(folder, ['categories.json', lists.train, lists.val], 'the names of the categories');
    const json = readJsonFile(folder, named);
    const list =
      named === 'categories.json' ? json : recordOf(json, { folder, file: named, place: 'the file' }).categories;
    const classes = categoryNames(list, folder, named);
    if (classes.length === 0) {
      throw folder.fault({ code: 'empty', file: named, expected: 'at least one category', actual: 'none' });
    }
    const rows = new Map<string, readonly Row[]>();
    for (const [name, file] of Object.entries(lists)) {
      if (name === 'test' && !folder.exists(file)) continue;
      const found = reporting(report, () => {
        const present = readRows(folder, file, classes.length, report);
        requireRows(folder, name, present);
        return present;
      });
      if (found !== null) rows.set(name, found);
    }
    reportSharedFiles(folder, rows, report);
    const splits = new Map<string, PublishedSplit<RawImage>>(
      [...rows].map(([name, list]) => [name, rowsSplit(folder, name, list, ({ file }) => readRgb(folder, file))]),
    );
    return { name: folder.source, modality: 'image', classes, splits, fingerprint: fingerprintRows(rule, rows) };
  },
};

function reportSharedFiles(folder: Folder, rows: ReadonlyMap<string, readonly Row[]>, report: Report): void {
  const seen = new Map<string, string>();
  for (const [name, list] of rows) {
    for (const { file } of list) {
      const other = seen.get(file);
      if (other !== undefined) {
        const [expected, actual] = ['each picture once', `${quote(file)} in "${other}" too`];
        report(folder.fault({ code: 'bad-value', file: null, place: `split "${name}"`, expected, actual }));
      }
      seen.set(file, name);
    }
  }
}
