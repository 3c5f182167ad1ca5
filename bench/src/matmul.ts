// The square products of the matmul benchmark.

import { foldKey, randomUniform, rngKey } from '@omnigrad/tensor';

export const matmulSizes = [256, 512, 1024] as const;

export const matmulFlop = (n: number): number => 2 * n ** 3;

/** Products in one measurement: about 2 GFLOP, so that a timer tick and one message are small beside it. */
export const matmulRepeats = (n: number): number => Math.max(1, Math.round(1024 ** 3 / n ** 3));

/** Uniform on [0, 1): sums of results do not cancel, so programs can be compared by one number. */
export const matmulOperand = (name: 'a' | 'b', n: number): Float32Array =>
  randomUniform(foldKey(rngKey(2), name, n), [n, n]);

/** The number by which programs are compared: the mean of the first row. */
export const rowMean = (c: ArrayLike<number>, n: number): number => {
  let total = 0;
  for (let i = 0; i < n; i++) total += c[i];
  return total / n;
};
