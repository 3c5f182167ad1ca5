// Files that may come packed, as `name` or `name.gz`.

import { gunzipSync } from 'node:zlib';
import type { Origin } from '../errors.ts';
import type { Folder } from './folder.ts';

/** Reads a file, unpacked where its name ends with .gz, to at most `maxBytes`. @throws {DataError} also too-large, malformed */
export function readUnpacked(
  folder: Folder,
  file: string,
  maxBytes: number,
): { readonly bytes: Uint8Array; readonly origin: Origin } {
  const { bytes, origin } = folder.read(file, maxBytes);
  if (!file.endsWith('.gz')) return { bytes, origin };
  try {
    return { bytes: gunzipSync(bytes, { maxOutputLength: maxBytes }), origin };
  } catch (error) {
    const tooLarge = error instanceof Error && 'code' in error && error.code === 'ERR_BUFFER_TOO_LARGE';
    const actual = tooLarge ? 'more' : error instanceof Error ? error.message : String(error);
    const expected = tooLarge ? `at most ${maxBytes} bytes when unpacked` : 'a gzip file';
    throw folder.fault({ code: tooLarge ? 'too-large' : 'malformed', file, expected, actual });
  }
}
