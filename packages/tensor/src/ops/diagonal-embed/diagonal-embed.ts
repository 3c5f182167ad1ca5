import { ShapeError } from '../../errors.ts';
import { apply, defineOp } from '../../op.ts';
import { checkShape, type Shape, sameShape, showShape, stridesOf } from '../../shape.ts';
import type { Tensor } from '../../tensor.ts';
import {
  type DiagonalAttrs,
  type DiagonalOptions,
  diagonal,
  diagonalAttrs,
  diagonalWalk,
} from '../diagonal/diagonal.ts';
import { type Block, filledPlan, referenceCopyBlocks } from '../families/movement.ts';

export interface DiagonalEmbedAttrs extends DiagonalAttrs {
  /** Of the result. */
  readonly shape: Shape;
}

const blockOf = (attrs: DiagonalEmbedAttrs): Block => {
  const { shape, strides, offset } = diagonalWalk(attrs.shape, attrs);
  return { shape, from: { strides: stridesOf(shape) }, to: { strides, offset } };
};

export const diagonalEmbedOp = defineOp<DiagonalEmbedAttrs>({
  name: 'diagonalEmbed',
  infer: ([x], attrs) => {
    checkShape('diagonalEmbed', attrs.shape);
    const wanted = diagonalWalk(attrs.shape, attrs).shape;
    if (!sameShape(wanted, x.shape)) {
      throw new ShapeError(
        'diagonalEmbed',
        `${showShape(attrs.shape)} takes ${showShape(wanted)}, came ${showShape(x.shape)}`,
      );
    }
    return [{ shape: attrs.shape, dtype: x.dtype }];
  },
  saves: { inputs: [], outputs: [] },
  vjp: (c, g) => [() => diagonal(g, c.attrs)],
  reference: ([x], [out], attrs) => referenceCopyBlocks(x, out, [blockOf(attrs)]),
  cpu: (_inputs, [out], attrs) => filledPlan('copy', out.shape, [blockOf(attrs)]),
});

/** internal The adjoint of diagonal(): zeros but for the diagonal of a tensor of any shape. */
export const placeDiagonal = (x: Tensor, attrs: DiagonalEmbedAttrs): Tensor =>
  apply(diagonalEmbedOp, [x], { axes: attrs.axes, offset: attrs.offset, shape: attrs.shape });

/** Square matrices of n + |offset| rows with the last axis of x [..., n] on a diagonal, on two axes of the result: torch.diag_embed. */
export const diagonalEmbed = (x: Tensor, options: DiagonalOptions = {}): Tensor => {
  if (x.rank === 0) throw new ShapeError('diagonalEmbed', 'expected [..., n], came []');
  const attrs = diagonalAttrs('diagonalEmbed', options, x.rank + 1);
  const side = x.shape[x.rank - 1] + Math.abs(attrs.offset);
  const rest = x.shape.slice(0, -1);
  const shape = Array.from({ length: x.rank + 1 }, (_, i) => (attrs.axes.includes(i) ? side : (rest.shift() ?? 1)));
  return placeDiagonal(x, { ...attrs, shape });
};
