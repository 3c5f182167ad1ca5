// Something-Something v2: 174 things that people do with objects, described by a template.

import type { RawVideo } from '../datasets/dataset.ts';
import { quote } from '../errors.ts';
import { clipSettings } from './clips.ts';
import { arrayOf, faultAt, firstThere, type Place, readJsonFile, recordOf, textField, uniqueFiles } from './fields.ts';
import type { Folder } from './folder.ts';
import { presentRows, type Row, reporting } from './lists.ts';
import type { PublishedDefinition, PublishedTarget, Report } from './published.ts';
import { readSettings } from './settings.ts';
import { clipDataset } from './video-classes.ts';

const maxClasses = 174;
const videos = '20bn-something-something-v2';

const listFile = (folder: Folder, name: string, what: string): string =>
  firstThere(folder, [`labels/${name}.json`, `${name}.json`, `something-something-v2-${name}.json`], what);

/** {"Approaching something with your camera": "0"} as names by number. */
function readClasses(folder: Folder, report: Report): string[] {
  const file = listFile(folder, 'labels', 'the numbers of the classes');
  const record = recordOf(readJsonFile(folder, file), { folder, file, place: 'the file' });
  const names: (string | undefined)[] = [];
  const size = Object.keys(record).length;
  for (const name of Object.keys(record)) {
    const at: Place = { folder, file, place: `field ${quote(name)}` };
    reporting(report, () => {
      const value = record[name];
      const id = typeof value === 'string' && /^\d{1,3}$/.test(value) ? Number(value) : value;
      const last = Math.min(size, maxClasses) - 1;
      if (typeof id !== 'number' || !Number.isInteger(id) || id < 0 || id > last) {
        throw faultAt(at, 'bad-value', `a number from 0 to ${last}`, quote(value));
      }
      if (names[id] !== undefined) throw faultAt(at, 'bad-value', 'each number once', `${id} twice`);
      names[id] = name;
    });
  }
  return Array.from({ length: Math.min(size, maxClasses) }, (_, id) => names[id] ?? `class ${id}`);
}

interface Clip extends Row {
  readonly at: Place;
}

function readList(folder: Folder, name: string, classes: readonly string[], labelled: boolean, report: Report): Clip[] {
  const file = listFile(folder, name, `the list of ${name} videos`);
  const ids = new Map(classes.map((text, id) => [text, id]));
  const entries = arrayOf(readJsonFile(folder, file), { folder, file, place: 'the file' });
  const rows = entries.flatMap((entry, index) => {
    const at: Place = { folder, file, place: `entry ${index}` };
    const row = reporting(report, () => {
      const fields = recordOf(entry, at);
      const id = textField(fields, 'id', at);
      if (!/^\d+$/.test(id)) throw faultAt(at, 'bad-value', 'a number as "id"', quote(id));
      let target: PublishedTarget = { kind: 'none' };
      if (labelled) {
        // "Holding [something] next to [something]" in the lists, without brackets in labels.json.
        const template = textField(fields, 'template', at).replace(/[[\]]/g, '');
        const found = ids.get(template);
        if (found === undefined) throw faultAt(at, 'bad-value', 'a template of labels.json', quote(template));
        target = { kind: 'class', id: found };
      }
      return { file: `${videos}/${id}.webm`, target, at };
    });
    return row ?? [];
  });
  const unique = uniqueFiles(rows, report);
  return presentRows(folder, unique, report, file);
}

export const somethingSomethingV2: PublishedDefinition<RawVideo> = {
  name: 'something-something-v2',
  title: 'Something-Something v2',
  modality: 'video',
  task: 'tell 174 templates of actions with objects apart',
  metric: 'top-1 and top-5 accuracy on the validation split',
  licence: "Qualcomm's research licence, see the publisher's page",
  source: 'https://www.qualcomm.com/developer/software/something-something-v-2-dataset',
  layout: [
    'labels/labels.json',
    'labels/train.json',
    'labels/validation.json',
    'labels/test.json',
    '20bn-something-something-v2/<id>.webm',
  ],
  split: 'official: train, validation, and test without labels',
  counts: { train: 168913, validation: 24777, test: 27157 },
  protocols: [],
  settings: clipSettings,
  notes: [
    'The class is the template without its square brackets. Placeholders, the filled-in description and test-answers.csv are not read.',
    'The lists may also lie beside the videos, with the names of the older release (something-something-v2-train.json).',
  ],
  async open(folder, report, options) {
    const setting = readSettings(folder, clipSettings, options);
    const classes = readClasses(folder, report);
    const rows = new Map([
      ['train', readList(folder, 'train', classes, true, report)],
      ['validation', readList(folder, 'validation', classes, true, report)],
      ['test', readList(folder, 'test', classes, false, report)],
    ]);
    const sides = new Map<string, string>();
    for (const [name, list] of rows) {
      for (const { file, at } of list) {
        const other = sides.get(file);
        if (other !== undefined) report(faultAt(at, 'bad-value', 'a video in one split', `${file} also in ${other}`));
        sides.set(file, name);
      }
    }
    return clipDataset(folder, 'official', classes, rows, setting);
  },
};
