// From samples to the rows that are printed.

import type { Case } from './case.ts';
import type { Outcome, Samples } from './measure.ts';
import { entryOf, isOurs, type ProgramName } from './programs/index.ts';

export interface Row {
  readonly program: ProgramName;
  readonly version: string;
  readonly backend: string;
  readonly case: string;
  readonly count: number;
  readonly medianMs: number;
  readonly minMs: number;
  readonly medianCpuMs: number;
  /** Its median over ours: how many times we are faster. Null when ours is not there. */
  readonly ratio: number | null;
  /** FLOP or bytes a second. */
  readonly rate: number;
  /** The rate over the ceiling of this machine, where it is known; native programs may pass 1. */
  readonly ceilingFraction: number | null;
}

export interface Deviation {
  readonly program: ProgramName;
  readonly case: string;
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

/** Rows of one case, in the order of the outcomes; programs without a measured run have none. `ceiling` a second. */
export const rowsOf = (outcomes: readonly Outcome[], { name, cost }: Case, ceiling: number | null): Row[] => {
  const own = outcomes.find(({ program }) => isOurs(program))?.byCase.get(name);
  const ownMedian = hasTimes(own) ? median(own.times) : null;
  return outcomes.flatMap(({ program, version, backend, byCase }): Row[] => {
    const samples = byCase.get(name);
    if (!hasTimes(samples)) return [];
    const medianMs = median(samples.times);
    const rate = (1000 * cost) / medianMs;
    return [
      {
        program,
        version,
        backend,
        case: name,
        count: samples.times.length,
        medianMs,
        minMs: Math.min(...samples.times),
        medianCpuMs: median(samples.cpuTimes),
        ratio: ownMedian === null ? null : medianMs / ownMedian,
        rate,
        ceilingFraction: ceiling === null ? null : rate / ceiling,
      },
    ];
  });
};

/**
 * More than rounding: jax-js and TensorFlow.js add the 262 144 squares of the loss one after another in f32, which alone puts
 * them 5.5e-5 off; PyTorch, this engine and a float64 forward agree to 1e-7 (2026-11-23).
 */
const usualTolerance = 1e-3;
/** Later steps of a training run may part by rounding alone. */
const comparedRuns = 3;

/** Where a program's first results differ from ours (from the first program's, when ours is not there). */
export const deviationsOf = (outcomes: readonly Outcome[], name: string): Deviation[] => {
  const reference = outcomes.find(({ program }) => isOurs(program)) ?? outcomes[0];
  const expected = reference?.byCase.get(name)?.values ?? [];
  return outcomes.flatMap(({ program, byCase }) => {
    const { tolerance = usualTolerance } = entryOf(program);
    const values = (byCase.get(name)?.values ?? []).slice(0, comparedRuns);
    const run = values.findIndex(
      (value, i) => i < expected.length && !(Math.abs(value - expected[i]) <= tolerance * Math.abs(expected[i])),
    );
    return run < 0 ? [] : [{ program, case: name, run: run + 1, value: values[run], expected: expected[run] }];
  });
};
