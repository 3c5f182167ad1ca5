// What a run prints: a table and what to know of it for people, or one JSON object a line for programs.

import { availableParallelism, cpus, loadavg } from 'node:os';
import type { Ceiling } from './ceiling.ts';
import { matmulFlop } from './matmul.ts';
import type { Outcome } from './measure.ts';
import type { Options } from './options.ts';
import { type BenchmarkName, ours } from './programs/index.ts';
import { type Deviation, deviationsOf, type Row, rowsOf } from './summary.ts';
import { type Column, showMs, showPercent, showRatio, tableLines } from './table.ts';
import { matrixFlopPerStep, model, optimiser, tokensPerStep } from './train-step.ts';

export interface Result {
  readonly options: Options;
  readonly sizes: readonly number[];
  readonly outcomes: readonly Outcome[];
  readonly ceiling: Ceiling;
  /** Of the minute before the run: others who use the machine. */
  readonly loadBefore: number;
}

export const cores = availableParallelism();

const flopOf = (benchmark: BenchmarkName, size: number): number =>
  benchmark === 'train-step' ? matrixFlopPerStep : matmulFlop(size);

const rowsOfResult = ({ options, sizes, outcomes, ceiling }: Result): Row[] =>
  sizes.flatMap((size) => rowsOf(outcomes, size, flopOf(options.benchmark, size), ceiling.gigaflops * cores));

const tokensPerSecond = ({ medianMs }: Row): number => (1000 * tokensPerStep) / medianMs;
const gigaflops = ({ medianMs, size }: Row): number => matmulFlop(size) / medianMs / 1e6;

const rounded = (value: number, digits = 4): number => Number(value.toPrecision(digits));

const jsonOf = (benchmark: BenchmarkName, row: Row): object => ({
  program: row.program,
  version: row.version,
  backend: row.backend,
  node: process.versions.node,
  ...(benchmark === 'matmul' && { size: row.size }),
  medianMs: rounded(row.medianMs, 6),
  minMs: rounded(row.minMs, 6),
  ...(benchmark === 'matmul'
    ? { gflops: rounded(gigaflops(row)) }
    : { tokensPerSecond: rounded(tokensPerSecond(row)) }),
  ratio: row.ratio === null ? null : rounded(row.ratio),
  ceilingFraction: rounded(row.ceilingFraction),
});

const left = (title: string): Column => ({ title, align: 'left' });
const right = (title: string): Column => ({ title, align: 'right' });

const rateOf: { readonly [B in BenchmarkName]: { readonly title: string; readonly show: (row: Row) => string } } = {
  'train-step': { title: 'tokens/s', show: (row) => tokensPerSecond(row).toFixed(0) },
  matmul: { title: 'GFLOP/s', show: (row) => gigaflops(row).toFixed(1) },
};

const table = (benchmark: BenchmarkName, rows: readonly Row[]): string[] => {
  const rate = rateOf[benchmark];
  const sized = benchmark === 'matmul';
  const columns = [
    ...(sized ? [right('size')] : []),
    ...[left('program'), left('version'), left('backend'), right('median'), right('min'), right('cpu'), right('runs')],
    ...[right(rate.title), right('ratio'), right('of ceiling')],
  ];
  const cells = (row: Row): string[] => [
    ...(sized ? [`${row.size}`] : []),
    ...[
      row.program,
      row.version,
      row.backend,
      showMs(row.medianMs),
      showMs(row.minMs),
      showMs(row.medianCpuMs),
      `${row.count}`,
    ],
    ...[rate.show(row), showRatio(row.ratio), showPercent(row.ceilingFraction)],
  ];
  return tableLines(columns, rows.map(cells));
};

const titleOf: { readonly [B in BenchmarkName]: string } = {
  'train-step':
    `Train step: pre-norm encoder, ${model.layers} layers, width ${model.width}, ${model.heads} heads, feed-forward ${model.feedForward} (GELU), ` +
    `${model.tokens} tokens, batch ${model.batch}, f32,\nmean-squared loss, forward + backward + AdamW (rate ${optimiser.learningRate}) on every parameter; ` +
    `${(matrixFlopPerStep / 1e9).toFixed(1)} GFLOP of matrix products a step.`,
  matmul: 'Matrix products, f32, square.',
};

const machine = ({ loadBefore }: Result): string => {
  const busy = loadBefore > 0.25 * cores ? ' (busy: all times are too long, those of threaded programs most)' : '';
  const processor = cpus()[0]?.model.trim() ?? 'unknown processor';
  const day = new Date().toISOString().slice(0, 10);
  return `${day}, Node ${process.versions.node}, ${cores} cores of ${processor}, load ${loadBefore.toFixed(1)} before the run${busy}`;
};

const ceilingLine = ({ gigaflops: one, tile }: Ceiling): string =>
  `ceiling: ${(one * cores).toFixed(0)} GFLOP/s = ${cores} cores x ${one.toFixed(1)}, the best ${tile} loop in WebAssembly SIMD on one core in this run; ` +
  'matrix products alone are counted against it, and native programs may pass it';

const deviationLine = ({ program, size, run, value, expected }: Deviation): string =>
  `warning: ${program}${size === 0 ? '' : ` at ${size}`} does not do the same work: result ${run} is ${value}, expected ${expected}`;

/** Warnings about what was measured and what could not be: on stderr beside JSON, under the table for people. */
const warnings = ({ options, sizes, outcomes }: Result): string[] => [
  ...sizes.flatMap((size) => deviationsOf(outcomes, size)).map(deviationLine),
  ...outcomes.flatMap(({ note }) => (note === null ? [] : [`note: ${note}`])),
  ...outcomes.flatMap(({ program, failure }) => (failure === null ? [] : [`left out: ${program}: ${failure}`])),
  ...options.leftOut.map((line) => `left out: ${line}`),
];

const agreement = ({ sizes, outcomes }: Result): string[] => {
  const compared = outcomes.filter(({ bySize }) => [...bySize.values()].some(({ values }) => values.length > 0));
  const clean = sizes.every((size) => deviationsOf(outcomes, size).length === 0);
  if (!clean || compared.length < 2) return [];
  const first = compared[0].bySize.get(sizes[0])?.values.slice(0, 3) ?? [];
  const what = sizes[0] === 0 ? `losses of the first steps (${first.map((v) => v.toFixed(5)).join(', ')})` : 'results';
  return [`${what} agree in all ${compared.length} programs to 1e-3`];
};

export const jsonLines = (result: Result): string[] =>
  rowsOfResult(result).map((row) => JSON.stringify(jsonOf(result.options.benchmark, row)));

export const print = (result: Result): void => {
  const { benchmark, json } = result.options;
  if (json) {
    for (const line of jsonLines(result)) console.log(line);
    for (const line of warnings(result)) console.error(line);
    return;
  }
  const lines = [
    ...[titleOf[benchmark], machine(result), ''],
    ...table(benchmark, rowsOfResult(result)),
    '',
    `ratio: its median over that of ${ours}, from interleaved runs; cpu: median processor time of all its threads`,
    ceilingLine(result.ceiling),
    ...agreement(result),
    ...warnings(result),
  ];
  console.log(lines.join('\n'));
};

export const loadNow = (): number => loadavg()[0];
