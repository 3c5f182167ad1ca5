// Tar archives: ustar, pax and GNU long names, read as a stream in the memory of one entry, and written the same every
// time. Own code: a shard is untrusted, and tar-stream hands on links, names that climb out and sizes that lie. Refused by
// name: links, devices, sparse files, and everything compressed.

import { DataError, type Origin, quote } from '../errors.ts';
import { type Fail, failer } from './raster.ts';

/** Bytes of one entry, unless `maxEntryBytes` says otherwise. */
export const maxTarEntryBytes = 256 * 1024 * 1024;
/** Bytes of the records that give a long name to the entry after them; a name itself has at most 4,096 bytes. */
const maxMetaBytes = 64 * 1024;
const maxNameBytes = 4096;
const block = 512;
/** Archives end on a multiple of 20 blocks. */
const record = 20 * block;

/** Where the bytes of an archive come from. */
export interface ByteSource {
  /** The next `count` bytes; fewer only at the end. */
  read(count: number): Promise<Uint8Array>;
  /** Passes over `count` bytes and gives how many there were. */
  skip(count: number): Promise<number>;
}

export interface TarOptions {
  /** Refuse an entry of more bytes than this. Default: `maxTarEntryBytes`. */
  readonly maxEntryBytes?: number;
}

/** A file in an archive; places are bytes from the beginning of the archive. */
export interface TarPlace {
  readonly name: string;
  readonly size: number;
  /** Of its first header. */
  readonly start: number;
  /** Behind its data and their padding. */
  readonly end: number;
}

const fix = 'write the archive again with tar --format=ustar';

/** Goes through an archive from entry to entry. Data are read on demand, or passed over. */
export class TarReader {
  readonly #source: ByteSource;
  readonly #origin: Origin;
  readonly #fail: Fail;
  readonly #limit: number;
  #at: number;
  /** Of the current entry: bytes of data and of padding that are not read. */
  #data = 0;
  #padding = 0;
  #name = '';

  /** @param at the place of the source's next byte, for messages and for `start` and `end` */
  constructor(source: ByteSource, origin: Origin, options: TarOptions = {}, at = 0) {
    this.#source = source;
    this.#origin = origin;
    this.#fail = failer(origin, fix);
    this.#limit = options.maxEntryBytes ?? maxTarEntryBytes;
    this.#at = at;
  }

  /** The next file, or null at the end. Folders are passed over. @throws {DataError} malformed, unsupported, too-large */
  async next(): Promise<TarPlace | null> {
    await this.#skip(this.#data + this.#padding, `data of ${quote(this.#name)}`);
    this.#data = 0;
    this.#padding = 0;
    let start = this.#at;
    let longName: string | null = null;
    let longSize: number | null = null;
    for (;;) {
      const place = `byte ${this.#at}`;
      const header = await this.#source.read(block);
      this.#at += header.length;
      if (header.length === 0) throw this.#fail('malformed', place, 'a header or two blocks of zeros', 'the end');
      if (header.length < block) throw this.#fail('malformed', place, `a block of ${block} bytes`, `${header.length}`);
      if (header.every((byte) => byte === 0)) {
        if (longName !== null || longSize !== null) {
          throw this.#fail('malformed', place, 'the file that the record before it names', 'the end of the archive');
        }
        await this.#expectEnd();
        return null;
      }
      const { type, name, size } = readHeader(header, place, this.#fail);
      if (type === 'L' || type === 'K' || type === 'x' || type === 'g') {
        if (size > maxMetaBytes) throw this.#tooLarge(place, `at most ${maxMetaBytes} bytes of names`, `${size}`);
        const bytes = await this.#take(size, place);
        await this.#skip(padding(size), place);
        if (type === 'L') longName = textOf(untilNul(bytes), place, this.#fail);
        if (type === 'x' || type === 'g') {
          const records = readPax(bytes, place, this.#fail);
          // A default for all entries that follow would make their meaning depend on where reading began.
          if (type === 'g' && (records.path !== null || records.size !== null)) {
            throw this.#fail(
              'unsupported',
              place,
              'names and sizes in the entry itself',
              'a global pax record of them',
            );
          }
          if (type === 'x') {
            longName = records.path ?? longName;
            longSize = records.size ?? longSize;
          }
        }
        continue;
      }
      const shown = longName ?? name;
      const length = longSize ?? size;
      if (type === '5' || (type === '0' && shown.endsWith('/'))) {
        await this.#skip(length + padding(length), `folder ${quote(shown)}`);
        [start, longName, longSize] = [this.#at, null, null];
        continue;
      }
      const kind = Object.hasOwn(refused, type) ? refused[type] : type === '0' || type === '7' ? null : quote(type);
      if (kind !== null) throw this.#fail('unsupported', `entry ${quote(shown)}`, 'a file or a folder', kind);
      const clean = checkTarName(shown, this.#fail);
      if (length > this.#limit) {
        throw this.#tooLarge(`entry ${quote(clean)}`, `at most ${this.#limit} bytes`, `${length}`);
      }
      this.#name = clean;
      this.#data = length;
      this.#padding = padding(length);
      return { name: clean, size: length, start, end: this.#at + length + this.#padding };
    }
  }

  /** The data of the entry that `next` gave; once. @throws {DataError} malformed, when the archive ends before they do */
  async data(): Promise<Uint8Array> {
    const bytes = await this.#take(this.#data, `data of ${quote(this.#name)}`);
    this.#data = 0;
    return bytes;
  }

  #tooLarge(place: string, expected: string, actual: string): DataError {
    const way = 'raise the limit if the file is to be trusted';
    return new DataError({ ...this.#origin, code: 'too-large', place, expected, actual, fix: way });
  }

  async #take(count: number, place: string): Promise<Uint8Array> {
    const bytes = await this.#source.read(count);
    this.#at += bytes.length;
    if (bytes.length < count) throw this.#fail('malformed', place, `${count} bytes`, `${bytes.length}, then the end`);
    return bytes;
  }

  async #skip(count: number, place: string): Promise<void> {
    const skipped = await this.#source.skip(count);
    this.#at += skipped;
    if (skipped < count) throw this.#fail('malformed', place, `${count} bytes`, `${skipped}, then the end`);
  }

  /** After the first block of zeros only zeros may come: archives one behind the other would be lost in silence. */
  async #expectEnd(): Promise<void> {
    for (let blocks = 1; ; blocks++) {
      const place = `byte ${this.#at}`;
      const bytes = await this.#source.read(block);
      this.#at += bytes.length;
      if (bytes.length === 0) {
        if (blocks < 2) throw this.#fail('malformed', place, 'two blocks of zeros', 'one, then the end');
        return;
      }
      if (bytes.some((byte) => byte !== 0)) {
        throw this.#fail('malformed', place, 'only zeros behind the end of the archive', 'other bytes');
      }
    }
  }
}

/**
 * The files of an archive one after the other, from any stream of bytes: a file, a network body, a decompressor.
 * @throws {DataError} malformed, unsupported (links, devices, sparse files), too-large
 */
export async function* readTarStream(
  chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  origin: Origin,
  options: TarOptions = {},
): AsyncGenerator<{ readonly name: string; readonly data: Uint8Array }> {
  const iterator = Symbol.asyncIterator in chunks ? chunks[Symbol.asyncIterator]() : chunks[Symbol.iterator]();
  try {
    const reader = new TarReader(streamSource(iterator), origin, options);
    for (let entry = await reader.next(); entry !== null; entry = await reader.next()) {
      yield { name: entry.name, data: await reader.data() };
    }
  } finally {
    await iterator.return?.();
  }
}

/** Bytes in memory as a source. */
export function memorySource(bytes: Uint8Array): ByteSource {
  let at = 0;
  const take = (count: number): Uint8Array => {
    const taken = bytes.subarray(at, at + count);
    at += taken.length;
    return taken;
  };
  return { read: async (count) => take(count), skip: async (count) => take(count).length };
}

function streamSource(iterator: AsyncIterator<Uint8Array> | Iterator<Uint8Array>): ByteSource {
  let rest: Uint8Array = new Uint8Array(0);
  /** At most `count` bytes; empty only at the end. */
  const some = async (count: number): Promise<Uint8Array> => {
    while (rest.length === 0) {
      const next = await iterator.next();
      if (next.done === true) return rest;
      rest = next.value;
    }
    const taken = rest.subarray(0, count);
    rest = rest.subarray(taken.length);
    return taken;
  };
  const read = async (count: number): Promise<Uint8Array> => {
    // Parts are gathered as they come: a size that lies costs no more memory than there are bytes.
    const parts: Uint8Array[] = [];
    let length = 0;
    while (length < count) {
      const part = await some(count - length);
      if (part.length === 0) break;
      parts.push(part);
      length += part.length;
    }
    return joined(parts);
  };
  const skip = async (count: number): Promise<number> => {
    let skipped = 0;
    while (skipped < count) {
      const part = await some(count - skipped);
      if (part.length === 0) break;
      skipped += part.length;
    }
    return skipped;
  };
  return { read, skip };
}

const refused: Readonly<Record<string, string>> = {
  '1': 'a hard link',
  '2': 'a symbolic link',
  '3': 'a device',
  '4': 'a device',
  '6': 'a named pipe',
  D: 'a list of a folder (GNU incremental)',
  M: 'a part of a file (GNU multi-volume)',
  S: 'a sparse file (GNU)',
  V: 'the name of a volume (GNU)',
};

interface Header {
  /** Of an old archive, '\0' becomes '0'. */
  readonly type: string;
  readonly name: string;
  readonly size: number;
}

function readHeader(header: Uint8Array, place: string, fail: Fail): Header {
  const field = (from: number, length: number): Uint8Array => untilNul(header.subarray(from, from + length));
  const ascii = (from: number, length: number): string => String.fromCharCode(...header.subarray(from, from + length));
  const stored = octal(header.subarray(148, 156));
  let sum = 0;
  for (let at = 0; at < block; at++) sum += at >= 148 && at < 156 ? 32 : header[at];
  if (stored !== sum) {
    const gzip = header[0] === 0x1f && header[1] === 0x8b;
    const actual = gzip ? 'a gzip file: pipe it through gunzip first' : 'another: no tar, or damaged';
    throw fail('malformed', place, 'a header with its checksum', actual);
  }
  const size = header[124] & 0x80 ? binary(header.subarray(124, 136)) : octal(header.subarray(124, 136));
  if (size === null) throw fail('malformed', `${place}, size`, 'a number of bytes below 2^53', quote(ascii(124, 12)));
  const type = header[156] === 0 ? '0' : String.fromCharCode(header[156]);
  // Only POSIX has a prefix; GNU keeps times there.
  const prefix = ascii(257, 6) === 'ustar\u0000' ? textOf(field(345, 155), place, fail) : '';
  const name = textOf(field(0, 100), place, fail);
  return { type, name: prefix === '' ? name : `${prefix}/${name}`, size };
}

function octal(bytes: Uint8Array): number | null {
  const text = String.fromCharCode(...untilNul(bytes)).trim();
  return /^[0-7]+$/.test(text) ? Number.parseInt(text, 8) : null;
}

/** Big-endian behind a marker bit: GNU's way for 8 GiB and more. */
function binary(bytes: Uint8Array): number | null {
  let value = bytes[0] & 0x7f;
  for (const byte of bytes.subarray(1)) value = value * 256 + byte;
  return Number.isSafeInteger(value) ? value : null;
}

/** Records `length key=value\n`; only names and sizes matter here. */
function readPax(bytes: Uint8Array, place: string, fail: Fail): { path: string | null; size: number | null } {
  let [path, size]: [string | null, number | null] = [null, null];
  for (let at = 0; at < bytes.length; ) {
    const space = bytes.indexOf(0x20, at);
    const digits = space < 0 ? '' : String.fromCharCode(...bytes.subarray(at, Math.min(space, at + 8)));
    const length = /^[1-9]\d*$/.test(digits) ? Number(digits) : 0;
    const equals = bytes.indexOf(0x3d, space);
    const end = at + length;
    if (length === 0 || end > bytes.length || bytes[end - 1] !== 0x0a || equals < 0 || equals >= end) {
      throw fail('malformed', place, 'pax records such as "11 path=a\\n"', 'other bytes');
    }
    const key = textOf(bytes.subarray(space + 1, equals), place, fail);
    const value = bytes.subarray(equals + 1, end - 1);
    if (key.startsWith('GNU.sparse')) throw fail('unsupported', place, 'a file', 'a sparse file (GNU)');
    if (key === 'path') path = textOf(value, place, fail);
    if (key === 'size') {
      const text = textOf(value, place, fail);
      size = /^\d{1,15}$/.test(text) ? Number(text) : null;
      if (size === null) throw fail('malformed', `${place}, size`, 'a number of bytes', quote(text));
    }
    at = end;
  }
  return { path, size };
}

function untilNul(bytes: Uint8Array): Uint8Array {
  const end = bytes.indexOf(0);
  return end < 0 ? bytes : bytes.subarray(0, end);
}

function textOf(bytes: Uint8Array, place: string, fail: Fail): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw fail('malformed', place, 'a name in UTF-8', 'other bytes');
  }
}

/** A leading "./" goes. @throws {DataError} unsupported: a name that would lead out of a folder, or none at all */
function checkTarName(name: string, fail: Fail): string {
  let clean = name;
  while (clean.startsWith('./')) clean = clean.slice(2);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is refused
  const odd = /[\u0000-\u001f\u007f\\]/.test(clean) || /^[A-Za-z]:/.test(clean) || clean.startsWith('/');
  if (clean === '' || odd || clean.split('/').some((part) => part === '..' || part === '.' || part === '')) {
    throw fail('unsupported', 'name', 'a relative path without ".." or control characters', quote(name));
  }
  const length = new TextEncoder().encode(clean).length;
  if (length > maxNameBytes) throw fail('too-large', 'name', `at most ${maxNameBytes} bytes`, `${length}`);
  return clean;
}

const padding = (size: number): number => (block - (size % block)) % block;

/**
 * One file: header, data, padding. Its time and owner are 0, its mode 644: equal files give equal bytes.
 * @throws {DataError} unsupported: a name that the reader would refuse
 */
export function encodeTarEntry(name: string, data: Uint8Array, origin: Origin): Uint8Array {
  const clean = checkTarName(name, failer(origin, 'use a relative path of plain characters'));
  const bytes = new TextEncoder().encode(clean);
  const split = splitName(bytes);
  const parts: Uint8Array[] = [];
  if (split === null) {
    const text = paxRecord('path', bytes);
    parts.push(header('PaxHeaders/entry', '', text.length, 'x'), text, new Uint8Array(padding(text.length)));
    // Readers without pax show this name.
    parts.push(header('PaxHeaders/named', '', data.length, '0'));
  } else {
    parts.push(header(split.name, split.prefix, data.length, '0'));
  }
  parts.push(data, new Uint8Array(padding(data.length)));
  return joined(parts);
}

/** The end of an archive that has `length` bytes so far: zeros to a whole record. */
export function encodeTarEnd(length: number): Uint8Array {
  const least = length + 2 * block;
  return new Uint8Array(Math.ceil(least / record) * record - length);
}

/** 100 bytes of ASCII, and 155 of folders before them; null where that does not fit. */
function splitName(bytes: Uint8Array): { name: string; prefix: string } | null {
  if (bytes.some((byte) => byte > 126)) return null;
  const name = String.fromCharCode(...bytes);
  if (bytes.length <= 100) return { name, prefix: '' };
  // The first slash that leaves a short enough name, as Python's tarfile has it.
  const slash = name.indexOf('/', name.length - 101);
  if (slash < 1 || slash > 155) return null;
  return { name: name.slice(slash + 1), prefix: name.slice(0, slash) };
}

/** The length counts its own digits. */
function paxRecord(key: string, value: Uint8Array): Uint8Array {
  const rest = key.length + value.length + 3;
  let length = rest + 1;
  while (length !== rest + `${length}`.length) length = rest + `${length}`.length;
  const encoder = new TextEncoder();
  return joined([encoder.encode(`${length} ${key}=`), value, encoder.encode('\n')]);
}

function header(name: string, prefix: string, size: number, type: string): Uint8Array {
  const bytes = new Uint8Array(block);
  const put = (at: number, text: string): void => bytes.set(new TextEncoder().encode(text), at);
  const number = (at: number, digits: number, value: number): void =>
    put(at, `${value.toString(8).padStart(digits, '0')}\u0000`);
  put(0, name);
  number(100, 7, 0o644);
  number(108, 7, 0);
  number(116, 7, 0);
  number(124, 11, size);
  number(136, 11, 0);
  put(148, '        ');
  put(156, type);
  put(257, 'ustar\u000000');
  put(345, prefix);
  let sum = 0;
  for (const byte of bytes) sum += byte;
  number(148, 6, sum);
  return bytes;
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}
