import { grad } from '../../tape.ts';
import { lossErrors } from '../../testing/losses.ts';
import { bools, float, floats, integers, type OpSamples } from '../../testing/sample.ts';
import { cosineEmbeddingLoss } from './cosine-embedding-loss.ts';

export const cosineEmbeddingLossSamples: OpSamples = {
  class: 'reduction',
  goldens: {
    'cosine-embedding': ([a, b, y], { margin = 0, reduction = 'mean' }) =>
      cosineEmbeddingLoss(a, b, y, { margin, reduction }),
  },
  samples: [
    {
      title: 'one pair',
      inputs: [floats([3, 4]), floats([4, 3]), integers([1], [])],
      out: [],
      run: ([a, b, y]) => cosineEmbeddingLoss(a, b, y),
      expected: [0.04],
      terms: 1,
    },
    {
      title: 'one number',
      inputs: [floats([3], [1, 1]), floats([2], [1, 1]), integers([-1])],
      out: [],
      run: ([a, b, y]) => cosineEmbeddingLoss(a, b, y, { margin: 0.25 }),
      expected: [0.75],
      gradient: 'none',
    },
    {
      title: 'pairs',
      inputs: [float([2, 3, 4]), float([2, 3, 4]), integers([1, -1, -1, 1, -1, 1], [2, 3])],
      out: [2, 3],
      run: ([a, b, y]) => cosineEmbeddingLoss(a, b, y, { margin: -1, reduction: 'none' }),
      reduces: 4,
      terms: 1,
    },
    {
      title: 'mask',
      inputs: [floats([3, 4, Number.NaN, 1], [2, 2]), floats([4, 3, 1, 0], [2, 2]), integers([-1, 1]), bools([1, 0])],
      out: [],
      run: ([a, b, y, mask]) => cosineEmbeddingLoss(a, b, y, { mask, margin: 0.5 }),
      expected: [0.46],
      gradient: 'none',
      terms: 1,
    },
    {
      title: 'NaN',
      inputs: [floats([Number.NaN, 4]), floats([4, 3]), integers([-1], [])],
      out: [],
      run: ([a, b, y]) => cosineEmbeddingLoss(a, b, y),
      expected: [Number.NaN],
      gradient: 'none',
    },
    {
      title: 'gradient at the margin',
      inputs: [floats([1, 0]), floats([0, 1]), integers([-1], [])],
      out: [2],
      run: ([a, b, y]) => grad(() => cosineEmbeddingLoss(a, b, y), [a])[0],
      expected: [0, 1],
      gradient: 'none',
    },
    {
      title: 'empty',
      inputs: [float([0, 3]), float([0, 3]), integers([], [0])],
      out: [],
      run: ([a, b, y]) => cosineEmbeddingLoss(a, b, y),
      expected: [0],
    },
  ],
  errors: [
    {
      title: 'label',
      inputs: [float([2, 3]), float([2, 3]), integers([1, 0])],
      run: ([a, b, y]) => cosineEmbeddingLoss(a, b, y),
      message: 'cosineEmbeddingLoss: labels are 1 or -1, came 0 at position 1',
    },
    {
      title: 'shape of labels',
      inputs: [float([2, 3]), float([2, 3]), integers([1])],
      run: ([a, b, y]) => cosineEmbeddingLoss(a, b, y),
      message: 'cosineEmbeddingLoss: expected a and b [..., width] and i32 labels [...], came [2, 3] and i32 [1]',
    },
    {
      title: 'shapes',
      inputs: [float([2, 3]), float([2, 4]), integers([1, 1])],
      run: ([a, b, y]) => cosineEmbeddingLoss(a, b, y),
      message:
        'cosineEmbeddingLoss: expected a and b of one shape, came [2, 3] and [2, 4]; reshape or expand one of them',
    },
    {
      title: 'margin',
      inputs: [float([2, 3]), float([2, 3]), integers([1, 1])],
      run: ([a, b, y]) => cosineEmbeddingLoss(a, b, y, { margin: 2 }),
      message: 'cosineEmbeddingLoss: margin is a number from -1 to 1, came 2',
    },
    ...lossErrors('cosineEmbeddingLoss', [float([2, 3]), float([2, 3]), integers([1, 1])], ([a, b, y], options) =>
      cosineEmbeddingLoss(a, b, y, options),
    ),
  ],
};
