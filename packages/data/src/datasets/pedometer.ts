// Phone motion from the npm package `pedometer`: walking or not, 100 Hz. Split by file, because windows of one recording
// resemble each other. Not read: DataMixed1-2, which have no labels, and DataNotWalking1, which is DataNotWalking3 again
// with its angles in degrees: on two sides of a split it would be a leak.

import { parseCsv } from '../formats/csv.ts';
import { type DataDirectory, openDirectory, readDataText } from '../formats/read-file.ts';
import type { Channel, Example, ImuDataset, RawImu } from './dataset.ts';
import { relativeAttitude } from './imu-attitude.ts';
import { fingerprintOf, membership, splitOf } from './split.ts';
import { channelMoments } from './statistics.ts';

const source = 'pedometer';
const classes = ['not walking', 'walking'] as const;
const channelNames = [
  { name: 'acceleration x', unit: 'm/s^2' },
  { name: 'acceleration y', unit: 'm/s^2' },
  { name: 'acceleration z', unit: 'm/s^2' },
  { name: 'yaw', unit: 'rad' },
  { name: 'pitch', unit: 'rad' },
  { name: 'roll', unit: 'rad' },
] as const;
const channels = channelNames.length;

const steps = 128;
const hop = 64;
const trainFiles = ['Walking1', 'Walking2', 'Walking3', 'NotWalking2', 'NotWalking4'] as const;
const testFiles = ['Walking4', 'Walking5', 'NotWalking3', 'NotWalking5'] as const;
const split = `by file: ${trainFiles.join(', ')} train; ${testFiles.join(', ')} test`;

/** Windows of 128 rows every 64, views of each file's rows: do not write to them. @throws {DataError} */
export function loadPedometer(dir: string): ImuDataset {
  const directory = openDirectory(source, dir, 'pedometer');
  const files: Uint8Array[] = [];
  const read = (name: string): Example<RawImu>[] => {
    const { values, bytes } = readRows(directory, name);
    files.push(bytes);
    const rows = values.length / channels;
    const count = Math.max(0, Math.floor((rows - steps) / hop) + 1);
    return Array.from({ length: count }, (_, index) => {
      const start = index * hop;
      const window = values.subarray(start * channels, (start + steps) * channels);
      const label = name.startsWith('Walking') ? 1 : 0;
      return { input: { window, steps, channels }, label, id: `${name}#${start}` };
    });
  };
  const train = trainFiles.flatMap(read);
  const test = testFiles.flatMap(read);
  const trainSplit = splitOf(source, 'train', classes.length, train);
  const describe = (blocks: readonly Float32Array[]): Channel[] => {
    const moments = channelMoments(blocks, channels);
    return channelNames.map((channel, at) => ({ ...channel, ...moments[at] }));
  };
  return {
    name: source,
    modality: 'imu',
    classes,
    train: trainSplit,
    test: splitOf(source, 'test', classes.length, test),
    rawChannels: describe(train.map(({ input }) => input.window)),
    channels: describe(train.map(({ input }) => relativeAttitude(input))),
    split,
    fingerprint: fingerprintOf([split, membership(train, test), ...files]),
  };
}

/** Six numbers a row; a seventh column, the time in ms, is ignored. */
function readRows(directory: DataDirectory, name: string): { values: Float32Array; bytes: Uint8Array } {
  const { text, bytes, origin } = readDataText(directory, `test/Data${name}.csv`);
  // DataWalking1 ends with the closing bracket of the array that it was pasted from.
  const rows = text.replace(/\n\],*\s*$/, '\n');
  const table = parseCsv(rows, origin, {
    header: false,
    columns: channelNames.map((channel) => ({ name: channel.name, type: 'number' }) as const),
  });
  const values = new Float32Array(table.length * channels);
  for (const [channel, { name: column }] of channelNames.entries()) {
    for (const [row, value] of table.numbers(column).entries()) values[row * channels + channel] = value;
  }
  return { values, bytes };
}
