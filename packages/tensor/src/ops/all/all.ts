import { compose, defineComposite } from '../../op.ts';
import { normalizeAxes, reducedShape } from '../../shape.ts';
import type { Tensor } from '../../tensor.ts';
import { cast } from '../cast/cast.ts';
import { equal } from '../equal/equal.ts';
import type { ReduceAttrs, ReduceOptions } from '../families/reduction.ts';
import { sub } from '../sub/sub.ts';
import { sum } from '../sum/sum.ts';

// A count of zeros in the float type: large counts are rounded, but never to 0.
export const allOp = defineComposite<ReduceAttrs>({
  name: 'all',
  infer: ([x], { axes, keepDims }) => [{ shape: reducedShape(x.shape, axes, keepDims), dtype: 'bool' }],
  // Zeros as -1.
  compose: ([x], attrs) => equal(sum(sub(cast(cast(x, 'bool'), x.backend.floatDType), 1), attrs), 0),
});

/** Whether every element over `axes` is not 0, as bool, of any dtype; NaN is not 0. Of nothing: true. */
export const all = (x: Tensor, { axes, keepDims = false }: ReduceOptions = {}): Tensor =>
  compose(allOp, [x], { axes: normalizeAxes('all', axes, x.rank), keepDims });
