// Ops over rows: the last axis, or another one moved there.

import type { ReferenceArray } from '../../backend.ts';
import type { NumericArray } from '../../dtype.ts';
import { scope } from '../../scope.ts';
import { normalizeAxes, reducedShape, type Shape, sizeOf } from '../../shape.ts';
import type { Tensor } from '../../tensor.ts';
import { permute } from '../permute/permute.ts';
import { reshape } from '../reshape/reshape.ts';
import { reductionOrder } from './elementwise.ts';
import type { ReduceOptions } from './reduction.ts';

/** Runs `f` with `axis` moved to the end, and moves it back. */
export const lastAxisFirst = (x: Tensor, axis: number, f: (y: Tensor) => Tensor): Tensor => {
  if (axis === x.rank - 1) return f(x);
  const axes = Array.from({ length: x.rank }, (_, i) => i);
  [axes[axis], axes[x.rank - 1]] = [axes[x.rank - 1], axes[axis]];
  return scope(() => permute(f(permute(x, axes)), axes));
};

/** Reduces `axes` of x by an `f` that reduces rows: the axes are moved to the end, where they are not, and joined. */
export const overReducedRows = (
  op: string,
  x: Tensor,
  { axes, keepDims = false }: ReduceOptions,
  f: (rows: Tensor) => Tensor,
): Tensor => {
  const reduced = normalizeAxes(op, axes, x.rank);
  const order = reductionOrder(x.rank, reduced);
  const n = sizeOf(reduced.map((a) => x.shape[a]));
  const rows = sizeOf(reducedShape(x.shape, reduced, false));
  return scope(() => {
    const moved = order.every((a, i) => a === i) ? x : permute(x, order);
    // [...kept, ...reduced] -> [rows, n] -> [rows] -> kept, or all with ones
    return reshape(f(reshape(moved, [rows, n])), reducedShape(x.shape, reduced, keepDims));
  });
};

/** The shape without its last axis. */
export const rowsShape = (shape: Shape): number[] => shape.slice(0, -1);

/** How a kernel over the last axis sees a shape. */
export const rowsLayout = (shape: Shape): { rows: number; n: number } => ({
  rows: sizeOf(rowsShape(shape)),
  n: shape[shape.length - 1] ?? 1,
});

/** A value for each row beside the rows: [...] -> [..., 1]. */
export const besideRows = (x: Tensor): Tensor => reshape(x, [...x.shape, 1]);

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
  if (top === -Infinity || top === Infinity) return top;
  let total = 0;
  for (let i = 0; i < n; i++) total += Math.exp(x[start + i] - top);
  return top + Math.log(total);
};
