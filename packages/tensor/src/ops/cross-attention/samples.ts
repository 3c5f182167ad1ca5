import type { Tensor } from '../../tensor.ts';
import { bools, float, type GoldenRun, type OpSample, type OpSamples } from '../../testing/sample.ts';
import { cast } from '../cast/cast.ts';
import { concat } from '../concat/concat.ts';
import { permute } from '../permute/permute.ts';
import { reshape } from '../reshape/reshape.ts';
import { selfAttention } from '../self-attention/self-attention.ts';
import { crossAttention } from './cross-attention.ts';

const sample = (title: string, [B, tq, tk, H, D]: readonly number[], range?: readonly [number, number]): OpSample => ({
  title,
  inputs: [float([B, tq, H * D], range), float([B, tk, 2 * H * D], range)],
  out: [B, tq, H * D],
  run: ([q, kv]) => crossAttention(q, kv, { heads: H }),
  reduces: tk + D,
});

// [B, H, T, D] -> [B, T, H·D] and back
const pack = (x: Tensor): Tensor => {
  const [B, H, T, D] = x.shape;
  return reshape(permute(x, [0, 2, 1, 3]), [B, T, H * D]);
};
const unpack = (x: Tensor, H: number): Tensor => {
  const [B, T, width] = x.shape;
  return permute(reshape(x, [B, T, H, width / H]), [0, 2, 1, 3]);
};

const attention: GoldenRun = ([q, k, v, mask]) => {
  const heads = q.shape[1];
  const shown = mask === undefined ? undefined : cast(mask, 'bool');
  const [a, b, c] = [q, k, v].map(pack);
  return unpack(crossAttention(a, concat([b, c], { axis: -1 }), { heads, mask: shown }), heads);
};

/** As `attention`, by the op for as many keys as queries where they are. */
const attentionToItself: GoldenRun = ([q, k, v, mask]) => {
  if (q.shape[2] !== k.shape[2]) return attention(mask === undefined ? [q, k, v] : [q, k, v, mask], {});
  const heads = q.shape[1];
  const shown = mask === undefined ? undefined : cast(mask, 'bool');
  return unpack(selfAttention(concat([q, k, v].map(pack), { axis: -1 }), { heads, mask: shown }), heads);
};

export const crossAttentionSamples: OpSamples = {
  class: 'rows',
  goldens: { attention: [attention, attentionToItself] },
  samples: [
    sample('one element', [1, 1, 1, 1, 1]),
    sample('two heads', [2, 4, 6, 2, 3]),
    sample('one query', [2, 1, 5, 1, 4]),
    sample('one key', [1, 3, 1, 2, 4]),
    sample('long', [1, 17, 35, 2, 5]),
    // Scores are near 1e4: one key takes all.
    sample('large numbers', [1, 3, 5, 2, 4], [-100, 100]),
    {
      title: 'masked',
      inputs: [float([2, 3, 4]), float([2, 4, 8]), bools([1, 1, 0, 1, 0, 0, 1, 0], [2, 4])],
      out: [2, 3, 4],
      run: ([q, kv, mask]) => crossAttention(q, kv, { heads: 2, mask }),
      reduces: 6,
    },
    {
      title: 'no key left: 0, and no gradient',
      inputs: [float([2, 2, 2]), float([2, 3, 4]), bools([0, 0, 0, 1, 0, 1], [2, 3])],
      out: [2, 2, 2],
      run: ([q, kv, mask]) => crossAttention(q, kv, { heads: 1, mask }),
      reduces: 5,
    },
    {
      title: 'repeated input',
      inputs: [float([1, 3, 2])],
      out: [1, 3, 2],
      run: ([x]) => crossAttention(x, concat([x, x], { axis: -1 }), { heads: 1 }),
      reduces: 5,
    },
    { ...sample('no keys', [1, 2, 0, 1, 2]), expected: [0, 0, 0, 0] },
    sample('no queries', [1, 0, 2, 1, 2]),
    sample('empty batch', [0, 2, 3, 1, 2]),
  ],
  errors: [
    {
      title: 'no heads',
      inputs: [float([1, 2, 4]), float([1, 3, 8])],
      run: ([q, kv]) => crossAttention(q, kv, { heads: 0 }),
      message: 'crossAttention: heads must be a whole number >= 1, came 0',
    },
    {
      title: 'half a head',
      inputs: [float([1, 2, 4]), float([1, 3, 8])],
      run: ([q, kv]) => crossAttention(q, kv, { heads: 0.5 }),
      message: 'crossAttention: heads must be a whole number >= 1, came 0.5',
    },
    {
      title: 'negative heads',
      inputs: [float([1, 2, 4]), float([1, 3, 8])],
      run: ([q, kv]) => crossAttention(q, kv, { heads: -2 }),
      message: 'crossAttention: heads must be a whole number >= 1, came -2',
    },
    {
      title: 'heads are no number',
      inputs: [float([1, 2, 4]), float([1, 3, 8])],
      run: ([q, kv]) => crossAttention(q, kv, { heads: Number.NaN }),
      message: 'crossAttention: heads must be a whole number >= 1, came NaN',
    },
    {
      title: 'width of kv',
      inputs: [float([1, 2, 4]), float([1, 3, 4])],
      run: ([q, kv]) => crossAttention(q, kv, { heads: 2 }),
      message:
        'crossAttention: expected q [batch, tokens, 2 heads * dim] and kv [batch, tokens, 2 * 2 heads * dim], came [1, 2, 4] and [1, 3, 4]',
    },
    {
      title: 'batch',
      inputs: [float([1, 2, 4]), float([2, 3, 8])],
      run: ([q, kv]) => crossAttention(q, kv, { heads: 2 }),
      message:
        'crossAttention: expected q [batch, tokens, 2 heads * dim] and kv [batch, tokens, 2 * 2 heads * dim], came [1, 2, 4] and [2, 3, 8]',
    },
    {
      title: 'mask shape',
      inputs: [float([1, 2, 4]), float([1, 3, 8]), bools([1, 1], [1, 2])],
      run: ([q, kv, mask]) => crossAttention(q, kv, { heads: 2, mask }),
      message: 'crossAttention: the padding mask must be [1, 3], came [1, 2]',
    },
    {
      title: 'mask dtype',
      inputs: [float([1, 2, 4]), float([1, 3, 8]), float([1, 3])],
      run: ([q, kv, mask]) => crossAttention(q, kv, { heads: 2, mask }),
      message: 'crossAttention: the padding mask must be bool, came {float}; cast() it',
    },
  ],
};
