import { ShapeError } from '../../errors.ts';
import { compose, defineComposite, floatOnly, sameDType } from '../../op.ts';
import { broadcastShapes, normalizeAxis, showShape } from '../../shape.ts';
import type { Tensor } from '../../tensor.ts';
import { concat } from '../concat/concat.ts';
import { mul } from '../mul/mul.ts';
import { split } from '../slice/slice.ts';
import { sub } from '../sub/sub.ts';

// The axis is counted from the back: the shorter of two shapes has it at the same place.
export const crossOp = defineComposite<{ readonly axis: number }>({
  name: 'cross',
  infer: (inputs, { axis }) => {
    const [a, b] = inputs;
    const dtype = sameDType('cross', inputs);
    floatOnly('cross', a);
    for (const { shape } of inputs) {
      if (shape[shape.length + axis] !== 3) {
        throw new ShapeError(
          'cross',
          `expected 3 elements along axis ${axis}, came a ${showShape(a.shape)}, b ${showShape(b.shape)}`,
        );
      }
    }
    return [{ shape: broadcastShapes('cross', a.shape, b.shape), dtype }];
  },
  // (a1 b2 - a2 b1, a2 b0 - a0 b2, a0 b1 - a1 b0)
  compose: ([a, b], { axis }) => {
    const [a0, a1, a2] = split(a, [1, 1, 1], axis);
    const [b0, b1, b2] = split(b, [1, 1, 1], axis);
    const part = (p: Tensor, q: Tensor, r: Tensor, s: Tensor): Tensor => sub(mul(p, q), mul(r, s));
    return concat([part(a1, b2, a2, b1), part(a2, b0, a0, b2), part(a0, b1, a1, b0)], { axis });
  },
});

/** Cross product of vectors of 3 along `axis` (default the last), other axes broadcast. */
export const cross = (a: Tensor, b: Tensor, { axis = -1 }: { readonly axis?: number } = {}): Tensor => {
  const rank = Math.max(a.rank, b.rank);
  return compose(crossOp, [a, b], { axis: normalizeAxis('cross', axis, rank) - rank });
};
