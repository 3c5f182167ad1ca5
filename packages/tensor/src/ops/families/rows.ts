// Ops over rows: the last axis, or another one moved there.

import type { ReferenceArray } from '../../backend.ts';
import type { NumericArray } from '../../dtype.ts';
import { scope } from '../../scope.ts';
import type { Tensor } from '../../tensor.ts';
import { permute } from '../permute/permute.ts';

/** Runs `f` with `axis` moved to the end, and moves it back. */
export const lastAxisFirst = (x: Tensor, axis: number, f: (y: Tensor) => Tensor): Tensor => {
  if (axis === x.rank - 1) return f(x);
  const axes = Array.from({ length: x.rank }, (_, i) => i);
  [axes[axis], axes[x.rank - 1]] = [axes[x.rank - 1], axes[axis]];
  return scope(() => permute(f(permute(x, axes)), axes));
};

/** Calls `visit` with the start and length of every row. */
export const rowsOver = (x: ReferenceArray, visit: (start: number, n: number, row: number) => void): void => {
  const n = x.shape[x.shape.length - 1] ?? 1;
  if (n === 0) return;
  for (let start = 0, row = 0; start < x.data.length; start += n, row++) visit(start, n, row);
};

/** out = softmax(x) over one row, float64. */
export const softmaxRow = (x: NumericArray, start: number, n: number, out: NumericArray): void => {
  let top = -Infinity;
  for (let i = 0; i < n; i++) top = Math.max(top, x[start + i]);
  let total = 0;
  for (let i = 0; i < n; i++) total += Math.exp(x[start + i] - top);
  for (let i = 0; i < n; i++) out[start + i] = Math.exp(x[start + i] - top) / total;
};

/** log Σ e^x over one row, float64. */
export const logSumExpRow = (x: NumericArray, start: number, n: number): number => {
  let top = -Infinity;
  for (let i = 0; i < n; i++) top = Math.max(top, x[start + i]);
  if (top === -Infinity) return top;
  let total = 0;
  for (let i = 0; i < n; i++) total += Math.exp(x[start + i] - top);
  return top + Math.log(total);
};
