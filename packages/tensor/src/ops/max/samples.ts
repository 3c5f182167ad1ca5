import { reductionSamples } from '../../testing/families.ts';
import { bools, integers } from '../../testing/sample.ts';
import { max } from './max.ts';

export const maxSamples = reductionSamples({
  class: 'exact',
  name: 'max',
  golden: 'max',
  run: max,
  empty: -Infinity,
  edges: [
    [[1, Number.NaN, 2], Number.NaN],
    [[Number.NaN, 1], Number.NaN],
    [[-Infinity, -Infinity], -Infinity],
    [[-1e4, -9999], -9999],
  ],
  integers: [
    [[-5, 2 ** 31 - 1, 3], 2 ** 31 - 1, 2 ** 32 - 5],
    [[-(2 ** 31), -7], -7, 2 ** 32 - 7],
  ],
  errors: [
    {
      title: 'no integers',
      inputs: [integers([], [2, 0])],
      run: ([x]) => max(x, { axes: 1 }),
      message: 'max: no i32 is the max of nothing: [2, 0] is empty',
    },
    {
      title: 'bool',
      inputs: [bools([1, 0])],
      run: ([x]) => max(x),
      message: 'max: expected a float tensor, came bool; cast() it',
    },
  ],
});
