import { ArgumentError } from '../../errors.ts';
import { apply, defineOp } from '../../op.ts';
import { scope } from '../../scope.ts';
import { normalizeAxis, type Shape, stridesOf } from '../../shape.ts';
import type { Tensor } from '../../tensor.ts';
import { placeDiagonal } from '../diagonal-embed/diagonal-embed.ts';
import { copyIn, referenceCopy } from '../families/movement.ts';
import { sum } from '../sum/sum.ts';

/** Row and column axes of the matrices, and which diagonal: 0 is the main one, 1 the one above it. */
export interface DiagonalAttrs {
  readonly axes: readonly [number, number];
  readonly offset: number;
}

/** internal The diagonal of `shape`: its own shape (other axes first), and how to walk it in a tensor of `shape`. */
export const diagonalWalk = (shape: Shape, { axes: [rows, columns], offset }: DiagonalAttrs) => {
  const strides = stridesOf(shape);
  const others = shape.map((_, i) => i).filter((i) => i !== rows && i !== columns);
  const [m, n] = [shape[rows], shape[columns]];
  const length = Math.max(0, offset >= 0 ? Math.min(m, n - offset) : Math.min(m + offset, n));
  return {
    shape: [...others.map((i) => shape[i]), length],
    strides: [...others.map((i) => strides[i]), strides[rows] + strides[columns]],
    offset: offset >= 0 ? offset * strides[columns] : -offset * strides[rows],
  };
};

export const diagonalOp = defineOp<DiagonalAttrs>({
  name: 'diagonal',
  infer: ([x], attrs) => [{ shape: diagonalWalk(x.shape, attrs).shape, dtype: x.dtype }],
  saves: { inputs: [], outputs: [] },
  vjp: (c, g) => [() => placeDiagonal(g, { ...c.attrs, shape: c.specs[0].shape })],
  reference: ([x], [out], attrs) => {
    const { strides, offset } = diagonalWalk(x.shape, attrs);
    referenceCopy(x, out, strides, offset);
  },
  cpu: ([x], [out], attrs) => {
    const { strides, offset } = diagonalWalk(x.shape, attrs);
    return copyIn(out.shape, strides, offset);
  },
});

export interface DiagonalOptions {
  /** Row and column axis. Default the last two. */
  readonly axes?: readonly [number, number];
  /** 0 (default) is the main diagonal, above it positive, below it negative. */
  readonly offset?: number;
}

/** internal */
export const diagonalAttrs = (
  op: string,
  { axes = [-2, -1], offset = 0 }: DiagonalOptions,
  rank: number,
): DiagonalAttrs => {
  const [rows, columns] = axes.map((a) => normalizeAxis(op, a, rank));
  if (rows === columns) throw new ArgumentError(op, `axes [${axes.join(', ')}] name one axis twice`);
  if (!Number.isInteger(offset)) throw new ArgumentError(op, `offset ${offset} is not a whole number`);
  return { axes: [rows, columns], offset };
};

/** The diagonal of the matrices on two axes: those axes go, and the diagonal comes last. A diagonal outside is empty. */
export const diagonal = (x: Tensor, options: DiagonalOptions = {}): Tensor =>
  apply(diagonalOp, [x], diagonalAttrs('diagonal', options, x.rank));

/** Sum of the diagonal. */
export const trace = (x: Tensor, options: DiagonalOptions = {}): Tensor =>
  scope(() => sum(apply(diagonalOp, [x], diagonalAttrs('trace', options, x.rank)), { axes: -1 }));
