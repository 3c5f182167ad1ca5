// `npm run bench -- gpu`: this engine's WebGPU backend beside its peers on one GPU, in one table with what we hold ourselves to.

import { chooseGpu, type Gpu } from './adapter.ts';
import { type BenchmarkName, benchmarkOf } from './benchmarks.ts';
import { type Options, optionsOf } from './options.ts';
import { isOurs, ours, type ProgramName } from './programs/index.ts';
import {
  ceilingLine,
  gpuLine,
  type JsonRow,
  jsonRows,
  loadNow,
  machineLine,
  type Result,
  showRate,
  warningsOf,
} from './report.ts';
import { runBenchmark } from './run.ts';
import { deviationsOf } from './summary.ts';
import { left, right, showMs, showPercent, tableLines } from './table.ts';
import { gpuTargetsOf, showTargets } from './targets.ts';

const parts = ['train-step', 'matmul', 'attention', 'elementwise'] as const satisfies readonly BenchmarkName[];

/** When the last round begins. A peer takes up to a minute for a train step on a software adapter. */
const budgetMs = {
  hardware: 150_000,
  software: { 'train-step': 300_000, matmul: 120_000, attention: 60_000, elementwise: 60_000 },
};

const peers = ['jax-js-webgpu', 'tfjs-webgpu', 'pytorch-cuda', 'pytorch-cuda-f16'] as const;

/** A program that does other work has no ratio. */
const wrong = 'other results';

interface Part {
  readonly result: Result;
  readonly rows: readonly JsonRow[];
}

const cellsOf = ({ result, rows }: Part, columns: readonly ProgramName[], software: boolean): string[][] => {
  const { benchmark } = result.options;
  const copy = rows.find(({ program }) => program === 'device-copy');
  return benchmarkOf(benchmark, result.machine).cases.flatMap(({ name, title }): string[][] => {
    const ofCase = rows.filter((row) => row.case === name);
    const deviating = deviationsOf(result.outcomes, name).map(({ program }) => program);
    const sound = ofCase.filter(({ program }) => !deviating.includes(program));
    const own = sound.find(({ program }) => program === ours.gpu);
    if (own === undefined) return [];
    const peer = (program: ProgramName): string => {
      if (deviating.includes(program)) return wrong;
      const row = sound.find((one) => one.program === program);
      return row === undefined ? '' : `${showMs(row.medianMs)} ${row.ratio?.toFixed(2)}x`;
    };
    const circumstances = { software, copyGigabytesPerSecond: copy?.gigabytesPerSecond };
    const targets = showTargets(gpuTargetsOf(benchmark, name, sound, circumstances));
    const main = [
      title,
      showMs(own.medianMs),
      showRate(own),
      showPercent(own.ceilingFraction),
      ...columns.map(peer),
      targets,
    ];
    if (name !== 'copy' || copy === undefined) return [main];
    const device = [
      "the GPU's own copy, same bytes",
      showMs(copy.medianMs),
      showRate(copy),
      showPercent(copy.ceilingFraction),
    ];
    return [main, [...device, ...columns.map(() => ''), '']];
  });
};

const optionsFor = (benchmark: BenchmarkName, rounds: number | null, gpu: Gpu): Options => {
  const budget = gpu.software ? budgetMs.software[benchmark as (typeof parts)[number]] : budgetMs.hardware;
  return {
    ...optionsOf(benchmark, 'gpu'),
    ...(rounds === null ? { budgetMs: budget } : { rounds, budgetMs: Number.POSITIVE_INFINITY }),
  };
};

/** Prints the table; false when a case of ours failed. */
export const gpuBenchmark = async (rounds: number | null, progress: (text: string) => void): Promise<boolean> => {
  const gpu = await chooseGpu();
  const loadBefore = loadNow();
  console.log(`${machineLine(loadBefore)}\n${gpuLine(gpu)}\n`);
  const done: Part[] = [];
  for (const benchmark of parts) {
    const result = await runBenchmark(optionsFor(benchmark, rounds, gpu), gpu, progress);
    done.push({ result, rows: jsonRows(result) });
  }
  const measured = new Set(done.flatMap(({ rows }) => rows.map(({ program }) => program)));
  const columns = peers.filter((peer) => measured.has(peer));
  const titles = [
    left('work'),
    right(ours.gpu),
    right('rate'),
    right('of ceiling'),
    ...columns.map(right),
    left('target'),
  ];
  const lines = [
    ...tableLines(
      titles,
      done.flatMap((part) => cellsOf(part, columns, gpu.software)),
    ),
    '',
    `peers: median and its ratio to that of ${ours.gpu}; above 1, we are faster. Ratios are from interleaved runs.`,
    ...new Set(done.map(({ result }) => ceilingLine(result))),
    ...new Set(done.flatMap(({ result }) => warningsOf(result))),
  ];
  console.log(lines.join('\n'));
  return done.every(({ result }) =>
    result.outcomes.every(({ program, failures }) => !isOurs(program) || failures.length === 0),
  );
};
