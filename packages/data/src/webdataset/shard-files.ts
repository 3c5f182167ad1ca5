// Shards on disk: headers are walked in small reads, data are fetched by place when their sample's turn comes. So a shuffle
// buffer holds places, not pictures, and a run is resumed without reading again what was delivered.

import { type FileHandle, open } from 'node:fs/promises';
import { DataError, type Origin, quote } from '../errors.ts';
import { type ByteSource, memorySource, TarReader } from '../formats/tar-stream.ts';
import { splitFieldName } from './fields.ts';

/** Shards that are held open at a time, of each modality. */
const maxOpen = 16;
/** Headers lie 512 bytes apart at least: small files come with one read. */
const windowBytes = 64 * 1024;

/** Where a sample lies: bytes `start` to `end` of its shard. */
export interface SamplePlace {
  readonly key: string;
  readonly start: number;
  readonly end: number;
}

interface OpenFile {
  readonly handle: FileHandle;
  readonly size: number;
}

/** Opens files when they are asked for and closes the one that was not used for longest. */
export class ShardFiles {
  readonly #open = new Map<string, OpenFile>();
  readonly #maxOpen: number;

  constructor(modalities: number) {
    this.#maxOpen = maxOpen * modalities;
  }

  /** `length` bytes from `start` on. @throws {DataError} missing, unreadable, malformed */
  async read(file: string, start: number, length: number): Promise<Uint8Array> {
    const origin = { source: 'webdataset', file };
    const { handle, size } = await this.#get(file);
    const end = Math.min(start + length, size);
    const bytes = new Uint8Array(Math.max(0, end - start));
    for (let at = 0; at < bytes.length; ) {
      const { bytesRead } = await handle.read(bytes, at, bytes.length - at, start + at).catch(throwUnreadable(origin));
      if (bytesRead === 0) {
        const expected = `${size} bytes as when it was opened`;
        const fix = 'leave the shards alone while they are read';
        const actual = `${start + at}`;
        throw new DataError({ ...origin, code: 'malformed', place: null, expected, actual, fix });
      }
      at += bytesRead;
    }
    return bytes;
  }

  async size(file: string): Promise<number> {
    return (await this.#get(file)).size;
  }

  async close(): Promise<void> {
    const all = [...this.#open.values()];
    this.#open.clear();
    for (const { handle } of all) await handle.close();
  }

  async #get(file: string): Promise<OpenFile> {
    const known = this.#open.get(file);
    this.#open.delete(file);
    const opened = known ?? (await openFile(file));
    this.#open.set(file, opened);
    for (const [oldest, { handle }] of this.#open) {
      if (this.#open.size <= this.#maxOpen) break;
      this.#open.delete(oldest);
      await handle.close();
    }
    return opened;
  }
}

async function openFile(file: string): Promise<OpenFile> {
  const origin = { source: 'webdataset', file };
  const handle = await open(file, 'r').catch(throwUnreadable(origin));
  const stats = await handle.stat();
  if (stats.isFile()) return { handle, size: stats.size };
  await handle.close();
  const expected = 'a tar file';
  throw new DataError({ ...origin, code: 'unreadable', place: null, expected, actual: 'something else', fix });
}

const fix = 'check the root and the pattern of the shards';

const throwUnreadable =
  (origin: Origin) =>
  (error: unknown): never => {
    const code = typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : String(error);
    const missing = code === 'ENOENT' || code === 'ENOTDIR';
    const actual = missing ? 'nothing there' : code;
    const kind = missing ? 'missing' : 'unreadable';
    throw new DataError({ ...origin, code: kind, place: null, expected: 'a readable shard', actual, fix });
  };

/** Bytes of a shard from `at` on. */
function fileSource(files: ShardFiles, file: string, from: number): ByteSource {
  let at = from;
  let window: Uint8Array = new Uint8Array(0);
  let windowStart = from;
  const read = async (count: number): Promise<Uint8Array> => {
    const inside = at - windowStart;
    if (inside < 0 || inside + count > window.length) {
      window = await files.read(file, at, Math.max(count, windowBytes));
      windowStart = at;
    }
    const bytes = window.subarray(at - windowStart, at - windowStart + count);
    at += bytes.length;
    return bytes;
  };
  const skip = async (count: number): Promise<number> => {
    const size = await files.size(file);
    const skipped = Math.max(0, Math.min(count, size - at));
    at += skipped;
    return skipped;
  };
  return { read, skip };
}

/** Gives the samples of a shard one after the other, from a byte on that begins one. */
export class SampleScanner {
  readonly #reader: TarReader;
  readonly #maxBytes: number;
  readonly #origin: Origin;
  /** Begun, but not yet known to be whole. */
  #pending: SamplePlace | null = null;
  #started = false;

  constructor(files: ShardFiles, file: string, from: number, maxBytes: number) {
    this.#origin = { source: 'webdataset', file };
    this.#maxBytes = maxBytes;
    this.#reader = new TarReader(fileSource(files, file, from), this.#origin, { maxEntryBytes: maxBytes }, from);
  }

  /** Where the next sample begins; null behind the last one. */
  async peek(): Promise<SamplePlace | null> {
    if (!this.#started) {
      this.#started = true;
      this.#pending = await this.#nextField();
    }
    return this.#pending;
  }

  /** The next sample: files with one key that follow each other. Null at the end. @throws {DataError} */
  async next(): Promise<SamplePlace | null> {
    let sample = await this.peek();
    if (sample === null) return null;
    for (;;) {
      const field = await this.#nextField();
      if (field?.key !== sample.key) {
        this.#pending = field;
        return sample;
      }
      sample = { ...sample, end: field.end };
      if (sample.end - sample.start > this.#maxBytes) {
        const expected = `at most ${this.#maxBytes} bytes in all its files`;
        const place = `sample ${quote(sample.key)}`;
        const actual = `${sample.end - sample.start}`;
        const way = 'raise maxSampleBytes, or split the sample';
        throw new DataError({ ...this.#origin, code: 'too-large', place, expected, actual, fix: way });
      }
    }
  }

  async #nextField(): Promise<SamplePlace | null> {
    for (;;) {
      const entry = await this.#reader.next();
      if (entry === null) return null;
      const name = splitFieldName(entry.name);
      if (name !== null) return { key: name.key, start: entry.start, end: entry.end };
    }
  }
}

/** The files of a sample by extension, in the order of the archive. @throws {DataError} malformed: one extension twice */
export async function readFields(
  files: ShardFiles,
  file: string,
  start: number,
  end: number,
): Promise<{ key: string; fields: Map<string, Uint8Array> }> {
  const origin = { source: 'webdataset', file };
  const bytes = await files.read(file, start, end - start);
  // A reader of whole archives wants an end.
  const whole = new Uint8Array(bytes.length + 1024);
  whole.set(bytes);
  const reader = new TarReader(memorySource(whole), origin, { maxEntryBytes: bytes.length }, start);
  const fields = new Map<string, Uint8Array>();
  let key: string | null = null;
  for (let entry = await reader.next(); entry !== null; entry = await reader.next()) {
    const name = splitFieldName(entry.name);
    if (name === null) continue;
    key ??= name.key;
    const place = `entry ${quote(entry.name)}`;
    if (name.key !== key) {
      const fix = 'leave the shards alone while they are read';
      const expected = `a file of sample ${quote(key)}`;
      throw new DataError({ ...origin, code: 'malformed', place, expected, actual: 'another', fix });
    }
    if (fields.has(name.extension)) {
      const fix = 'give the files of a sample different extensions';
      const expected = 'each extension once in a sample';
      throw new DataError({ ...origin, code: 'malformed', place, expected, actual: `${name.extension} twice`, fix });
    }
    // A copy, so that a small field does not hold the whole sample in memory.
    fields.set(name.extension, (await reader.data()).slice());
  }
  if (key === null) {
    const expected = 'a sample';
    const fix = 'start the epoch again: the shard is not the one that the state was saved with';
    throw new DataError({ ...origin, code: 'malformed', place: `byte ${start}`, expected, actual: 'none', fix });
  }
  return { key, fields };
}
