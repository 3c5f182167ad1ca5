// Inflation with a limit.

import { inflateRawSync, inflateSync } from 'node:zlib';
import { DataError } from '../errors.ts';
import type { Fail } from './raster.ts';

/** Inflates to at most `limit` bytes: zlib stops there, so a bomb costs no more than that. @throws {DataError} */
export function inflate(
  bytes: Uint8Array,
  kind: 'zlib' | 'raw',
  limit: number,
  place: string,
  fail: Fail,
): { data: Uint8Array; used: number } {
  try {
    // `info` says how much was read: bytes after the stream are the caller's to judge. zlib wants a limit of at least 1.
    const options = { maxOutputLength: Math.max(limit, 1), info: true };
    const result: unknown = kind === 'zlib' ? inflateSync(bytes, options) : inflateRawSync(bytes, options);
    const { data, used } = readInfo(result);
    if (data.length > limit) throw fail('too-large', place, `at most ${limit} inflated bytes`, 'more');
    return { data, used };
  } catch (error) {
    if (error instanceof DataError) throw error;
    if (error instanceof Error && 'code' in error && error.code === 'ERR_BUFFER_TOO_LARGE') {
      throw fail('too-large', place, `at most ${limit} inflated bytes`, 'more');
    }
    throw fail('malformed', place, 'a deflate stream', error instanceof Error ? error.message : String(error));
  }
}

/** With `info` zlib returns { buffer, engine }, which its types do not say. */
function readInfo(result: unknown): { data: Uint8Array; used: number } {
  if (typeof result === 'object' && result !== null && 'buffer' in result && 'engine' in result) {
    const { buffer, engine } = result;
    if (buffer instanceof Uint8Array && typeof engine === 'object' && engine !== null && 'bytesWritten' in engine) {
      return { data: buffer, used: Number(engine.bytesWritten) };
    }
  }
  throw new Error('zlib gave no { buffer, engine }');
}
