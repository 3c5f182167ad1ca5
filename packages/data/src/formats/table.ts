// What the readers of tables and graphs give back: named columns, each of one kind, in which a value may be missing.

import { quote } from '../errors.ts';
import type { Fail } from './raster.ts';

/** Finite, but NaN where it is missing, so that who forgets to look at `missing` sees it. Booleans are 0 and 1. */
export interface NumberColumn {
  readonly kind: 'number' | 'boolean' | 'date';
  /** Dates are milliseconds since 1970, UTC. */
  readonly values: Float64Array;
  /** 1 where the value is missing. */
  readonly missing: Uint8Array;
}

/** Whole numbers of which at least one is over 2^53; 0 where missing. */
export interface IntegerColumn {
  readonly kind: 'integer';
  readonly values: BigInt64Array | BigUint64Array;
  readonly missing: Uint8Array;
}

export interface TextColumn {
  readonly kind: 'text';
  readonly values: readonly (string | null)[];
  /** All values that there may be, where the file lists them. */
  readonly categories?: readonly string[];
}

export interface BytesColumn {
  readonly kind: 'bytes';
  readonly values: readonly (Uint8Array | null)[];
}

/** Lists, records and mixed values, as JSON has them. */
export interface NestedColumn {
  readonly kind: 'nested';
  readonly values: readonly unknown[];
}

export type TableColumn = NumberColumn | IntegerColumn | TextColumn | BytesColumn | NestedColumn;

export interface Table {
  readonly length: number;
  readonly columns: ReadonlyMap<string, TableColumn>;
}

/** Rows of one table, unless the options say otherwise. */
export const maxRows = 50_000_000;

export interface TableOptions {
  /** Refuse tables with more rows. Default: `maxRows`. */
  readonly maxRows?: number;
  /** NaN in a column of numbers is an error, or a missing value. Infinities are always an error. Default: refuse. */
  readonly nan?: 'refuse' | 'missing';
}

/** A point in time that may lie between two milliseconds. */
export class Timestamp {
  readonly milliseconds: number;

  constructor(milliseconds: number) {
    this.milliseconds = milliseconds;
  }

  valueOf(): number {
    return this.milliseconds;
  }

  toJSON(): number {
    return this.milliseconds;
  }
}

/**
 * A column of the kind that all present values have; `undefined` counts as missing.
 * @throws {DataError} bad-value: NaN, an infinity, or an integer over 64 bits; a column of only missing values is of numbers
 */
export function columnOf(given: readonly unknown[], name: string, fail: Fail, options: TableOptions = {}): TableColumn {
  const values = options.nan === 'missing' ? given.map((value) => (Number.isNaN(value) ? null : value)) : given;
  const kinds = new Set<string>();
  for (const value of values) if (value !== null && value !== undefined) kinds.add(kindOf(value));
  if (kinds.has('bigint') && [...kinds].every((kind) => kind === 'bigint' || kind === 'number')) {
    return integers(values, name, fail);
  }
  const [kind] = kinds.size === 0 ? ['number'] : kinds.size === 1 ? kinds : ['nested'];
  switch (kind) {
    case 'number':
    case 'boolean':
    case 'date':
      return numbers(values, kind, name, fail);
    case 'string':
      return { kind: 'text', values: values.map((value) => (typeof value === 'string' ? value : null)) };
    case 'bytes':
      return { kind: 'bytes', values: values.map((value) => (value instanceof Uint8Array ? value : null)) };
    default:
      return { kind: 'nested', values: values.map((value) => value ?? null) };
  }
}

function kindOf(value: unknown): string {
  if (value instanceof Uint8Array) return 'bytes';
  if (value instanceof Date || value instanceof Timestamp) return 'date';
  return typeof value;
}

function numbers(values: readonly unknown[], kind: NumberColumn['kind'], name: string, fail: Fail): NumberColumn {
  const missing = missingOf(values);
  const out = Float64Array.from(values, (value) =>
    value === null || value === undefined ? Number.NaN : Number(value),
  );
  const bad = out.findIndex((value, row) => !Number.isFinite(value) && missing[row] === 0);
  if (bad >= 0) throw fail('bad-value', `row ${bad}, column ${quote(name)}`, 'a finite number', `${out[bad]}`);
  return { kind, values: out, missing };
}

const missingOf = (values: readonly unknown[]): Uint8Array =>
  Uint8Array.from(values, (value) => (value === null || value === undefined ? 1 : 0));

const isSafe = (value: bigint): boolean => value >= -(2n ** 53n) && value <= 2n ** 53n;

function integers(values: readonly unknown[], name: string, fail: Fail): TableColumn {
  const present = values.map((value) => {
    if (typeof value === 'bigint') return value;
    if (typeof value === 'number' && Number.isSafeInteger(value)) return BigInt(value);
    return value === null || value === undefined ? 0n : Number(value);
  });
  const exact = present.filter((value) => typeof value === 'bigint');
  if (exact.every(isSafe)) return numbers(values, 'number', name, fail);
  const unsigned = exact.some((value) => value >= 2n ** 63n);
  const [least, most] = unsigned ? [0n, 2n ** 64n - 1n] : [-(2n ** 63n), 2n ** 63n - 1n];
  const bad = present.findIndex((value) => typeof value === 'number' || value < least || value > most);
  if (bad >= 0) {
    throw fail('bad-value', `row ${bad}, column ${quote(name)}`, 'a whole number of 64 bits', `${present[bad]}`);
  }
  const data = unsigned ? BigUint64Array.from(exact) : BigInt64Array.from(exact);
  return { kind: 'integer', values: data, missing: missingOf(values) };
}

/** Columns from rows of an object each: a key that a row lacks is missing there. */
export function tableOf(
  rows: readonly Readonly<Record<string, unknown>>[],
  fail: Fail,
  options: TableOptions = {},
): Table {
  const names = new Set<string>();
  for (const row of rows) for (const name of Object.keys(row)) names.add(name);
  const columns = new Map<string, TableColumn>();
  for (const name of names) {
    const values = rows.map((row) => (Object.hasOwn(row, name) ? row[name] : null));
    columns.set(name, columnOf(values, name, fail, options));
  }
  return { length: rows.length, columns };
}

/** @throws {DataError} empty, too-large */
export function checkRowCount(count: number, options: TableOptions, fail: Fail, place: string | null = null): void {
  const limit = options.maxRows ?? maxRows;
  if (count === 0) throw fail('empty', place, 'at least one row', 'none');
  if (count > limit) throw fail('too-large', place, `at most ${limit} rows`, `${count}`);
}
