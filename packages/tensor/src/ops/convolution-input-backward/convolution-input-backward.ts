import { apply, defineOp } from '../../op.ts';
import { scope } from '../../scope.ts';
import type { Tensor } from '../../tensor.ts';
import { convolve } from '../convolution/convolution.ts';
import { convolveWeightBackward } from '../convolution-weight-backward/convolution-weight-backward.ts';
import {
  addChannels,
  type ConvolutionAttrs,
  eachProduct,
  type TransposedConvolutionOptions,
  transposedAttrs,
} from '../families/convolution.ts';
import { inputBackwardPlan } from '../families/convolution-plan.ts';

// x = wᵀ y, linear in y and in w: its gradients are a convolution and a weight backward.
export const convolutionInputBackwardOp = defineOp<ConvolutionAttrs>({
  name: 'convolutionInputBackward',
  infer: ([y, w], { input, groups }) => [{ shape: [y.shape[0], w.shape[1] * groups, ...input], dtype: y.dtype }],
  saves: { inputs: [0, 1], outputs: [] },
  vjp: (c, g) => [() => convolve(g, c.input(1), c.attrs), () => convolveWeightBackward(g, c.input(0), c.attrs)],
  reference: ([y, w], [out], attrs) => {
    out.data.fill(0);
    eachProduct(attrs, out, w, (i, k, o) => {
      out.data[i] += y.data[o] * w.data[k];
    });
  },
  cpu: ([y, w], _outputs, attrs) => inputBackwardPlan(attrs, y.shape, w.shape),
});

/** internal: x of y and w. */
export const convolveInputBackward = (y: Tensor, weight: Tensor, attrs: ConvolutionAttrs): Tensor =>
  apply(convolutionInputBackwardOp, [y, weight], attrs);

const transposed = (axes: number, x: Tensor, weight: Tensor, options: TransposedConvolutionOptions): Tensor => {
  const attrs = transposedAttrs(`convTranspose${axes}d`, axes, x, weight, options);
  const { bias } = options;
  return bias === undefined
    ? convolveInputBackward(x, weight, attrs)
    : scope(() => addChannels(convolveInputBackward(x, weight, attrs), bias));
};

/**
 * Transposed convolution over one axis, the gradient of conv1d as a layer: x [B, Cin, L], weight [Cin, Cout / groups, K] and
 * options.bias [Cout] give [B, Cout, L'] with L' = (L - 1) stride - 2 padding + dilation (K - 1) + outputPadding + 1.
 */
export const convTranspose1d = (x: Tensor, weight: Tensor, options: TransposedConvolutionOptions = {}): Tensor =>
  transposed(1, x, weight, options);

/** As convTranspose1d over two axes: x [B, Cin, H, W], weight [Cin, Cout / groups, Kh, Kw] -> [B, Cout, H', W']. */
export const convTranspose2d = (x: Tensor, weight: Tensor, options: TransposedConvolutionOptions = {}): Tensor =>
  transposed(2, x, weight, options);

/** As convTranspose1d over three axes: x [B, Cin, D, H, W], weight [Cin, Cout / groups, Kd, Kh, Kw]. */
export const convTranspose3d = (x: Tensor, weight: Tensor, options: TransposedConvolutionOptions = {}): Tensor =>
  transposed(3, x, weight, options);
