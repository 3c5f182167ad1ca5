// UCI HAR: smartphones at the waist, six activities. The inertial signals, not the 561 features made of them.

import type { Channel, RawImu } from '../datasets/dataset.ts';
import { fingerprintOf } from '../datasets/split.ts';
import { channelMoments } from '../datasets/statistics.ts';
import { quote } from '../errors.ts';
import { parseDecimal } from '../formats/text-lines.ts';
import { faultAt, linesOf, rootOf } from './fields.ts';
import type { Folder } from './folder.ts';
import { type Row, reportSharedGroups, requireRows, rowsSplit } from './lists.ts';
import type { PublishedChannels, PublishedDefinition, Report } from './published.ts';

/** A definition whose dataset has the train statistics of its channels. */
export interface ImuDefinition extends PublishedDefinition<RawImu> {
  open: (...args: Parameters<PublishedDefinition<RawImu>['open']>) => Promise<PublishedChannels<RawImu>>;
}

const classes = ['walking', 'walking upstairs', 'walking downstairs', 'sitting', 'standing', 'laying'];
const signals = ['body_acc', 'body_gyro', 'total_acc'].flatMap((signal) =>
  ['x', 'y', 'z'].map((axis) => `${signal}_${axis}`),
);
const steps = 128;
const subjects = 30;
/** Windows of a split: the published ones have 7,352; more would not fit the memory. */
const maxWindows = 100_000;

interface HarRow extends Row {
  readonly window: Float32Array;
}

/** Whole numbers from 1 to `most`, one a line. */
function readIds(folder: Folder, file: string, most: number, what: string, report: Report): (number | null)[] {
  const ids: (number | null)[] = [];
  for (const { line, number } of linesOf(folder.readText(file).text)) {
    if (number > maxWindows) {
      const expected = `at most ${maxWindows} lines`;
      throw folder.fault({ code: 'too-large', file, expected, actual: 'more' });
    }
    const id = /^\d{1,3}$/.test(line.trim()) ? Number(line) : 0;
    if (id >= 1 && id <= most) ids.push(id);
    else {
      ids.push(null);
      report(
        faultAt(
          { folder, file, place: `line ${number}` },
          'bad-value',
          `${what} from 1 to ${most}`,
          quote(line.trim()),
        ),
      );
    }
  }
  return ids;
}

/** Writes channel `channel` of all windows; a row that cannot be read is marked as null. */
function readSignal(
  folder: Folder,
  file: string,
  channel: number,
  windows: (Float32Array | null)[],
  report: Report,
): void {
  let row = 0;
  for (const { line, number } of linesOf(folder.readText(file).text)) {
    const window = windows[row] ?? null;
    row++;
    if (window === null) continue;
    const tokens = line.trim().split(/\s+/);
    const at = { folder, file, place: `line ${number}` };
    if (tokens.length !== steps) {
      report(faultAt(at, 'malformed', `${steps} numbers`, `${tokens.length}`));
      windows[row - 1] = null;
      continue;
    }
    for (let step = 0; step < steps; step++) {
      const value = parseDecimal(tokens[step]);
      window[step * signals.length + channel] = value;
      if (Number.isFinite(value)) continue;
      report(faultAt(at, 'bad-value', 'finite numbers', quote(tokens[step])));
      windows[row - 1] = null;
      break;
    }
  }
  if (row !== windows.length) {
    const expected = `${windows.length} lines, as many as labels`;
    report(folder.fault({ code: 'malformed', file, expected, actual: `${row}`, fix: 'get the file again' }));
    windows.fill(null, Math.min(row, windows.length));
  }
}

function readSplit(folder: Folder, root: string, split: string, report: Report): HarRow[] {
  const labels = readIds(folder, `${root}${split}/y_${split}.txt`, classes.length, 'an activity', report);
  const people = readIds(folder, `${root}${split}/subject_${split}.txt`, subjects, 'a subject', report);
  if (people.length !== labels.length) {
    const file = `${root}${split}/subject_${split}.txt`;
    const expected = `${labels.length} lines, as many as labels`;
    throw folder.fault({ code: 'malformed', file, expected, actual: `${people.length}`, fix: 'get the file again' });
  }
  const windows = labels.map((): Float32Array | null => new Float32Array(steps * signals.length));
  for (const [channel, signal] of signals.entries()) {
    readSignal(folder, `${root}${split}/Inertial Signals/${signal}_${split}.txt`, channel, windows, report);
  }
  return windows.flatMap((window, row): HarRow[] => {
    const [label, person] = [labels[row], people[row]];
    if (window === null || label === null || person === null) return [];
    return [{ file: `${split}/${row}`, group: `${person}`, target: { kind: 'class', id: label - 1 }, window }];
  });
}

export const uciHar: ImuDefinition = {
  name: 'uci-har',
  title: 'UCI HAR (Human Activity Recognition Using Smartphones)',
  modality: 'imu',
  task: 'name the activity of a window, of 6',
  metric: 'accuracy; mean F1 of the classes',
  licence: 'CC BY 4.0 (UCI)',
  source: 'https://archive.ics.uci.edu/dataset/240/human+activity+recognition+using+smartphones',
  layout: [
    '{train,test}/Inertial Signals/{body_acc,body_gyro,total_acc}_{x,y,z}_{train,test}.txt: 128 numbers a line',
    '{train,test}/y_{train,test}.txt: 1 to 6; {train,test}/subject_{train,test}.txt: 1 to 30',
  ],
  split: 'official, by subject: 21 of them with 7,352 windows train, 9 with 2,947 test',
  counts: { train: 7352, test: 2947 },
  protocols: [],
  notes: [
    'Windows of 2.56 s at 50 Hz that overlap by half. Accelerations are in g, turn rates in rad/s. Use the tokenizer with attitude "absolute".',
    'Ids are the published ones less 1. X_train.txt and X_test.txt, the 561 features, are not read.',
  ],
  async open(folder, report) {
    const root = rootOf(folder, ['UCI HAR Dataset']);
    const rows = new Map(['train', 'test'].map((split) => [split, readSplit(folder, root, split, report)]));
    for (const [name, list] of rows) requireRows(folder, name, list);
    const groups = new Map([...rows].map(([name, list]) => [name, list.map(({ group }) => group)]));
    reportSharedGroups(folder, groups, 'subject', report);
    const train = rows.get('train') ?? [];
    const moments = channelMoments(
      train.map(({ window }) => window),
      signals.length,
    );
    return {
      name: folder.source,
      modality: 'imu',
      classes,
      splits: new Map(
        [...rows].map(([name, list]) => [
          name,
          rowsSplit<RawImu, HarRow>(folder, name, list, ({ window }) => ({ window, steps, channels: signals.length })),
        ]),
      ),
      channels: signals.map(
        (name, at): Channel => ({ name, unit: name.includes('gyro') ? 'rad/s' : 'g', ...moments[at] }),
      ),
      fingerprint: fingerprintOf(
        [...rows].flatMap(([name, list]) => [
          name,
          ...list.map(({ file, group, target }) => `${file} ${group} ${target.kind === 'class' ? target.id : ''}`),
          ...list.map(({ window }) => new Uint8Array(window.buffer)),
        ]),
      ),
    };
  },
};
