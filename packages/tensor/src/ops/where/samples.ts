import { bools, float, floats, integers, type OpSamples, type SampleTensor } from '../../testing/sample.ts';
import { where } from './where.ts';

const mask = (shape: readonly number[]): SampleTensor => ({ shape, dtype: 'bool' });

export const whereSamples: OpSamples = {
  class: 'exact',
  samples: [
    {
      title: 'one element',
      inputs: [bools([1]), float([1]), float([1])],
      out: [1],
      run: ([c, a, b]) => where(c, a, b),
    },
    {
      title: 'same shape',
      inputs: [mask([3, 5]), float([3, 5]), float([3, 5])],
      out: [3, 5],
      run: ([c, a, b]) => where(c, a, b),
    },
    {
      title: 'three shapes',
      inputs: [mask([3, 1]), float([2, 1, 4]), float([3, 4])],
      out: [2, 3, 4],
      run: ([c, a, b]) => where(c, a, b),
    },
    {
      title: 'rank 6, nothing merges',
      inputs: [mask([2, 1, 2, 1, 2, 1]), float([1, 3, 1, 2, 1, 2]), float([2])],
      out: [2, 3, 2, 2, 2, 2],
      run: ([c, a, b]) => where(c, a, b),
    },
    {
      title: 'wider condition',
      inputs: [mask([4, 3]), float([3]), float([])],
      out: [4, 3],
      run: ([c, a, b]) => where(c, a, b),
    },
    { title: 'numbers', inputs: [bools([1, 0, 1])], out: [3], run: ([c]) => where(c, 2, -1), expected: [2, -1, 2] },
    { title: 'a number beside a tensor', inputs: [mask([7]), float([7])], out: [7], run: ([c, a]) => where(c, 0.5, a) },
    {
      title: 'what is not taken does not matter',
      inputs: [bools([1, 0, 1]), floats([1, Number.NaN, 3]), floats([Infinity, 2, Number.NaN])],
      out: [3],
      run: ([c, a, b]) => where(c, a, b),
      expected: [1, 2, 3],
      gradient: 'none',
    },
    {
      title: 'integers',
      inputs: [bools([0, 1]), integers([1, 2]), integers([3, -4])],
      out: [2],
      outDType: 'i32',
      run: ([c, a, b]) => where(c, a, b),
      expected: [3, 2],
    },
    { title: 'repeated input', inputs: [mask([5]), float([5])], out: [5], run: ([c, a]) => where(c, a, a) },
    { title: 'empty', inputs: [mask([0, 3]), float([3]), float([])], out: [0, 3], run: ([c, a, b]) => where(c, a, b) },
  ],
  errors: [
    {
      title: 'fraction beside integers',
      inputs: [bools([1, 0]), integers([1, 2])],
      run: ([c, x]) => where(c, x, 0.5),
      message: 'where: 0.5 is no i32: expected a whole number from -2147483648 to 2147483647',
    },

    {
      title: 'condition',
      inputs: [float([2]), float([2]), float([2])],
      run: ([c, a, b]) => where(c, a, b),
      message: 'where: the condition must be bool, came {float}; compare or cast() it',
    },
    {
      title: 'dtypes',
      inputs: [bools([1, 0]), float([2]), integers([1, 2])],
      run: ([c, a, b]) => where(c, a, b),
      message: 'where: dtypes differ, {float} and i32; cast() one of them',
    },
    {
      title: 'shapes',
      inputs: [bools([1, 0]), float([3]), float([3])],
      run: ([c, a, b]) => where(c, a, b),
      message: 'where: shapes do not broadcast, a [2], b [3]: 2 != 3 at axis -1; reshape or expand one of them',
    },
  ],
};
