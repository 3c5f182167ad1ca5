import { ArgumentError, ShapeError } from '../../errors.ts';
import { apply, defineOp, type KernelOp } from '../../op.ts';
import { type Shape, showShape, sizeOf } from '../../shape.ts';
import type { Tensor } from '../../tensor.ts';
import { type Block, filledPlan, referenceCopyBlocks } from '../families/movement.ts';

export interface TriangleAttrs {
  readonly keep: 'lower' | 'upper';
  readonly diagonal: number;
}

/** One block a row: what is kept of it in all matrices. */
const blocksOf = (shape: Shape, { keep, diagonal }: TriangleAttrs): Block[] => {
  const [m, n] = shape.slice(-2);
  const matrices = sizeOf(shape.slice(0, -2));
  const limit = (c: number): number => Math.min(Math.max(c, 0), n);
  return Array.from({ length: m }, (_, row) => {
    // lower: column - row <= diagonal, upper: column - row >= diagonal
    const [from, to] = keep === 'lower' ? [0, limit(row + diagonal + 1)] : [limit(row + diagonal), n];
    const side = { strides: [m * n, 1], offset: row * n + from };
    return { shape: [matrices, to - from], from: side, to: side };
  });
};

export const triangleOp: KernelOp<TriangleAttrs> = defineOp<TriangleAttrs>({
  name: 'triangle',
  infer: ([x], { keep }) => {
    if (x.shape.length < 2) {
      throw new ShapeError(
        keep === 'lower' ? 'tril' : 'triu',
        `expected [..., rows, columns], came ${showShape(x.shape)}`,
      );
    }
    return [{ shape: x.shape, dtype: x.dtype }];
  },
  saves: { inputs: [], outputs: [] },
  vjp: (c, g) => [() => apply(triangleOp, [g], c.attrs)],
  reference: ([x], [out], attrs) => referenceCopyBlocks(x, out, blocksOf(x.shape, attrs)),
  cpu: ([x], [out], attrs) => filledPlan('copy', out.shape, blocksOf(x.shape, attrs)),
});

const triangle = (op: string, x: Tensor, attrs: TriangleAttrs): Tensor => {
  if (!Number.isInteger(attrs.diagonal))
    throw new ArgumentError(op, `diagonal ${attrs.diagonal} is not a whole number`);
  return apply(triangleOp, [x], attrs);
};

/** The last two axes on and below a diagonal, 0 above it: 0 is the main one, 1 the one above it. */
export const tril = (x: Tensor, { diagonal = 0 }: { readonly diagonal?: number } = {}): Tensor =>
  triangle('tril', x, { keep: 'lower', diagonal });

/** The last two axes on and above a diagonal, 0 below it. */
export const triu = (x: Tensor, { diagonal = 0 }: { readonly diagonal?: number } = {}): Tensor =>
  triangle('triu', x, { keep: 'upper', diagonal });
