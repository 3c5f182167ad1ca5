import { elementLossSamples } from '../../testing/losses.ts';
import { float, floats } from '../../testing/sample.ts';
import { smoothL1Loss } from './smooth-l1-loss.ts';

export const smoothL1LossSamples = elementLossSamples({
  name: 'smoothL1Loss',
  run: smoothL1Loss,
  goldens: { 'smooth-l1': ([x, t], { beta = 1, reduction = 'mean' }) => smoothL1Loss(x, t, { beta, reduction }) },
  edges: [
    [1.5, 1, 0.125],
    [-2, 1, 2.5],
    [2, 1, 0.5],
    [1e4, -1e4, 19999.5],
    [Infinity, 0, Infinity],
    [Number.NaN, 0, Number.NaN],
  ],
  extra: [
    {
      title: 'beta',
      inputs: [float([3, 7]), float([3, 7])],
      out: [],
      run: ([a, b]) => smoothL1Loss(a, b, { beta: 0.3 }),
      reduces: 21,
    },
    {
      title: 'beta 0',
      inputs: [floats([1, -2, 3]), floats([2, -4, 3.5])],
      out: [3],
      run: ([a, b]) => smoothL1Loss(a, b, { beta: 0, reduction: 'none' }),
      expected: [1, 2, 0.5],
    },
  ],
  errors: [-1, Number.NaN, Infinity].map((beta) => ({
    title: `beta ${beta}`,
    inputs: [float([2]), float([2])],
    run: ([a, b]) => {
      smoothL1Loss(a, b, { beta });
    },
    message: `smoothL1Loss: beta is a finite number >= 0, came ${beta}`,
  })),
});
