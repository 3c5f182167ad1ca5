import { grad } from '../../tape.ts';
import { elementLossSamples } from '../../testing/losses.ts';
import { float, floats } from '../../testing/sample.ts';
import { huberLoss } from './huber-loss.ts';

export const huberLossSamples = elementLossSamples({
  name: 'huberLoss',
  run: huberLoss,
  goldens: { huber: ([x, t], { delta = 1, reduction = 'mean' }) => huberLoss(x, t, { delta, reduction }) },
  edges: [
    [1.5, 1, 0.125],
    [-2, 1, 2.5],
    [2, 1, 0.5],
    [1e4, -1e4, 19999.5],
    [0, 0, 0],
    [-Infinity, 0, Infinity],
    [Number.NaN, 0, Number.NaN],
  ],
  extra: [
    {
      title: 'delta',
      inputs: [float([3, 7]), float([3, 7])],
      out: [],
      run: ([a, b]) => huberLoss(a, b, { delta: 0.3 }),
      reduces: 21,
    },
    {
      title: 'large delta',
      inputs: [float([7]), float([7])],
      out: [7],
      run: ([a, b]) => huberLoss(a, b, { delta: 5, reduction: 'none' }),
    },
    {
      title: 'gradient at the joints and at 0',
      inputs: [floats([-3, -2, -1, 0, 1, 2, 3]), floats(new Array(7).fill(0))],
      out: [7],
      run: ([a, b]) => grad(() => huberLoss(a, b, { delta: 2, reduction: 'sum' }), [a])[0],
      expected: [-2, -2, -1, 0, 1, 2, 2],
      gradient: 'none',
    },
  ],
  errors: [0, -1, Number.NaN, Infinity].map((delta) => ({
    title: `delta ${delta}`,
    inputs: [float([2]), float([2])],
    run: ([a, b]) => {
      huberLoss(a, b, { delta });
    },
    message: `huberLoss: delta is a finite number > 0, came ${delta}`,
  })),
});
