// One benchmark from its options to what is printed of it.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Gpu } from './adapter.ts';
import { benchmarkOf } from './benchmarks.ts';
import { ceilingMeter } from './ceiling.ts';
import { dataSheetFlops } from './data-sheets.ts';
import { writeInputs } from './inputs.ts';
import type { Machine } from './machine.ts';
import { measure, type Outcome } from './measure.ts';
import type { Options } from './options.ts';
import { type Ceilings, loadNow, type Result } from './report.ts';
import { median } from './summary.ts';

/** A folder that is gone when this process is, however it ends; the programs' processes end when their input does. */
const temporaryFolder = (): string => {
  const folder = mkdtempSync(join(tmpdir(), 'omnigrad-bench-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  process.once('SIGINT', () => process.exit(130));
  process.once('SIGTERM', () => process.exit(143));
  return folder;
};

const machineOf = (gpu: Gpu | null): Machine => (gpu === null ? 'cpu' : gpu.software ? 'software-gpu' : 'gpu');

/** What the GPU's own copy of the same run did, in bytes a second. */
const deviceCopyRate = (outcomes: readonly Outcome[], cost: number): number | null => {
  const times = outcomes.find(({ program }) => program === 'device-copy')?.byCase.get('copy')?.times ?? [];
  return times.length === 0 ? null : (1000 * cost) / median(times);
};

/** `gpu` where the programs run on one. */
export const runBenchmark = async (
  options: Options,
  gpu: Gpu | null,
  progress: (text: string) => void,
): Promise<Result> => {
  const loadBefore = loadNow();
  const folder = temporaryFolder();
  const machine = machineOf(gpu);
  writeInputs(options.benchmark, machine, folder);
  const { cases } = benchmarkOf(options.benchmark, machine);
  const meter = gpu === null ? ceilingMeter() : null;
  const onRound = (round: number): void => {
    progress(`${options.benchmark}: ${round === 0 ? 'warming up' : `round ${round} of ${options.rounds}`} ...`);
    meter?.measure();
  };
  const outcomes = await measure({ ...options, machine, cases: cases.map(({ name }) => name), folder, onRound });
  progress('');
  const best = meter?.best();
  meter?.close();
  const ceilings: Ceilings =
    best !== undefined
      ? { flop: 1e9 * best.gflops, bytes: 1e9 * best.gigabytesPerSecond }
      : {
          flop: dataSheetFlops(gpu?.name ?? ''),
          bytes: deviceCopyRate(outcomes, cases.find(({ name }) => name === 'copy')?.cost ?? 0),
        };
  return { options, machine, gpu, outcomes, ceilings, loadBefore };
};
