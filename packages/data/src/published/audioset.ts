// AudioSet: ten seconds of YouTube videos with any number of 527 labels. Its authors give out lists; the sounds are the
// user's own copies, of which some videos are always gone.

import type { RawAudio } from '../datasets/dataset.ts';
import { quote } from '../errors.ts';
import {
  arrayOf,
  csvCells,
  faultAt,
  linesOf,
  type Place,
  readCsvRows,
  readJsonFile,
  recordOf,
  textField,
  uniqueFiles,
  wholeNumber,
} from './fields.ts';
import type { Folder } from './folder.ts';
import { fingerprintRows, type Row, reporting, reportSharedGroups, requireRows, rowsSplit } from './lists.ts';
import { completeSetting, partlyThere } from './partly-there.ts';
import type { PublishedDefinition, Report } from './published.ts';
import { readSettings } from './settings.ts';
import { readSound, soundEndings, soundSettings } from './sounds.ts';

const settings = { ...soundSettings, ...completeSetting };

const labelList = 'class_labels_indices.csv';
const maxClasses = 527;

interface Segment extends Row {
  readonly at: Place;
}

interface Labels {
  readonly names: readonly string[];
  readonly ids: ReadonlyMap<string, number>;
}

function readLabels(folder: Folder, report: Report): Labels {
  const names: string[] = [];
  const ids = new Map<string, number>();
  for (const { at, cell } of readCsvRows(folder, labelList, ['index', 'mid', 'display_name'], report)) {
    reporting(report, () => {
      const index = wholeNumber(cell('index'), 0, maxClasses - 1, 'an index', at);
      if (index !== names.length) throw faultAt(at, 'bad-value', `index ${names.length}`, `${index}`);
      if (ids.has(cell('mid'))) throw faultAt(at, 'bad-value', 'each mid once', `${quote(cell('mid'))} twice`);
      ids.set(cell('mid'), index);
      names.push(cell('display_name'));
    });
  }
  return { names, ids };
}

/** Ascending and each once. The same list of labels comes thousands of times: one object does for all of them. */
function targetReader({ ids }: Labels): (mids: string, at: Place) => Row['target'] {
  const known = new Map<string, Row['target']>();
  return (mids, at) => {
    const cached = known.get(mids);
    if (cached !== undefined) return cached;
    const found = mids.split(',').map((mid) => {
      const id = ids.get(mid.trim());
      if (id !== undefined) return id;
      throw faultAt(at, 'bad-value', `a mid of ${labelList}`, quote(mid.trim()));
    });
    const target: Row['target'] = { kind: 'labels', ids: [...new Set(found)].sort((a, b) => a - b) };
    known.set(mids, target);
    return target;
  };
}

/** Names that a sound may have, in the order in which they are tried. */
export function audioSetStems(id: string, start: number, end: number): string[] {
  const [from, to] = [Math.round(start * 1000), Math.round(end * 1000)];
  const seconds = [String(start), start.toFixed(3), String(Math.floor(start))];
  return [
    ...seconds.flatMap((text) => [`${id}_${text}`, `${id}_${text}_${end}`, `${id}_${text}_${end.toFixed(3)}`]),
    `${id}_${from}`,
    `${id}_${from}_${to}`,
    id,
    `Y${id}`,
  ];
}

function readSegments(
  folder: Folder,
  file: string,
  sounds: ReadonlyMap<string, string>,
  targetOf: ReturnType<typeof targetReader>,
  report: Report,
): { readonly rows: Segment[]; readonly absent: Segment[] } {
  const [rows, absent]: [Segment[], Segment[]] = [[], []];
  let [claimed, count] = [-1, 0];
  for (const { line, number } of linesOf(folder.readText(file).text)) {
    const at: Place = { folder, file, place: `line ${number}` };
    if (line.startsWith('#')) {
      claimed = Number(/num_segs=(\d{1,9})\b/.exec(line)?.[1] ?? claimed);
      continue;
    }
    count++;
    reporting(report, () => {
      // "--4gqARaEJE, 0.000, 10.000, "/m/068hy,/m/07q6cd_"": a blank before the quotation mark.
      const cells = csvCells(line.replace(/, +/g, ','));
      if (cells?.length !== 4) {
        throw faultAt(at, 'malformed', 'a video, two times and labels in quotation marks', quote(line));
      }
      const [id, from, to, mids] = cells;
      const [start, end] = [Number(from), Number(to)];
      if (!/^[\w-]{11}$/.test(id)) throw faultAt(at, 'bad-value', 'the 11 characters of a video', quote(id));
      if (!(start >= 0 && end > start)) {
        throw faultAt(at, 'bad-value', 'a start and a later end in seconds', `${quote(from)} and ${quote(to)}`);
      }
      const target = targetOf(mids, at);
      const stem = audioSetStems(id, start, end).find((name) => sounds.has(name));
      const found = stem === undefined ? undefined : sounds.get(stem);
      const row = { file: found ?? `audio/${id}.wav`, target, group: id, at };
      (found === undefined ? absent : rows).push(row);
    });
  }
  if (claimed >= 0 && claimed !== count) {
    report(
      folder.fault({
        code: 'malformed',
        file,
        expected: `${claimed} segments as its header says`,
        actual: `${count}`,
        fix: 'get the list again',
      }),
    );
  }
  return { rows, absent };
}

const lists = { balanced: 'balanced_train_segments', unbalanced: 'unbalanced_train_segments', eval: 'eval_segments' };

/** Sounds by their names without the ending. */
function soundsOf(folder: Folder): Map<string, string> {
  const found = new Map<string, string>();
  const parts = Object.values(lists).flatMap((name) => [name, name.replace('_segments', '')]);
  for (const place of ['audio', ...parts.map((part) => `audio/${part}`), ...parts]) {
    if (!folder.exists(place)) continue;
    for (const name of folder.list(place)) {
      const ending = soundEndings.find((text) => name.toLowerCase().endsWith(text));
      if (ending === undefined) continue;
      const stem = name.slice(0, -ending.length);
      if (!found.has(stem)) found.set(stem, `${place}/${name}`);
    }
  }
  return found;
}

/** Lists of AST: {"data": [{"wav": path, "labels": "/m/...,/m/..."}]}. */
function readAstList(
  folder: Folder,
  side: 'train' | 'eval',
  sounds: ReadonlyMap<string, string>,
  targetOf: ReturnType<typeof targetReader>,
  report: Report,
): { readonly rows: Segment[]; readonly absent: Segment[] } {
  const places = ['', 'datafiles'].filter((place) => place === '' || folder.exists(place));
  const named = places.flatMap((place) =>
    folder
      .list(place)
      .filter((name) => name.endsWith('.json') && name.includes(side))
      .map((name) => (place === '' ? name : `${place}/${name}`)),
  );
  const [file, ...more] = named;
  if (file === undefined || more.length > 0) {
    const expected = `one list with "${side}" in its name, here or in datafiles`;
    const actual = file === undefined ? 'none' : named.join(', ').slice(0, 120);
    throw folder.fault({ code: 'missing', file: null, expected, actual });
  }
  const [rows, absent]: [Segment[], Segment[]] = [[], []];
  const whole: Place = { folder, file, place: 'the file' };
  const record = recordOf(readJsonFile(folder, file), whole);
  for (const [index, entry] of arrayOf(record.data, { ...whole, place: 'field "data"' }).entries()) {
    const at: Place = { folder, file, place: `entry ${index} of "data"` };
    reporting(report, () => {
      const fields = recordOf(entry, at);
      const target = targetOf(textField(fields, 'labels', at), at);
      const wav = textField(fields, 'wav', at);
      // The lists of others name their own disks: then the name of the file counts.
      const inside = wav.startsWith(`${folder.path}/`) ? wav.slice(folder.path.length + 1) : wav;
      const stem = (wav.split('/').at(-1) ?? '').replace(/\.[a-z0-9]{2,4}$/i, '');
      const found = inside.startsWith('/') || !folder.exists(inside) ? sounds.get(stem) : inside;
      const row = {
        file: found ?? `audio/${stem}.wav`,
        target,
        group: stem.replace(/^Y(?=.{11})/, '').slice(0, 11),
        at,
      };
      (found === undefined ? absent : rows).push(row);
    });
  }
  return { rows, absent };
}

export const audioSet: PublishedDefinition<RawAudio> = {
  name: 'audioset',
  title: 'AudioSet',
  modality: 'audio',
  task: 'find all sounds in ten seconds, of 527 classes',
  metric: 'mean average precision over the classes',
  licence: 'lists CC BY 4.0; the sounds belong to those who uploaded them',
  source: 'https://research.google.com/audioset/download.html',
  layout: [
    'class_labels_indices.csv',
    'balanced_train_segments.csv',
    'unbalanced_train_segments.csv',
    'eval_segments.csv',
    'audio/<ytid>.wav (or .flac, .mp3, .ogg, .opus), also in audio/balanced_train, audio/unbalanced_train, audio/eval or in such folders beside the lists',
    'protocol ast: a list *train*.json and a list *eval*.json, here or in datafiles',
  ],
  split: 'official: balanced (or all) train segments, and the evaluation segments as test',
  counts: { train: 22160, test: 20371 },
  protocols: ['balanced', 'full', 'ast'],
  settings,
  notes: [
    'A file holds the ten seconds alone, not the video. Names tried: <ytid>_<start>, <ytid>_<start>_<end> (seconds, with or without decimals, or milliseconds), <ytid>, Y<ytid>.',
    'A segment without a sound is left out, since no copy has all of them; setting complete=1 makes it a fault.',
    'Protocol full joins the balanced and the unbalanced train segments: 2,063,949 of them.',
    'A group is a video.',
  ],
  async open(folder, report, options) {
    const setting = readSettings(folder, settings, options);
    const protocol = options.protocol ?? 'balanced';
    const labels = readLabels(folder, report);
    const targetOf = targetReader(labels);
    const sounds = soundsOf(folder);
    const parts = protocol === 'full' ? [lists.balanced, lists.unbalanced] : [lists.balanced];
    const read = (file: string) => readSegments(folder, `${file}.csv`, sounds, targetOf, report);
    const sides =
      protocol === 'ast'
        ? {
            train: [readAstList(folder, 'train', sounds, targetOf, report)],
            test: [readAstList(folder, 'eval', sounds, targetOf, report)],
          }
        : { train: parts.map(read), test: [read(lists.eval)] };
    const rows = new Map<string, Segment[]>();
    for (const [name, found] of Object.entries(sides)) {
      partlyThere(
        found.flatMap(({ absent }) => absent),
        setting('complete') === 1,
        report,
      );
      const present = found.flatMap((part) => part.rows);
      rows.set(name, uniqueFiles(present, report));
    }
    reportSharedGroups(
      folder,
      new Map([...rows].map(([name, list]) => [name, list.map(({ group }) => group)])),
      'video',
      report,
    );
    const splits = new Map(
      [...rows].map(([name, list]) => {
        requireRows(folder, name, list);
        return [name, rowsSplit(folder, name, list, ({ file }) => readSound(folder, file, setting('sampleRate')))];
      }),
    );
    return {
      name: folder.source,
      modality: 'audio',
      classes: labels.names,
      splits,
      fingerprint: fingerprintRows(protocol, rows),
    };
  },
};
