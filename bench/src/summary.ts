// From samples to the rows that are printed.

import type { Outcome, Samples } from './measure.ts';
import { ours, type ProgramName } from './programs/index.ts';

export interface Row {
  readonly program: ProgramName;
  readonly version: string;
  readonly backend: string;
  readonly size: number;
  readonly count: number;
  readonly medianMs: number;
  readonly minMs: number;
  readonly medianCpuMs: number;
  /** Its median over ours: how many times we are faster. Null when ours is not there. */
  readonly ratio: number | null;
  /** FLOP/s over what all cores could do in WebAssembly SIMD; native programs may pass 1. */
  readonly ceilingFraction: number;
}

export interface Deviation {
  readonly program: ProgramName;
  readonly size: number;
  /** Of the run, counted from 1. */
  readonly run: number;
  readonly value: number;
  readonly expected: number;
}

export const median = (values: readonly number[]): number => {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
};

const hasTimes = (samples: Samples | undefined): samples is Samples =>
  samples !== undefined && samples.times.length > 0;

/** Rows of one size, in the order of the outcomes; programs without a measured run have none. */
export const rowsOf = (outcomes: readonly Outcome[], size: number, flop: number, ceilingGigaflops: number): Row[] => {
  const own = outcomes.find(({ program }) => program === ours)?.bySize.get(size);
  const ownMedian = hasTimes(own) ? median(own.times) : null;
  return outcomes.flatMap(({ program, version, backend, bySize }): Row[] => {
    const samples = bySize.get(size);
    if (!hasTimes(samples)) return [];
    const medianMs = median(samples.times);
    return [
      {
        program,
        version,
        backend,
        size,
        count: samples.times.length,
        medianMs,
        minMs: Math.min(...samples.times),
        medianCpuMs: median(samples.cpuTimes),
        ratio: ownMedian === null ? null : medianMs / ownMedian,
        ceilingFraction: flop / (medianMs * 1e6) / ceilingGigaflops,
      },
    ];
  });
};

/**
 * More than rounding: jax-js and TensorFlow.js add the 262 144 squares of the loss one after another in f32, which alone puts
 * them 5.5e-5 off; PyTorch, this engine and a float64 forward agree to 1e-7 (2026-11-23).
 */
const tolerance = 1e-3;
/** Later steps of a training run may part by rounding alone. */
const comparedRuns = 3;

/** Where a program's first results differ from ours (from the first program's, when ours is not there). */
export const deviationsOf = (outcomes: readonly Outcome[], size: number): Deviation[] => {
  const reference = outcomes.find(({ program }) => program === ours) ?? outcomes[0];
  const expected = reference?.bySize.get(size)?.values ?? [];
  return outcomes.flatMap(({ program, bySize }) => {
    const values = (bySize.get(size)?.values ?? []).slice(0, comparedRuns);
    const run = values.findIndex(
      (value, i) => i < expected.length && !(Math.abs(value - expected[i]) <= tolerance * Math.abs(expected[i])),
    );
    return run < 0 ? [] : [{ program, size, run: run + 1, value: values[run], expected: expected[run] }];
  });
};
