import { bools, float, floats, integers, type OpSample, type OpSamples } from '../../testing/sample.ts';
import { nearestRows } from './nearest-rows.ts';

const whole: Pick<OpSample, 'outDType' | 'gradient'> = { outDType: 'i32', gradient: 'none' };
const nan = Number.NaN;

export const nearestRowsSamples: OpSamples = {
  class: 'exact',
  samples: [
    {
      title: 'one element',
      inputs: [float([1, 1, 1]), float([1, 1, 1])],
      out: [1, 1],
      run: ([a, b]) => nearestRows(a, b),
      expected: [0],
      ...whole,
    },
    {
      title: 'on a line, the first of equals',
      inputs: [floats([0, 1, 5, 9], [1, 4, 1]), floats([2, 0, 8, 2], [1, 4, 1])],
      out: [1, 4],
      run: ([a, b]) => nearestRows(a, b),
      expected: [1, 0, 0, 2],
      ...whole,
    },
    {
      title: 'groups',
      inputs: [floats([0, 0, 1, 1, 0, 0, 1, 1], [2, 2, 2]), floats([0, 1, 5, 5, 1, 1, 9, 9, 0, 0, 2, 2], [2, 3, 2])],
      out: [2, 2],
      run: ([a, b]) => nearestRows(a, b),
      expected: [0, 2, 1, 1],
      ...whole,
    },
    {
      // Sums of squares would lose the difference: 1e4² + 1e4² - 2 · 1e4 · 1e4 has an error of 8 in float32.
      title: 'near and far from 0',
      inputs: [floats([10000, 10001], [1, 2, 1]), floats([10000.5, 10000.25, 10001], [1, 3, 1])],
      out: [1, 2],
      run: ([a, b]) => nearestRows(a, b),
      expected: [1, 2],
      ...whole,
    },
    {
      title: 'mask',
      inputs: [floats([0, 9], [1, 2, 1]), floats([0, 5, nan, 8], [1, 4, 1]), bools([0, 1, 0, 1], [1, 4])],
      out: [1, 2],
      run: ([a, b, mask]) => nearestRows(a, b, { mask }),
      expected: [1, 3],
      ...whole,
    },
    {
      title: 'mask of nothing',
      inputs: [floats([9], [1, 1, 1]), floats([0, 5], [1, 2, 1]), bools([0, 0], [1, 2])],
      out: [1, 1],
      run: ([a, b, mask]) => nearestRows(a, b, { mask }),
      expected: [0],
      ...whole,
    },
    {
      title: 'NaN and Infinity',
      inputs: [floats([0, 1, Infinity], [1, 3, 1]), floats([Infinity, 0, nan, 1], [1, 4, 1])],
      out: [1, 3],
      run: ([a, b]) => nearestRows(a, b),
      expected: [2, 2, 0],
      ...whole,
    },
    {
      title: 'everything infinitely far',
      inputs: [floats([0], [1, 1, 1]), floats([Infinity, -Infinity], [1, 2, 1]), bools([0, 1], [1, 2])],
      out: [1, 1],
      run: ([a, b, mask]) => nearestRows(a, b, { mask }),
      expected: [1],
      ...whole,
    },
    {
      title: 'no rows',
      inputs: [float([2, 0, 3]), float([2, 4, 3])],
      out: [2, 0],
      run: ([a, b]) => nearestRows(a, b),
      ...whole,
    },
  ],
  errors: [
    {
      title: 'shapes',
      inputs: [float([2, 3, 3]), float([2, 3, 2])],
      run: ([a, b]) => nearestRows(a, b),
      message:
        'nearestRows: expected a [groups, n, width] and b [groups, m, width] with m > 0, came [2, 3, 3] and [2, 3, 2]',
    },
    {
      title: 'nothing to be near to',
      inputs: [float([1, 3, 2]), float([1, 0, 2])],
      run: ([a, b]) => nearestRows(a, b),
      message:
        'nearestRows: expected a [groups, n, width] and b [groups, m, width] with m > 0, came [1, 3, 2] and [1, 0, 2]',
    },
    {
      title: 'mask',
      inputs: [float([1, 3, 2]), float([1, 4, 2]), bools([1, 1, 1], [1, 3])],
      run: ([a, b, mask]) => nearestRows(a, b, { mask }),
      message: 'nearestRows: expected a mask [1, 4] for b [1, 4, 2], came [1, 3]',
    },
    {
      title: 'mask dtype',
      inputs: [float([1, 3, 2]), float([1, 4, 2]), integers([1, 1, 1, 1], [1, 4])],
      run: ([a, b, mask]) => nearestRows(a, b, { mask }),
      message: 'nearestRows: the mask must be bool, came i32; compare or cast() it',
    },
    {
      title: 'dtypes',
      inputs: [float([1, 1, 1]), integers([1], [1, 1, 1])],
      run: ([a, b]) => nearestRows(a, b),
      message: 'nearestRows: dtypes differ, {float} and i32; cast() one of them',
    },
  ],
};
