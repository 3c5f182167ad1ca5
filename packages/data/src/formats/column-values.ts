// What Parquet and Arrow have in common once their pages and buffers are decoded: arrays of values of one kind, the columns
// that they become, and a count of the memory that they take.

import { DataError, type DataErrorCode, type Origin, quote } from '../errors.ts';
import type { Fail } from './raster.ts';
import { type IntegerColumn, type NumberColumn, type TableColumn, type TableOptions, Timestamp } from './table.ts';

/** Inflated bytes and values of one table together, unless `maxBytes` says otherwise. */
export const maxTableBytes = 1024 * 1024 * 1024;

/**
 * A small file may not take all of that: runs make millions of rows of a hundred bytes. It may take this much, and so many
 * bytes for each of its own.
 */
export const smallTableBytes = 64 * 1024 * 1024;
const mostFromByte = 256;

/** Lists and records in each other. */
export const maxNesting = 32;

export interface ColumnarOptions extends TableOptions {
  /** Only these columns. Default: all. */
  readonly columns?: readonly string[];
  /**
   * Refuse what would take more memory than this, counted as `bytesEach` says. Default: `smallTableBytes` and 256 times the
   * file, at most `maxTableBytes`.
   */
  readonly maxBytes?: number;
}

/** Of values: booleans are 0 and 1, dates are milliseconds since 1970, integers have 64 bits, nested values are made. */
export type Kind = 'number' | 'boolean' | 'date' | 'integer' | 'text' | 'bytes' | 'nested';

/** Floats for numbers, booleans and dates, BigInts for integers, else strings, bytes, arrays and objects. */
export type Values = Float64Array | BigInt64Array | BigUint64Array | unknown[];

/** What a value takes in memory, about: an array, an object and a small typed array take that much in V8. */
export const bytesEach: Readonly<Record<Kind, number>> = {
  number: 9,
  boolean: 9,
  date: 9,
  integer: 9,
  text: 32,
  bytes: 256,
  nested: 48,
};

const fixes: Partial<Record<DataErrorCode, string>> = {
  unsupported: 'write the file again without that, or leave the column out by the option "columns"',
  'too-large': 'choose fewer columns, or raise maxBytes or maxRows if you trust the file',
  'bad-value': 'correct the file, or pass nan: "missing" if NaN means "no value"',
  'out-of-range': 'correct the option',
};

export function columnarFailer(origin: Origin): Fail {
  return (code, place, expected, actual) => {
    const fix = fixes[code] ?? 'get the file again, or write it again, for example with pyarrow';
    return new DataError({ ...origin, code, place, expected, actual, fix });
  };
}

/** Memory that is left. It is asked before anything is made whose size the file alone tells. */
export class Budget {
  readonly #limit: number;
  readonly #fail: Fail;
  #left: number;

  constructor(fileBytes: number, options: ColumnarOptions, fail: Fail) {
    this.#limit = options.maxBytes ?? Math.min(maxTableBytes, smallTableBytes + mostFromByte * fileBytes);
    this.#left = this.#limit;
    this.#fail = fail;
  }

  /** @throws {DataError} too-large */
  take(bytes: number, place: string): void {
    this.#left -= bytes;
    if (!(this.#left >= 0)) throw this.#fail('too-large', place, `at most ${this.#limit} bytes when decoded`, 'more');
  }
}

/** @throws {DataError} out-of-range, malformed (a name twice), empty */
export function selectedColumns(all: readonly string[], options: ColumnarOptions, fail: Fail): readonly string[] {
  if (all.length === 0) throw fail('empty', 'schema', 'at least one column', 'none');
  const known = new Set<string>();
  for (const name of all) {
    if (known.has(name)) throw fail('malformed', 'schema', 'each column once', `${quote(name)} twice`);
    known.add(name);
  }
  const unknown = options.columns?.find((name) => !known.has(name));
  if (unknown !== undefined) {
    throw fail('out-of-range', 'columns', `some of ${all.slice(0, 8).map(quote).join(', ')}`, quote(unknown));
  }
  return options.columns ?? all;
}

/**
 * @param values one a row; what stands where `missing` is 1 does not matter, but it is null among texts, bytes and nested values
 * @param hasFloats whether nested values may hold what is not finite
 * @throws {DataError} bad-value: NaN or an infinity, as the options say
 */
export function columnFrom(
  kind: Kind,
  values: Values,
  missing: Uint8Array,
  hasFloats: boolean,
  name: string,
  fail: Fail,
  options: TableOptions,
): TableColumn {
  if (values instanceof Float64Array) {
    if (kind !== 'number' && kind !== 'boolean' && kind !== 'date') throw new Error(`no column of ${kind}`);
    return numberColumn(kind, values, missing, name, fail, options);
  }
  if (values instanceof BigInt64Array || values instanceof BigUint64Array) return integerColumn(values, missing);
  // Copies of so many values would cost more than to look at them.
  if (kind === 'text' && areTexts(values)) return { kind, values };
  if (kind === 'bytes' && areBytes(values)) return { kind, values };
  if (kind !== 'nested') throw new Error(`no column of ${kind}`);
  if (!hasFloats) return { kind, values };
  const finite = (value: unknown, row: number): unknown => {
    if (typeof value === 'number' && !Number.isFinite(value)) {
      if (Number.isNaN(value) && options.nan === 'missing') return null;
      throw fail('bad-value', `row ${row}, column ${quote(name)}`, 'finite numbers', `${value}`);
    }
    if (Array.isArray(value)) for (let at = 0; at < value.length; at++) value[at] = finite(value[at], row);
    else if (isRecord(value)) for (const key of Object.keys(value)) setField(value, key, finite(value[key], row));
    return value;
  };
  return { kind, values: values.map(finite) };
}

const areTexts = (values: unknown[]): values is (string | null)[] =>
  values.every((value) => value === null || typeof value === 'string');

const areBytes = (values: unknown[]): values is (Uint8Array | null)[] =>
  values.every((value) => value === null || value instanceof Uint8Array);

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}

/** Also a field of the name `__proto__`, to which one must not assign. */
function setField(record: Record<string, unknown>, key: string, value: unknown): void {
  if (record[key] !== value) Object.defineProperty(record, key, { value });
}

function numberColumn(
  kind: NumberColumn['kind'],
  values: Float64Array,
  missing: Uint8Array,
  name: string,
  fail: Fail,
  options: TableOptions,
): NumberColumn {
  for (let row = 0; row < values.length; row++) {
    if (missing[row] === 1) values[row] = Number.NaN;
    else if (Number.isNaN(values[row]) && options.nan === 'missing') missing[row] = 1;
    else if (!Number.isFinite(values[row])) {
      throw fail('bad-value', `row ${row}, column ${quote(name)}`, 'a finite number', `${values[row]}`);
    }
  }
  return { kind, values, missing };
}

/** Numbers where all are exact in a float. */
function integerColumn(values: BigInt64Array | BigUint64Array, missing: Uint8Array): NumberColumn | IntegerColumn {
  // Halves: reading an element makes a BigInt, which costs ten times as much.
  const low = new Uint32Array(values.buffer, values.byteOffset, values.length * 2);
  const high =
    values instanceof BigInt64Array ? new Int32Array(values.buffer, values.byteOffset, values.length * 2) : low;
  const floats = new Float64Array(values.length);
  for (let row = 0; row < values.length; row++) {
    const [bottom, top] = [low[2 * row], high[2 * row + 1]];
    if (missing[row] === 1) {
      values[row] = 0n;
      floats[row] = Number.NaN;
      continue;
    }
    const isSafe = (top >= -0x200000 && top < 0x200000) || (top === 0x200000 && bottom === 0);
    if (!isSafe) {
      for (let rest = row; rest < values.length; rest++) if (missing[rest] === 1) values[rest] = 0n;
      return { kind: 'integer', values, missing };
    }
    floats[row] = top * 2 ** 32 + bottom;
  }
  return { kind: 'number', values: floats, missing };
}

/** Pushed one by one: an array that is made with over 32 million places is a hash table in V8. */
export function listOf<T>(length: number, value: (at: number) => T): T[] {
  const list: T[] = [];
  for (let at = 0; at < length; at++) list.push(value(at));
  return list;
}

/** The values at these places of others. */
export function takeValues(from: Values, indices: Uint32Array): Values {
  if (Array.isArray(from)) return listOf(indices.length, (at) => from[indices[at]]);
  if (from instanceof Float64Array) return floats(indices.length, (at) => from[indices[at]]);
  const { length } = indices;
  const out = from instanceof BigInt64Array ? new BigInt64Array(length) : new BigUint64Array(length);
  for (let at = 0; at < length; at++) out[at] = from[indices[at]];
  return out;
}

export function floats(length: number, value: (at: number) => number): Float64Array {
  const out = new Float64Array(length);
  for (let at = 0; at < length; at++) out[at] = value(at);
  return out;
}

/** A value as it stands inside of lists and records: an integer is a number up to 2^53, and a BigInt beyond. */
export function nestedValue(kind: Kind, value: unknown): unknown {
  if (kind === 'boolean') return value === 1;
  if (kind === 'date') return new Timestamp(Number(value));
  if (typeof value === 'bigint') return value >= -(2n ** 53n) && value <= 2n ** 53n ? Number(value) : value;
  return value;
}

/** A record; a field may have any name, `__proto__` too. */
export function recordOf(names: readonly string[], values: readonly unknown[]): Record<string, unknown> {
  const record: Record<string, unknown> = {};
  for (let at = 0; at < names.length; at++) {
    const [name, value] = [names[at], values[at]];
    if (name !== '__proto__') record[name] = value;
    else Object.defineProperty(record, name, { value, enumerable: true, writable: true, configurable: true });
  }
  return record;
}

/** The nearest float to `unscaled / 10^scale`. */
export function decimalOf(unscaled: bigint, scale: number): number {
  const isExact = unscaled >= -(2n ** 53n) && unscaled <= 2n ** 53n && scale >= 0 && scale <= 22;
  return isExact ? Number(unscaled) / 10 ** scale : Number(`${unscaled}e${-scale}`);
}

/** Milliseconds of so many ticks, rounded once: nanoseconds since 1970 are over 2^53. */
export function millisecondsOf(value: bigint, ticks: number): number {
  if (value >= -(2n ** 53n) && value <= 2n ** 53n) return Number(value) / ticks;
  return Number(value / BigInt(ticks)) + Number(value % BigInt(ticks)) / ticks;
}

/** A signed integer of any number of bytes. */
export function bigIntOf(bytes: Uint8Array, littleEndian: boolean): bigint {
  let value = 0n;
  for (let at = 0; at < bytes.length; at++) {
    value = (value << 8n) | BigInt(bytes[littleEndian ? bytes.length - 1 - at : at]);
  }
  return BigInt.asIntN(bytes.length * 8, value);
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** @throws {DataError} bad-value, when the bytes are not UTF-8 */
export function textOf(bytes: Uint8Array, place: string, fail: Fail): string {
  try {
    return utf8.decode(bytes);
  } catch {
    throw fail('bad-value', place, 'UTF-8 text', 'other bytes');
  }
}
