// Shards for `createShardReader` and for WebDataset itself. The same samples give the same bytes.

import { type FileHandle, mkdir, open, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { DataError, type DataErrorCode, quote } from '../errors.ts';
import { encodeTarEnd, encodeTarEntry } from '../formats/tar-stream.ts';
import { splitFieldName } from './fields.ts';

export interface SampleToWrite {
  /** Such as `n01440764/0001`: a path without a dot in its last part. */
  readonly key: string;
  /** By extension: bytes as they are, text as UTF-8, numbers as digits, all else as JSON. */
  readonly fields: Readonly<Record<string, unknown>>;
}

export interface WriteShardsOptions {
  /** Made if it is not there. */
  readonly root: string;
  /** The name of shard `index`, counted from 0. Default: `shard-000000.tar`, six digits. */
  readonly name?: (index: number) => string;
  /** A shard is closed at this many samples. Default: 10,000. */
  readonly maxSamples?: number;
  /** A shard is closed before it would grow over this many bytes. Default: 1 GiB. */
  readonly maxBytes?: number;
}

/**
 * Writes samples in the order in which they come, the fields of each sorted by extension, under time 0; gives the names of the
 * shards. A shard appears under its name when it is whole.
 * @throws {DataError} bad-value: a key or an extension that would be read as another; unreadable: a folder that cannot be written
 */
export async function writeShards(
  samples: Iterable<SampleToWrite> | AsyncIterable<SampleToWrite>,
  options: WriteShardsOptions,
): Promise<readonly string[]> {
  const { root, maxSamples = 10_000, maxBytes = 2 ** 30 } = options;
  const name = options.name ?? ((index: number) => `shard-${`${index}`.padStart(6, '0')}.tar`);
  for (const [field, value] of Object.entries({ maxSamples, maxBytes })) {
    if (!Number.isSafeInteger(value) || value < 1) {
      throw failure('out-of-range', null, field, 'a whole number of at least 1', `${value}`, 'correct the option');
    }
  }
  const names: string[] = [];
  let shard: OpenShard | null = null;
  let lastKey: string | null = null;
  try {
    await mkdir(root, { recursive: true });
    for await (const sample of samples) {
      const file = join(root, name(names.length - (shard === null ? 0 : 1)));
      if (sample.key === lastKey) {
        const fix = 'give neighbouring samples different keys';
        throw failure('bad-value', file, 'key', 'a new key', `${quote(sample.key)} again`, fix);
      }
      lastKey = sample.key;
      const bytes = encodeSample(sample, file);
      if (shard !== null && (shard.samples === maxSamples || shard.length + bytes.length > maxBytes)) {
        await finish(shard);
        shard = null;
      }
      if (shard === null) {
        const next = name(names.length);
        if (names.includes(next)) {
          throw failure('bad-value', next, 'name', 'a new name', 'one that is there', 'let name() use its argument');
        }
        names.push(next);
        const path = join(root, next);
        shard = { path, handle: await open(`${path}.part`, 'w'), samples: 0, length: 0 };
      }
      await shard.handle.writeFile(bytes);
      shard.samples++;
      shard.length += bytes.length;
    }
    if (shard !== null) await finish(shard);
    return names;
  } catch (error) {
    if (shard !== null) {
      await shard.handle.close().catch(() => {});
      await rm(`${shard.path}.part`, { force: true });
    }
    if (error instanceof DataError) throw error;
    if (typeof error === 'object' && error !== null && 'syscall' in error && 'code' in error) {
      const fix = 'check the folder and the space on the disk';
      throw failure('unreadable', root, null, 'a folder that can be written', `${error.code}`, fix);
    }
    throw error;
  }
}

interface OpenShard {
  readonly path: string;
  readonly handle: FileHandle;
  samples: number;
  length: number;
}

async function finish({ path, handle, length }: OpenShard): Promise<void> {
  await handle.writeFile(encodeTarEnd(length));
  await handle.sync();
  await handle.close();
  await rename(`${path}.part`, path);
}

function encodeSample({ key, fields }: SampleToWrite, file: string): Uint8Array {
  const origin = { source: 'webdataset', file };
  const extensions = Object.keys(fields).sort();
  if (extensions.length === 0) {
    throw failure('empty', file, `sample ${quote(key)}`, 'at least one field', 'none', 'leave the sample out');
  }
  const parts = extensions.map((extension) => {
    const path = `${key}.${extension}`;
    const read = splitFieldName(path);
    if (read?.key !== key || read.extension !== extension || extension.includes('/')) {
      const expected = 'a key without a dot in its last part and a lower-case extension';
      throw failure('bad-value', file, 'name', expected, quote(path), 'rename the sample or its field');
    }
    return encodeTarEntry(path, encodeField(fields[extension], file, path), origin);
  });
  const bytes = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

function encodeField(value: unknown, file: string, path: string): Uint8Array {
  if (value instanceof Uint8Array) return value;
  if (typeof value === 'string') return new TextEncoder().encode(value);
  if (typeof value === 'number' && Number.isFinite(value)) return new TextEncoder().encode(`${value}`);
  const text = ArrayBuffer.isView(value) || typeof value === 'number' ? null : jsonOf(value);
  if (text !== null) return new TextEncoder().encode(text);
  const fix = 'encode arrays to bytes first';
  throw failure('bad-value', file, quote(path), 'bytes, a text, a number or a value for JSON', quote(value), fix);
}

/** Null for what JSON has not: functions, circles, big integers. */
function jsonOf(value: unknown): string | null {
  try {
    return JSON.stringify(value) ?? null;
  } catch {
    return null;
  }
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
