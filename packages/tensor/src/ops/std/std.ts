import { compose, defineComposite, floatOnly } from '../../op.ts';
import { normalizeAxes, reducedShape } from '../../shape.ts';
import type { Tensor } from '../../tensor.ts';
import { equal } from '../equal/equal.ts';
import type { ReduceAttrs } from '../families/reduction.ts';
import { sqrt } from '../sqrt/sqrt.ts';
import { checkCorrection, type VarianceOptions, variance } from '../variance/variance.ts';
import { where } from '../where/where.ts';

export const stdOp = defineComposite<ReduceAttrs & { readonly correction: number }>({
  name: 'std',
  infer: ([x], { axes, keepDims }) => {
    floatOnly('std', x);
    return [{ shape: reducedShape(x.shape, axes, keepDims), dtype: x.dtype }];
  },
  // The root is infinitely steep at 0: those rows take a constant instead, whose gradient is 0.
  compose: ([x], attrs) => {
    const v = variance(x, attrs);
    const none = equal(v, 0);
    return where(none, 0, sqrt(where(none, 1, v)));
  },
});

/** Standard deviation over `axes`: the root of `variance`. Its gradient is 0 where it is 0, as in PyTorch. */
export const std = (x: Tensor, { axes, keepDims = false, correction = 0 }: VarianceOptions = {}): Tensor => {
  checkCorrection('std', correction);
  return compose(stdOp, [x], { axes: normalizeAxes('std', axes, x.rank), keepDims, correction });
};
