import { applyAll } from '../../op.ts';
import { refusesGradient } from '../../testing/families.ts';
import { float, type OpSample, type OpSamples } from '../../testing/sample.ts';
import { concat } from '../concat/concat.ts';
import { crossAttentionOp } from '../cross-attention/cross-attention.ts';
import { reshape } from '../reshape/reshape.ts';
import { crossAttentionBackwardOp } from './cross-attention-backward.ts';

const sample = (title: string, [B, tq, tk, H, D]: readonly number[]): OpSample => ({
  title,
  inputs: [float([B, tq, H * D]), float([B, tk, 2 * H * D]), float([B, tq, H * D])],
  out: [B * H * D * (tq + 2 * tk)],
  run: ([q, kv, g]) => {
    const [out, statistics] = applyAll(crossAttentionOp, [q, kv], { heads: H });
    const both = applyAll(crossAttentionBackwardOp, [q, kv, out, statistics, g], { heads: H });
    return concat(both.map((d) => reshape(d, [d.size])));
  },
  gradient: 'none',
  reduces: tk + D,
});

export const crossAttentionBackwardSamples: OpSamples = {
  class: 'rows',
  samples: [
    sample('one element', [1, 1, 1, 1, 1]),
    sample('two heads', [2, 4, 6, 2, 3]),
    sample('long', [1, 17, 35, 2, 5]),
    sample('no keys', [1, 2, 0, 1, 2]),
    sample('no queries: no gradient', [1, 0, 2, 1, 2]),
  ],
  errors: [
    refusesGradient(
      'crossAttentionBackward',
      'second derivatives go through the composite of crossAttention',
      [float([1, 2, 1]), float([1, 2, 2]), float([1, 2, 1]), float([2, 1, 1, 2]), float([1, 2, 1])],
      (inputs) => applyAll(crossAttentionBackwardOp, inputs, { heads: 1 })[0],
    ),
  ],
};
