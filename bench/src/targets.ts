// What this engine is held to on a processor and on a GPU, and whether a run reached it.

import type { CaptureRow } from './capture.ts';
import { ours, type ProgramName } from './programs/index.ts';
import type { JsonRow } from './report.ts';

export interface Target {
  readonly text: string;
  /** Null when what it needs was not measured. */
  readonly reached: string | null;
  readonly met: boolean;
}

/** The rows of one case. */
type Rows = readonly JsonRow[];

const rowOf = (rows: Rows, program: ProgramName): JsonRow | undefined => rows.find((row) => row.program === program);

const ratioTo = (rows: Rows, programs: readonly ProgramName[]): number | null => {
  const ratios = programs.flatMap((program) => rowOf(rows, program)?.ratio ?? []);
  return ratios.length === 0 ? null : Math.min(...ratios);
};

const typescriptPeers = ['jax-js-wasm', 'tfjs-wasm', 'tfjs-cpu'] as const;

const atLeast = (
  text: string,
  value: number | null | undefined,
  least: number,
  show: (value: number) => string,
): Target => ({
  text,
  reached: value == null ? null : show(value),
  met: value != null && value >= least,
});

const times = (value: number): string => `${value.toFixed(2)}x`;
const percent = (value: number): string => `${(100 * value).toFixed(1)} %`;

export interface Circumstances {
  /** A V8 that has fused multiply-adds and 256-bit instructions, Node 24 and newer. */
  readonly recent: boolean;
  /** Of our copy, measured like the other passes over memory and in turns with them. */
  readonly copyGigabytesPerSecond: number | undefined;
}

export const targetsOf = (
  benchmark: JsonRow['benchmark'],
  name: string,
  rows: Rows,
  { recent, copyGigabytesPerSecond: copy }: Circumstances,
): Target[] => {
  const own = rowOf(rows, ours.cpu);
  switch (benchmark) {
    case 'matmul': {
      const best = atLeast('1.5x the best TypeScript peer', ratioTo(rows, typescriptPeers), 1.5, times);
      if (name !== '1024') return [best];
      const least = recent ? 110 : 60;
      return [atLeast(`${least} GFLOP/s`, own?.gflops, least, (value) => `${value.toFixed(1)}`)];
    }
    case 'train-step': {
      const most = recent ? 240 : 400;
      const least = recent ? 3 : 2.2;
      const median = own?.medianMs;
      const step: Target = {
        text: `at most ${most} ms`,
        reached: median === undefined ? null : `${median.toFixed(0)} ms`,
        met: median !== undefined && median <= most,
      };
      const jax = atLeast(`${least}x jax-js`, ratioTo(rows, ['jax-js-wasm']), least, times);
      if (!recent) return [step, jax];
      return [step, jax, atLeast('1/1.2x PyTorch', ratioTo(rows, ['pytorch-cpu']), 1 / 1.2, times)];
    }
    case 'attention':
      return [atLeast('3x its composite', ratioTo(rows, ['omnigrad-composite']), 3, times)];
    case 'elementwise':
      if (name === 'copy') return [];
      return [
        atLeast('70 % of a copy', copy === undefined ? null : (own?.gigabytesPerSecond ?? 0) / copy, 0.7, percent),
      ];
    case 'forward':
      return [];
  }
};

const webGpuPeers = ['jax-js-webgpu', 'tfjs-webgpu'] as const;

export interface GpuCircumstances {
  readonly software: boolean;
  /** Of the GPU's own copy, measured in turns with the other passes over memory. */
  readonly copyGigabytesPerSecond: number | undefined;
}

/** What a pass over memory is held to; GELU lives on its arithmetic. */
const passes: readonly string[] = ['softmax', 'layer norm', 'adamw'];

/** On a software adapter the train step alone. */
export const gpuTargetsOf = (
  benchmark: JsonRow['benchmark'],
  name: string,
  rows: Rows,
  { software, copyGigabytesPerSecond: copy }: GpuCircumstances,
): Target[] => {
  const own = rowOf(rows, ours.gpu);
  if (benchmark === 'train-step') {
    return software
      ? [atLeast('2x jax-js', ratioTo(rows, ['jax-js-webgpu']), 2, times)]
      : [atLeast('3x the best WebGPU peer', ratioTo(rows, webGpuPeers), 3, times)];
  }
  if (software) return [];
  switch (benchmark) {
    case 'matmul': {
      const best = atLeast('2x the best WebGPU peer', ratioTo(rows, webGpuPeers), 2, times);
      return name === '4096' ? [best, atLeast('50 % of the card', own?.ceilingFraction, 0.5, percent)] : [best];
    }
    case 'attention':
      return name === 'attention' ? [atLeast('1/3x PyTorch', ratioTo(rows, ['pytorch-cuda']), 1 / 3, times)] : [];
    case 'elementwise': {
      if (!passes.includes(name)) return [];
      const share = copy === undefined || own?.gigabytesPerSecond === undefined ? null : own.gigabytesPerSecond / copy;
      return [atLeast("70 % of the GPU's copy", share, 0.7, percent)];
    }
    case 'forward':
      return [];
  }
};

export const hostTarget = ({ hostMs, replayedMs }: CaptureRow): Target => {
  const share = hostMs / replayedMs;
  return { text: 'host at most 5 %', reached: percent(share), met: share <= 0.05 };
};

export const showTargets = (targets: readonly Target[]): string =>
  targets
    .map(
      ({ text, reached, met }) =>
        `${text}: ${reached === null ? 'not measured' : `${reached}, ${met ? 'met' : 'missed'}`}`,
    )
    .join('; ');
