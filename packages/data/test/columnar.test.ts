import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { decodeArrow } from '../src/formats/arrow.ts';
import { decodeParquet } from '../src/formats/parquet.ts';
import type { NumberColumn, Table, TableColumn } from '../src/formats/table.ts';
import { rejectionOf } from './fixtures.ts';
import { golden, survives } from './mutated.ts';

const origin = { source: 'toy', file: '/d/x' };
const file = (name: string): Uint8Array => golden(`tables/${name}`);
const strip = (message: string): string => message.replace('toy: file "/d/x": ', '');
const texts = (...values: (string | null)[]): TableColumn => ({ kind: 'text', values });
const nested = (...values: unknown[]): TableColumn => ({ kind: 'nested', values });
const each = <T>(length: number, value: (row: number) => T): T[] => Array.from({ length }, (_, row) => value(row));
function numbers(...values: (number | null)[]): NumberColumn {
  const missing = Uint8Array.from(values, (value) => (value === null ? 1 : 0));
  return { kind: 'number', values: Float64Array.from(values, (value) => value ?? Number.NaN), missing };
}
const dates = (...values: number[]): NumberColumn => ({ ...numbers(...values), kind: 'date' });
const booleans = (...values: (boolean | null)[]): NumberColumn => ({
  ...numbers(...values.map((value) => (value === null ? null : Number(value)))),
  kind: 'boolean',
});
const day = 86_400_000;

const fixes = {
  file: '; fix: get the file again, or write it again, for example with pyarrow',
  type: '; fix: write the file again without that, or leave the column out by the option "columns"',
  size: '; fix: choose fewer columns, or raise maxBytes or maxRows if you trust the file',
  value: '; fix: correct the file, or pass nan: "missing" if NaN means "no value"',
  option: '; fix: correct the option',
};
const parquetRefusal = async (bytes: Uint8Array, options = {}): Promise<string> =>
  strip((await rejectionOf(() => decodeParquet(bytes, origin, options))).message);
const arrowRefusal = async (bytes: Uint8Array, options = {}): Promise<string> =>
  strip((await rejectionOf(() => decodeArrow(bytes, origin, options))).message);

/** What both readers promise of every table that they give. */
function check({ length, columns }: Table): void {
  for (const column of columns.values()) {
    expect(column.values.length).toBe(length);
    if (column.kind !== 'number' && column.kind !== 'date' && column.kind !== 'boolean') continue;
    if (column.kind === 'boolean') expect(column.values.every((value) => !(value > 0) || value === 1)).toBe(true);
    expect(column.values.every((value, row) => Number.isFinite(value) !== (column.missing[row] === 1))).toBe(true);
  }
}

/** The formulas of tools/golden/table_files.mjs. */
function polars(rows: number): Map<string, TableColumn> {
  return new Map<string, TableColumn>([
    ['whole', numbers(...each(rows, (row) => (row % 7 === 3 ? null : row - 5)))],
    ['real', numbers(...each(rows, (row) => (row % 5 === 1 ? null : row / 8)))],
    ['text', texts(...each(rows, (row) => (row % 11 === 2 ? null : `é${row % 4}`)))],
    ['flag', booleans(...each(rows, (row) => (row % 3 === 0 ? null : row % 2 === 0)))],
  ]);
}

function duckdb(): Map<string, TableColumn> {
  const rows = [0, 1, 2, 3, 4, 5];
  const start = Date.UTC(2026, 0, 2, 3, 4, 5);
  const some = <T>(missing: number, value: (row: number) => T): (T | null)[] =>
    rows.map((row) => (row === missing ? null : value(row)));
  const colours = ['red', 'green', 'blue'];
  const none = new Uint8Array(6);
  return new Map<string, TableColumn>([
    ['u8', numbers(...rows)],
    ['i16', numbers(0, -1, -2, -3, -4, -5)],
    ['i32', numbers(...some(1, (row) => row))],
    [
      'i64',
      { kind: 'integer', values: BigInt64Array.from(rows, (row) => BigInt(row) * 9007199254740993n), missing: none },
    ],
    [
      'u64',
      { kind: 'integer', values: BigUint64Array.from(rows, (row) => 2n ** 64n - 1n - BigInt(row)), missing: none },
    ],
    ['f32', numbers(...rows.map((row) => row / 4))],
    ['f64', numbers(...some(2, (row) => row / 4))],
    ['flag', booleans(...some(3, (row) => row % 2 === 0))],
    ['price', numbers(0.05, 1.05, 2.05, 3.05, 4.05, 5.05)],
    ['cost', numbers(-2.5, -1.5, -0.5, 0.5, 1.5, 2.5)],
    ['total', numbers(...rows.map((row) => row * 1000000000000.25))],
    ['text', texts(...rows.map((row) => `x${row}`))],
    ['bytes', { kind: 'bytes', values: rows.map((row) => Uint8Array.of(row)) }],
    ['colour', texts(...rows.map((row) => colours[row % 3]))],
    ['day', dates(...rows.map((row) => row * day))],
    ['instant', dates(...rows.map((row) => start + (678901 + row) / 1000))],
    ['nanos', dates(...rows.map(() => start + 678.901234))],
    ['clock', numbers(...rows.map((row) => 3_723_500 + 1000 * row))],
    ['key', texts(...rows.map((row) => `00010203-0405-0607-0809-0a0b0c0d0e0${row}`))],
    ['list', nested(...some(1, (row) => (row === 2 ? [] : [row, null, row + 1])))],
    ['lists', nested(...some(4, (row) => [[row], [], null, [null, 7]]))],
    ['record', nested(...some(2, (row) => ({ a: row, b: row === 3 ? null : `x${row}` })))],
    ['records', nested(...rows.map((row) => [{ k: 'p', v: [1.5, row] }, null, { k: null, v: null }]))],
    [
      'map',
      nested(
        ...rows.map((row) => [
          ['one', row],
          ['two', null],
        ]),
      ),
    ],
  ]);
}

describe('decodeParquet', () => {
  it.each(['uncompressed', 'snappy', 'gzip', 'zstd', 'lz4', 'brotli'])(
    'reads %s pages as Polars wrote them',
    async (name) => {
      const table = await decodeParquet(file(`polars-${name}.parquet`), origin);
      expect(table).toEqual({ length: 500, columns: polars(500) });
    },
  );

  it('reads all types of DuckDB, with nulls at every depth', async () => {
    const { length, columns } = await decodeParquet(file('duckdb.parquet'), origin, { nan: 'missing' });
    expect([length, ...columns.keys()]).toEqual([6, ...duckdb().keys()]);
    for (const [name, column] of duckdb()) expect([name, columns.get(name)]).toEqual([name, column]);
    const some = await decodeParquet(file('duckdb.parquet'), origin, { columns: ['record', 'day'] });
    expect([...some.columns.keys()]).toEqual(['record', 'day']);
  });

  it('reads differences, split bytes and several row groups', async () => {
    const { columns } = await decodeParquet(file('duckdb-2.parquet'), origin);
    expect(columns).toEqual(
      new Map<string, TableColumn>([
        ['i64', numbers(...each(3000, (row) => row * 1000003 - 7))],
        ['i32', numbers(...each(3000, (row) => (row % 5 === 0 ? null : row * row)))],
        ['text', texts(...each(3000, (row) => `name ${String(Math.floor(row / 3)).padStart(4, '0')}`))],
        ['f64', numbers(...each(3000, (row) => row / 8))],
        ['flag', booleans(...each(3000, (row) => row % 3 === 1))],
      ]),
    );
  });

  it.each(['arrow-rs-1.parquet', 'arrow-rs-2.parquet'])(
    'reads lists over many pages of both versions: %s',
    async (name) => {
      const { columns } = await decodeParquet(file(name), origin);
      const words = texts(...each(160, (row) => (row % 9 === 4 ? null : `word ${row >> 2}`)));
      expect(columns).toEqual(
        new Map<string, TableColumn>([
          ['ticks', numbers(...each(160, (row) => row * row - 50))],
          ['words', words],
          ['names', words],
          ['reals', numbers(...each(160, (row) => row / 16))],
          ['flags', booleans(...each(160, (row) => row % 4 < 2))],
          ['lists', nested(...each(160, (row) => (row % 10 === 9 ? null : each(row % 4, (at) => `${row}.${at}`))))],
        ]),
      );
    },
  );

  it('refuses NaN, unknown columns, limits, other types, encryption, and what is cut short or lies', async () => {
    const duck = file('duckdb.parquet');
    expect(await parquetRefusal(duck)).toBe(`row 2, column "f64": expected a finite number, got NaN${fixes.value}`);
    expect(await parquetRefusal(duck, { columns: ['x'] })).toBe(
      `columns: expected some of "u8", "i16", "i32", "i64", "u64", "f32", "f64", "flag", got "x"${fixes.option}`,
    );
    expect(await parquetRefusal(duck, { maxRows: 4 })).toBe(`footer: expected at most 4 rows, got 6${fixes.size}`);
    expect(await parquetRefusal(duck, { maxBytes: 10 })).toBe(
      `column "u8": expected at most 10 bytes when decoded, got more${fixes.size}`,
    );
    expect(await parquetRefusal(file('interval.parquet'))).toBe(
      `column "span": expected a type that is read here, got INTERVAL${fixes.type}`,
    );
    expect(await parquetRefusal(file('encrypted.parquet'))).toBe(
      `magic number: expected no encryption, got "PARE"${fixes.type}`,
    );
    const magic = (actual: string): string => `magic number: expected "PAR1" at both ends, got ${actual}${fixes.file}`;
    expect(await parquetRefusal(duck.slice(0, -1))).toBe(magic('a file cut short'));
    expect(await parquetRefusal(new Uint8Array(0))).toBe(magic('an empty file'));
    expect(await parquetRefusal(file('rows.json'))).toBe(magic('another format'));
    duck.set([0xff, 0xff, 0xff, 0x7f], duck.length - 8);
    expect(await parquetRefusal(duck)).toBe(
      `footer: expected at most ${duck.length - 12} bytes, got 2147483647${fixes.file}`,
    );
  });
});

// A writer of Thrift's compact protocol, for files that no other writer makes.
type Thrift = number | string | boolean | Thrift[] | { readonly [id: number]: Thrift };
function varint(value: number): number[] {
  return value < 128 ? [value] : [128 + (value % 128), ...varint(Math.floor(value / 128))];
}
function typeOf(value: Thrift): number {
  if (typeof value === 'boolean') return value ? 1 : 2;
  return typeof value === 'number' ? 6 : typeof value === 'string' ? 8 : Array.isArray(value) ? 9 : 12;
}
function thrift(value: Thrift): number[] {
  if (typeof value === 'boolean') return [];
  if (typeof value === 'number') return varint(value < 0 ? -2 * value - 1 : 2 * value);
  if (typeof value === 'string') return [...varint(value.length), ...new TextEncoder().encode(value)];
  if (Array.isArray(value)) return [0xf0 + typeOf(value[0] ?? 0), ...varint(value.length), ...value.flatMap(thrift)];
  return [
    ...Object.entries(value).flatMap(([id, field]) => [typeOf(field), ...thrift(Number(id)), ...thrift(field)]),
    0,
  ];
}

interface Toy {
  readonly body?: readonly number[];
  readonly rows?: number;
  readonly values?: number;
  /** Of the column, where it is not the number of rows. */
  readonly total?: number;
  readonly inflated?: number;
  readonly encoding?: number;
  readonly codec?: number;
  readonly element?: Thrift;
  readonly schema?: Thrift[];
  readonly before?: readonly number[];
  readonly chunk?: Thrift;
  readonly footer?: readonly number[];
  readonly path?: string[];
}
/** One column "a" of one page, of version 1. */
function toy(options: Toy): Uint8Array {
  const { body = [], rows = 1, values = rows, inflated = body.length, encoding = 0, codec = 0, before = [] } = options;
  const header = thrift({ 1: 0, 2: inflated, 3: body.length, 5: { 1: values, 2: encoding, 3: 3, 4: 3 } });
  const pages = [...before, ...header, ...body];
  const element = options.element ?? { 1: 1, 3: 0, 4: 'a' };
  const leaf = options.schema?.at(-1) ?? element;
  const physical = typeof leaf === 'object' && !Array.isArray(leaf) ? leaf[1] : 1;
  const metadata = {
    1: physical,
    2: [0],
    3: options.path ?? ['a'],
    4: codec,
    5: options.total ?? rows,
    6: 0,
    7: pages.length,
    9: 4,
  };
  const metadataBytes = thrift({
    1: 1,
    2: options.schema ?? [{ 4: 'root', 5: 1 }, element],
    3: rows,
    4: [{ 1: [options.chunk ?? { 2: 4, 3: metadata }], 2: 0, 3: rows }],
  });
  const footer = options.footer ?? metadataBytes;
  const size = footer.length;
  const tail = [size & 255, (size >> 8) & 255, (size >> 16) & 255, 0];
  const magic = [...new TextEncoder().encode('PAR1')];
  return Uint8Array.from([...magic, ...pages, ...footer, ...tail, ...magic]);
}
const optional: Thrift = { 1: 1, 3: 1, 4: 'a' };
/** Levels of which the length comes first. */
const levels = (...runs: number[]): number[] => [runs.length, 0, 0, 0, ...runs];

describe('decodeParquet of files that no writer makes', () => {
  it('reads a toy, to show that the others fail for their fault alone', async () => {
    expect((await decodeParquet(toy({ body: [7, 0, 0, 0] }), origin)).columns.get('a')).toEqual(numbers(7));
    const nulls = toy({ element: optional, rows: 3, body: [...levels(2, 1, 4, 0), 9, 0, 0, 0] });
    expect((await decodeParquet(nulls, origin)).columns.get('a')).toEqual(numbers(9, null, null));
    // Runs are counted, not stored: 1 million rows of 6 bytes, within the limit.
    const long = toy({ element: optional, rows: 1_000_000, body: levels(...varint(2_000_000), 0) });
    expect((await decodeParquet(long, origin)).length).toBe(1_000_000);
    expect(await parquetRefusal(long, { maxBytes: 5_000_000 })).toBe(
      `column "a": expected at most 5000000 bytes when decoded, got more${fixes.size}`,
    );
  });

  it('reads what is old: lists of two levels, plain repeated fields, dates of 96 bits; and half floats', async () => {
    const read = async (options: Toy): Promise<TableColumn | undefined> =>
      (await decodeParquet(toy(options), origin)).columns.get('a');
    const ints = [5, 0, 0, 0, 6, 0, 0, 0];
    // 5 and 6 in one list, no list, an empty one. Levels are packed: 0, 1, 0, 0 of one bit, and 2, 2, 0, 1 of two.
    const list = {
      rows: 3,
      values: 4,
      total: 4,
      path: ['a', 'array'],
      body: [...levels(3, 2), ...levels(3, 74, 0), ...ints],
    };
    const group = { 3: 1, 4: 'a', 5: 1, 6: 3 };
    expect(await read({ ...list, schema: [{ 4: 'root', 5: 1 }, group, { 1: 1, 3: 2, 4: 'array' }] })).toEqual(
      nested([5, 6], null, []),
    );
    const repeated = { rows: 1, values: 2, total: 2, body: [...levels(3, 2), ...levels(4, 1), ...ints] };
    expect(await read({ ...repeated, element: { 1: 1, 3: 2, 4: 'a' } })).toEqual(nested([5, 6]));
    const longs = [...new Uint8Array(BigInt64Array.of(-(2n ** 60n), 5n).buffer)];
    expect(
      await read({ ...repeated, element: { 1: 2, 3: 2, 4: 'a' }, body: [...repeated.body.slice(0, 12), ...longs] }),
    ).toEqual(nested([-(2n ** 60n), 5]));
    const nanoseconds = [...new Uint8Array(BigUint64Array.of(1_500_000n).buffer), 141, 61, 37, 0];
    expect(await read({ element: { 1: 3, 3: 0, 4: 'a' }, body: nanoseconds })).toEqual(dates(day + 1.5));
    expect(await read({ element: { 1: 7, 2: 2, 3: 0, 4: 'a', 10: { 15: {} } }, body: [0, 0x3e] })).toEqual(
      numbers(1.5),
    );
  });

  it('refuses millions of rows of a hundred bytes, unless it is asked for them', async () => {
    const bytes = toy({ element: optional, rows: 8_000_000, body: levels(...varint(16_000_000), 0) });
    const limit = 64 * 2 ** 20 + 256 * bytes.length;
    expect(await parquetRefusal(bytes)).toBe(
      `column "a": expected at most ${limit} bytes when decoded, got more${fixes.size}`,
    );
  });

  const bomb = [...gzipSync(new Uint8Array(3_000_000))];
  it.each([
    [
      'more rows than values',
      toy({ rows: 2, values: 1, body: [7, 0, 0, 0] }),
      'column "a": expected 2 values, got 1 in its pages',
    ],
    [
      'more values than bytes',
      toy({ rows: 2 ** 25, body: [7, 0, 0, 0] }),
      'column "a": expected 134217728 bytes for 33554432 values, got 4',
    ],
    [
      'other rows than begin in its levels',
      toy({
        rows: 2,
        element: { 1: 1, 3: 2, 4: 'a' },
        body: [...levels(2, 0, 2, 1), ...levels(4, 1), ...each(8, () => 0)],
      }),
      'column "a": expected 2 rows, got 1 in its pages',
    ],
    ...[1, 2].map((rows): [string, Uint8Array, string] => [
      `an item after no list, in ${rows} rows`,
      toy({
        rows,
        values: rows + 1,
        total: rows + 1,
        element: { 1: 1, 3: 2, 4: 'a' },
        body: [...levels(3, 2), ...levels(3, 2), 5, 0, 0, 0],
      }),
      'column "a": expected levels of lists that suit each other, got others',
    ]),
    [
      'a page that begins in the midst of a row',
      toy({
        values: 2,
        total: 2,
        element: { 1: 1, 3: 2, 4: 'a' },
        body: [...levels(2, 1, 2, 0), ...levels(4, 1), ...each(8, () => 0)],
      }),
      'column "a": expected a row at the start of its pages, got the rest of one',
    ],
    [
      'a run of more levels than it has bytes',
      toy({ rows: 2 ** 25, element: optional, body: levels(...varint(2 ** 23 + 1), 0) }),
      'column "a": expected 33554432 values in its runs, got 0',
    ],
    [
      'more levels than runs',
      toy({ rows: 2 ** 25, element: optional, body: [...levels(2, 1), 7, 0, 0, 0] }),
      'column "a": expected 33554432 values in its runs, got 1',
    ],
    [
      'a level over the highest',
      toy({
        schema: [
          { 4: 'root', 5: 1 },
          { 3: 1, 4: 'a', 5: 1 },
          { 1: 1, 3: 1, 4: 'b' },
        ],
        path: ['a', 'b'],
        body: levels(2, 3),
      }),
      'column "a.b": expected levels up to 2, got 3',
    ],
    [
      'a boolean over 1',
      toy({ element: { 1: 0, 3: 0, 4: 'a' }, encoding: 3, body: levels(2, 5) }),
      'column "a": expected values of 1 bits in its runs, got 5',
    ],
    [
      'levels without end',
      toy({ element: optional, body: [255, 255, 255, 255] }),
      'column "a": expected at most 0 bytes of levels, got 4294967295',
    ],
    [
      'a dictionary that is not there',
      toy({ encoding: 8, body: [0] }),
      'column "a": expected a dictionary before its indices, got none',
    ],
    [
      'an index over the dictionary',
      toy({ encoding: 8, before: [...thrift({ 1: 2, 2: 4, 3: 4, 7: { 1: 1, 2: 0 } }), 5, 0, 0, 0], body: [2, 2, 3] }),
      'column "a": expected an index below 1, got 3',
    ],
    [
      'a dictionary of more entries than bytes',
      toy({ before: [...thrift({ 1: 2, 2: 0, 3: 0, 7: { 1: 2 ** 30, 2: 0 } })] }),
      'column "a": expected 4294967296 bytes for 1073741824 values, got 0',
    ],
    [
      'differences without blocks',
      toy({ rows: 2 ** 20, encoding: 5, body: [128, 1, 4, ...varint(2 ** 20), 0] }),
      'column "a": expected 8192 blocks, got the end of the page',
    ],
    [
      'differences in no parts',
      toy({ rows: 9, encoding: 5, body: [128, 1, 0, 9, 0] }),
      'column "a": expected blocks of at most 65536 differences, in parts of a multiple of 8, got 128 in 0',
    ],
    [
      'an unknown encoding',
      toy({ encoding: 4, body: [7, 0, 0, 0] }),
      'column "a": expected an encoding for i32, got encoding 4',
      'type' as const,
    ],
    [
      'a page that inflates to more',
      toy({ codec: 2, inflated: 4, body: bomb }),
      'column "a": expected a page that inflates to 4 bytes, got Cannot create a Buffer larger than 4 bytes',
    ],
    [
      'a page that cannot inflate to so much',
      toy({ codec: 1, inflated: 2 ** 27, body: [7, 0, 0, 0] }),
      'column "a": expected a page that inflates to 134217728 bytes, got 4 packed bytes for 134217728',
    ],
    [
      'a page that must not inflate to so much',
      toy({ codec: 4, inflated: 2 ** 29, body: [7, 0, 0, 0] }),
      'column "a": expected a page that inflates to 536870912 bytes, got a block over 268435456 bytes',
    ],
    [
      'a run of Snappy from before the start',
      toy({ codec: 1, inflated: 4, body: [4, 1, 1] }),
      'column "a": expected a page that inflates to 4 bytes, got a run from before the start',
    ],
    [
      'a list of more elements than bytes',
      toy({ footer: [0x29, 0xfc, ...varint(2 ** 31), 0] }),
      'footer: expected at most 1 bytes or elements, got 2147483648',
    ],
    [
      'a number that does not end',
      toy({ footer: [0x16, ...each(4000, () => 255), 0] }),
      'footer: expected an integer of at most 64 bits, got a longer one',
    ],
    [
      'structs in structs without end',
      toy({ footer: [...each(5000, () => 0x1c), 0] }),
      'footer: expected at most 64 values in each other, got more',
    ],
    [
      'pages outside of the file',
      toy({ chunk: { 2: 4, 3: { 1: 1, 3: ['a'], 4: 0, 5: 1, 7: 10 ** 9, 9: 4 } } }),
      /^row group 0, column "a": expected pages between bytes 4 and \d+, got 4 to 1000000004; fix/,
    ],
    [
      'other values than rows',
      toy({ chunk: { 2: 4, 3: { 1: 1, 3: ['a'], 4: 0, 5: 2 ** 40, 7: 4, 9: 4 } } }),
      'row group 0, column "a": expected 1 values, got 1099511627776',
    ],
    [
      'columns in another file',
      toy({ chunk: { 1: 'b.parquet' } }),
      'footer: expected all columns in one file, got one in "b.parquet"',
      'type' as const,
    ],
    [
      'an encrypted column',
      toy({ chunk: { 8: { 1: 0 } } }),
      'footer: expected no encryption, got an encrypted column',
      'type' as const,
    ],
    [
      'LZO',
      toy({ codec: 3 }),
      'row group 0, column "a": expected none, Snappy, gzip, Brotli, zstd or raw LZ4, got LZO',
      'type' as const,
    ],
    [
      'fewer columns than children',
      toy({
        schema: [
          { 4: 'root', 5: 2 },
          { 1: 1, 3: 0, 4: 'a' },
        ],
      }),
      'schema: expected at most 1 children, got 2',
    ],
    [
      'a column twice',
      toy({
        schema: [
          { 4: 'root', 5: 2 },
          { 1: 1, 3: 0, 4: 'a' },
          { 1: 1, 3: 0, 4: 'a' },
        ],
      }),
      'row group 0: expected 2 columns, got 1',
    ],
    [
      'a deep schema',
      toy({ schema: [...each(60, (at) => ({ 3: 0, 4: `${at}`, 5: 1 })), { 1: 1, 3: 0, 4: 'a' }] }),
      'schema: expected at most 32 levels, got more',
      'size' as const,
    ],
    [
      'a text of another type',
      toy({ element: { 1: 1, 3: 0, 4: 'a', 6: 0 } }),
      'column "a": expected a type that suits "text", got i32 of 4 bytes',
    ],
    ['no rows', toy({ rows: 0 }), 'footer: expected at least one row, got none'],
    [
      'a text that is not UTF-8',
      toy({ element: { 1: 6, 3: 0, 4: 'a', 6: 0 }, body: [1, 0, 0, 0, 255] }),
      'column "a": expected UTF-8 text, got other bytes',
      'value' as const,
    ],
  ])('refuses: %s', async (_, bytes, message, fix: keyof typeof fixes = 'file') => {
    const before = process.memoryUsage.rss();
    const began = performance.now();
    const refusal = await parquetRefusal(bytes, { maxBytes: 2 ** 30 });
    if (typeof message === 'string') expect(refusal).toBe(`${message}${fixes[fix]}`);
    else expect(refusal).toMatch(message);
    expect(performance.now() - began).toBeLessThan(2000);
    expect((process.memoryUsage.rss() - before) / 2 ** 20).toBeLessThan(100);
  });

  it('refuses what inflates to more than the limit', async () => {
    const bytes = toy({ codec: 2, inflated: 3_000_000, body: bomb });
    expect(await parquetRefusal(bytes, { maxBytes: 2_000_000 })).toBe(
      `column "a": expected at most 2000000 bytes when decoded, got more${fixes.size}`,
    );
  });

  it('refuses strings that each repeat the one before', async () => {
    // 40,000 bytes, then 2,000 values that take them all from the value before: 80 MB of less than 50 kB.
    const size = 40_000;
    const differences = (first: number, second: number): number[] => {
      // One block of 2,048 in one part: the first difference in 0 bits more than the least cannot do, so 32 bits each.
      const deltas = each(2047, (at) => (at === 0 ? second - first : 0));
      const least = Math.min(0, second - first);
      const bits = new Uint8Array(2048 * 4);
      for (const [at, delta] of deltas.entries()) new DataView(bits.buffer).setInt32(4 * at, delta - least, true);
      return [...varint(2048), 1, ...varint(2048), ...thrift(first), ...thrift(least), 32, ...bits];
    };
    const body = [...differences(0, size), ...differences(size, 0), ...new Uint8Array(size).fill(120)];
    const bytes = toy({ rows: 2048, encoding: 7, element: { 1: 6, 3: 0, 4: 'a', 6: 0 }, body });
    expect(await parquetRefusal(bytes, { maxBytes: 10_000_000 })).toBe(
      `column "a": expected at most 10000000 bytes when decoded, got more${fixes.size}`,
    );
    expect((await decodeParquet(bytes, origin, { maxBytes: 2 ** 30 })).length).toBe(2048);
  });
});

describe('decodeArrow', () => {
  it('reads what Polars wrote, plain and with LZ4', async () => {
    expect(await decodeArrow(file('polars-uncompressed.arrow'), origin)).toEqual({ length: 40, columns: polars(40) });
    expect(await decodeArrow(file('polars-lz4.arrow'), origin)).toEqual({ length: 500, columns: polars(500) });
  });

  it.each(['polars-types.arrow', 'polars-types.arrows'])('reads views, categories and long lists: %s', async (name) => {
    const long = each(30, (row) => {
      if (row % 4 === 3) return null;
      return row % 4 === 1 ? 'twelve bytes' : `a text of more than twelve bytes, ${row % 5}`;
    });
    const list = each(30, (row) => (row % 7 === 6 ? null : each(row % 3, (at) => row + at / 4)));
    const animals = ['ant', 'bee', 'cat'];
    expect((await decodeArrow(file(name), origin)).columns).toEqual(
      new Map<string, TableColumn>([
        ['long', texts(...long)],
        [
          'animal',
          { kind: 'text', values: each(30, (row) => (row % 6 === 5 ? null : animals[row % 3])), categories: animals },
        ],
        ['list', nested(...list)],
        ['when', dates(...each(30, (row) => Date.UTC(2026, 0, 1 + row, 12)))],
        [
          'u64',
          {
            kind: 'integer',
            values: BigUint64Array.from(list, (_, row) => 18446744073709551000n + BigInt(row)),
            missing: new Uint8Array(30),
          },
        ],
        ['day', dates(...each(30, (row) => Date.UTC(2026, 0, 1 + row)))],
        ['record', nested(...each(30, (row) => ({ long: long[row], list: list[row] })))],
      ]),
    );
  });

  it('reads a stream of arrow-rs, the same table as of Parquet', async () => {
    const { columns } = await decodeArrow(file('arrow-rs.arrows'), origin, { nan: 'missing' });
    const expected = duckdb();
    // Arrow has no type for keys of this kind.
    const keys = each(6, (row) => Uint8Array.of(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, row));
    expected.set('key', { kind: 'bytes', values: keys });
    for (const [name, column] of expected) expect([name, columns.get(name)]).toEqual([name, column]);
  });

  it('reads rarer types, and batches with a dictionary that changes', async () => {
    const rows = each(8, (row) => row);
    const stream = file('apache-arrow.arrows');
    const { columns } = await decodeArrow(stream, origin);
    // Neither of two dictionaries has all categories.
    expect((await decodeArrow(file('replaced.arrows'), origin)).columns.get('kind')).toEqual(
      texts('ant', 'bee', 'cat', 'ant', 'cat'),
    );
    // Before Arrow 0.15 a message had no mark.
    expect((await decodeArrow(stream.slice(4), origin)).columns).toEqual(columns);
    expect(columns).toEqual(
      new Map<string, TableColumn>([
        [
          'kind',
          {
            kind: 'text',
            values: ['ant', 'bee', null, 'bee', 'bee', 'cat', null, 'bee'],
            categories: ['ant', 'bee', 'cat'],
          },
        ],
        ['half', numbers(...rows.map((row) => row / 2))],
        ['pair', nested(...rows.map((row) => (row === 1 ? null : [row, row === 0 ? 0 : -row])))],
        ['nothing', numbers(...rows.map(() => null))],
        ['code', { kind: 'bytes', values: rows.map((row) => Uint8Array.of(row, 255)) }],
        ['long', texts(...rows.map((row) => `ü${row}`))],
        ['second', dates(...rows.map((row) => row * 1000))],
        ['day', dates(...rows.map((row) => row * day))],
        ['span', numbers(...rows.map((row) => row * 1.5))],
      ]),
    );
  });

  it('refuses limits, unknown columns, other types, and what is cut short', async () => {
    const plain = file('polars-uncompressed.arrow');
    expect(await arrowRefusal(plain, { columns: ['z'] })).toBe(
      `columns: expected some of "whole", "real", "text", "flag", got "z"${fixes.option}`,
    );
    expect(await arrowRefusal(plain, { maxRows: 9 })).toBe(`message 0: expected at most 9 rows, got 40${fixes.size}`);
    expect(await arrowRefusal(file('polars-lz4.arrow'), { maxBytes: 9000 })).toBe(
      `message 0, column "whole": expected at most 9000 bytes when decoded, got more${fixes.size}`,
    );
    expect(await arrowRefusal(file('interval.arrow'))).toBe(
      `column "span": expected a type that is read here, got an interval${fixes.type}`,
    );
    // What is left out may be of any type, and is passed over.
    const { columns } = await decodeArrow(file('interval.arrow'), origin, { columns: ['b'] });
    expect(columns).toEqual(new Map([['b', numbers(3, 4)]]));
    expect(await arrowRefusal(plain.slice(0, -2))).toBe(
      `magic number: expected "ARROW1" at both ends, got a file cut short${fixes.file}`,
    );
    expect(await arrowRefusal(new Uint8Array(0))).toBe(
      `expected an Arrow file or stream, got an empty file${fixes.file}`,
    );
    expect(await arrowRefusal(new TextEncoder().encode('FEA1 and more'))).toBe(
      `magic number: expected Feather 2, got Feather 1${fixes.type}`,
    );
    const stream = file('arrow-rs.arrows');
    expect(await arrowRefusal(stream.slice(0, -100))).toMatch(
      /^message 2: expected a body of at most \d+ bytes, got \d+; fix/,
    );
    expect(await arrowRefusal(file('rows.json'))).toMatch(
      /^message 0: expected an Arrow message in \d+ bytes, got another format/,
    );
    new DataView(plain.buffer).setInt32(plain.length - 10, 0x7fffffff, true);
    expect(await arrowRefusal(plain)).toBe(
      `footer: expected 1 to ${plain.length - 18} bytes, got 2147483647${fixes.file}`,
    );
  });

  it.each([
    [
      'an index',
      'polars-types.arrow',
      [0, 1, 2, 0, 1],
      4,
      99,
      /^message 1, column "animal": expected an index below 3, got 99; fix/,
    ],
    [
      'an offset',
      'arrow-rs.arrows',
      [0, 2, 4, 6, 8],
      1,
      99,
      /^message 1, column "text": expected offsets that rise from 99, got 4; fix/,
    ],
    [
      'an end of lists',
      'arrow-rs.arrows',
      [0, 3, 3, 3, 6],
      4,
      7,
      /^message 1, column "list": expected 7 items, got 6; fix/,
    ],
    [
      'a buffer',
      'polars-uncompressed.arrow',
      [5, 0, 64, 0, 160, 0],
      2,
      2 ** 20,
      /^message 0: expected buffers within \d+ bytes, got 160 bytes from 1048576 on; fix/,
    ],
    [
      'a number of nulls',
      'polars-uncompressed.arrow',
      [40, 0, 6, 0],
      2,
      7,
      /^message 0, column "whole": expected 7 nulls, got 6; fix/,
    ],
  ])('refuses a lie: %s', async (_, name, numbers, place, lie, message) => {
    const bytes = file(name);
    const view = new DataView(bytes.buffer);
    const starts = each(Math.floor(bytes.length / 4) - numbers.length, (at) => 4 * at);
    const start = starts.find((at) => numbers.every((value, index) => view.getInt32(at + 4 * index, true) === value));
    view.setInt32((start ?? -1) + 4 * place, lie, true);
    expect(await arrowRefusal(bytes, { nan: 'missing' })).toMatch(message);
  });

  it('refuses lengths that the buffers do not have, and sizes that nothing can have', async () => {
    const lied = (name: string, from: bigint, to: bigint): Uint8Array => {
      const bytes = file(name);
      const view = new DataView(bytes.buffer);
      for (let at = 0; at + 8 <= bytes.length; at += 4) {
        if (view.getBigInt64(at, true) === from) view.setBigInt64(at, to, true);
      }
      return bytes;
    };
    const few = lied('polars-uncompressed.arrow', 40n, 40_000_000n);
    expect(await arrowRefusal(few)).toBe(`message 0, column "whole": expected 5000000 bytes, got 5${fixes.file}`);
    const packed = file('polars-types.arrows');
    const frame = packed.findIndex((_, at) =>
      [0x28, 0xb5, 0x2f, 0xfd].every((byte, offset) => packed[at + offset] === byte),
    );
    new DataView(packed.buffer).setBigInt64(frame - 8, 2n ** 40n, true);
    expect(await arrowRefusal(packed, { maxBytes: 2 ** 30 })).toMatch(
      /^message \d, column "\w+": expected at most 1073741824 bytes when decoded, got more; fix/,
    );
    new DataView(packed.buffer).setBigInt64(frame - 8, 2n ** 25n, true);
    expect(await arrowRefusal(packed, { maxBytes: 2 ** 30 })).toMatch(
      /: expected a buffer that inflates to 33554432 bytes, got \d+ packed bytes for 33554432; fix/,
    );
  });
});

describe('any damage gives a table or a DataError', () => {
  const readers = {
    Parquet: (bytes: Uint8Array) => decodeParquet(bytes, origin, { nan: 'missing' }),
    Arrow: (bytes: Uint8Array) => decodeArrow(bytes, origin, { nan: 'missing' }),
  };
  it.each([
    ['Parquet', 'snappy zstd gzip brotli lz4'.split(' ').map((codec) => `polars-${codec}.parquet`), 80],
    ['Parquet', ['duckdb.parquet', 'duckdb-2.parquet', 'arrow-rs-1.parquet', 'arrow-rs-2.parquet'], 80],
    ['Arrow', ['polars-uncompressed.arrow', 'polars-lz4.arrow', 'polars-types.arrow', 'polars-types.arrows'], 80],
    ['Arrow', ['arrow-rs.arrows', 'apache-arrow.arrows', 'replaced.arrows'], 80],
  ] as const)('%s: %s', async (kind, names, runs) => {
    await survives(
      names.map((name) => `tables/${name}`),
      async (bytes) => check(await readers[kind](bytes)),
      { runs, megabytes: 200 },
    );
  });
});
