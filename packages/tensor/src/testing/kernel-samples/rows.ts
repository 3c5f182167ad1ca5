// Checks of the kernels over rows, of the sizes that a property draws or a backend is about to change its way at.

import type { ReduceFn } from '../../cpu-plan.ts';
import { drawIntegers, drawNormals, exact, type KernelHarness, type Tolerance, zeros } from './kernel-case.ts';

type Check = Pick<KernelHarness, 'check'>;

/** About the widths of vectors. */
export const rowSizes: readonly number[] = [0, 1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 33, 65];
export const reduceNames: readonly ReduceFn[] = ['sum', 'mean', 'max', 'min'];
export const rowsTolerance: Tolerance = { relative: 2e-6, absolute: 1e-6 };

/** A reduction, and an argmax of numbers with many ties. */
export const checkReduce = async (
  { check }: Check,
  outer: number,
  n: number,
  inner: number,
  fn: ReduceFn,
): Promise<void> => {
  const x = drawNormals(outer * n * inner, n + inner);
  const tolerance = fn === 'sum' || fn === 'mean' ? { relative: 2e-7, absolute: 4e-6 } : exact;
  await check('reduce', [x, zeros(outer * inner)], { fn, outer, n, inner }, tolerance);
  const coarse = x.map((v) => Math.round(v));
  const places = new Int32Array(outer * inner).fill(-1);
  await check('argmax', [coarse, places], { outer, n, inner }, exact);
};

/** Variances and log-sum-exp of rows about `mean`. */
export const checkSpread = async ({ check }: Check, rows: number, n: number, mean: number): Promise<void> => {
  const x = drawNormals(rows * n, n, 3).map((v) => v + mean);
  for (const divisor of [n, n + 0.5]) {
    await check('variance', [x, zeros(rows)], { rows, n, divisor }, { relative: 1e-6, absolute: 0 });
  }
  await check('logSumExp', [x, zeros(rows)], { rows, n }, { relative: 2e-7, absolute: 2e-7 });
};

/** Softmax, its logarithm, and both gradients. */
export const checkSoftmax = async ({ check }: Check, rows: number, n: number, scale: number): Promise<void> => {
  const size = rows * n;
  const x = drawNormals(size, n, 3);
  const [, y] = await check('softmax', [x, zeros(size)], { rows, n, scale, rowsPerMask: 1 }, rowsTolerance);
  await check('softmaxBackward', [y, drawNormals(size, 2), zeros(size)], { rows, n, scale }, rowsTolerance);
  const [, logs] = await check('logSoftmax', [x, zeros(size)], { rows, n }, rowsTolerance);
  // The sum over a row is rounded by its size.
  const gradient = { relative: 2e-6, absolute: Math.max(4e-6, n * 1e-8) };
  await check('logSoftmaxBackward', [logs, drawNormals(size, 4), zeros(size)], { rows, n }, gradient);
};

/** A softmax under masks that rows share; the first of several masks leaves nothing. */
export const checkMaskedSoftmax = async (
  { check }: Check,
  masks: number,
  rowsPerMask: number,
  n: number,
): Promise<void> => {
  const rows = masks * rowsPerMask;
  const mask = Uint32Array.from(drawIntegers(masks * n, n, 2));
  if (masks > 1) mask.fill(0, 0, n);
  const args = { rows, n, scale: 0.5, rowsPerMask };
  await check('softmax', [drawNormals(rows * n, n, 3), mask, zeros(rows * n)], args, rowsTolerance);
};

/** Layer norm and its gradients. */
export const checkLayerNorm = async ({ check }: Check, rows: number, n: number): Promise<void> => {
  const x = drawNormals(rows * n, n, 2).map((v) => v + 3);
  const gamma = drawNormals(n, 1);
  const operands = [x, gamma, drawNormals(n, 2), zeros(rows * n), zeros(rows), zeros(rows)];
  const out = await check('layerNorm', operands, { rows, n, eps: 1e-3 }, { relative: 4e-6, absolute: 4e-5 });
  const g = drawNormals(rows * n, 3);
  const backward = [x, gamma, out[4], out[5], g, zeros(rows * n), drawNormals(n, 8), drawNormals(n, 9)];
  await check('layerNormBackward', backward, { rows, n }, { relative: 1e-5, absolute: 1e-4 });
};

/** Cross entropy and its gradient, one of many rows ignored. */
export const checkCrossEntropy = async (
  { check }: Check,
  rows: number,
  n: number,
  smoothing: number,
): Promise<void> => {
  const x = drawNormals(rows * n, n, 4);
  const ids = drawIntegers(rows, n, n);
  if (rows > 2) ids[1] = -100;
  const args = { rows, n, ignoreIndex: -100, smoothing };
  const out = await check('crossEntropy', [x, ids, zeros(rows), zeros(rows)], args, rowsTolerance);
  await check('crossEntropyBackward', [x, ids, out[3], drawNormals(rows, 5), zeros(rows * n)], args, rowsTolerance);
};

/** Rows gathered by ids, and added back by them. */
export const checkGatherScatter = async (
  { check }: Check,
  groups: number,
  rows: number,
  tableRows: number,
  width: number,
): Promise<void> => {
  const ids = drawIntegers(groups * rows, width, tableRows);
  const args = { groups, rows, tableRows, width };
  const table = drawNormals(groups * tableRows * width, 1);
  await check('gatherRows', [table, ids, zeros(groups * rows * width)], args, exact);
  const into = drawNormals(groups * tableRows * width, 2);
  const added = drawNormals(groups * rows * width, 3);
  await check('scatterAddRows', [added, ids, into], args, { relative: 1e-6, absolute: 1e-5 });
};
