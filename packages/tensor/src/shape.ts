// Shapes, strides and broadcasting (NumPy's rules). Pure functions; strides count elements.

import { ArgumentError, ShapeError } from './errors.ts';

export type Shape = readonly number[];

export const maxRank = 6;

/** Most elements of a tensor: ids and positions are i32. */
export const maxSize = 2 ** 31 - 1;

export const sizeOf = (shape: Shape): number => {
  let n = 1;
  for (const d of shape) n *= d;
  return n;
};

export const showShape = (shape: Shape): string => `[${shape.join(', ')}]`;

export const sameShape = (a: Shape, b: Shape): boolean => a.length === b.length && a.every((d, i) => d === b[i]);

/** Row-major strides of a contiguous tensor. */
export const stridesOf = (shape: Shape): number[] => {
  const strides = new Array<number>(shape.length);
  let step = 1;
  for (let i = shape.length - 1; i >= 0; i--) {
    strides[i] = step;
    step *= shape[i];
  }
  return strides;
};

export const checkShape = (op: string, shape: Shape): void => {
  if (shape.length > maxRank)
    throw new ShapeError(op, `rank ${shape.length} of ${showShape(shape)} is above ${maxRank}`);
  for (const d of shape) {
    if (!Number.isInteger(d) || d < 0) {
      throw new ShapeError(op, `dimensions are whole numbers >= 0, came ${showShape(shape)}`);
    }
  }
  if (sizeOf(shape) > maxSize) {
    throw new ShapeError(op, `${showShape(shape)} has ${sizeOf(shape)} elements, a tensor holds at most ${maxSize}`);
  }
};

/** The common shape of `a` and `b`, or a ShapeError that names the axis that differs. */
export const broadcastShapes = (op: string, a: Shape, b: Shape): number[] => {
  const rank = Math.max(a.length, b.length);
  const out = new Array<number>(rank);
  for (let i = 1; i <= rank; i++) {
    const da = a[a.length - i] ?? 1;
    const db = b[b.length - i] ?? 1;
    if (da !== db && da !== 1 && db !== 1) {
      throw new ShapeError(
        op,
        `shapes do not broadcast, a ${showShape(a)}, b ${showShape(b)}: ${da} != ${db} at axis -${i}; reshape or expand one of them`,
      );
    }
    out[rank - i] = da === 1 ? db : da;
  }
  return out;
};

/** Strides that read a contiguous tensor of `shape` as if it had shape `to`: 0 along broadcast axes. */
export const broadcastStrides = (shape: Shape, to: Shape): number[] => {
  const own = stridesOf(shape);
  const lead = to.length - shape.length;
  return to.map((_, i) => (i < lead || shape[i - lead] === 1 ? 0 : own[i - lead]));
};

/** Axes of `to` along which a tensor of `shape` was repeated: the axes its gradient sums over. */
export const broadcastAxes = (shape: Shape, to: Shape): number[] => {
  const lead = to.length - shape.length;
  return to.flatMap((d, i) => (i < lead || (shape[i - lead] === 1 && d !== 1) ? [i] : []));
};

/**
 * Merges neighbouring axes that every operand walks in one stride, and drops axes of size 1.
 * Kernels then see the lowest rank that describes the same walk (at least 1).
 */
export const coalesce = (
  shape: Shape,
  strides: readonly (readonly number[])[],
): { shape: number[]; strides: number[][] } => {
  const outShape: number[] = [];
  const outStrides: number[][] = strides.map(() => []);
  for (let i = 0; i < shape.length; i++) {
    if (shape[i] === 1) continue;
    const last = outShape.length - 1;
    const merges = last >= 0 && strides.every((s, k) => outStrides[k][last] === s[i] * shape[i]);
    if (merges) {
      outShape[last] *= shape[i];
      strides.forEach((s, k) => {
        outStrides[k][last] = s[i];
      });
    } else {
      outShape.push(shape[i]);
      strides.forEach((s, k) => {
        outStrides[k].push(s[i]);
      });
    }
  }
  if (outShape.length === 0) {
    outShape.push(1);
    for (const s of outStrides) s.push(0);
  }
  return { shape: outShape, strides: outStrides };
};

/** `axis` counted from the front; negative axes count from the back. */
export const normalizeAxis = (op: string, axis: number, rank: number): number => {
  const a = axis < 0 ? axis + rank : axis;
  if (!Number.isInteger(axis) || a < 0 || a >= rank) {
    throw new ArgumentError(op, `axis ${axis} is outside a tensor of rank ${rank}: expected ${-rank} to ${rank - 1}`);
  }
  return a;
};

/** Sorted, distinct axes; all axes when `axes` is undefined. */
export const normalizeAxes = (op: string, axes: number | readonly number[] | undefined, rank: number): number[] => {
  if (axes === undefined) return Array.from({ length: rank }, (_, i) => i);
  const list = (typeof axes === 'number' ? [axes] : axes).map((a) => normalizeAxis(op, a, rank));
  const sorted = [...new Set(list)].sort((x, y) => x - y);
  if (sorted.length !== list.length) throw new ArgumentError(op, `axes [${list.join(', ')}] name one axis twice`);
  return sorted;
};

/** Shape after reducing `axes`, which are normalised. */
export const reducedShape = (shape: Shape, axes: readonly number[], keepDims: boolean): number[] =>
  keepDims ? shape.map((d, i) => (axes.includes(i) ? 1 : d)) : shape.filter((_, i) => !axes.includes(i));
