// Writes two small Parquet files in the layout of the extracted Wikipedia with Polars (Rust), for packages/data.
//
//   mkdir /tmp/gold && cd /tmp/gold && npm install nodejs-polars@0.26.1     # no dependency of the project
//   node tools/golden/wikipedia_parquet.mjs /tmp/gold/node_modules          # writes packages/data/test/goldens/wikipedia/
import { mkdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const pl = createRequire(join(process.argv[2], '..', 'x.js'))('nodejs-polars');
const root = join(dirname(fileURLToPath(import.meta.url)), '../../packages/data/test/goldens/wikipedia/20260101.towns');
mkdirSync(root, { recursive: true });
for (const part of [0, 1]) {
  const numbers = Array.from({ length: 60 }, (_, row) => 60 * part + row);
  const frame = pl.DataFrame({
    id: numbers.map((n) => `${n + 1}`),
    url: numbers.map((n) => `https://towns.example/wiki/Town%20${n}`),
    title: numbers.map((n) => `Town ${n}`),
    text: numbers.map((n) => `Town ${n} is a town.\n\nHistory\nIt has ${n % 7} streets.`),
  });
  frame.writeParquet(join(root, `train-0000${part}-of-00002.parquet`), { compression: 'snappy' });
}
