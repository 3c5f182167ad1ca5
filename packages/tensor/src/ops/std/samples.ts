import { grad } from '../../tape.ts';
import { reductionSamples } from '../../testing/families.ts';
import { float, floats } from '../../testing/sample.ts';
import { sum } from '../sum/sum.ts';
import { std } from './std.ts';

export const stdSamples = reductionSamples({
  name: 'std',
  golden: { std: ([x], { axes, keepDims, correction }) => std(x, { axes, keepDims, correction }) },
  run: std,
  empty: Number.NaN,
  edges: [
    [[1, Number.NaN], Number.NaN],
    [[Infinity, 1], Number.NaN],
    [[1, 2, 3, 6], Math.sqrt(3.5)],
    [[1e4, 1e4 + 1, 1e4 - 1], Math.sqrt(2 / 3)],
  ],
  extra: [
    {
      title: 'unbiased',
      inputs: [floats([1, 2, 6, 2, 4, 6], [2, 3])],
      out: [2, 1],
      run: ([x]) => std(x, { axes: 1, keepDims: true, correction: 1 }),
      expected: [Math.sqrt(7), 2],
      reduces: 3,
    },
    {
      title: 'the gradient of no deviation is 0',
      inputs: [floats([0.1, 0.1, 0.1, 1, 2, 3], [2, 3])],
      out: [2, 3],
      run: ([x]) => grad(() => sum(std(x, { axes: 1, correction: 1 })), [x])[0],
      expected: [0, 0, 0, -0.5, 0, 0.5],
      gradient: 'none',
    },
    {
      title: 'one element, unbiased',
      inputs: [floats([4])],
      out: [],
      run: ([x]) => std(x, { correction: 1 }),
      expected: [Number.NaN],
      gradient: 'none',
    },
  ],
  errors: [
    {
      title: 'correction',
      inputs: [float([3])],
      run: ([x]) => std(x, { correction: Infinity }),
      message: 'std: correction Infinity is not a finite number; 0 and 1 are the usual ones',
    },
  ],
});
