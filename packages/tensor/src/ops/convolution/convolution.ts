import { apply, defineOp } from '../../op.ts';
import { scope } from '../../scope.ts';
import type { Tensor } from '../../tensor.ts';
import { convolveInputBackward } from '../convolution-input-backward/convolution-input-backward.ts';
import { convolveWeightBackward } from '../convolution-weight-backward/convolution-weight-backward.ts';
import {
  addChannels,
  type ConvolutionAttrs,
  type ConvolutionOptions,
  convolutionAttrs,
  eachProduct,
} from '../families/convolution.ts';
import { convolutionPlan } from '../families/convolution-plan.ts';

// y = x * w, with the dx and dw of the two backward ops.
export const convolutionOp = defineOp<ConvolutionAttrs>({
  name: 'convolution',
  infer: ([x, w], { output }) => [{ shape: [x.shape[0], w.shape[0], ...output], dtype: x.dtype }],
  saves: { inputs: [0, 1], outputs: [] },
  vjp: (c, g) => [
    () => convolveInputBackward(g, c.input(1), c.attrs),
    () => convolveWeightBackward(c.input(0), g, c.attrs),
  ],
  reference: ([x, w], [out], attrs) => {
    out.data.fill(0);
    // The zeros around x are multiplied too: a weight of NaN shows at the border as it does inside.
    eachProduct(
      attrs,
      x,
      w,
      (i, k, o) => {
        out.data[o] += x.data[i] * w.data[k];
      },
      (k, o) => {
        out.data[o] += 0 * w.data[k];
      },
    );
  },
  cpu: ([x, w], _outputs, attrs) => convolutionPlan(attrs, x.shape, w.shape),
});

/** internal: y of x and w. */
export const convolve = (x: Tensor, weight: Tensor, attrs: ConvolutionAttrs): Tensor =>
  apply(convolutionOp, [x, weight], attrs);

const conv = (axes: number, x: Tensor, weight: Tensor, options: ConvolutionOptions): Tensor => {
  const attrs = convolutionAttrs(`conv${axes}d`, axes, x, weight, options);
  const { bias } = options;
  return bias === undefined ? convolve(x, weight, attrs) : scope(() => addChannels(convolve(x, weight, attrs), bias));
};

/**
 * Convolution (cross-correlation, as in PyTorch) over one axis: x [B, Cin, L], weight [Cout, Cin / groups, K] and
 * options.bias [Cout] give [B, Cout, L'] with L' = floor((L + padding - dilation (K - 1) - 1) / stride) + 1.
 */
export const conv1d = (x: Tensor, weight: Tensor, options: ConvolutionOptions = {}): Tensor =>
  conv(1, x, weight, options);

/** As conv1d over two axes: x [B, Cin, H, W], weight [Cout, Cin / groups, Kh, Kw] -> [B, Cout, H', W']. */
export const conv2d = (x: Tensor, weight: Tensor, options: ConvolutionOptions = {}): Tensor =>
  conv(2, x, weight, options);

/** As conv1d over three axes: x [B, Cin, D, H, W], weight [Cout, Cin / groups, Kd, Kh, Kw] -> [B, Cout, D', H', W']. */
export const conv3d = (x: Tensor, weight: Tensor, options: ConvolutionOptions = {}): Tensor =>
  conv(3, x, weight, options);
