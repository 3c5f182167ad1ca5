// Writes small Parquet and Arrow files with Polars (Rust), DuckDB (C++), arrow-rs (Rust, WebAssembly) and apache-arrow
// (JavaScript), for the readers of packages/data. The formulas are repeated in packages/data/test/columnar.test.ts.
//
//   mkdir /tmp/gold && cd /tmp/gold        # none of these is a dependency of the project
//   npm install nodejs-polars@0.26.1 @duckdb/node-api@1.5.6-r.1 parquet-wasm@0.8.0 apache-arrow@21.2.0
//   node tools/golden/table_files.mjs /tmp/gold/node_modules      # writes packages/data/test/goldens/tables/
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const require = createRequire(join(process.argv[2], '..', 'x.js'));
const pl = require('nodejs-polars');
const { DuckDBInstance } = require('@duckdb/node-api');
const rust = require('parquet-wasm');
const arrow = require('apache-arrow');
const folder =
  process.argv[3] ?? join(dirname(fileURLToPath(import.meta.url)), '../../packages/data/test/goldens/tables');
const file = (name) => join(folder, name);
mkdirSync(folder, { recursive: true });

// 500 rows make dictionaries and runs worth a writer's while.
const rows = 500;
const each = (value, count = rows) => Array.from({ length: count }, (_, row) => value(row));
const frame = pl.DataFrame(
  {
    whole: each((row) => (row % 7 === 3 ? null : row - 5)),
    real: each((row) => (row % 5 === 1 ? null : row / 8)),
    text: each((row) => (row % 11 === 2 ? null : `é${row % 4}`)),
    flag: each((row) => (row % 3 === 0 ? null : row % 2 === 0)),
  },
  { schema: { whole: pl.Int32, real: pl.Float64, text: pl.Utf8, flag: pl.Bool } },
);
for (const compression of ['uncompressed', 'snappy', 'gzip', 'zstd', 'lz4', 'brotli']) {
  frame.writeParquet(file(`polars-${compression}.parquet`), { compression });
}
frame.head(40).writeIPC(file('polars-uncompressed.arrow'), { compression: 'uncompressed' });
frame.writeIPC(file('polars-lz4.arrow'), { compression: 'lz4' });
// Views, a dictionary, long lists.
const animals = ['ant', 'bee', 'cat'];
const mixed = pl
  .DataFrame([
    pl.Series(
      'long',
      each(
        (row) =>
          row % 4 === 3 ? null : row % 4 === 1 ? 'twelve bytes' : `a text of more than twelve bytes, ${row % 5}`,
        30,
      ),
    ),
    pl
      .Series(
        'animal',
        each((row) => (row % 6 === 5 ? null : animals[row % 3]), 30),
      )
      .cast(pl.Categorical),
    pl.Series(
      'list',
      each((row) => (row % 7 === 6 ? null : each((at) => row + at / 4, row % 3)), 30),
    ),
    pl.Series(
      'when',
      each((row) => new Date(Date.UTC(2026, 0, 1 + row, 12)), 30),
    ),
    pl.Series(
      'u64',
      each((row) => 18446744073709551000n + BigInt(row), 30),
      pl.UInt64,
    ),
  ])
  .withColumns(pl.col('when').cast(pl.Date).alias('day'), pl.struct([pl.col('long'), pl.col('list')]).alias('record'));
mixed.writeIPC(file('polars-types.arrow'), { compression: 'uncompressed' });
mixed.writeIPCStream(file('polars-types.arrows'), { compression: 'zstd' });

// Types, nulls at every depth, lists in lists.
const duck = await (await DuckDBInstance.create()).connect();
await duck.run(`create type colour as enum ('red', 'green', 'blue')`);
const types = `
  select i::utinyint as u8, (-i)::smallint as i16, case when i = 1 then null else i end::integer as i32,
    i * 9007199254740993 as i64, (18446744073709551615 - i::hugeint)::ubigint as u64, (i / 4)::float as f32,
    case when i = 2 then 'nan'::double else i / 4 end as f64, case when i = 3 then null else i % 2 = 0 end as flag,
    (i + 0.05)::decimal(9, 2) as price, (i - 2.5)::decimal(18, 4) as cost, (i * 1000000000000.25)::decimal(38, 10) as total,
    'x' || i as text, ('\\x0' || i)::blob as bytes, (['red', 'green', 'blue'])[i % 3 + 1]::colour as colour,
    date '1970-01-01' + i::int as day, timestamp '2026-01-02 03:04:05.678901' + to_microseconds(i) as instant,
    timestamp_ns '2026-01-02 03:04:05.678901234' as nanos, time '01:02:03.5' + to_seconds(i) as clock,
    ('00010203-0405-0607-0809-0a0b0c0d0e0' || i)::uuid as key,
    case when i = 1 then null when i = 2 then [] else [i, null, i + 1] end as list,
    case when i = 4 then null else [[i::integer], [], null, [null, 7]] end as lists,
    case when i = 2 then null else {'a': i, 'b': case when i = 3 then null else 'x' || i end} end as record,
    [{'k': 'p', 'v': [1.5, i]}, null, {'k': null, 'v': null}] as records,
    map {'one': i, 'two': null} as map
  from range(6) t(i)`;
await duck.run(`copy (${types}) to '${file('duckdb.parquet')}' (format parquet, compression uncompressed)`);
// Pages of version 2, differences and split bytes, in several row groups.
await duck.run(`copy (
  select i * 1000003 - 7 as i64, (case when i % 5 = 0 then null else i * i end)::integer as i32,
    'name ' || lpad((i // 3)::varchar, 4, '0') as text, (i / 8)::double as f64, i % 3 = 1 as flag
  from range(3000) t(i)
) to '${file('duckdb-2.parquet')}' (format parquet, parquet_version v2, row_group_size 2048, compression zstd)`);
await duck.run(`copy (select interval 3 day as span) to '${file('interval.parquet')}' (format parquet)`);
await duck.run(`set force_mbedtls_unsafe = 'true'`);
await duck.run(`pragma add_parquet_key('key', '0123456789012345')`);
await duck.run(`copy (select 1 as a) to '${file('encrypted.parquet')}'
  (format parquet, encryption_config {footer_key: 'key'})`);

// The same table of all types as a stream.
const table = rust.readParquet(readFileSync(file('duckdb.parquet')), { batchSize: 4 });
writeFileSync(file('arrow-rs.arrows'), table.intoIPCStream());

// What arrow-rs can write and the others do not; pages of few rows cut lists apart.
const ticks = arrow.vectorFromArray(
  each((row) => BigInt(row * row) - 50n, 160),
  new arrow.Int64(),
);
const words = arrow.vectorFromArray(
  each((row) => (row % 9 === 4 ? null : `word ${row >> 2}`), 160),
  new arrow.Utf8(),
);
const reals = arrow.vectorFromArray(
  each((row) => row / 16, 160),
  new arrow.Float32(),
);
const flags = arrow.vectorFromArray(
  each((row) => row % 4 < 2, 160),
  new arrow.Bool(),
);
const lists = arrow.vectorFromArray(
  each((row) => (row % 10 === 9 ? null : each((at) => `${row}.${at}`, row % 4)), 160),
  new arrow.List(new arrow.Field('item', new arrow.Utf8(), true)),
);
const stream = arrow.tableToIPC(new arrow.Table({ ticks, words, names: words, reals, flags, lists }), 'stream');
const properties = () => new rust.WriterPropertiesBuilder().setDictionaryEnabled(false).setMaxRowGroupSize(100);
writeFileSync(
  file('arrow-rs-2.parquet'),
  rust.writeParquet(
    rust.Table.fromIPCStream(stream),
    properties()
      .setWriterVersion(rust.WriterVersion.V2)
      .setCompression(rust.Compression.SNAPPY)
      .setColumnEncoding('ticks', rust.Encoding.DELTA_BINARY_PACKED)
      .setColumnEncoding('words', rust.Encoding.DELTA_BYTE_ARRAY)
      .setColumnEncoding('names', rust.Encoding.DELTA_LENGTH_BYTE_ARRAY)
      .setColumnEncoding('reals', rust.Encoding.BYTE_STREAM_SPLIT)
      .setWriteBatchSize(16)
      .setDataPageSizeLimit(256)
      .build(),
  ),
);
writeFileSync(
  file('arrow-rs-1.parquet'),
  rust.writeParquet(
    rust.Table.fromIPCStream(stream),
    properties().setWriteBatchSize(16).setDataPageSizeLimit(256).build(),
  ),
);

// A dictionary that grows; lists of one length; what has no values.
const builder = arrow.makeBuilder({
  type: new arrow.Dictionary(new arrow.Utf8(), new arrow.Int8(), 7),
  nullValues: [null],
});
const batches = [];
const writer = new arrow.RecordBatchStreamWriter();
for (const part of [0, 1]) {
  for (let row = 0; row < 4; row++) builder.append(row === 2 ? null : animals[(row + part) % (2 + part)]);
  const kinds = builder.flush();
  const row = each((at) => part * 4 + at, 4);
  const columns = new arrow.Table({
    kind: new arrow.Vector([kinds]),
    half: arrow.vectorFromArray(
      row.map((at) => at / 2),
      new arrow.Float16(),
    ),
    pair: arrow.vectorFromArray(
      row.map((at) => (at === 1 ? null : [at, -at])),
      new arrow.FixedSizeList(2, new arrow.Field('item', new arrow.Int16(), true)),
    ),
    nothing: arrow.vectorFromArray([null, null, null, null], new arrow.Null()),
    code: arrow.vectorFromArray(
      row.map((at) => Uint8Array.of(at, 255)),
      new arrow.FixedSizeBinary(2),
    ),
    long: arrow.vectorFromArray(
      row.map((at) => `ü${at}`),
      new arrow.LargeUtf8(),
    ),
    second: arrow.vectorFromArray(
      row.map((at) => at * 1000),
      new arrow.TimestampSecond(),
    ),
    day: arrow.vectorFromArray(
      row.map((at) => at * 86_400_000),
      new arrow.DateMillisecond(),
    ),
    span: arrow.vectorFromArray(
      row.map((at) => BigInt(at) * 1500n),
      new arrow.DurationMicrosecond(),
    ),
  });
  batches.push(...columns.batches);
}
writer.writeAll(batches).finish();
writeFileSync(file('apache-arrow.arrows'), writer.toUint8Array(true));
// A dictionary that is replaced.
const kindsOf = (words) => arrow.vectorFromArray(words, new arrow.Dictionary(new arrow.Utf8(), new arrow.Int8(), 7));
const parts = [
  ['ant', 'bee'],
  ['cat', 'ant', 'cat'],
].map((words) => new arrow.Table({ kind: kindsOf(words) }));
const replacing = new arrow.RecordBatchStreamWriter();
replacing.writeAll(parts.flatMap((part) => part.batches)).finish();
writeFileSync(file('replaced.arrows'), replacing.toUint8Array(true));
writeFileSync(
  file('interval.arrow'),
  arrow.tableToIPC(
    new arrow.Table({
      a: arrow.vectorFromArray([1, 2], new arrow.Int8()),
      span: new arrow.Vector([
        arrow.makeData({ type: new arrow.IntervalYearMonth(), length: 2, data: new Int32Array(2) }),
      ]),
      b: arrow.vectorFromArray([3, 4], new arrow.Int8()),
    }),
    'file',
  ),
);
