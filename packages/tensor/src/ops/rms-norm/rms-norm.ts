import { ShapeError } from '../../errors.ts';
import { compose, defineComposite, floatOnly, sameDType } from '../../op.ts';
import { showShape } from '../../shape.ts';
import type { Tensor } from '../../tensor.ts';
import { add } from '../add/add.ts';
import { div } from '../div/div.ts';
import { checkEps, present } from '../families/normalisation.ts';
import { mean } from '../mean/mean.ts';
import { mul } from '../mul/mul.ts';
import { sqrt } from '../sqrt/sqrt.ts';
import { square } from '../square/square.ts';

// y = x / √(mean(x²) + ε) · γ over the last axis
export const rmsNormOp = defineComposite<{ readonly eps: number }>({
  name: 'rmsNorm',
  infer: (inputs) => {
    const [x, gamma] = inputs;
    const dtype = sameDType('rmsNorm', inputs);
    floatOnly('rmsNorm', x);
    if (x.shape.length === 0) {
      throw new ShapeError('rmsNorm', 'x is a scalar: there is no axis to normalise over; reshape() it');
    }
    const n = x.shape[x.shape.length - 1];
    if (gamma !== undefined && (gamma.shape.length !== 1 || gamma.shape[0] !== n)) {
      throw new ShapeError('rmsNorm', `x ${showShape(x.shape)} wants gamma [${n}], came ${showShape(gamma.shape)}`);
    }
    return [{ shape: x.shape, dtype }];
  },
  compose: ([x, gamma], { eps }) => {
    const root = sqrt(add(mean(square(x), { axes: -1, keepDims: true }), eps));
    const y = div(x, root);
    return gamma === undefined ? y : mul(y, gamma);
  },
});

/**
 * Root mean square normalisation over the last axis (Zhang and Sennrich 2019): x [..., n], gamma [n] or null. In float32
 * squares must stay in range: |x| below 1.8e19.
 */
export const rmsNorm = (
  x: Tensor,
  gamma: Tensor | null = null,
  { eps = 1e-6 }: { readonly eps?: number } = {},
): Tensor => {
  checkEps('rmsNorm', eps);
  return compose(rmsNormOp, present(x, gamma), { eps });
};
