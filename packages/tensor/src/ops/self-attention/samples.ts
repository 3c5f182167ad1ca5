import { bools, float, floats, integers, type OpSample, type OpSamples } from '../../testing/sample.ts';
import { selfAttention } from './self-attention.ts';

const sample = (title: string, [B, T, H, D]: readonly number[], range?: readonly [number, number]): OpSample => ({
  title,
  inputs: [float([B, T, 3 * H * D], range)],
  out: [B, T, H * D],
  run: ([x]) => selfAttention(x, { heads: H }),
  reduces: T + D,
});

export const selfAttentionSamples: OpSamples = {
  class: 'rows',
  samples: [
    sample('one element', [1, 1, 1, 1]),
    sample('two heads', [2, 5, 2, 4]),
    sample('one head', [1, 4, 1, 3]),
    sample('heads of one', [1, 3, 4, 1]),
    sample('long', [1, 33, 2, 5]),
    // Scores are near 1e4, so their differences, the exponents, have 4 digits fewer; 27 roundings of the largest measured.
    { ...sample('large numbers', [1, 5, 2, 4], [-100, 100]), tolerance: 100 },
    {
      title: 'masked',
      inputs: [float([2, 4, 12]), bools([1, 1, 0, 1, 0, 0, 1, 0], [2, 4])],
      out: [2, 4, 4],
      run: ([x, mask]) => selfAttention(x, { heads: 2, mask }),
      reduces: 6,
    },
    {
      title: 'no token left: 0, and no gradient',
      inputs: [float([2, 2, 6]), bools([0, 0, 1, 1], [2, 2])],
      out: [2, 2, 2],
      run: ([x, mask]) => selfAttention(x, { heads: 1, mask }),
      reduces: 4,
    },
    {
      title: 'no token left at all',
      inputs: [float([1, 2, 3]), bools([0, 0], [1, 2])],
      out: [1, 2, 1],
      run: ([x, mask]) => selfAttention(x, { heads: 1, mask }),
      expected: [0, 0],
    },
    {
      title: 'a masked NaN key is not seen',
      // q, k, v of two tokens; the second token is masked, its key is NaN.
      inputs: [floats([1, 1, 5, 1, Number.NaN, 7], [1, 2, 3]), bools([1, 0], [1, 2])],
      out: [1, 2, 1],
      run: ([x, mask]) => selfAttention(x, { heads: 1, mask }),
      expected: [5, 5],
      gradient: 'none',
    },
    sample('no tokens', [2, 0, 2, 3]),
    sample('empty batch', [0, 3, 1, 2]),
  ],
  errors: [
    {
      title: 'no heads',
      inputs: [float([1, 2, 6])],
      run: ([x]) => selfAttention(x, { heads: 0 }),
      message: 'selfAttention: heads must be a whole number >= 1, came 0',
    },
    {
      title: 'half a head',
      inputs: [float([1, 2, 6])],
      run: ([x]) => selfAttention(x, { heads: 0.5 }),
      message: 'selfAttention: heads must be a whole number >= 1, came 0.5',
    },
    {
      title: 'negative heads',
      inputs: [float([1, 2, 6])],
      run: ([x]) => selfAttention(x, { heads: -2 }),
      message: 'selfAttention: heads must be a whole number >= 1, came -2',
    },
    {
      title: 'heads are no number',
      inputs: [float([1, 2, 6])],
      run: ([x]) => selfAttention(x, { heads: Number.NaN }),
      message: 'selfAttention: heads must be a whole number >= 1, came NaN',
    },
    {
      title: 'width',
      inputs: [float([1, 2, 8])],
      run: ([x]) => selfAttention(x, { heads: 2 }),
      message: 'selfAttention: expected [batch, tokens, 3 * 2 heads * dim], came [1, 2, 8]',
    },
    {
      title: 'rank',
      inputs: [float([2, 6])],
      run: ([x]) => selfAttention(x, { heads: 2 }),
      message: 'selfAttention: expected [batch, tokens, 3 * 2 heads * dim], came [2, 6]',
    },
    {
      title: 'mask dtype',
      inputs: [float([1, 2, 6]), integers([1, 1], [1, 2])],
      run: ([x, mask]) => selfAttention(x, { heads: 2, mask }),
      message: 'selfAttention: the padding mask must be bool, came i32; cast() it',
    },
    {
      title: 'mask shape',
      inputs: [float([1, 2, 6]), bools([1, 1], [2, 1])],
      run: ([x, mask]) => selfAttention(x, { heads: 2, mask }),
      message: 'selfAttention: the padding mask must be [1, 2], came [2, 1]',
    },
  ],
};
