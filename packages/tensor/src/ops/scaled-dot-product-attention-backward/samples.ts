import { applyAll } from '../../op.ts';
import type { Tensor } from '../../tensor.ts';
import { refusesGradient } from '../../testing/families.ts';
import { bools, float, type OpSample, type OpSamples, unsigned } from '../../testing/sample.ts';
import { concat } from '../concat/concat.ts';
import { reshape } from '../reshape/reshape.ts';
import {
  type ScaledAttentionAttrs,
  scaledDotProductAttentionOp,
} from '../scaled-dot-product-attention/scaled-dot-product-attention.ts';
import { scaledDotProductAttentionBackwardOp } from './scaled-dot-product-attention-backward.ts';

const none: ScaledAttentionAttrs = {
  causal: false,
  scale: 0.5,
  p: 0,
  has: [false, false, false, false],
};

/** The three gradients one after another. */
const gradients = (g: Tensor, inputs: readonly Tensor[], attrs: ScaledAttentionAttrs): Tensor => {
  const [out, statistics] = applyAll(scaledDotProductAttentionOp, inputs, attrs);
  const all = applyAll(scaledDotProductAttentionBackwardOp, [out, statistics, g, ...inputs], attrs);
  return concat(all.map((d) => reshape(d, [d.size])));
};

const sample = (
  title: string,
  [B, H, kvHeads, tq, tk, D]: readonly number[],
  attrs: Partial<ScaledAttentionAttrs> = {},
  more: OpSample['inputs'] = [],
): OpSample => ({
  title,
  inputs: [float([B, H, tq, D]), float([B, H, tq, D]), float([B, kvHeads, tk, D]), float([B, kvHeads, tk, D]), ...more],
  out: [B * D * (H * tq + 2 * kvHeads * tk)],
  run: ([g, ...inputs]) => gradients(g, inputs, { ...none, ...attrs }),
  gradient: 'none',
  reduces: tq + tk + D,
});

export const scaledDotProductAttentionBackwardSamples: OpSamples = {
  class: 'rows',
  samples: [
    sample('one element', [1, 1, 1, 1, 1, 1]),
    sample('heads', [2, 2, 2, 4, 6, 3]),
    sample('grouped heads', [1, 4, 2, 3, 5, 2]),
    sample('long', [1, 1, 1, 37, 35, 5]),
    sample('causal', [1, 2, 2, 9, 9, 3], { causal: true }),
    sample('masked', [1, 1, 1, 2, 3, 2], { has: [true, false, false, false] }, [bools([1, 0, 1, 0, 0, 0], [2, 3])]),
    sample('biased', [1, 1, 1, 2, 3, 2], { has: [false, false, true, false] }, [float([3])]),
    sample('dropped', [1, 2, 2, 3, 5, 2], { p: 0.4, has: [false, false, false, true] }, [unsigned([7, 9])]),
    sample('no keys', [1, 1, 1, 2, 0, 2]),
    sample('no queries', [1, 1, 1, 0, 2, 2]),
  ],
  errors: [
    refusesGradient(
      'scaledDotProductAttentionBackward',
      'second derivatives go through the composite of scaledDotProductAttention',
      [
        float([1, 1, 2, 1]),
        float([2, 1, 1, 2]),
        float([1, 1, 2, 1]),
        float([1, 1, 2, 1]),
        float([1, 1, 2, 1]),
        float([1, 1, 2, 1]),
      ],
      (inputs) => applyAll(scaledDotProductAttentionBackwardOp, inputs, none)[0],
    ),
  ],
};
