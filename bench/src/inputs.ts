// What the programs of a benchmark read from its folder before they start.

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { attentionSize } from './attention.ts';
import { type BenchmarkName, benchmarkOf } from './benchmarks.ts';
import { adamWOptions, rowCountOf, rowLength } from './elementwise.ts';
import type { Machine } from './machine.ts';
import { productsOf } from './matmul.ts';
import { makeInput, writeInput } from './train-step.ts';

/** In `work.json`. */
export interface Work {
  readonly machine: Machine;
  /** By the name of a case: how often one measurement does it. */
  readonly repeats: { readonly [name: string]: number };
}

/** For the Python peer, which cannot import the modules that the others share. */
const sizes = (machine: Machine) => ({
  attention: attentionSize(machine),
  elementwise: { rowCount: rowCountOf(machine), rowLength, adamW: adamWOptions },
  products: productsOf(machine),
});

export const writeInputs = (benchmark: BenchmarkName, machine: Machine, folder: string): void => {
  const { cases } = benchmarkOf(benchmark, machine);
  const work: Work = { machine, repeats: Object.fromEntries(cases.map(({ name, repeats }) => [name, repeats])) };
  writeFileSync(join(folder, 'work.json'), JSON.stringify({ ...work, ...sizes(machine) }));
  if (benchmark === 'train-step' || benchmark === 'forward') writeInput(folder, makeInput());
};

export const readWork = (folder: string): Work => JSON.parse(readFileSync(join(folder, 'work.json'), 'utf8')) as Work;
