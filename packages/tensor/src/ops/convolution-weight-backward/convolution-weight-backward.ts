import { apply, defineOp } from '../../op.ts';
import type { Tensor } from '../../tensor.ts';
import { convolve } from '../convolution/convolution.ts';
import { convolveInputBackward } from '../convolution-input-backward/convolution-input-backward.ts';
import { type ConvolutionAttrs, eachProduct } from '../families/convolution.ts';
import { weightBackwardPlan } from '../families/convolution-plan.ts';

// w = Σ over samples and places of y x, linear in x and in y.
export const convolutionWeightBackwardOp = defineOp<ConvolutionAttrs>({
  name: 'convolutionWeightBackward',
  infer: ([x, y], { kernel, groups }) => [{ shape: [y.shape[1], x.shape[1] / groups, ...kernel], dtype: x.dtype }],
  saves: { inputs: [0, 1], outputs: [] },
  vjp: (c, g) => [() => convolveInputBackward(c.input(1), g, c.attrs), () => convolve(c.input(0), g, c.attrs)],
  reference: ([x, y], [out], attrs) => {
    out.data.fill(0);
    eachProduct(
      attrs,
      x,
      out,
      (i, k, o) => {
        out.data[k] += x.data[i] * y.data[o];
      },
      (k, o) => {
        out.data[k] += 0 * y.data[o];
      },
    );
  },
  cpu: ([x], [out], attrs) => weightBackwardPlan(attrs, x.shape, out.shape),
});

/** internal: w of x and y. */
export const convolveWeightBackward = (x: Tensor, y: Tensor, attrs: ConvolutionAttrs): Tensor =>
  apply(convolutionWeightBackwardOp, [x, y], attrs);
