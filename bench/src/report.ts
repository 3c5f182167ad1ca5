// What a run prints: a table and what to know of it for people, or one JSON object a line for programs.

import { availableParallelism, cpus, loadavg } from 'node:os';
import type { Ceilings } from '@omnigrad/cpu';
import { type BenchmarkName, benchmarkOf } from './benchmarks.ts';
import type { Case } from './case.ts';
import type { Outcome } from './measure.ts';
import type { Options } from './options.ts';
import { ours, type ProgramName } from './programs/index.ts';
import { type Deviation, deviationsOf, type Row, rowsOf } from './summary.ts';
import { type Column, showMs, showPercent, showRatio, tableLines } from './table.ts';
import { tokensPerStep } from './train-step.ts';

export interface Result {
  readonly options: Options;
  readonly outcomes: readonly Outcome[];
  readonly ceilings: Ceilings;
  /** Of the minute before the run: others who use the machine. */
  readonly loadBefore: number;
}

const cores = availableParallelism();

const casesOf = ({ options }: Result): readonly Case[] => benchmarkOf(options.benchmark).cases;

const rowsOfResult = (result: Result): Row[] => {
  const { costIn } = benchmarkOf(result.options.benchmark);
  const { gflops, gigabytesPerSecond } = result.ceilings;
  const ceiling = 1e9 * (costIn === 'flop' ? gflops : gigabytesPerSecond);
  return casesOf(result).flatMap((one) => rowsOf(result.outcomes, one, ceiling));
};

interface Rate {
  readonly title: string;
  /** Of a JSON line. */
  readonly field: 'tokensPerSecond' | 'gflops' | 'gigabytesPerSecond';
  readonly of: (row: Row) => number;
  readonly digits: number;
}

const tokens: Rate = {
  title: 'tokens/s',
  field: 'tokensPerSecond',
  of: ({ medianMs }) => (1000 * tokensPerStep) / medianMs,
  digits: 0,
};
const products: Rate = { title: 'GFLOP/s', field: 'gflops', of: ({ rate }) => rate / 1e9, digits: 1 };
const bytes: Rate = { title: 'GB/s', field: 'gigabytesPerSecond', of: ({ rate }) => rate / 1e9, digits: 1 };

const rateOf: { readonly [B in BenchmarkName]: Rate } = {
  'train-step': tokens,
  forward: tokens,
  matmul: products,
  attention: products,
  elementwise: bytes,
};

const rounded = (value: number, digits = 4): number => Number(value.toPrecision(digits));

/** One line of `--json`. */
export interface JsonRow {
  readonly benchmark: BenchmarkName;
  readonly case: string;
  readonly program: ProgramName;
  readonly version: string;
  readonly backend: string;
  /** The Node that ran the benchmark, for native programs too. */
  readonly node: string;
  readonly medianMs: number;
  readonly minMs: number;
  readonly tokensPerSecond?: number;
  readonly gflops?: number;
  readonly gigabytesPerSecond?: number;
  readonly ratio: number | null;
  readonly ceilingFraction: number;
}

const jsonOf = (benchmark: BenchmarkName, row: Row): JsonRow => ({
  benchmark,
  case: row.case,
  program: row.program,
  version: row.version,
  backend: row.backend,
  node: process.versions.node,
  medianMs: rounded(row.medianMs, 6),
  minMs: rounded(row.minMs, 6),
  [rateOf[benchmark].field]: rounded(rateOf[benchmark].of(row)),
  ratio: row.ratio === null ? null : rounded(row.ratio),
  ceilingFraction: rounded(row.ceilingFraction),
});

const left = (title: string): Column => ({ title, align: 'left' });
const right = (title: string): Column => ({ title, align: 'right' });

const table = (result: Result): string[] => {
  const { benchmark } = result.options;
  const rate = rateOf[benchmark];
  const titles = new Map(casesOf(result).map(({ name, title }) => [name, title]));
  const several = titles.size > 1;
  const columns = [
    ...(several ? [left('work')] : []),
    ...[left('program'), left('version'), left('backend'), right('median'), right('min'), right('cpu'), right('runs')],
    ...[right(rate.title), right('ratio'), right('of ceiling')],
  ];
  const cells = (row: Row): string[] => [
    ...(several ? [titles.get(row.case) ?? row.case] : []),
    ...[
      row.program,
      row.version,
      row.backend,
      showMs(row.medianMs),
      showMs(row.minMs),
      showMs(row.medianCpuMs),
      `${row.count}`,
    ],
    ...[rate.of(row).toFixed(rate.digits), showRatio(row.ratio), showPercent(row.ceilingFraction)],
  ];
  return tableLines(columns, rowsOfResult(result).map(cells));
};

export const machineLine = (loadBefore: number): string => {
  const busy = loadBefore > 0.25 * cores ? ' (busy: all times are too long, those of threaded programs most)' : '';
  const processor = cpus()[0]?.model.trim() ?? 'unknown processor';
  const day = new Date().toISOString().slice(0, 10);
  return `${day}, Node ${process.versions.node}, ${cores} cores of ${processor}, load ${loadBefore.toFixed(1)} before the run${busy}`;
};

const ceilingLine = ({ options, ceilings }: Result): string =>
  benchmarkOf(options.benchmark).costIn === 'flop'
    ? `ceiling: ${ceilings.gflops.toFixed(1)} GFLOP/s, the inner loop of a product in WebAssembly SIMD on all threads, its operands in the first-level cache; ` +
      'matrix products alone are counted against it, and native programs may pass it'
    : `ceiling: ${ceilings.gigabytesPerSecond.toFixed(1)} GB/s, read and written by a copy of 64 MiB on all threads; each operand is counted once`;

const deviationLine = ({ program, case: name, run, value, expected }: Deviation): string =>
  `warning: ${program} at ${name} does not do the same work: result ${run} is ${value}, expected ${expected}`;

/** Warnings about what was measured and what could not be: on stderr beside JSON, under the table for people. */
const warnings = (result: Result): string[] => [
  ...casesOf(result)
    .flatMap(({ name }) => deviationsOf(result.outcomes, name))
    .map(deviationLine),
  ...result.outcomes.flatMap(({ note }) => (note === null ? [] : [`note: ${note}`])),
  ...result.outcomes.flatMap(({ program, failure }) => (failure === null ? [] : [`left out: ${program}: ${failure}`])),
  ...result.options.leftOut.map((line) => `left out: ${line}`),
];

const agreement = (result: Result): string[] => {
  const compared = result.outcomes.filter(({ byCase }) => [...byCase.values()].some(({ values }) => values.length > 0));
  const clean = casesOf(result).every(({ name }) => deviationsOf(result.outcomes, name).length === 0);
  if (!clean || compared.length < 2) return [];
  const losses = compared[0].byCase.get('step')?.values.slice(0, 3) ?? [];
  const what =
    losses.length === 0 ? 'results' : `losses of the first steps (${losses.map((v) => v.toFixed(5)).join(', ')})`;
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
    ...[benchmarkOf(benchmark).title, machineLine(result.loadBefore), ''],
    ...table(result),
    '',
    `ratio: its median over that of ${ours}, from interleaved runs; cpu: median processor time of all its threads`,
    ceilingLine(result),
    ...agreement(result),
    ...warnings(result),
  ];
  console.log(lines.join('\n'));
};

export const loadNow = (): number => loadavg()[0];
