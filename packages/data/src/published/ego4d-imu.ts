// The IMU of Ego4D: head-worn cameras. The recordings are read as published; which windows of them to learn from, their labels
// and their sides come from a list, because the published tasks have none for the IMU.

import type { Channel, RawImu } from '../datasets/dataset.ts';
import { channelMoments } from '../datasets/statistics.ts';
import { quote } from '../errors.ts';
import { parseDecimal } from '../formats/text-lines.ts';
import { faultAt, linesOf, uniqueBy } from './fields.ts';
import type { Folder } from './folder.ts';
import { fingerprintRows, presentRows, type Row, reportSharedGroups, requireRows, rowsSplit } from './lists.ts';
import { createMemo } from './memo.ts';
import type { PublishedDefinition, PublishedSplit } from './published.ts';
import { readSettings, ruleOf } from './settings.ts';

const sensors = ['gyro', 'accl'] as const;
const axes = ['x', 'y', 'z'] as const;
const columns = sensors.flatMap((sensor) => axes.map((axis) => `${sensor}_${axis}`));
const clock = 'canonical_timestamp_ms';
const listFile = 'clips.csv';
const listColumns = ['video_uid', 'start_sec', 'label', 'split'];

/** What its channels are: the tokenizer wants their train statistics, see `imuStatistics`. */
export const ego4dChannels: readonly Pick<Channel, 'name' | 'unit'>[] = columns.map((name) => ({
  name,
  unit: name.startsWith('gyro') ? 'rad/s' : 'm/s^2',
}));

/** Samples further apart than this are not joined by a line, ms. */
const longestGap = 100;

/** Bytes of decoded recordings that are kept, and of one file: an hour at 200 Hz has 90 MB. */
const keptBytes = 256 * 1024 * 1024;
const maxRecordingBytes = 512 * 1024 * 1024;

const settings = {
  seconds: { default: 5, least: 1, most: 600, meaning: 'length of a window' },
  rate: { default: 200, least: 1, most: 1000, meaning: 'Hz to which a window is resampled' },
} as const;

/** Of one sensor, `[n]` and `[n, 3]`. */
interface Samples {
  /** ms on the clock of the video, ascending */
  readonly times: Float64Array;
  readonly values: Float32Array;
}

interface ClipRow extends Row {
  readonly start: number;
}

function readRecording(folder: Folder, file: string): readonly Samples[] {
  const { text } = folder.readText(file, maxRecordingBytes);
  let places: readonly number[] | null = null;
  let width = 0;
  const times: number[][] = sensors.map(() => []);
  const values: number[][] = sensors.map(() => []);
  for (const { line, number } of linesOf(text)) {
    const at = { folder, file, place: `line ${number}` };
    const cells = line.split(',').map((cell) => cell.trim());
    if (places === null) {
      width = cells.length;
      places = [clock, ...columns].map((name) => cells.indexOf(name));
      if (!places.includes(-1)) continue;
      throw faultAt(at, 'malformed', `columns ${clock}, ${columns.join(', ')}`, quote(line), 'get the file again');
    }
    if (cells.length !== width) throw faultAt(at, 'malformed', `${width} cells`, `${cells.length}`);
    const [time, ...numbers] = places.map((place) => (cells[place] === '' ? null : parseDecimal(cells[place])));
    // Before the canonical video begins there is no time, and a sensor that was not read in a row has no value.
    if (time === null) continue;
    const bad = [time, ...numbers].findIndex((value) => value !== null && !Number.isFinite(value));
    if (bad >= 0) {
      const column = [clock, ...columns][bad];
      const cell = quote(cells[places[bad]]);
      throw faultAt({ ...at, place: `${at.place}, column ${column}` }, 'bad-value', 'a finite number or nothing', cell);
    }
    for (const sensor of sensors.keys()) {
      const own = numbers.slice(sensor * 3, sensor * 3 + 3);
      const last = times[sensor].at(-1);
      if (last !== undefined && time < last) throw faultAt(at, 'bad-value', `a time from ${last} ms on`, `${time}`);
      if (time === last) continue;
      const present = own.filter((value) => value !== null);
      if (present.length < 3) continue;
      times[sensor].push(time);
      values[sensor].push(...present);
    }
  }
  return sensors.map((_, at) => ({ times: Float64Array.from(times[at]), values: Float32Array.from(values[at]) }));
}

/** First of the samples at or after a time. */
function firstFrom(times: Float64Array, time: number): number {
  let low = 0;
  let high = times.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (times[middle] < time) low = middle + 1;
    else high = middle;
  }
  return low;
}

function resampled(
  folder: Folder,
  { file, start }: ClipRow,
  recording: readonly Samples[],
  steps: number,
  rate: number,
): Float32Array {
  const width = columns.length;
  const window = new Float32Array(steps * width);
  for (const [sensor, { times, values }] of recording.entries()) {
    for (let step = 0; step < steps; step++) {
      const time = start * 1000 + (step * 1000) / rate;
      const after = firstFrom(times, time);
      const before = after < times.length && times[after] === time ? after : after - 1;
      if (before < 0 || after >= times.length || times[after] - times[before] > longestGap) {
        const expected = `samples of ${sensors[sensor]} on both sides, at most ${longestGap} ms apart`;
        const actual =
          before < 0 || after >= times.length ? 'the end of the recording' : `${times[after] - times[before]} ms`;
        const place = { folder, file, place: `${Math.round(time)} ms` };
        throw faultAt(place, 'bad-value', expected, actual, `leave the clip out of ${listFile}`);
      }
      const share = after === before ? 0 : (time - times[before]) / (times[after] - times[before]);
      for (let axis = 0; axis < 3; axis++) {
        const [from, to] = [values[before * 3 + axis], values[after * 3 + axis]];
        window[step * width + sensor * 3 + axis] = from + (to - from) * share;
      }
    }
  }
  return window;
}

export const ego4dImu: PublishedDefinition<RawImu> = {
  name: 'ego4d-imu',
  title: 'Ego4D (IMU)',
  modality: 'imu',
  task: 'name the scenario or action of a window of head motion',
  metric: 'accuracy (of the labels in the list)',
  licence: 'Ego4D licence, signed before the download',
  source: 'https://ego4d-data.org (ego4d --datasets imu)',
  layout: [
    'imu/<video_uid>.csv: component_idx,component_timestamp_ms,canonical_timestamp_ms,gyro_x,gyro_y,gyro_z,accl_x,accl_y,accl_z',
    `${listFile}, ours: ${listColumns.join(',')}`,
  ],
  split: `as the column split of ${listFile} says; a video is in one split`,
  protocols: [],
  settings,
  notes: [
    `${listFile} is not published: make it from ego4d.json (scenarios) or the annotations of a benchmark, one row a window, start in seconds of the video.`,
    `Windows are 5 s at 200 Hz unless the settings say otherwise, joined by straight lines on the canonical clock; a gap of more than ${longestGap} ms is a fault of the example.`,
    'Rows without a canonical time, before the video begins, are passed over. Train statistics: imuStatistics. Use the tokenizer with attitude "absolute".',
  ],
  async open(folder, report, options) {
    const setting = readSettings(folder, settings, options);
    const steps = setting('seconds') * setting('rate');
    const listed: (ClipRow & { readonly split: string; readonly label: string; readonly number: number })[] = [];
    let header = true;
    for (const { line, number } of linesOf(folder.readText(listFile).text)) {
      const at = { folder, file: listFile, place: `line ${number}` };
      const cells = line.split(',').map((cell) => cell.trim());
      if (header) {
        header = false;
        if (cells.join() === listColumns.join()) continue;
        throw faultAt(at, 'malformed', listColumns.join(','), quote(line), 'write this line first');
      }
      const [video, seconds, label, split] = cells;
      const start = parseDecimal(seconds ?? '');
      const isGood =
        cells.length === 4 && start >= 0 && Number.isFinite(start) && label !== '' && /^[\w-]+$/.test(split);
      if (isGood && /^[\w-]+$/.test(video)) {
        const id = `${video}#${seconds}`;
        const row = { id, group: video, target: { kind: 'none' } as const, start, split, label, number };
        listed.push({ ...row, file: `imu/${video}.csv` });
        continue;
      }
      report(faultAt(at, 'bad-value', 'a video, a start in seconds of at least 0, a label and a split', quote(line)));
    }
    const once = uniqueBy(
      listed,
      ({ id = '' }) => id,
      ({ number }) => ({ folder, file: listFile, place: `line ${number}` }),
      report,
    );
    const present = presentRows(folder, once, report, listFile);
    const classes = [...new Set(present.map(({ label }) => label))].sort();
    const rows = new Map<string, ClipRow[]>();
    for (const { label, split, ...row } of present) {
      const list = rows.get(split) ?? [];
      rows.set(split, list);
      list.push({ ...row, target: { kind: 'class', id: classes.indexOf(label) } });
    }
    requireRows(folder, 'train', rows.get('train') ?? []);
    const groups = new Map([...rows].map(([name, list]) => [name, list.map(({ group }) => group)]));
    reportSharedGroups(folder, groups, 'video', report);
    const bytesOf = (recording: readonly Samples[]): number =>
      recording.reduce((total, { times, values }) => total + times.byteLength + values.byteLength, 0);
    const memo = createMemo<readonly Samples[]>(keptBytes, bytesOf);
    return {
      name: folder.source,
      modality: 'imu',
      classes,
      splits: new Map(
        [...rows].map(([name, list]) => [
          name,
          rowsSplit<RawImu, ClipRow>(folder, name, list, (row) => {
            const recording = memo(row.file, () => readRecording(folder, row.file));
            const window = resampled(folder, row, recording, steps, setting('rate'));
            return { window, steps, channels: columns.length };
          }),
        ]),
      ),
      fingerprint: fingerprintRows(ruleOf(classes.join(), settings, options), rows),
    };
  },
};

/**
 * Mean and deviation of the channels over at most `examples` windows, evenly spread: what the tokenizer must be told of a set
 * that is too large to be read when it is opened. Give it the train split.
 * @throws {DataError} of the files
 */
export async function imuStatistics(
  split: PublishedSplit<RawImu>,
  channels: readonly Pick<Channel, 'name' | 'unit'>[],
  examples = 1000,
): Promise<readonly Channel[]> {
  const count = Math.min(split.length, examples);
  const windows: Float32Array[] = [];
  for (let k = 0; k < count; k++) {
    const { input } = await split.get(Math.floor((k * split.length) / count));
    windows.push(input.window);
  }
  const moments = channelMoments(windows, channels.length);
  return channels.map((channel, at) => ({ ...channel, ...moments[at] }));
}
