import { grad } from '../../tape.ts';
import { elementLossSamples } from '../../testing/losses.ts';
import { floats } from '../../testing/sample.ts';
import { l1Loss } from './l1-loss.ts';

export const l1LossSamples = elementLossSamples({
  name: 'l1Loss',
  run: l1Loss,
  range: [-2, -0.5],
  targets: [0, 2],
  goldens: { l1: ([x, t], { reduction = 'mean' }) => l1Loss(x, t, { reduction }) },
  edges: [
    [3, 1, 2],
    [-1, 1, 2],
    [1e4, -1e4, 2e4],
    [-Infinity, 0, Infinity],
    [Number.NaN, 0, Number.NaN],
  ],
  extra: [
    {
      title: 'gradient at 0',
      inputs: [floats([1, 2, 3]), floats([1, 3, 2])],
      out: [3],
      run: ([a, b]) => grad(() => l1Loss(a, b, { reduction: 'sum' }), [a])[0],
      expected: [0, -1, 1],
      gradient: 'none',
    },
  ],
});
