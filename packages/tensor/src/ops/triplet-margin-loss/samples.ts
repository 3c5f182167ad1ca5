import { lossErrors } from '../../testing/losses.ts';
import { bools, float, floats, type OpSamples } from '../../testing/sample.ts';
import { tripletMarginLoss } from './triplet-margin-loss.ts';

const three = (shape: readonly number[]) => [float(shape), float(shape), float(shape)];

export const tripletMarginLossSamples: OpSamples = {
  class: 'reduction',
  goldens: {
    'triplet-margin': ([a, p, n], { margin = 1, swap = false, reduction = 'mean' }) =>
      tripletMarginLoss(a, p, n, { margin, swap, reduction }),
  },
  samples: [
    {
      title: 'one element',
      inputs: three([1]),
      out: [],
      run: ([a, p, n]) => tripletMarginLoss(a, p, n, { margin: 5 }),
    },
    {
      title: 'rows',
      inputs: three([2, 3, 4]),
      out: [2, 3],
      run: ([a, p, n]) => tripletMarginLoss(a, p, n, { margin: 3, reduction: 'none' }),
      reduces: 4,
      terms: 3,
    },
    {
      title: 'swap, mean',
      inputs: three([5, 4]),
      out: [],
      run: ([a, p, n]) => tripletMarginLoss(a, p, n, { swap: true }),
      reduces: 20,
      terms: 3,
    },
    {
      title: 'by hand, and far enough',
      inputs: [floats([0, 0, 0, 0], [2, 2]), floats([3, 4, 3, 4], [2, 2]), floats([0, 5.5, 60, 80], [2, 2])],
      out: [2],
      run: ([a, p, n]) => tripletMarginLoss(a, p, n, { eps: 1e-30, reduction: 'none' }),
      expected: [0.5, 0],
      terms: 5,
    },
    {
      title: 'mask',
      inputs: [...three([3, 4]), bools([1, 0, 1])],
      out: [],
      run: ([a, p, n, mask]) => tripletMarginLoss(a, p, n, { mask, margin: 3 }),
      reduces: 8,
      terms: 3,
    },
    {
      title: 'NaN',
      inputs: [floats([Number.NaN, 0]), floats([3, 4]), floats([0, 5])],
      out: [],
      run: ([a, p, n]) => tripletMarginLoss(a, p, n),
      expected: [Number.NaN],
      gradient: 'none',
    },
    { title: 'empty', inputs: three([0, 3]), out: [], run: ([a, p, n]) => tripletMarginLoss(a, p, n), expected: [0] },
  ],
  errors: [
    {
      title: 'shapes',
      inputs: [float([2, 3]), float([2, 3]), float([3])],
      run: ([a, p, n]) => tripletMarginLoss(a, p, n),
      message:
        'tripletMarginLoss: expected anchor and negative of one shape, came [2, 3] and [3]; reshape or expand one of them',
    },
    {
      title: 'scalar',
      inputs: three([]),
      run: ([a, p, n]) => tripletMarginLoss(a, p, n),
      message: 'tripletMarginLoss: expected anchor [..., width], came []',
    },
    {
      title: 'margin',
      inputs: three([2, 3]),
      run: ([a, p, n]) => tripletMarginLoss(a, p, n, { margin: -1 }),
      message: 'tripletMarginLoss: margin is a finite number >= 0, came -1',
    },
    ...lossErrors('tripletMarginLoss', three([2, 3]), ([a, p, n], options) => tripletMarginLoss(a, p, n, options)),
  ],
};
