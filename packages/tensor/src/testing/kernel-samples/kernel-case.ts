// What the tests of single kernels share on every backend: cases that ask a backend for results and throw, drawn operands, and
// tolerances. What is special to a backend (tiles, threads, workgroups) stays in its package.

import type { CpuKernelArgs, CpuKernelName } from '../../cpu-plan.ts';
import type { NumericArray } from '../../dtype.ts';
import type { OracleKernel } from '../kernel-oracle.ts';

export interface Tolerance {
  /** Allowed |error| relative to the expected value, and absolutely. */
  readonly relative: number;
  readonly absolute: number;
}

export const exact: Tolerance = { relative: 0, absolute: 0 };
/** One or two roundings. Numbers below the smallest normal one may be 0. */
export const rounding: Tolerance = { relative: 2.4e-7, absolute: 1.2e-38 };
export const few: Tolerance = { relative: 1e-6, absolute: 1e-7 };

type Results = NumericArray[] | Promise<NumericArray[]>;

/** How a backend runs a kernel in its tests. */
export interface KernelHarness {
  /** Whether results below 2^-126 keep their digits; if not, they may be 0. */
  readonly denormals: boolean;
  /** Whether sines, cosines and tangents of numbers above 8e6 keep their digits; if not, they are some numbers of their range. */
  readonly farAngles: boolean;
  /** Allowed relative error of gelu and silu in their lower tails. */
  readonly tailError: number;
  /** Runs the kernel once on copies of the operands; what they hold afterwards. */
  readonly run: <K extends CpuKernelName>(
    name: K,
    operands: readonly NumericArray[],
    args: CpuKernelArgs[K],
  ) => Results;
  /** As run, and compares all operands with those of the float64 oracle. */
  readonly check: <K extends OracleKernel>(
    name: K,
    operands: readonly NumericArray[],
    args: CpuKernelArgs[K],
    tolerance: Tolerance,
  ) => Results;
}

export interface KernelCase {
  readonly title: string;
  /** Throws where the backend is wrong. */
  readonly holds: (on: KernelHarness) => Promise<void>;
}

/** A small deterministic generator (a linear congruence, Knuth's MMIX constants). */
export const generator = (seed: number): (() => number) => {
  let state = BigInt(seed) + 1n;
  return () => {
    state = BigInt.asUintN(64, state * 6364136223846793005n + 1442695040888963407n);
    return Number(state >> 11n) / 2 ** 53;
  };
};

export const drawNormals = (n: number, seed: number, scale = 1): Float32Array => {
  const next = generator(seed);
  return Float32Array.from(
    { length: n },
    () => scale * Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next()),
  );
};

export const drawIntegers = (n: number, seed: number, below: number): Int32Array => {
  const next = generator(seed);
  return Int32Array.from({ length: n }, () => Math.floor(next() * below));
};

export const zeros = (n: number): Float32Array => new Float32Array(n);

/** Throws where an element is further from what is wanted than the tolerance. */
export const expectClose = (label: string, got: NumericArray, want: ArrayLike<number>, t: Tolerance): void => {
  for (let i = 0; i < want.length; i++) {
    const expected = got instanceof Float32Array ? Math.fround(want[i]) : want[i];
    const same = Object.is(got[i], expected) || got[i] === expected;
    const error = Math.abs(got[i] - want[i]);
    if (!same && !(error <= t.absolute + t.relative * Math.abs(want[i]))) {
      throw new Error(`${label}[${i}]: got ${got[i]}, expected ${expected}, error ${error}`);
    }
  }
};

/** Throws where a number is another; NaN is NaN, and -0 is 0. */
export const expectSame = (label: string, got: ArrayLike<number>, want: ArrayLike<number>): void => {
  if (got.length !== want.length) throw new Error(`${label}: got ${got.length} elements, expected ${want.length}`);
  for (let i = 0; i < want.length; i++) {
    if (got[i] !== want[i] && !(Number.isNaN(got[i]) && Number.isNaN(want[i]))) {
      throw new Error(`${label}[${i}]: got ${got[i]}, expected ${want[i]}`);
    }
  }
};

export const expectAtMost = (label: string, got: number, most: number): void => {
  if (!(got <= most)) throw new Error(`${label}: got ${got}, expected ${most} at most`);
};
