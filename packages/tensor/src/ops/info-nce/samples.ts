import type { Tensor } from '../../tensor.ts';
import { lossErrors } from '../../testing/losses.ts';
import { bools, float, floats, integers, type OpSamples } from '../../testing/sample.ts';
import { infoNce } from './info-nce.ts';

export const infoNceSamples: OpSamples = {
  class: 'rows',
  goldens: {
    'info-nce': ([a, b, logitScale], { temperature, normalize = true, symmetric = true, reduction = 'mean' }) =>
      infoNce(a, b, {
        normalize,
        symmetric,
        reduction,
        ...(logitScale === undefined ? {} : { logitScale }),
        ...(temperature === undefined ? {} : { temperature }),
      }),
  },
  samples: [
    {
      title: 'one pair',
      inputs: [float([1, 1]), float([1, 1])],
      out: [],
      run: ([a, b]) => infoNce(a, b),
      expected: [0],
      gradient: 'none',
    },
    {
      title: 'CLIP',
      inputs: [float([4, 3]), float([4, 3])],
      out: [],
      run: ([a, b]) => infoNce(a, b),
      reduces: 16,
      // Scores up to 14 carry their roundings into the exponent.
      tolerance: 8,
    },
    {
      title: 'one direction, as they are',
      inputs: [float([3, 4]), float([3, 4])],
      out: [3],
      run: ([a, b]) => infoNce(a, b, { symmetric: false, normalize: false, temperature: 1, reduction: 'none' }),
      reduces: 12,
      terms: 4,
    },
    {
      title: 'logit scale',
      inputs: [float([3, 4]), float([3, 4]), floats([0.5])],
      out: [],
      run: ([a, b, logitScale]) => infoNce(a, b, { logitScale }),
      reduces: 12,
      terms: 2,
    },
    {
      title: 'weight and mask',
      inputs: [float([3, 4]), float([3, 4]), float([3], [0.5, 2]), bools([1, 0, 1])],
      out: [],
      run: ([a, b, weight, mask]) => infoNce(a, b, { weight, mask, temperature: 0.5 }),
      reduces: 12,
      terms: 2,
    },
    {
      title: 'large numbers',
      inputs: [floats([100, 0, 0, 100], [2, 2]), floats([100, 0, 0, -100], [2, 2])],
      out: [2],
      run: ([a, b]) => infoNce(a, b, { normalize: false, temperature: 1, reduction: 'none' }),
      expected: [0, 1e4],
      gradient: 'none',
    },
    {
      title: 'zero vectors',
      inputs: [floats([0, 0, 0, 0], [2, 2]), floats([1, 0, 0, 1], [2, 2])],
      out: [],
      run: ([a, b]) => infoNce(a, b),
      expected: [Math.LN2],
      gradient: 'none',
    },
    {
      title: 'NaN',
      inputs: [floats([Number.NaN, 0, 0, 1], [2, 2]), floats([1, 0, 0, 1], [2, 2])],
      out: [2],
      run: ([a, b]) => infoNce(a, b, { reduction: 'none', symmetric: false, normalize: false, temperature: 1 }),
      expected: [Number.NaN, Math.log1p(Math.exp(-1))],
      gradient: 'none',
    },
    {
      title: 'no pairs',
      inputs: [float([0, 3]), float([0, 3])],
      out: [],
      run: ([a, b]) => infoNce(a, b),
      expected: [0],
    },
  ],
  errors: [
    {
      title: 'shapes',
      inputs: [float([2, 3]), float([3, 3])],
      run: ([a, b]) => infoNce(a, b),
      message: 'infoNce: expected a and b of one shape, came [2, 3] and [3, 3]; reshape or expand one of them',
    },
    {
      title: 'rank',
      inputs: [float([2, 3, 1]), float([2, 3, 1])],
      run: ([a, b]) => infoNce(a, b),
      message: 'infoNce: expected a and b [n, width], came [2, 3, 1] and [2, 3, 1]',
    },
    {
      title: 'integers',
      inputs: [integers([1, 2], [1, 2]), integers([1, 2], [1, 2])],
      run: ([a, b]) => infoNce(a, b),
      message: 'infoNce: expected a float tensor, came i32; cast() it',
    },
    ...[0, -1, Number.NaN].map((temperature) => ({
      title: `temperature ${temperature}`,
      inputs: [float([2, 3]), float([2, 3])],
      run: ([a, b]: readonly Tensor[]) => {
        infoNce(a, b, { temperature });
      },
      message: `infoNce: temperature is a finite number > 0, came ${temperature}`,
    })),
    {
      title: 'both scales',
      inputs: [float([2, 3]), float([2, 3]), float([])],
      run: ([a, b, logitScale]) => infoNce(a, b, { temperature: 1, logitScale }),
      message: 'infoNce: came with both temperature and logitScale; leave one of them out',
    },
    {
      title: 'logit scale',
      inputs: [float([2, 3]), float([2, 3]), float([2])],
      run: ([a, b, logitScale]) => infoNce(a, b, { logitScale }),
      message: 'infoNce: expected one {float} element as logitScale, came {float} [2]',
    },
    ...lossErrors('infoNce', [float([2, 3]), float([2, 3])], ([a, b], options) => infoNce(a, b, options)),
  ],
};
