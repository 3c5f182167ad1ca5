// WebDataset: samples from tar shards on disk, shuffled, shared out and resumable to the sample. It reads files only; a
// shard that lies elsewhere is downloaded first, or read in order by `readTarStream`.

import { join } from 'node:path';
import { DataError, type DataErrorCode, quote } from '../errors.ts';
import { hashCounter, hashText, mix32 } from '../sampling/hash.ts';
import { type Seed, shuffledIndices } from '../sampling/shuffle.ts';
import { expandBraces } from './brace.ts';
import { decoderOf, type FieldDecoders } from './fields.ts';
import { readFields, SampleScanner, ShardFiles } from './shard-files.ts';

/** Bytes of one sample in one shard, unless `maxSampleBytes` says otherwise. */
export const maxSampleBytes = 256 * 1024 * 1024;
/** Places in a shuffle buffer: each is saved with the state. */
const maxBuffer = 1_000_000;

export interface ShardReaderOptions {
  /** The folder that holds the shards, or the folders of the modalities. */
  readonly root: string;
  /** A pattern such as `train-{0000..0012}.tar`, or a list of names under `root`. */
  readonly shards: string | readonly string[];
  /**
   * Parallel folders as of 4M: `['rgb', 'depth']` reads `rgb/0.tar` beside `depth/0.tar`, whose samples must have the same
   * keys in the same order. Fields are then named `rgb.jpg`, `depth.png`. Default: none, shards lie in `root` itself.
   */
  readonly modalities?: readonly string[];
  /**
   * `seed` and the epoch decide the order of the shards and what a buffer of `buffer` samples gives out next; more mixes
   * better. Null reads everything in order. Default: null.
   */
  readonly shuffle?: { readonly seed: Seed; readonly buffer: number } | null;
  /**
   * Which part to read: consumer `rank * workers + worker` of `world * workers`. `by: 'shard'` deals out whole shards, of which
   * there must be as many; `by: 'sample'` lets each walk all shards and take every n-th sample. Parts may differ in length by
   * a shard or a sample. Default: everything.
   */
  readonly part?: {
    readonly rank?: number;
    readonly world?: number;
    readonly worker?: number;
    readonly workers?: number;
    readonly by?: 'shard' | 'sample';
  };
  /** Instead of, or besides, `fieldDecoders`; null leaves the bytes. */
  readonly decoders?: FieldDecoders;
  /** Extensions to keep, such as `['jpg', 'cls']`; a sample that lacks one is an error. Default: all there are. */
  readonly fields?: readonly string[];
  /** Refuse a sample of more bytes than this. Default: `maxSampleBytes`. */
  readonly maxSampleBytes?: number;
}

export interface ShardSample {
  readonly key: string;
  /** The shard's name in the list. */
  readonly shard: string;
  /** By extension, in the order of the archive; with modalities by `modality.extension`. */
  readonly fields: ReadonlyMap<string, unknown>;
}

/** Plain JSON: save it beside the checkpoint. */
export interface ShardReaderState {
  readonly version: 1;
  /** Of the list of shards and all options that decide the order. */
  readonly fingerprint: string;
  readonly epoch: number;
  /** Samples that this epoch has given. */
  readonly delivered: number;
  /** Samples that were seen on the way, also those of other consumers. */
  readonly seen: number;
  /** Place in the epoch's order of the shard that is read next, and the byte to go on from in each modality. */
  readonly shard: number;
  readonly offsets: readonly number[];
  /** Samples that wait to be given: the shard's index, then start and end in each modality. */
  readonly buffer: readonly (readonly number[])[];
}

export interface ShardReader {
  /** The names of all shards, in the order of the list. */
  readonly shards: readonly string[];
  /**
   * The next sample, or null at the end of an epoch; the call after that begins the next one. After an error in the content
   * of a sample the next call goes on behind it.
   * @throws {DataError} also a stem that lacks its partner in another modality
   */
  next(): Promise<ShardSample | null>;
  /** The rest of the epoch. */
  [Symbol.asyncIterator](): AsyncGenerator<ShardSample>;
  /** What has been given so far: a reader made with it gives exactly the rest of the unbroken run. */
  state(): ShardReaderState;
  close(): Promise<void>;
}

type Reference = readonly number[];

/** @param state of an earlier reader with the same options @throws {DataError} out-of-range, bad-value (another state) */
export function createShardReader(options: ShardReaderOptions, state?: ShardReaderState): ShardReader {
  const settings = check(options);
  const { shards, modalities, seed, bufferSize, consumer, consumers, by } = settings;
  const fingerprint = fingerprintOf(settings);
  const files = new ShardFiles(Math.max(1, modalities.length));
  const limit = options.maxSampleBytes ?? maxSampleBytes;
  const start = state === undefined ? null : checkState(state, fingerprint, settings);

  let epoch = start?.epoch ?? 0;
  let delivered = start?.delivered ?? 0;
  let seen = start?.seen ?? 0;
  let place = start?.shard ?? 0;
  let offsets: readonly number[] = start?.offsets ?? settings.folders.map(() => 0);
  let buffer: Reference[] = start?.buffer.map((reference) => [...reference]) ?? [];
  let scanners: readonly SampleScanner[] | null = null;
  let order = orderOf(epoch);
  let busy = false;

  /** Indices of the shards of this epoch, and of this consumer where shards are dealt out. */
  function orderOf(ofEpoch: number): readonly number[] {
    const all =
      seed === null ? shards.map((_, index) => index) : [...shuffledIndices(shards.length, epochSeed(seed, ofEpoch))];
    return by === 'sample' ? all : all.filter((_, index) => index % consumers === consumer);
  }

  /** The next sample of this consumer in the order of the shards, or null behind the last. */
  async function scan(): Promise<Reference | null> {
    for (;;) {
      if (place >= order.length) return null;
      const shard = order[place];
      const paths = settings.folders.map((folder) => join(folder, shards[shard]));
      scanners ??= paths.map((path, index) => new SampleScanner(files, path, offsets[index], limit));
      const found = await Promise.all(scanners.map((scanner) => scanner.peek()));
      const keys = found.map((sample) => sample?.key ?? null);
      if (keys.some((key) => key !== keys[0])) throw await unpaired(shard, keys);
      if (keys[0] === null) {
        place++;
        offsets = settings.folders.map(() => 0);
        scanners = null;
        continue;
      }
      const reference = [shard];
      for (const scanner of scanners) {
        const sample = await scanner.next();
        if (sample !== null) reference.push(sample.start, sample.end);
      }
      const following = await Promise.all(scanners.map((scanner) => scanner.peek()));
      // Behind the last sample an offset of its end finds the end of the archive again.
      offsets = following.map((sample, index) => sample?.start ?? reference[2 + 2 * index]);
      seen++;
      if (by === 'shard' || (seen - 1) % consumers === consumer) return reference;
    }
  }

  /** Which stem has no partner: the rest of the shards is looked through once, headers only. */
  async function unpaired(shard: number, keys: readonly (string | null)[]): Promise<DataError> {
    const paths = settings.folders.map((folder) => join(folder, shards[shard]));
    const rest = await Promise.all(
      paths.map(async (path, index) => {
        const scanner = new SampleScanner(files, path, offsets[index], limit);
        const all = new Set<string>();
        for (let next = await scanner.next(); next !== null; next = await scanner.next()) all.add(next.key);
        return all;
      }),
    );
    for (const [at, key] of keys.entries()) {
      const without = key === null ? -1 : rest.findIndex((all) => !all.has(key));
      if (without < 0) continue;
      const partner = `a partner for ${quote(key)} of ${paths[at]}`;
      return failure('malformed', paths[without], null, partner, 'none', 'write both shards from the same samples');
    }
    const [first, other] = [keys[0], keys.find((key) => key !== keys[0])];
    const index = keys.findIndex((key) => key !== keys[0]);
    const expected = `sample ${quote(first)} as in ${paths[0]}`;
    return failure('malformed', paths[index], null, expected, quote(other), 'write both shards in the same order');
  }

  async function load(reference: Reference): Promise<ShardSample> {
    const [shard, ...bounds] = reference;
    const fields = new Map<string, unknown>();
    let key = '';
    for (const [index, folder] of settings.folders.entries()) {
      const path = join(folder, shards[shard]);
      const sample = await readFields(files, path, bounds[2 * index], bounds[2 * index + 1]);
      key = sample.key;
      for (const [extension, bytes] of sample.fields) {
        const name = modalities.length === 0 ? extension : `${modalities[index]}.${extension}`;
        if (options.fields !== undefined && !options.fields.includes(name)) continue;
        const decoder = decoderOf(name, options.decoders ?? {});
        const origin = { source: 'webdataset', file: `${path}#${key}.${extension}` };
        fields.set(name, decoder === null ? bytes : await decoder(bytes, origin));
      }
    }
    const lacking = options.fields?.find((name) => !fields.has(name));
    if (lacking !== undefined) {
      const path = join(settings.folders[0], shards[shard]);
      const there = [...fields.keys()].join(', ') || 'none of the fields';
      const way = 'correct the list of fields, or the shard';
      throw failure('malformed', path, `sample ${quote(key)}`, `a file .${lacking}`, there, way);
    }
    return { key, shard: shards[shard], fields };
  }

  async function next(): Promise<ShardSample | null> {
    if (busy) {
      const way = 'await the call before';
      throw failure('out-of-range', null, null, 'one call of next() at a time', 'a second one', way);
    }
    busy = true;
    try {
      while (buffer.length < bufferSize) {
        const reference = await scan();
        if (reference === null) break;
        buffer.push(reference);
      }
      if (buffer.length === 0) {
        if (delivered === 0) {
          const actual = `${order.length} shards without a sample`;
          const way = 'check the pattern and the part';
          throw failure('empty', options.root, `epoch ${epoch}`, 'at least one sample', actual, way);
        }
        epoch++;
        [delivered, seen, place] = [0, 0, 0];
        order = orderOf(epoch);
        return null;
      }
      let chosen = 0;
      if (seed !== null) {
        const random = hashCounter(bufferSeed(seed, epoch, consumer), delivered);
        chosen = Math.floor((random / 2 ** 32) * buffer.length);
      }
      const reference = buffer[chosen];
      if (seed === null) buffer.shift();
      else {
        buffer[chosen] = buffer[buffer.length - 1];
        buffer.pop();
      }
      delivered++;
      return await load(reference);
    } finally {
      busy = false;
    }
  }

  return {
    shards,
    next,
    async *[Symbol.asyncIterator]() {
      for (let sample = await next(); sample !== null; sample = await next()) yield sample;
    },
    state: () => ({
      version: 1,
      fingerprint,
      epoch,
      delivered,
      seen,
      shard: place,
      offsets: [...offsets],
      buffer: buffer.map((reference) => [...reference]),
    }),
    close: async () => {
      buffer = [];
      await files.close();
    },
  };
}

const epochSeed = (seed: Seed, epoch: number): Seed => [seed[0], mix32(seed[1] ^ mix32(epoch + 1))];

/** Another stream than that of the shards, and one for each consumer. */
const bufferSeed = (seed: Seed, epoch: number, consumer: number): Seed => [
  mix32(seed[0] ^ mix32(consumer + 0x5bd1e995)),
  mix32(seed[1] ^ mix32(epoch + 1)),
];

interface Settings {
  readonly shards: readonly string[];
  readonly modalities: readonly string[];
  readonly folders: readonly string[];
  readonly seed: Seed | null;
  readonly bufferSize: number;
  readonly consumer: number;
  readonly consumers: number;
  readonly by: 'shard' | 'sample';
}

function failure(
  code: DataErrorCode,
  file: string | null,
  place: string | null,
  expected: string,
  actual: string,
  fix: string,
): DataError {
  return new DataError({ code, source: 'webdataset', file, place, expected, actual, fix });
}

function check(options: ShardReaderOptions): Settings {
  const wrong = (place: string, expected: string, actual: string, fix: string): DataError =>
    failure('out-of-range', null, place, expected, actual, fix);
  const { root, modalities = [], shuffle = null, part = {} } = options;
  const shards = typeof options.shards === 'string' ? expandBraces(options.shards) : options.shards;
  if (shards.length === 0) throw failure('empty', root, null, 'at least one shard', 'none', 'check the list');
  const compressed = shards.find((name) => /\.(gz|tgz|bz2|xz|zst)$/.test(name));
  if (compressed !== undefined) {
    const fix = 'decompress it: places in it must be found again';
    throw failure('unsupported', compressed, null, 'a plain .tar', 'a compressed one', fix);
  }
  const names = new Set<string>();
  for (const name of [...shards, ...modalities]) {
    if (name === '' || name.split('/').includes('..') || name.startsWith('/') || names.has(name)) {
      throw wrong('shards', 'different names under the root', quote(name), 'list each shard once, without ".."');
    }
    names.add(name);
  }
  const { rank = 0, world = 1, worker = 0, workers = 1, by = 'shard' } = part;
  for (const [index, of, what] of [
    [rank, world, 'rank, world'],
    [worker, workers, 'worker, workers'],
  ] as const) {
    if (!Number.isSafeInteger(of) || !Number.isSafeInteger(index) || index < 0 || index >= of || of > maxBuffer) {
      throw wrong(what, `0 <= ${what.replace(', ', ' < ')}`, `${index}, ${of}`, 'count from 0');
    }
  }
  const consumers = world * workers;
  if (by === 'shard' && shards.length < consumers) {
    const fix = "write more shards, or pass part: { by: 'sample' }";
    throw wrong('part', `at least ${consumers} shards for world x workers`, `${shards.length}`, fix);
  }
  const bufferSize = shuffle === null ? 1 : shuffle.buffer;
  if (!Number.isSafeInteger(bufferSize) || bufferSize < 1 || bufferSize > maxBuffer) {
    throw wrong('shuffle.buffer', `a whole number from 1 to ${maxBuffer}`, `${bufferSize}`, 'pass a number of samples');
  }
  const folders = modalities.length === 0 ? [root] : modalities.map((name) => join(root, name));
  const consumer = rank * workers + worker;
  return { shards, modalities, folders, seed: shuffle?.seed ?? null, bufferSize, consumer, consumers, by };
}

function fingerprintOf({ shards, modalities, seed, bufferSize, consumer, consumers, by }: Settings): string {
  const text = JSON.stringify([shards, modalities, seed, bufferSize, consumer, consumers, by]);
  const halves = [text, `${text}#`].map((part) => hashText(part).toString(16).padStart(8, '0'));
  return halves.join('');
}

/** A state comes from a file: nothing in it is believed. */
function checkState(state: ShardReaderState, fingerprint: string, settings: Settings): ShardReaderState {
  const fix = 'resume with the options that the state was saved with, or start the epoch again';
  if (state.version !== 1 || state.fingerprint !== fingerprint) {
    const actual = `${quote(state.fingerprint)}, version ${quote(state.version)}`;
    throw failure('bad-value', null, 'state', `fingerprint "${fingerprint}", version 1`, actual, fix);
  }
  const count = (value: unknown): boolean => typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
  const counts = (values: unknown, length: number): boolean =>
    Array.isArray(values) && values.length === length && values.every(count);
  const { epoch, delivered, seen, shard, offsets, buffer } = state;
  const width = settings.folders.length;
  const sound =
    [epoch, delivered, seen, shard].every(count) &&
    shard <= settings.shards.length &&
    counts(offsets, width) &&
    Array.isArray(buffer) &&
    buffer.length <= settings.bufferSize &&
    buffer.every((one) => counts(one, 1 + 2 * width) && one[0] < settings.shards.length && ordered(one));
  if (!sound) throw failure('bad-value', null, 'state', 'the state of a shard reader', 'other values', fix);
  return state;
}

/** Start before end, in each modality. */
function ordered(reference: readonly number[]): boolean {
  for (let at = 1; at < reference.length; at += 2) if (reference[at] >= reference[at + 1]) return false;
  return true;
}
