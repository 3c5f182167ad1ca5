import { applyAll } from '../../op.ts';
import type { Tensor } from '../../tensor.ts';
import { refusesGradient } from '../../testing/families.ts';
import { bools, float, type OpSample, type OpSamples } from '../../testing/sample.ts';
import { selfAttentionOp } from '../self-attention/self-attention.ts';
import { selfAttentionBackward } from './self-attention-backward.ts';

const run =
  (heads: number) =>
  ([qkv, g, ...mask]: readonly Tensor[]): Tensor => {
    const [out, statistics] = applyAll(selfAttentionOp, [qkv, ...mask], { heads });
    return selfAttentionBackward(qkv, mask[0] ?? null, out, statistics, g, { heads });
  };

const sample = (title: string, [B, T, H, D]: readonly number[]): OpSample => ({
  title,
  inputs: [float([B, T, 3 * H * D]), float([B, T, H * D])],
  out: [B, T, 3 * H * D],
  run: run(H),
  gradient: 'none',
  reduces: T + D,
});

export const selfAttentionBackwardSamples: OpSamples = {
  class: 'rows',
  samples: [
    sample('one element', [1, 1, 1, 1]),
    sample('two heads', [2, 5, 2, 4]),
    sample('long', [1, 33, 2, 5]),
    sample('no tokens', [2, 0, 2, 3]),
    {
      title: 'no token left: no gradient',
      inputs: [float([1, 2, 3]), float([1, 2, 1]), bools([0, 0], [1, 2])],
      out: [1, 2, 3],
      run: run(1),
      expected: [0, 0, 0, 0, 0, 0],
      gradient: 'none',
    },
  ],
  errors: [
    refusesGradient(
      'selfAttentionBackward',
      'second derivatives go through the composite of selfAttention',
      [float([1, 2, 3]), float([1, 2, 1]), float([2, 1, 1, 2]), float([1, 2, 1])],
      ([qkv, out, statistics, g]) => selfAttentionBackward(qkv, null, out, statistics, g, { heads: 1 }),
    ),
  ],
};
