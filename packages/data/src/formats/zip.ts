// Reads a zip archive in memory, stored and deflated entries. Own code, because checksums and sizes are checked here:
// tried with a wrong checksum and with wrong sizes in the directory, `unzipSync` of fflate 0.8.3 reported nothing, and
// cut an entry short where its size was too small. Not read: encryption, several disks, zip64 sizes.

import { crc32 } from 'node:zlib';
import { quote } from '../errors.ts';
import { inflate } from './inflate.ts';
import type { Fail } from './raster.ts';

export interface ZipEntry {
  readonly name: string;
  readonly data: Uint8Array;
}

const maxEntries = 65534;

/** One entry after the other, so that only what the caller keeps is in memory. @throws {DataError} malformed, unsupported, too-large */
export function* readZip(bytes: Uint8Array, maxBytes: number, fail: Fail): Generator<ZipEntry> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const end = findEnd(view);
  if (end < 0) {
    const actual = bytes.length === 0 ? 'an empty file' : 'a file cut short or of another format';
    throw fail('malformed', null, 'a zip archive', actual);
  }
  const count = view.getUint16(end + 10, true);
  if (view.getUint16(end + 8, true) !== count || count > maxEntries) {
    throw fail('unsupported', 'end of the archive', 'one disk without zip64', `${count} entries`);
  }
  let at = view.getUint32(end + 16, true);
  if (at + view.getUint32(end + 12, true) !== end) {
    throw fail('malformed', 'end of the archive', 'the directory just before it', `one at byte ${at}`);
  }
  const names = new Set<string>();
  let left = maxBytes;
  for (let index = 0; index < count; index++) {
    if (at + 46 > end || view.getUint32(at, true) !== 0x02014b50) {
      throw fail('malformed', 'directory', `${count} entries`, `${index}`);
    }
    const flags = view.getUint16(at + 8, true);
    const method = view.getUint16(at + 10, true);
    const crc = view.getUint32(at + 16, true);
    const packed = view.getUint32(at + 20, true);
    const size = view.getUint32(at + 24, true);
    const nameBytes = view.getUint16(at + 28, true);
    const local = view.getUint32(at + 42, true);
    const name = new TextDecoder().decode(bytes.subarray(at + 46, at + 46 + nameBytes));
    const place = `entry ${quote(name)}`;
    at += 46 + nameBytes + view.getUint16(at + 30, true) + view.getUint16(at + 32, true);
    if (names.has(name)) throw fail('malformed', place, 'each name once', 'it twice');
    names.add(name);
    if (flags & 1) throw fail('unsupported', place, 'no encryption', 'an encrypted entry');
    if (packed === 0xffffffff || size === 0xffffffff) throw fail('unsupported', place, 'sizes below 4 GiB', 'zip64');
    if (size > left) throw fail('too-large', place, `at most ${maxBytes} bytes in all entries`, 'more');
    left -= size;
    const localName = local + 30 <= end && view.getUint32(local, true) === 0x04034b50;
    const start = localName ? local + 30 + view.getUint16(local + 26, true) + view.getUint16(local + 28, true) : end;
    if (!localName || start + packed > end) {
      throw fail('malformed', place, `its header and ${packed} bytes at byte ${local}`, 'other bytes or the end');
    }
    const raw = bytes.subarray(start, start + packed);
    if (method !== 0 && method !== 8) throw fail('unsupported', place, 'stored or deflated data', `method ${method}`);
    const { data, used } = method === 0 ? { data: raw, used: packed } : inflate(raw, 'raw', size, place, fail);
    if (data.length !== size) throw fail('malformed', place, `${size} bytes`, `${data.length}`);
    if (used !== packed) throw fail('malformed', place, `${packed} packed bytes`, `${used}`);
    if (crc32(data) !== crc) throw fail('malformed', place, 'its checksum', 'another: the file was changed or damaged');
    yield { name, data };
  }
  if (at !== end) throw fail('malformed', 'directory', `${end - at} bytes less`, 'bytes after the last entry');
}

/** The end record is the last 22 bytes, or a comment of at most 65535 bytes follows it and fills the file. */
function findEnd(view: DataView): number {
  const lowest = Math.max(0, view.byteLength - 22 - 65535);
  for (let at = view.byteLength - 22; at >= lowest; at--) {
    if (view.getUint32(at, true) === 0x06054b50 && at + 22 + view.getUint16(at + 20, true) === view.byteLength)
      return at;
  }
  return -1;
}
