// A published dataset, whose examples are read one by one, as a dataset in memory: what a stream of the training takes. At most
// so many examples of a split are drawn, each class by its share, so that a large set can be tried with the memory there is.

import { createHash, type Hash } from 'node:crypto';
import type {
  Channel,
  Dataset,
  Example,
  ImuDataset,
  RawImu,
  RawSeries,
  RawTable,
  SeriesDataset,
  TableDataset,
} from '../datasets/dataset.ts';
import { fingerprintOf, membership, splitOf } from '../datasets/split.ts';
import { channelMoments } from '../datasets/statistics.ts';
import { DataError, type DataErrorCode, quote } from '../errors.ts';
import { hashText } from '../sampling/hash.ts';
import { shuffledIndices } from '../sampling/shuffle.ts';
import type {
  PublishedChannels,
  PublishedDataset,
  PublishedExample,
  PublishedSplit,
  PublishedTable,
  PublishedTarget,
} from './published.ts';

export type TargetKind = PublishedTarget['kind'];
export type TargetOf<Kind extends TargetKind> = Extract<PublishedTarget, { readonly kind: Kind }>;

/** What `maxBytes` is unless it is given: 1 GiB. */
export const defaultLoadedBytes = 2 ** 30;
/** Examples read at the same time, at most. */
export const maxParallelReads = 64;

/** Names that are looked for where no test split is named, in this order: the official score of many sets is on their validation. */
const testNames = ['test', 'val', 'validation', 'validation-matched'] as const;
/** Examples after which the memory of all is reckoned. */
const probed = 16;
/** Share of the memory that a limit which is named would take: later examples may be a little larger. */
const reserve = 0.95;
/** Examples of each split whose contents go into the fingerprint, so that another `prepare` gives another one. */
const fingerprinted = 64;
/** Bytes of an object or an entry beside its contents. */
const objectBytes = 64;

export interface DatasetOfOptions<Raw, Kind extends TargetKind = 'class'> {
  /** Name of the split to train on. Default 'train'. */
  readonly train?: string;
  /** Name of the split to score on. Default: the first of test, val, validation that has targets where the train split has them. */
  readonly test?: string;
  /** Examples of each split, at most: drawn at random, each class by its share and none left out where there is room. Default all. */
  readonly limit?: number;
  /** Of the draw, and of the order of the examples. Default 0. */
  readonly seed?: number;
  /** Of the examples in memory. Default 1 GiB. */
  readonly maxBytes?: number;
  /** Examples read at the same time. Default 4. */
  readonly parallel?: number;
  /** Makes what is kept of each example: a picture of the tokenizer's size. */
  readonly prepare?: (raw: Raw) => Raw | Promise<Raw>;
  /** The class id of a target of any kind, for sets whose targets are no classes; -1 leaves the example out. */
  readonly label?: (target: PublishedTarget) => number;
  /** Names for the ids of `label`. Default: the classes of the set. */
  readonly classes?: readonly string[];
  /** Targets of this kind are kept beside the examples, see `targetOf`; labels are -1 unless `label` gives them. Default 'class'. */
  readonly targets?: Kind;
  /** Makes what is kept of such a target; `raw` is the example before `prepare`. Ids of pixels are fitted as their picture is. */
  readonly prepareTarget?: (target: TargetOf<Kind>, raw: Raw) => TargetOf<Kind>;
  /** What the labels say, in a word that names the task. Default 'class'. */
  readonly task?: string;
  readonly onProgress?: (done: number, total: number) => void;
}

export interface LoadedTargets<Kind extends TargetKind> {
  /** The target of an example of either split, by its id. @throws {DataError} out-of-range: no such example */
  readonly targetOf: (id: string) => TargetOf<Kind>;
}

/**
 * Two splits of a published dataset in memory, in an order drawn by `seed`. Class targets become labels; a split's examples without
 * a target are left out where the train split has targets. The same copy and options give the same examples.
 * @throws {DataError} too-large: more than `maxBytes`, with the limit that would fit; unsupported: targets of another kind than class,
 * without `label` or `targets`; missing: no such split; out-of-range: options; of the example's files
 */
export function datasetOf<Kind extends TargetKind = 'class'>(
  published: PublishedTable,
  options?: DatasetOfOptions<RawTable, Kind>,
): Promise<TableDataset & LoadedTargets<Kind>>;
export function datasetOf<Kind extends TargetKind = 'class'>(
  published: PublishedChannels<RawSeries>,
  options?: DatasetOfOptions<RawSeries, Kind>,
): Promise<SeriesDataset & LoadedTargets<Kind>>;
/** Windows as they stand: `channels` and `rawChannels` are the same statistics, for a tokenizer with attitude 'absolute'. */
export function datasetOf<Kind extends TargetKind = 'class'>(
  published: PublishedChannels<RawImu>,
  options?: DatasetOfOptions<RawImu, Kind>,
): Promise<ImuDataset & LoadedTargets<Kind>>;
export function datasetOf<Raw, Kind extends TargetKind = 'class'>(
  published: PublishedDataset<Raw>,
  options?: DatasetOfOptions<Raw, Kind>,
): Promise<Dataset<Raw> & LoadedTargets<Kind>>;
export async function datasetOf<Raw, Kind extends TargetKind = 'class'>(
  published: PublishedDataset<Raw>,
  options: DatasetOfOptions<Raw, Kind> = {},
): Promise<Dataset<Raw> & LoadedTargets<Kind>> {
  const { name, modality } = published;
  const { seed = 0, limit = Number.POSITIVE_INFINITY, maxBytes = defaultLoadedBytes, parallel = 4 } = options;
  checkOptions(name, { seed, limit, maxBytes, parallel });
  const splits = splitsOf(published, options);
  const classes = options.classes ?? published.classes;
  const rule = targetRule(published, splits.train, options);
  const picks = {
    train: drawn(splits.train, limit, seed, rule),
    test: drawn(splits.test, limit, seed, rule),
  };
  for (const side of ['train', 'test'] as const) {
    if (picks[side].length > 0) continue;
    const expected = 'at least one example with a target';
    throw fail(name, 'empty', `split "${splits[side].name}"`, expected, 'none', 'name another split');
  }
  const jobs = [
    ...Array.from(picks.train, (index): Job<Raw> => ({ split: splits.train, index })),
    ...Array.from(picks.test, (index): Job<Raw> => ({ split: splits.test, index })),
  ];
  const kept = new Map<string, TargetOf<Kind>>();
  const budget = memoryBudget(name, maxBytes, [picks.train.length, picks.test.length]);
  const read = await readAll(jobs, parallel, options.onProgress ?? (() => {}), async ({ split, index }) => {
    const { input, target, id }: PublishedExample<Raw> = await split.get(index);
    const label = rule.labelOf(target, split.name, id);
    const own = rule.kindOf(target);
    const target2 = own === null ? null : (options.prepareTarget?.(own, input) ?? own);
    const raw = options.prepare === undefined ? input : await options.prepare(input);
    budget.take([raw, id, options.targets === undefined ? null : target2]);
    return { example: { input: raw, label, id }, target: target2 };
  });
  for (const [at, { example, target }] of read.entries()) {
    if (target === null) continue;
    if (options.targets !== undefined && kept.has(example.id)) {
      const place = `split "${jobs[at].split.name}"`;
      throw fail(name, 'bad-value', place, 'ids that differ', `${quote(example.id)} twice`, 'keep one of them');
    }
    kept.set(example.id, target);
  }
  // What `label` leaves out where the lists did not say it.
  const sideOf = (from: number, end: number): Example<Raw>[] =>
    read.slice(from, end).flatMap(({ example }) => (example.label === leftOut ? [] : [example]));
  const train = sideOf(0, picks.train.length);
  const test = sideOf(picks.train.length, read.length);
  const said = (side: 'train' | 'test', examples: readonly unknown[]): string =>
    `${splits[side].name} (${examples.length} of ${splits[side].length})`;
  const split = `official: ${said('train', train)} and ${said('test', test)}, drawn by seed ${seed}`;
  const statistics = {
    ...('columns' in published ? { columns: published.columns } : {}),
    ...('channels' in published ? { channels: published.channels } : {}),
    ...('channels' in published && modality === 'imu' ? { rawChannels: published.channels } : {}),
  };
  return {
    ...statistics,
    name,
    modality,
    classes,
    task: options.task ?? 'class',
    train: splitOf(name, 'train', classes.length, train),
    test: splitOf(name, 'test', classes.length, test),
    split,
    fingerprint: fingerprintOf([
      published.fingerprint,
      JSON.stringify([splits.train.name, splits.test.name, Number.isFinite(limit) ? limit : null, seed, classes]),
      membership(train, test),
      contentsOf(train),
      contentsOf(test),
    ]),
    targetOf: (id) => {
      const target = kept.get(id);
      if (target !== undefined) return target;
      const expected = `an example with a target of kind ${rule.kind}`;
      throw fail(name, 'out-of-range', 'targetOf', expected, quote(id), 'give an id of the dataset');
    },
  };
}

/** A dataset of motion with the statistics of its train windows, for sets that are too large to have them when they are opened. */
export function withImuStatistics(
  dataset: Dataset<RawImu>,
  channels: readonly Pick<Channel, 'name' | 'unit'>[],
): ImuDataset {
  const windows = Array.from({ length: dataset.train.length }, (_, at) => dataset.train.get(at).input.window);
  const moments = channelMoments(windows, channels.length);
  const measured = channels.map((channel, at): Channel => ({ ...channel, ...moments[at] }));
  return { ...dataset, channels: measured, rawChannels: measured };
}

const fail = (
  name: string,
  code: DataErrorCode,
  place: string | null,
  expected: string,
  actual: string,
  fix: string,
): DataError => new DataError({ code, source: name, file: null, place, expected, actual, fix });

function checkOptions(
  name: string,
  options: { readonly seed: number; readonly limit: number; readonly maxBytes: number; readonly parallel: number },
): void {
  const { seed, limit, maxBytes, parallel } = options;
  const check = (option: string, value: number, least: number, most: number): void => {
    if (Number.isSafeInteger(value) && value >= least && value <= most) return;
    const expected = `a whole number of ${option} from ${least} to ${most}`;
    throw fail(name, 'out-of-range', 'options', expected, `${value}`, 'leave it out for the default');
  };
  check('seed', seed, 0, 2 ** 31 - 1);
  if (limit !== Number.POSITIVE_INFINITY) check('limit', limit, 1, 2 ** 31 - 1);
  check('maxBytes', maxBytes, 1, Number.MAX_SAFE_INTEGER);
  check('parallel', parallel, 1, maxParallelReads);
}

interface Sides<Raw> {
  readonly train: PublishedSplit<Raw>;
  readonly test: PublishedSplit<Raw>;
}

/** Null where the kind stands in the example's files. */
const kindIn = (split: PublishedSplit<unknown>): TargetKind | null => split.target?.(0).kind ?? null;

function splitsOf<Raw>(
  { name, splits }: PublishedDataset<Raw>,
  { train: trainName = 'train', test: testName }: Pick<DatasetOfOptions<Raw>, 'train' | 'test'>,
): Sides<Raw> {
  const named = (
    side: 'train' | 'test',
    wanted: string,
    found: PublishedSplit<Raw> | undefined,
  ): PublishedSplit<Raw> => {
    if (found !== undefined) return found;
    const fix = `name one of them by the option ${side}`;
    throw fail(name, 'missing', null, `a split ${wanted}`, [...splits.keys()].join(', '), fix);
  };
  const train = named('train', trainName, splits.get(trainName));
  const usable = testNames
    .map((candidate) => splits.get(candidate))
    .find((split) => split !== undefined && (kindIn(split) !== 'none' || kindIn(train) === 'none'));
  const test =
    testName === undefined
      ? named('test', 'test, val or validation with targets', usable)
      : named('test', testName, splits.get(testName));
  if (test === train) {
    throw fail(name, 'out-of-range', 'options', 'two splits', `${train.name} for both`, 'score on another one');
  }
  return { train, test };
}

/** The label of an example that `label` refuses; none of createSplit's, so that it cannot be taken for one. */
const leftOut = -2;

interface TargetRule<Kind extends TargetKind> {
  readonly kind: Kind | 'class';
  /** `leftOut` where the example has none. @throws {DataError} unsupported */
  labelOf(target: PublishedTarget, split: string, id: string): number;
  /** Null where the target is of another kind than is kept. */
  kindOf(target: PublishedTarget): TargetOf<Kind> | null;
}

function targetRule<Raw, Kind extends TargetKind>(
  { name }: PublishedDataset<Raw>,
  train: PublishedSplit<Raw>,
  { label, targets }: DatasetOfOptions<Raw, Kind>,
): TargetRule<Kind> {
  const none = kindIn(train) === 'none';
  const isKept = (target: PublishedTarget): target is TargetOf<Kind> => target.kind === (targets ?? 'class');
  return {
    kind: targets ?? 'class',
    kindOf: (target) => (isKept(target) ? target : null),
    labelOf: (target, split, id) => {
      if (target.kind === 'none' && targets !== 'none') return none ? -1 : leftOut;
      if (label !== undefined) {
        const given = label(target);
        return given === -1 ? leftOut : given;
      }
      if (target.kind === 'class' && (targets === undefined || targets === 'class')) return target.id;
      if (target.kind === targets) return -1;
      const place = `split "${split}", example ${quote(id)}`;
      const fix = `turn it into a class by the option label, or keep it by targets: '${target.kind}'`;
      throw fail(name, 'unsupported', place, `a target of kind ${targets ?? 'class'}`, target.kind, fix);
    },
  };
}

/** Which examples of a split are read, in an order that `seed` draws. */
function drawn<Raw, Kind extends TargetKind>(
  split: PublishedSplit<Raw>,
  limit: number,
  seed: number,
  rule: TargetRule<Kind>,
): Int32Array {
  const order = shuffledIndices(split.length, [seed, hashText(split.name)]);
  if (split.target === undefined) return order.subarray(0, Math.min(limit, order.length));
  const labels = new Int32Array(split.length);
  const counts = new Map<number, number>();
  for (let at = 0; at < split.length; at++) {
    const label = rule.labelOf(split.target(at), split.name, `${at}`);
    labels[at] = label;
    if (label !== leftOut) counts.set(label, (counts.get(label) ?? 0) + 1);
  }
  const rest = sharesOf(counts, limit);
  return order.filter((at) => {
    const left = rest.get(labels[at]) ?? 0;
    if (left > 0) rest.set(labels[at], left - 1);
    return left > 0;
  });
}

/** `limit` examples divided among classes by their counts: one each where there is room, then by largest remainders. */
function sharesOf(counts: ReadonlyMap<number, number>, limit: number): Map<number, number> {
  const total = [...counts.values()].reduce((sum, count) => sum + count, 0);
  if (limit >= total) return new Map(counts);
  const first = limit >= counts.size ? 1 : 0;
  const scale = (limit - first * counts.size) / (total - first * counts.size);
  const shares = [...counts]
    .sort(([a], [b]) => a - b)
    .map(([label, count]) => {
      const exact = (count - first) * scale;
      return { label, whole: Math.floor(exact), part: exact - Math.floor(exact) };
    });
  let left = limit - shares.reduce((sum, { whole }) => sum + whole + first, 0);
  const out = new Map(shares.map(({ label, whole }) => [label, whole + first]));
  // A stable sort: equal remainders go by the id of the class.
  for (const { label } of [...shares].sort((a, b) => b.part - a.part)) {
    if (left-- <= 0) break;
    out.set(label, (out.get(label) ?? 0) + 1);
  }
  return out;
}

interface Job<Raw> {
  readonly split: PublishedSplit<Raw>;
  readonly index: number;
}

/** Runs `read` over all jobs, `parallel` at a time. What fails first by the order of the jobs is thrown, once all have stopped. */
async function readAll<Item, Out>(
  jobs: readonly Item[],
  parallel: number,
  onProgress: (done: number, total: number) => void,
  read: (job: Item) => Promise<Out>,
): Promise<Out[]> {
  const out = new Array<Out>(jobs.length);
  const failures: { readonly at: number; readonly error: unknown }[] = [];
  let next = 0;
  let done = 0;
  const work = async (): Promise<void> => {
    while (next < jobs.length && failures.length === 0) {
      const at = next++;
      try {
        out[at] = await read(jobs[at]);
        onProgress(++done, jobs.length);
      } catch (error) {
        failures.push({ at, error });
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(parallel, jobs.length) }, work));
  if (failures.length > 0) throw failures.sort((a, b) => a.at - b.at)[0].error;
  return out;
}

/** Counts what the examples hold, and refuses them as soon as all of them could not stay. */
function memoryBudget(
  name: string,
  maxBytes: number,
  [train, test]: readonly [number, number],
): { take(value: unknown): void } {
  const seen = new Set<ArrayBufferLike>();
  let first = 0;
  let total = 0;
  let taken = 0;
  return {
    take(value) {
      const bytes = heldBytes(value, seen);
      total += bytes;
      taken++;
      if (taken === 1) first = bytes;
      // Windows of one series share its memory, which the first of them pays for.
      const each = taken === 1 ? bytes : (total - first) / (taken - 1);
      const all = total + each * (train + test - taken);
      if (total <= maxBytes && (taken < probed || all <= maxBytes)) return;
      const room = Math.floor((reserve * (maxBytes - Math.max(0, first - each))) / each);
      const smaller = Math.min(train, test);
      const fits = room >= 2 * smaller ? room - smaller : Math.floor(room / 2);
      const smallerOnes = 'make them smaller by prepare, or raise maxBytes';
      throw fail(
        name,
        'too-large',
        null,
        `examples of at most ${maxBytes} bytes in memory`,
        `about ${Math.round(all)} for ${train + test} of them`,
        fits >= 1 ? `take a limit of ${fits} a split, ${smallerOnes}` : smallerOnes,
      );
    },
  };
}

/** Bytes that a value keeps in memory; a buffer counts once, and whole where an array is a part of it. */
function heldBytes(value: unknown, seen: Set<ArrayBufferLike>): number {
  if (typeof value === 'string') return 2 * value.length;
  if (typeof value !== 'object' || value === null) return 8;
  if (ArrayBuffer.isView(value)) {
    if (seen.has(value.buffer)) return objectBytes;
    seen.add(value.buffer);
    return objectBytes + value.buffer.byteLength;
  }
  return Object.values(value).reduce((sum: number, part: unknown) => sum + heldBytes(part, seen), objectBytes);
}

function contentsOf(examples: readonly Example<unknown>[]): string {
  const hash = createHash('sha256');
  for (const { input } of examples.slice(0, fingerprinted)) addContents(hash, input);
  return hash.digest('hex');
}

function addContents(hash: Hash, value: unknown): void {
  if (ArrayBuffer.isView(value)) {
    hash.update(`view ${value.byteLength}:`);
    hash.update(new Uint8Array(value.buffer, value.byteOffset, value.byteLength));
  } else if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
    hash.update(`object ${entries.length}:`);
    for (const [key, part] of entries) {
      hash.update(`${key.length}:${key}`);
      addContents(hash, part);
    }
  } else hash.update(`${JSON.stringify(value) ?? 'undefined'};`);
}
