// What a run prints: a table and what to know of it for people, or one JSON object a line for programs.

import { availableParallelism, cpus, loadavg } from 'node:os';
import type { Gpu } from './adapter.ts';
import { type Benchmark, type BenchmarkName, benchmarkOf } from './benchmarks.ts';
import type { Case } from './case.ts';
import type { Machine } from './machine.ts';
import type { Outcome } from './measure.ts';
import type { Options } from './options.ts';
import { ours, type ProgramName } from './programs/index.ts';
import { type Deviation, deviationsOf, type Row, rowsOf } from './summary.ts';
import { left, right, showMs, showPercent, showRatio, tableLines } from './table.ts';
import { tokensPerStep } from './train-step.ts';

/** FLOP and bytes a second; null where nobody knows. */
export interface Ceilings {
  readonly flop: number | null;
  readonly bytes: number | null;
}

export interface Result {
  readonly options: Options;
  readonly machine: Machine;
  /** Null where the programs run on the processor. */
  readonly gpu: Gpu | null;
  readonly outcomes: readonly Outcome[];
  readonly ceilings: Ceilings;
  /** Of the minute before the run: others who use the machine. */
  readonly loadBefore: number;
}

const cores = availableParallelism();

const benchmarkOfResult = ({ options, machine }: Result): Benchmark => benchmarkOf(options.benchmark, machine);

const casesOf = (result: Result): readonly Case[] => benchmarkOfResult(result).cases;

const rowsOfResult = (result: Result): Row[] => {
  const { costIn } = benchmarkOfResult(result);
  return casesOf(result).flatMap((one) => rowsOf(result.outcomes, one, result.ceilings[costIn]));
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
  /** Null where the ceiling is not known. */
  readonly ceilingFraction: number | null;
}

export const showRate = ({ gflops, gigabytesPerSecond, tokensPerSecond }: JsonRow): string => {
  const show = (rate: number): string => (rate < 1 ? rate.toPrecision(2) : rate.toFixed(1));
  if (gflops !== undefined) return `${show(gflops)} GFLOP/s`;
  if (gigabytesPerSecond !== undefined) return `${show(gigabytesPerSecond)} GB/s`;
  return `${tokensPerSecond?.toFixed(0)} tokens/s`;
};

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
  ceilingFraction: row.ceilingFraction === null ? null : rounded(row.ceilingFraction),
});

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

export const gpuLine = (gpu: Gpu): string => `GPU: ${gpu.line}`;

const onProcessor: { readonly [C in Benchmark['costIn']]: (rate: string) => string } = {
  flop: (rate) =>
    `ceiling: ${rate}, the inner loop of a product in WebAssembly SIMD on all threads, its operands in the first-level cache; ` +
    'matrix products alone are counted against it, and native programs may pass it',
  bytes: (rate) =>
    `ceiling: ${rate}, read and written by a copy of 64 MiB on all threads; each operand is counted once`,
};

const onGpu: { readonly [C in Benchmark['costIn']]: (rate: string | null) => string } = {
  flop: (rate) =>
    rate === null
      ? 'ceiling: none, no data sheet of this adapter is known here'
      : `ceiling: ${rate}, f32 without tensor cores, of the card's data sheet; matrix products alone are counted against it`,
  bytes: (rate) =>
    rate === null
      ? "ceiling: none, the GPU's own copy was not measured"
      : `ceiling: ${rate}, read and written by the GPU's own copy from buffer to buffer; each operand is counted once`,
};

export const ceilingLine = (result: Result): string => {
  const { costIn } = benchmarkOfResult(result);
  const ceiling = result.ceilings[costIn];
  const rate = ceiling === null ? null : `${(ceiling / 1e9).toFixed(1)} ${costIn === 'flop' ? 'GFLOP/s' : 'GB/s'}`;
  return result.gpu === null ? onProcessor[costIn](rate ?? 'none') : onGpu[costIn](rate);
};

const deviationLine = ({ program, case: name, run, value, expected }: Deviation): string =>
  `warning: ${program} at ${name} does not do the same work: result ${run} is ${value}, expected ${expected}`;

/** Warnings about what was measured and what could not be: on stderr beside JSON, under the table for people. */
export const warningsOf = (result: Result): string[] => [
  ...casesOf(result)
    .flatMap(({ name }) => deviationsOf(result.outcomes, name))
    .map(deviationLine),
  ...result.outcomes.flatMap(({ note }) => (note === null ? [] : [`note: ${note}`])),
  ...result.outcomes.flatMap(({ program, failures }) => failures.map((why) => `left out: ${program}: ${why}`)),
  ...result.options.leftOut.map((line) => `left out: ${line}`),
];

const agreement = (result: Result): string[] => {
  const compared = result.outcomes.filter(({ byCase }) => [...byCase.values()].some(({ values }) => values.length > 0));
  const clean = casesOf(result).every(({ name }) => deviationsOf(result.outcomes, name).length === 0);
  if (!clean || compared.length < 2) return [];
  const losses = compared[0].byCase.get('step')?.values.slice(0, 3) ?? [];
  const what =
    losses.length === 0 ? 'results' : `losses of the first steps (${losses.map((v) => v.toFixed(5)).join(', ')})`;
  const loosely = compared.some(({ program }) => program === 'pytorch-cuda-f16') ? ' (f16: 2e-2)' : '';
  return [`${what} agree in all ${compared.length} programs to 1e-3${loosely}`];
};

export const jsonRows = (result: Result): JsonRow[] =>
  rowsOfResult(result).map((row) => jsonOf(result.options.benchmark, row));

export const print = (result: Result): void => {
  const { json, device } = result.options;
  if (json) {
    for (const row of jsonRows(result)) console.log(JSON.stringify(row));
    for (const line of warningsOf(result)) console.error(line);
    return;
  }
  const lines = [
    ...[benchmarkOfResult(result).title, machineLine(result.loadBefore)],
    ...(result.gpu === null ? [] : [gpuLine(result.gpu)]),
    '',
    ...table(result),
    '',
    `ratio: its median over that of ${ours[device]}, from interleaved runs; cpu: median processor time of all its threads`,
    ceilingLine(result),
    ...agreement(result),
    ...warningsOf(result),
  ];
  console.log(lines.join('\n'));
};

export const loadNow = (): number => loadavg()[0];
