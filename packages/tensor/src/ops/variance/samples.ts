import { reductionSamples } from '../../testing/families.ts';
import { float, floats } from '../../testing/sample.ts';
import { variance } from './variance.ts';

export const varianceSamples = reductionSamples({
  name: 'variance',
  golden: { variance: ([x], { axes, keepDims, correction }) => variance(x, { axes, keepDims, correction }) },
  run: variance,
  empty: Number.NaN,
  edges: [
    [[1, Number.NaN], Number.NaN],
    [[Infinity, 1], Number.NaN],
    [[1, 2, 6], 14 / 3],
    [[1e4, 1e4 + 1, 1e4 - 1], 2 / 3],
    [[2 ** 60, -(2 ** 60)], 2 ** 120],
  ],
  extra: [
    {
      title: 'unbiased',
      inputs: [floats([1, 2, 6, 5, 5, 5], [2, 3])],
      out: [2, 1],
      run: ([x]) => variance(x, { axes: 1, keepDims: true, correction: 1 }),
      expected: [7, 0],
      reduces: 3,
    },
    {
      title: 'half a correction',
      inputs: [float([3, 7])],
      out: [7],
      run: ([x]) => variance(x, { axes: 0, correction: 0.5 }),
      reduces: 3,
    },
    {
      title: 'large mean, small spread',
      inputs: [float([2, 37], [9999, 10001])],
      out: [2],
      run: ([x]) => variance(x, { axes: 1 }),
      reduces: 37,
    },
    {
      title: 'equal elements that no mean of floats hits',
      inputs: [floats(new Array<number>(7).fill(0.1))],
      out: [],
      run: ([x]) => variance(x),
      expected: [0],
    },
    {
      title: 'an outlier first',
      inputs: [floats([1e4, 1, 2, 3, 2, 1], [6])],
      out: [],
      run: ([x]) => variance(x),
      expected: [13883889.805555554],
      reduces: 6,
    },
    {
      title: 'fewer elements than the correction',
      inputs: [floats([4, 4, 1, 3], [2, 2])],
      out: [2],
      run: ([x]) => variance(x, { axes: 1, correction: 2 }),
      expected: [Number.NaN, Infinity],
      gradient: 'none',
    },
    {
      title: 'one element, unbiased',
      inputs: [floats([4])],
      out: [],
      run: ([x]) => variance(x, { correction: 1 }),
      expected: [Number.NaN],
      gradient: 'none',
    },
  ],
  errors: [
    {
      title: 'correction',
      inputs: [float([3])],
      run: ([x]) => variance(x, { correction: Number.NaN }),
      message: 'variance: correction NaN is not a finite number; 0 and 1 are the usual ones',
    },
  ],
});
