import { compose, defineComposite } from '../../op.ts';
import { normalizeAxes, reducedShape } from '../../shape.ts';
import type { Tensor } from '../../tensor.ts';
import { cast } from '../cast/cast.ts';
import type { ReduceAttrs, ReduceOptions } from '../families/reduction.ts';
import { sum } from '../sum/sum.ts';

export const countNonzeroOp = defineComposite<ReduceAttrs>({
  name: 'countNonzero',
  infer: ([x], { axes, keepDims }) => [{ shape: reducedShape(x.shape, axes, keepDims), dtype: 'i32' }],
  compose: ([x], attrs) => sum(cast(x, 'bool'), attrs),
});

/** How many elements over `axes` are not 0, as i32, of any dtype; NaN is not 0. */
export const countNonzero = (x: Tensor, { axes, keepDims = false }: ReduceOptions = {}): Tensor =>
  compose(countNonzeroOp, [x], { axes: normalizeAxes('countNonzero', axes, x.rank), keepDims });
