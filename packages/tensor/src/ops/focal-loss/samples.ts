import type { Tensor } from '../../tensor.ts';
import { elementLossSamples } from '../../testing/losses.ts';
import { float, floats } from '../../testing/sample.ts';
import { focalLoss } from './focal-loss.ts';

export const focalLossSamples = elementLossSamples({
  name: 'focalLoss',
  names: ['logits', 'target'],
  run: focalLoss,
  targets: [0, 1],
  terms: 1,
  goldens: {
    'focal-loss': ([x, t], { gamma = 2, alpha, reduction = 'mean' }) =>
      focalLoss(x, t, { gamma, reduction, ...(alpha === undefined ? {} : { alpha }) }),
  },
  edges: [
    [0, 1, 0.25 * Math.LN2],
    [0, 0, 0.25 * Math.LN2],
    [1e4, 0, 1e4],
    [1e4, 1, 0],
    [-1e4, 1, 1e4],
    [-1e4, 0, 0],
    [Number.NaN, 0, Number.NaN],
  ],
  extra: [
    {
      title: 'alpha, gamma',
      inputs: [float([3, 5]), floats([0, 1, 1, 0, 1, 0, 1, 0, 0, 1, 1, 0, 0, 1, 0], [3, 5])],
      out: [],
      run: ([x, t]) => focalLoss(x, t, { alpha: 0.25, gamma: 1.5 }),
      reduces: 15,
    },
    {
      title: 'gamma 0',
      inputs: [floats([0, 0]), floats([0, 1])],
      out: [2],
      run: ([x, t]) => focalLoss(x, t, { alpha: 0.25, gamma: 0, reduction: 'none' }),
      expected: [0.75 * Math.LN2, 0.25 * Math.LN2],
    },
  ],
  errors: [
    ...[-1, Number.NaN].map((gamma) => ({
      title: `gamma ${gamma}`,
      inputs: [float([2]), float([2])],
      run: ([x, t]: readonly Tensor[]) => {
        focalLoss(x, t, { gamma });
      },
      message: `focalLoss: gamma is a finite number >= 0, came ${gamma}`,
    })),
    ...[-0.1, 1.5, Number.NaN].map((alpha) => ({
      title: `alpha ${alpha}`,
      inputs: [float([2]), float([2])],
      run: ([x, t]: readonly Tensor[]) => {
        focalLoss(x, t, { alpha });
      },
      message: `focalLoss: alpha is a number from 0 to 1, came ${alpha}`,
    })),
  ],
});
