import { ShapeError } from '../../errors.ts';
import { apply, defineViewOp } from '../../op.ts';
import { checkShape, type Shape, sameShape, showShape, sizeOf } from '../../shape.ts';
import type { Tensor } from '../../tensor.ts';

export const reshapeOp = defineViewOp<{ readonly shape: Shape }>({
  name: 'reshape',
  infer: ([x], { shape }) => {
    checkShape('reshape', shape);
    if (sizeOf(shape) !== sizeOf(x.shape)) {
      throw new ShapeError(
        'reshape',
        `${showShape(x.shape)} has ${sizeOf(x.shape)} elements, ${showShape(shape)} has ${sizeOf(shape)}`,
      );
    }
    return [{ shape, dtype: x.dtype }];
  },
  saves: { inputs: [], outputs: [] },
  vjp: (c, g) => [() => reshape(g, c.specs[0].shape)],
});

/** Another shape over the same elements; one size may be -1 and is worked out. Costs nothing. */
export const reshape = (x: Tensor, shape: Shape): Tensor => {
  const unknown = shape.indexOf(-1);
  if (unknown < 0) return sameShape(x.shape, shape) ? x : apply(reshapeOp, [x], { shape: [...shape] });
  const rest = sizeOf(shape.filter((_, i) => i !== unknown));
  if (rest === 0 || x.size % rest !== 0 || shape.indexOf(-1, unknown + 1) >= 0) {
    throw new ShapeError('reshape', `${showShape(x.shape)} does not determine the -1 in ${showShape(shape)}`);
  }
  return apply(reshapeOp, [x], { shape: shape.map((d, i) => (i === unknown ? x.size / rest : d)) });
};
