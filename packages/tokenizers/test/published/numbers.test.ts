// Published points, series, tables, graphs, motion and spectra, from a copy on the disk to tokens.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  ego4dChannels,
  imuStatistics,
  openPublished,
  type PublishedDataset,
  type PublishedSplit,
  type PublishedTarget,
} from '@omnigrad/data';
import { afterAll, expect, test } from 'vitest';
import { writeAdult, writeBankMarketing } from '../../../data/test/published/fixtures/census.ts';
import {
  writeModelNet40,
  writeModelNet40C,
  writeModelNet40Hdf5,
  writeModelNet40Resampled,
} from '../../../data/test/published/fixtures/modelnet40.ts';
import { writeEgo4dImu, writeUciHar } from '../../../data/test/published/fixtures/motion.ts';
import { writePcqm4mv2 } from '../../../data/test/published/fixtures/pcqm4mv2.ts';
import { writeS3dis } from '../../../data/test/published/fixtures/s3dis.ts';
import { writeScanObjectNN } from '../../../data/test/published/fixtures/scanobjectnn.ts';
import { writeIndianPines, writePavia } from '../../../data/test/published/fixtures/scenes.ts';
import { writeEtth1, writeExchange, writeTraffic, writeWeather } from '../../../data/test/published/fixtures/series.ts';
import {
  GraphTokenizer,
  graphDefaults,
  HyperspectralTokenizer,
  hyperspectralDefaults,
  ImuTokenizer,
  imuDefaults,
  PointCloudTokenizer,
  pointCloudDefaults,
  TabularTokenizer,
  TimeseriesTokenizer,
  type Tokenizer,
  tabularDefaults,
  timeseriesDefaults,
} from '../../src/index.ts';
import { make, onReferenceBackend, readTokens, width } from '../contract.ts';

onReferenceBackend();
const made: string[] = [];
afterAll(() => {
  for (const folder of made) rmSync(folder, { recursive: true, force: true });
});
const copy = async (write: (folder: string) => Promise<void> | void): Promise<string> => {
  const folder = mkdtempSync(join(tmpdir(), 'omnigrad-tokens-'));
  made.push(folder);
  await write(folder);
  return folder;
};

const splitOf = <Raw>(dataset: PublishedDataset<Raw>, name: string): PublishedSplit<Raw> => {
  const split = dataset.splits.get(name);
  if (split === undefined) throw new Error(`no split ${name}`);
  return split;
};

/** The first examples of a split to arrays and tokens [B, T, width]. */
const tokenized = async <Raw, Features, Arrays>(
  dataset: PublishedDataset<Raw>,
  name: string,
  tokenizer: Tokenizer<Raw, Features, Arrays>,
): Promise<{ readonly arrays: Arrays; readonly targets: readonly PublishedTarget[] }> => {
  const split = splitOf(dataset, name);
  const count = Math.min(split.length, 3);
  const examples = await Promise.all(Array.from({ length: count }, (_, at) => split.get(at)));
  const arrays = tokenizer.collate(examples.map(({ input, id }) => tokenizer.preprocess(input, id)));
  const { shape, values } = readTokens(tokenizer, arrays);
  expect(shape).toEqual([count, tokenizer.tokenCount, width]);
  expect(values.every(Number.isFinite)).toBe(true);
  return { arrays, targets: examples.map(({ target }) => target) };
};

const classesOf = (targets: readonly PublishedTarget[], count: number): number[] =>
  targets.map((target) => {
    if (target.kind !== 'class' || target.id < 0 || target.id >= count) throw new Error(JSON.stringify(target));
    return target.id;
  });

const points = { ...pointCloudDefaults, points: 48, groups: 4, groupSize: 8, hidden: 4, positionHidden: 6 };

test('point clouds: ModelNet40 in its forms, ModelNet40-C, ScanObjectNN', async () => {
  const { tokenizer, arena } = make((s) => new PointCloudTokenizer(s, points, width));
  for (const [name, write, split, options, expected] of [
    ['modelnet40', writeModelNet40, 'train', {}, [0, 0, 36]],
    ['modelnet40', writeModelNet40Resampled, 'test', { protocol: 'normal-resampled' }, [0, 1]],
    ['modelnet40', writeModelNet40Hdf5, 'train', { protocol: 'hdf5-2048' }, [2, 0, 1]],
    ['modelnet40-c', writeModelNet40C, 'upsampling-5', { protocol: 'upsampling' }, [0, 39, 7]],
    ['scanobjectnn', writeScanObjectNN, 'test', {}, [14, 1]],
  ] as const) {
    const dataset = await openPublished(name, await copy(write), options);
    const { arrays, targets } = await tokenized(dataset, split, tokenizer);
    expect(arrays.centres.every((value) => Math.abs(value) <= 1.0001)).toBe(true);
    expect([name, classesOf(targets, 40)]).toEqual([name, expected]);
  }
  arena.dispose();
});

test('S3DIS: blocks with colour and place, a class a point', async () => {
  const settings = { blocks: 1, points: 64 };
  const dataset = await openPublished('s3dis', await copy(writeS3dis), { settings });
  const { tokenizer, arena } = make((s) => new PointCloudTokenizer(s, { ...points, features: 6 }, width));
  const { targets } = await tokenized(dataset, 'train', tokenizer);
  expect(targets.map((target) => target.kind === 'dense' && target.ids.length)).toEqual([64, 64, 64]);
  arena.dispose();
});

test('series: ETTh1, exchange rates, weather, traffic, with the train statistics and the season of their hours', async () => {
  for (const [name, write, step] of [
    ['etth1', writeEtth1, 1 / 24],
    ['exchange', writeExchange, 1],
    ['weather', writeWeather, 1 / 144],
    ['traffic', writeTraffic, 1 / 24],
  ] as const) {
    const dataset = await openPublished(name, await copy(write));
    const config = { ...timeseriesDefaults, steps: 336, patch: 48, channels: dataset.channels };
    const { tokenizer, arena } = make((s) => new TimeseriesTokenizer(s, config, width));
    expect(tokenizer.tokenCount).toBe(7);
    const { arrays, targets } = await tokenized(dataset, 'test', tokenizer);
    expect(targets).toEqual([{ kind: 'none' }, { kind: 'none' }, { kind: 'none' }]);
    // From patch to patch the year goes on by 48 rows.
    const angle = (token: number): number => Math.atan2(arrays.calendar[2 * token], arrays.calendar[2 * token + 1]);
    const turned = (angle(6) - angle(5) + 4 * Math.PI) % (2 * Math.PI);
    expect(turned).toBeCloseTo((48 * step * 2 * Math.PI) / 365.25, 3);
    arena.dispose();
  }
});

test('tables: Adult and Bank Marketing, a token a column', async () => {
  const adult = await openPublished('adult', await copy(writeAdult));
  const bank = await openPublished('bank-marketing', await copy(writeBankMarketing), { protocol: 'additional' });
  for (const [dataset, columns] of [
    [adult, 14],
    [bank, 20],
  ] as const) {
    const config = { ...tabularDefaults, columns: dataset.columns };
    const { tokenizer, arena } = make((s) => new TabularTokenizer(s, config, width));
    expect(tokenizer.tokenCount).toBe(columns);
    const { arrays, targets } = await tokenized(dataset, 'train', tokenizer);
    classesOf(targets, 2);
    if (dataset === adult)
      expect([...arrays.missing].map((flag, at) => flag * at).filter((at) => at > 0)).toEqual([15, 41]);
    arena.dispose();
  }
});

test('graphs: PCQM4Mv2 with the ids of atoms and bonds', async () => {
  const dataset = await openPublished('pcqm4mv2', await copy(writePcqm4mv2));
  const config = {
    ...graphDefaults,
    nodes: { numbers: [], classes: dataset.nodeClasses },
    edges: { numbers: [], classes: dataset.edgeClasses },
  };
  const { tokenizer, arena } = make((s) => new GraphTokenizer(s, config, width));
  const { arrays, targets } = await tokenized(dataset, 'train', tokenizer);
  expect([...arrays.nodeCounts]).toEqual([10, 11, 4]);
  expect(targets).toEqual([5.5, 3.25, 7].map((gap) => ({ kind: 'values', values: Float32Array.of(gap) })));
  arena.dispose();
});

test('motion: UCI HAR and Ego4D', async () => {
  const har = await openPublished('uci-har', await copy(writeUciHar));
  const { tokenizer, arena } = make(
    (s) => new ImuTokenizer(s, { ...imuDefaults, attitude: 'absolute', channels: har.channels }, width),
  );
  expect(classesOf((await tokenized(har, 'train', tokenizer)).targets, 6)).toEqual([4, 0, 5]);
  arena.dispose();
  const ego = await openPublished('ego4d-imu', await copy(writeEgo4dImu));
  const channels = await imuStatistics(splitOf(ego, 'train'), ego4dChannels);
  const long = make(
    (s) => new ImuTokenizer(s, { ...imuDefaults, steps: 1000, patch: 100, attitude: 'absolute', channels }, width),
  );
  expect(classesOf((await tokenized(ego, 'train', long.tokenizer)).targets, 2)).toEqual([1, 1, 0]);
  long.arena.dispose();
});

test('spectra: Indian Pines and Pavia, patches of 3 x 3', async () => {
  for (const [name, write, protocol] of [
    ['indian-pines', writeIndianPines, 'spectralformer'],
    ['indian-pines', writeIndianPines, 'spatial'],
    ['pavia', writePavia, 'university-random'],
  ] as const) {
    const settings = { patch: 3, tile: 12 };
    const dataset = await openPublished(name, await copy(write), { protocol, settings });
    const config = {
      ...hyperspectralDefaults,
      bands: dataset.channels.length,
      mean: dataset.channels.map(({ mean }) => mean),
      std: dataset.channels.map(({ std }) => std),
    };
    const { tokenizer, arena } = make((s) => new HyperspectralTokenizer(s, config, width));
    expect(tokenizer.tokenCount).toBe(2);
    classesOf((await tokenized(dataset, 'test', tokenizer)).targets, dataset.classes.length);
    arena.dispose();
  }
});
