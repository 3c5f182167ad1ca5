import { compose, defineComposite } from '../../op.ts';
import { normalizeAxes, reducedShape } from '../../shape.ts';
import type { Tensor } from '../../tensor.ts';
import { cast } from '../cast/cast.ts';
import type { ReduceAttrs, ReduceOptions } from '../families/reduction.ts';
import { notEqual } from '../not-equal/not-equal.ts';
import { sum } from '../sum/sum.ts';

// A count in the float type: large counts are rounded, but never to 0.
export const anyOp = defineComposite<ReduceAttrs>({
  name: 'any',
  infer: ([x], { axes, keepDims }) => [{ shape: reducedShape(x.shape, axes, keepDims), dtype: 'bool' }],
  compose: ([x], attrs) => notEqual(sum(cast(cast(x, 'bool'), x.backend.floatDType), attrs), 0),
});

/** Whether any element over `axes` is not 0, as bool, of any dtype; NaN is not 0. Of nothing: false. */
export const any = (x: Tensor, { axes, keepDims = false }: ReduceOptions = {}): Tensor =>
  compose(anyOp, [x], { axes: normalizeAxes('any', axes, x.rank), keepDims });
