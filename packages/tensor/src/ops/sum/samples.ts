import { reductionSamples } from '../../testing/families.ts';
import { bools } from '../../testing/sample.ts';
import { sum } from './sum.ts';

export const sumSamples = reductionSamples({
  name: 'sum',
  golden: 'sum',
  run: sum,
  empty: 0,
  edges: [
    [[1, Number.NaN], Number.NaN],
    [[Infinity, 1], Infinity],
    [[Infinity, -Infinity], Number.NaN],
    [[1e4, 1, -1e4], 1],
  ],
  integers: [
    [[5, -7, 3], 1, 1],
    [[2 ** 31 - 1, 2 ** 31 - 1, 4], 2, 2],
    [[], 0, 0],
  ],
  extra: [
    {
      title: 'bool is counted',
      inputs: [bools([1, 0, 1, 1, 0, 0], [2, 3])],
      out: [2],
      outDType: 'i32',
      run: ([x]) => sum(x, { axes: -1 }),
      expected: [2, 1],
    },
    {
      title: 'integers over scattered axes',
      inputs: [{ shape: [2, 3, 2], dtype: 'i32' }],
      out: [3],
      outDType: 'i32',
      run: ([x]) => sum(x, { axes: [0, 2] }),
    },
  ],
});
