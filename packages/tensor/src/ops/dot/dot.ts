import { ShapeError } from '../../errors.ts';
import { compose, defineComposite, floatOnly, sameDType } from '../../op.ts';
import { showShape } from '../../shape.ts';
import type { Tensor } from '../../tensor.ts';
import { type NoAttrs, noAttrs } from '../families/elementwise.ts';
import { mul } from '../mul/mul.ts';
import { sum } from '../sum/sum.ts';

export const dotOp = defineComposite<NoAttrs>({
  name: 'dot',
  infer: (inputs) => {
    const [a, b] = inputs;
    const dtype = sameDType('dot', inputs);
    floatOnly('dot', a);
    if (a.shape.length !== 1 || b.shape.length !== 1 || a.shape[0] !== b.shape[0]) {
      throw new ShapeError(
        'dot',
        `expected two vectors of one size, came a ${showShape(a.shape)}, b ${showShape(b.shape)}; matmul() and einsum() take more axes`,
      );
    }
    return [{ shape: [], dtype }];
  },
  // A product of matrices would add up one long float32 chain; sum() keeps wider partial sums.
  compose: ([a, b]) => sum(mul(a, b)),
});

/** Σ a b of two vectors [n]: a scalar. */
export const dot = (a: Tensor, b: Tensor): Tensor => compose(dotOp, [a, b], noAttrs);
