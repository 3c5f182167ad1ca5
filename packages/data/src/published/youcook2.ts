// YouCook2: cooking videos from YouTube, cut into steps that a sentence each describes.

import type { RawVideo } from '../datasets/dataset.ts';
import { quote } from '../errors.ts';
import { clipSettings, readClip, videosIn } from './clips.ts';
import {
  arrayOf,
  csvCells,
  faultAt,
  firstThere,
  type JsonRecord,
  linesOf,
  numberField,
  type Place,
  readJsonFile,
  recordOf,
  textField,
} from './fields.ts';
import type { Folder } from './folder.ts';
import { fingerprintRows, type Row, reporting, requireRows, rowsSplit } from './lists.ts';
import { completeSetting, partlyThere } from './partly-there.ts';
import type { PublishedDefinition, Report } from './published.ts';
import { readSettings } from './settings.ts';

const settings = { ...clipSettings, ...completeSetting };
const annotationFile = 'youcookii_annotations_trainval.json';
const subsets: Readonly<Record<string, 'train' | 'validation'>> = { training: 'train', validation: 'validation' };

interface Clip extends Row {
  readonly at: Place;
  readonly there: boolean;
  /** Seconds of the file; null: all of it. */
  readonly window: readonly [number, number] | null;
}

interface Recipe {
  readonly type: string;
  readonly name: string;
}

/** Lines "101,grilled cheese", in the order of their numbers. */
function readRecipes(folder: Folder, report: Report): Recipe[] {
  const file = firstThere(folder, ['label_foodtype.csv', 'annotations/label_foodtype.csv'], 'the names of the recipes');
  const found = new Map<string, string>();
  for (const { line, number } of linesOf(folder.readText(file).text)) {
    const at: Place = { folder, file, place: `line ${number}` };
    reporting(report, () => {
      const [type = '', name = '', ...more] = csvCells(line) ?? [];
      if (number === 1 && !/^\d+$/.test(type)) return; // a header
      if (!/^\d{1,4}$/.test(type) || name === '' || more.some((cell) => cell !== '')) {
        throw faultAt(at, 'malformed', '<number>,<recipe>', quote(line));
      }
      if (found.has(type)) throw faultAt(at, 'bad-value', 'each number once', `${type} twice`);
      found.set(type, name);
    });
  }
  return [...found].map(([type, name]) => ({ type, name })).sort((a, b) => Number(a.type) - Number(b.type));
}

interface Video {
  readonly id: string;
  readonly fields: JsonRecord;
  readonly split: string;
  readonly recipe: number;
  readonly file: string;
  readonly there: boolean;
  readonly at: Place;
}

function readVideo(
  id: string,
  entry: unknown,
  recipes: readonly Recipe[],
  files: ReadonlyMap<string, string>,
  at: Place,
): Video {
  if (!/^[\w-]{11}$/.test(id)) throw faultAt(at, 'bad-value', 'the 11 characters of a video', quote(id));
  const fields = recordOf(entry, at);
  const subset = textField(fields, 'subset', at);
  if (!Object.hasOwn(subsets, subset))
    throw faultAt(at, 'bad-value', 'the subset training or validation', quote(subset));
  const type = textField(fields, 'recipe_type', at);
  const recipe = recipes.findIndex((known) => known.type === type);
  if (recipe < 0) throw faultAt(at, 'bad-value', 'a recipe_type of label_foodtype.csv', quote(type));
  const file = files.get(id);
  const there = file !== undefined;
  return {
    id,
    fields,
    split: subsets[subset],
    recipe,
    file: file ?? `raw_videos/${subset}/${type}/${id}.mp4`,
    there,
    at,
  };
}

function stepsOf({ fields, id, file, there, at }: Video, report: Report): Clip[] {
  const duration = numberField(fields, 'duration', at);
  return arrayOf(fields.annotations, at).flatMap((entry, index) => {
    const place: Place = { ...at, place: `${at.place}, annotation ${index}` };
    const clip = reporting(report, () => {
      const step = recordOf(entry, place);
      const segment = arrayOf(step.segment, place);
      const [start, end] = segment;
      const whole = segment.length === 2 && typeof start === 'number' && typeof end === 'number';
      // Annotators marked whole seconds, so that an end may lie a little behind that of the video.
      if (!whole || !(start >= 0 && end > start && start < duration)) {
        const expected = `a segment [start, end] in a video of ${duration} s`;
        throw faultAt(place, 'bad-value', expected, `[${segment.map(String).join(', ').slice(0, 40)}]`);
      }
      const texts = [textField(step, 'sentence', place)];
      const window = [start, Math.min(end, duration)] as const;
      return {
        file,
        id: `${id}/${index}`,
        target: { kind: 'texts', texts },
        group: id,
        at: place,
        there,
        window,
      } as const;
    });
    return clip ?? [];
  });
}

export const youCook2: PublishedDefinition<RawVideo> = {
  name: 'youcook2',
  title: 'YouCook2',
  modality: 'video',
  with: ['text'],
  task: 'find a step of a recipe by its sentence and the reverse, or name the recipe of a whole video',
  metric: 'recall at 1, 5 and 10 and median rank (segments); accuracy (recipes)',
  licence: 'MIT for the annotations; the videos belong to those who uploaded them',
  source: 'http://youcook2.eecs.umich.edu/download',
  layout: [
    'youcookii_annotations_trainval.json, here or in annotations',
    'label_foodtype.csv, here or in annotations',
    'raw_videos/<subset>/<recipe_type>/<id>.mp4, .mkv or .webm',
  ],
  split: 'official: training and validation; sentences of the testing subset are not given out',
  counts: { train: 10337, validation: 3492 },
  protocols: ['segments', 'recipes'],
  settings,
  notes: [
    'An example of segments is one annotated step: its seconds of the video, and its sentence. A group is a video.',
    'A video without a file is left out, since no copy has all of them; setting complete=1 makes it a fault.',
    'Class ids of recipes follow the 89 numbers of label_foodtype.csv.',
  ],
  async open(folder, report, options) {
    const setting = readSettings(folder, settings, options);
    const protocol = options.protocol ?? 'segments';
    const recipes = readRecipes(folder, report);
    const file = firstThere(folder, [annotationFile, `annotations/${annotationFile}`], 'the annotations');
    const top: Place = { folder, file, place: 'field "database"' };
    const database = recordOf(recordOf(readJsonFile(folder, file), top).database, top);
    const places = Object.keys(subsets).flatMap((subset) => {
      const parent = `raw_videos/${subset}`;
      return folder.exists(parent) ? [parent] : [];
    });
    const files = videosIn(folder, places);
    const rows = new Map<string, Clip[]>([
      ['train', []],
      ['validation', []],
    ]);
    for (const id of Object.keys(database)) {
      const at: Place = { folder, file, place: `video ${quote(id)}` };
      reporting(report, () => {
        const video = readVideo(id, database[id], recipes, files, at);
        const target = { kind: 'class', id: video.recipe } as const;
        const { there } = video;
        const whole: Clip = { file: video.file, id, target, group: id, at, there, window: null };
        rows.get(video.split)?.push(...(protocol === 'recipes' ? [whole] : stepsOf(video, report)));
      });
    }
    const all = [...rows.values()].flat();
    const absent = new Map(all.filter(({ there }) => !there).map((row) => [row.file, row]));
    partlyThere([...absent.values()], setting('complete') === 1, report);
    const present = new Map([...rows].map(([name, list]) => [name, list.filter(({ there }) => there)]));
    const splits = new Map(
      [...present].map(([name, list]) => {
        requireRows(folder, name, list);
        return [name, rowsSplit(folder, name, list, (row) => readClip(folder, row.file, setting, row.window))];
      }),
    );
    const classes = protocol === 'recipes' ? recipes.map(({ name }) => name) : [];
    return { name: folder.source, modality: 'video', classes, splits, fingerprint: fingerprintRows(protocol, present) };
  },
};
