// The pages of one column of Parquet: levels and values. Own code, because hyparquet 1.31.5 makes arrays as long as a run
// says: of 2,000 damaged files, all sizes of pages checked before, one ended the process (Node 20, 2026-11). Here a run or a
// count is believed only after the bytes that it needs were found.
// https://github.com/apache/parquet-format/blob/master/Encodings.md

import { crc32 } from 'node:zlib';
import { type DataError, quote } from '../errors.ts';
import type { Codec, Inflate } from './block-codecs.ts';
import { type Budget, bytesEach, takeValues, type Values } from './column-values.ts';
import { checkRuns, readRuns, unpackDeltas } from './parquet-encodings.ts';
import type { ColumnChunk, Leaf } from './parquet-metadata.ts';
import { convert, emptyOf, type Raw } from './parquet-values.ts';
import type { Fail } from './raster.ts';
import { ThriftReader, type Wrong } from './thrift.ts';

/** Levels of one page, and the values that are there. */
export interface LeafPart {
  readonly count: number;
  readonly values: Values;
  /** Null where all have the highest level. */
  readonly definitions: Uint8Array | null;
  /** Null where there are no lists. */
  readonly repetitions: Uint8Array | null;
}

interface PageHeader {
  type: number;
  inflated: number;
  stored: number;
  crc: number | null;
  count: number;
  encoding: number;
  levelEncodings: [definitions: number, repetitions: number];
  /** Of a page of version 2 only; its levels lie before the compressed values. */
  nulls: number;
  rows: number;
  levelBytes: [definitions: number, repetitions: number];
  isCompressed: boolean;
}

const [DATA, INDEX, DICTIONARY, DATA_2] = [0, 1, 2, 3];
const [PLAIN, PLAIN_DICTIONARY, RLE, DELTA, DELTA_LENGTH, DELTA_BYTES, RLE_DICTIONARY, SPLIT] = [
  0, 2, 3, 5, 6, 7, 8, 9,
];

/**
 * @param rows of the row group
 * @throws {DataError} malformed, unsupported, bad-value, too-large
 */
export function readPages(
  bytes: Uint8Array,
  chunk: ColumnChunk,
  leaf: Leaf,
  rows: number,
  inflate: Inflate,
  budget: Budget,
  fail: Fail,
): LeafPart[] {
  const place = `column ${quote(leaf.path)}`;
  const wrong = (expected: string, actual: string): DataError => fail('malformed', place, expected, actual);
  const parts: LeafPart[] = [];
  let dictionary: Values | null = null;
  let at = chunk.start;
  let count = 0;
  let begun = 0;
  // What each row or item takes, with a value or without: a place, and an array or object for each step of a longer path.
  const placeCost = 9 + bytesEach.nested * (leaf.isNested ? leaf.depth : 0);
  const valueCost = bytesEach[leaf.kind];
  while (count < chunk.values) {
    if (at >= chunk.end) throw wrong(`${chunk.values} values`, `${count} in its pages`);
    const reader = new ThriftReader(bytes, at, chunk.end, wrong);
    const header = readHeader(reader, wrong);
    at = reader.at;
    if (!(header.stored >= 0 && header.stored <= chunk.end - at)) {
      throw wrong(`a page of at most ${chunk.end - at} bytes`, `${header.stored}`);
    }
    if (!(header.inflated >= 0)) throw wrong('an inflated size', `${header.inflated}`);
    if (!(header.count >= 0)) throw wrong('a number of values', `${header.count}`);
    const packed = bytes.subarray(at, at + header.stored);
    at += header.stored;
    if (header.type === INDEX) continue;
    if (header.crc !== null && crc32(packed) !== header.crc) {
      throw wrong('the checksum of its page', 'another: the file was changed or damaged');
    }
    budget.take(header.inflated, place);
    if (header.type === DICTIONARY) {
      if (dictionary !== null || count > 0) throw wrong('one dictionary before all values', 'another page of it');
      if (header.encoding !== PLAIN && header.encoding !== PLAIN_DICTIONARY) {
        throw fail('unsupported', place, 'a plain dictionary', `encoding ${header.encoding}`);
      }
      const page = inflated(chunk.codec, packed, header.inflated);
      checkPlain(header.count, page.length);
      budget.take(header.count * valueCost, place);
      dictionary = convert(plain(page, 0, page.length, header.count), leaf, place, fail);
      continue;
    }
    if (header.type !== DATA && header.type !== DATA_2) throw wrong('a page of data', `type ${header.type}`);
    if (header.count > chunk.values - count) {
      throw wrong(`${chunk.values} values`, `${count + header.count} in its pages`);
    }
    budget.take(header.count * placeCost, place);
    const part = header.type === DATA ? dataPage(packed, header) : dataPage2(packed, header);
    begun += part.repetitions === null ? part.count : zerosIn(part.repetitions);
    count += part.count;
    parts.push(part);
  }
  // All rows begin with a value or a null; a page may not begin in the midst of the first.
  if (begun !== rows) throw wrong(`${rows} rows`, `${begun} in its pages`);
  const first = parts.find((part) => part.count > 0)?.repetitions ?? null;
  if (first !== null && first[0] !== 0) throw wrong('a row at the start of its pages', 'the rest of one');
  return parts;

  function inflated(codec: Codec, packed: Uint8Array, size: number): Uint8Array {
    try {
      return inflate(codec, packed, size);
    } catch (error) {
      const actual = error instanceof Error ? error.message : String(error);
      throw wrong(`a page that inflates to ${size} bytes`, actual);
    }
  }

  function dataPage(packed: Uint8Array, header: PageHeader): LeafPart {
    const page = inflated(chunk.codec, packed, header.inflated);
    const view = viewOf(page);
    let from = 0;
    const levels = (max: number, encoding: number): Uint8Array | null => {
      if (max === 0) return null;
      if (encoding !== RLE) throw fail('unsupported', place, 'levels in run lengths', `encoding ${encoding}`);
      if (from + 4 > page.length) throw wrong('the length of its levels', 'the end of the page');
      const size = view.getUint32(from, true);
      from += 4;
      if (size > page.length - from) throw wrong(`at most ${page.length - from} bytes of levels`, `${size}`);
      const found = readLevels(page, from, from + size, max, header.count);
      from += size;
      return found;
    };
    const repetitions = levels(leaf.maxRepetition, header.levelEncodings[1]);
    const definitions = levels(leaf.maxDefinition, header.levelEncodings[0]);
    return partOf(page, from, header, definitions, repetitions);
  }

  function dataPage2(packed: Uint8Array, header: PageHeader): LeafPart {
    const [definitionBytes, repetitionBytes] = header.levelBytes;
    const levelBytes = definitionBytes + repetitionBytes;
    if (!(definitionBytes >= 0 && repetitionBytes >= 0 && levelBytes <= Math.min(packed.length, header.inflated))) {
      throw wrong(`at most ${packed.length} bytes of levels`, `${repetitionBytes} and ${definitionBytes}`);
    }
    const levels = (max: number, from: number, to: number): Uint8Array | null =>
      max === 0 ? null : readLevels(packed, from, to, max, header.count);
    const repetitions = levels(leaf.maxRepetition, 0, repetitionBytes);
    const definitions = levels(leaf.maxDefinition, repetitionBytes, levelBytes);
    const codec = header.isCompressed ? chunk.codec : 'none';
    const page = inflated(codec, packed.subarray(levelBytes), header.inflated - levelBytes);
    const part = partOf(page, 0, header, definitions, repetitions);
    const rowsHere = repetitions === null ? header.count : zerosIn(repetitions);
    if (header.nulls !== header.count - part.values.length) {
      throw wrong(`${header.nulls} nulls in its page`, `${header.count - part.values.length}`);
    }
    if (header.rows !== rowsHere) throw wrong(`${header.rows} rows in its page`, `${rowsHere}`);
    return part;
  }

  function readLevels(page: Uint8Array, from: number, to: number, max: number, wanted: number): Uint8Array {
    const width = 32 - Math.clz32(max);
    budget.take(wanted, place);
    const levels = new Uint8Array(checkRuns(page, from, to, width, wanted, wrong));
    readRuns(page, from, to, width, levels, wrong);
    const bad = levels.findIndex((level) => level > max);
    if (bad >= 0) throw wrong(`levels up to ${max}`, `${levels[bad]}`);
    return levels;
  }

  function partOf(
    page: Uint8Array,
    from: number,
    header: PageHeader,
    definitions: Uint8Array | null,
    repetitions: Uint8Array | null,
  ): LeafPart {
    let present = header.count;
    if (definitions !== null) {
      present = 0;
      for (const level of definitions) if (level === leaf.maxDefinition) present++;
    }
    const isDictionary = header.encoding === RLE_DICTIONARY || header.encoding === PLAIN_DICTIONARY;
    // A value of a dictionary is there once, however often it comes.
    if (!isDictionary) budget.take(present * valueCost, place);
    const values = present === 0 ? emptyOf(leaf) : readValues(page, from, header.encoding, present);
    const isFull = present === header.count;
    return { count: header.count, values, definitions: isFull ? null : definitions, repetitions };
  }

  function readValues(page: Uint8Array, from: number, encoding: number, present: number): Values {
    const left = page.length - from;
    switch (encoding) {
      case PLAIN:
        checkPlain(present, left);
        return convert(plain(page, from, page.length, present), leaf, place, fail);
      case PLAIN_DICTIONARY:
      case RLE_DICTIONARY: {
        if (dictionary === null) throw wrong('a dictionary before its indices', 'none');
        if (left < 1) throw wrong('the width of its indices', 'the end of the page');
        const width = page[from];
        if (width > 32) throw wrong('indices of at most 32 bits', `${width}`);
        const indices = new Uint32Array(
          width === 0 ? present : checkRuns(page, from + 1, page.length, width, present, wrong),
        );
        if (width > 0) readRuns(page, from + 1, page.length, width, indices, wrong);
        return taken(dictionary, indices);
      }
      case RLE: {
        if (leaf.physical !== 'boolean') break;
        const size = left < 4 ? -1 : viewOf(page).getUint32(from, true);
        if (size < 0 || size > left - 4) throw wrong(`at most ${left - 4} bytes of runs`, `${size}`);
        const flags = new Uint8Array(checkRuns(page, from + 4, from + 4 + size, 1, present, wrong));
        readRuns(page, from + 4, from + 4 + size, 1, flags, wrong);
        return new Float64Array(flags);
      }
      case DELTA: {
        if (leaf.physical !== 'i32' && leaf.physical !== 'i64') break;
        return convert(unpackDeltas(page, from, present, leaf.physical === 'i64', wrong).values, leaf, place, fail);
      }
      case DELTA_LENGTH:
      case DELTA_BYTES: {
        if (leaf.physical !== 'bytes' && leaf.physical !== 'fixed') break;
        return convert({ length: present, each: deltaArrays(page, from, present, encoding) }, leaf, place, fail);
      }
      case SPLIT: {
        if (leaf.width === 0 || leaf.physical === 'i96') break;
        checkPlain(present, left);
        const whole = new Uint8Array(present * leaf.width);
        for (let byte = 0, source = from; byte < leaf.width; byte++) {
          for (let value = 0; value < present; value++) whole[value * leaf.width + byte] = page[source++];
        }
        return convert(plain(whole, 0, whole.length, present), leaf, place, fail);
      }
    }
    throw fail('unsupported', place, `an encoding for ${leaf.physical}`, `encoding ${encoding}`);
  }

  /** That so many plain values can lie in so many bytes. */
  function checkPlain(wanted: number, size: number): void {
    const least = leaf.physical === 'boolean' ? Math.ceil(wanted / 8) : wanted * (leaf.width || 4);
    if (least > size) throw wrong(`${least} bytes for ${wanted} values`, `${size}`);
  }

  /** Raw values one after the other; `checkPlain` has been asked. */
  function plain(page: Uint8Array, from: number, to: number, wanted: number): Raw {
    // Copies: what is read must lie at a multiple of its size, and must not hold on to the whole file.
    const copy = (): ArrayBuffer => {
      const part = new Uint8Array(wanted * leaf.width);
      part.set(page.subarray(from, from + part.length));
      return part.buffer;
    };
    switch (leaf.physical) {
      case 'boolean': {
        const flags = new Uint8Array(wanted);
        for (let at = 0; at < wanted; at++) flags[at] = (page[from + (at >> 3)] >> (at & 7)) & 1;
        return flags;
      }
      case 'i32':
        return new Int32Array(copy());
      case 'i64':
        return new BigInt64Array(copy());
      case 'f32':
        return new Float32Array(copy());
      case 'f64':
        return new Float64Array(copy());
      case 'fixed':
      case 'i96':
        return { length: wanted, each: fixedArrays(page, from, wanted) };
      case 'bytes':
        return { length: wanted, each: plainArrays(page, from, to, wanted) };
    }
  }

  function* fixedArrays(page: Uint8Array, from: number, wanted: number): Generator<Uint8Array> {
    for (let index = 0; index < wanted; index++) {
      const at = from + index * leaf.width;
      yield page.subarray(at, at + leaf.width);
    }
  }

  function* plainArrays(page: Uint8Array, from: number, to: number, wanted: number): Generator<Uint8Array> {
    const view = viewOf(page);
    for (let index = 0, at = from; index < wanted; index++) {
      const size = at + 4 > to ? -1 : view.getUint32(at, true);
      if (size < 0 || size > to - at - 4) throw wrong(`${wanted} values in ${to - from} bytes`, `${index}`);
      at += 4 + size;
      yield page.subarray(at - size, at);
    }
  }

  function taken(from: Values, indices: Uint32Array): Values {
    for (const index of indices) if (index >= from.length) throw wrong(`an index below ${from.length}`, `${index}`);
    return takeValues(from, indices);
  }

  function* deltaArrays(page: Uint8Array, from: number, wanted: number, encoding: number): Generator<Uint8Array> {
    const lengths = (start: number): { values: Int32Array; next: number } => {
      const { values, next } = unpackDeltas(page, start, wanted, false, wrong);
      if (!(values instanceof Int32Array)) throw new Error('lengths are of 32 bits');
      return { values, next };
    };
    const prefixes = encoding === DELTA_BYTES ? lengths(from) : null;
    const suffixes = lengths(prefixes?.next ?? from);
    let at = suffixes.next;
    let last = new Uint8Array(0);
    for (let index = 0; index < wanted; index++) {
      const size = suffixes.values[index];
      const shared = prefixes?.values[index] ?? 0;
      if (!(size >= 0 && size <= page.length - at)) throw wrong(`at most ${page.length - at} bytes`, `${size}`);
      if (!(shared >= 0 && shared <= last.length)) throw wrong(`at most ${last.length} bytes from before`, `${shared}`);
      // What is taken from the value before may make much of little.
      budget.take(shared, place);
      const value = new Uint8Array(shared + size);
      value.set(last.subarray(0, shared));
      value.set(page.subarray(at, at + size), shared);
      at += size;
      if (leaf.physical === 'fixed' && value.length !== leaf.width) {
        throw wrong(`values of ${leaf.width} bytes`, `${value.length}`);
      }
      yield value;
      last = value;
    }
  }
}

const viewOf = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

function zerosIn(levels: Uint8Array): number {
  let zeros = 0;
  for (const level of levels) if (level === 0) zeros++;
  return zeros;
}

function readHeader(reader: ThriftReader, wrong: Wrong): PageHeader {
  const header: PageHeader = {
    type: -1,
    inflated: -1,
    stored: -1,
    crc: null,
    count: 0,
    encoding: -1,
    levelEncodings: [-1, -1],
    nulls: -1,
    rows: -1,
    levelBytes: [-1, -1],
    isCompressed: true,
  };
  const count = (): void => {
    header.count = reader.int();
  };
  const encoding = (): void => {
    header.encoding = reader.int();
  };
  reader.struct({
    1: () => {
      header.type = reader.int();
    },
    2: () => {
      header.inflated = reader.int();
    },
    3: () => {
      header.stored = reader.int();
    },
    4: () => {
      header.crc = reader.int() >>> 0;
    },
    5: () =>
      reader.struct({
        1: count,
        2: encoding,
        3: () => {
          header.levelEncodings[0] = reader.int();
        },
        4: () => {
          header.levelEncodings[1] = reader.int();
        },
      }),
    7: () => reader.struct({ 1: count, 2: encoding }),
    8: () =>
      reader.struct({
        1: count,
        2: () => {
          header.nulls = reader.int();
        },
        3: () => {
          header.rows = reader.int();
        },
        4: encoding,
        5: () => {
          header.levelBytes[0] = reader.int();
        },
        6: () => {
          header.levelBytes[1] = reader.int();
        },
        7: () => {
          header.isCompressed = reader.bool();
        },
      }),
  });
  if (header.encoding < 0 && header.type !== INDEX) throw wrong('a header of a page', `one of type ${header.type}`);
  return header;
}
