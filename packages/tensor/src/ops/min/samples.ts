import { reductionSamples } from '../../testing/families.ts';
import { bools, integers } from '../../testing/sample.ts';
import { min } from './min.ts';

export const minSamples = reductionSamples({
  class: 'exact',
  name: 'min',
  golden: 'min',
  run: min,
  empty: Infinity,
  edges: [
    [[1, Number.NaN, 2], Number.NaN],
    [[Number.NaN, 1], Number.NaN],
    [[Infinity, Infinity], Infinity],
    [[1e4, 9999], 9999],
  ],
  integers: [
    [[-5, 2 ** 31 - 1, 3], -5, 3],
    [[-(2 ** 31), -7], -(2 ** 31), 2 ** 31],
  ],
  errors: [
    {
      title: 'no integers',
      inputs: [integers([], [2, 0])],
      run: ([x]) => min(x, { axes: 1 }),
      message: 'min: no i32 is the min of nothing: [2, 0] is empty',
    },
    {
      title: 'bool',
      inputs: [bools([1, 0])],
      run: ([x]) => min(x),
      message: 'min: expected a float tensor, came bool; cast() it',
    },
  ],
});
