// What the programs of a benchmark read from its folder before they start.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { attention } from './attention.ts';
import type { BenchmarkName } from './benchmarks.ts';
import { adamWOptions, rowCount, rowLength } from './elementwise.ts';
import { matmulRepeats, products } from './matmul.ts';
import { makeInput, writeInput } from './train-step.ts';

/** For the Python peer, which cannot import the modules that the others share. */
const sizes = () => ({
  attention,
  elementwise: { rowCount, rowLength, adamW: adamWOptions },
  products: Object.fromEntries(
    [...products].map(([name, product]) => [name, { ...product, repeats: matmulRepeats(name) }]),
  ),
});

export const writeInputs = (benchmark: BenchmarkName, folder: string): void => {
  if (benchmark === 'train-step' || benchmark === 'forward') writeInput(folder, makeInput());
  else writeFileSync(join(folder, 'input.json'), JSON.stringify(sizes()));
};
