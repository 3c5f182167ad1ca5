import { bools, float, floats, integers, type OpSamples } from '../../testing/sample.ts';
import { searchSorted } from './search-sorted.ts';

const { NaN: nan } = Number;

export const searchSortedSamples: OpSamples = {
  class: 'exact',
  samples: [
    {
      title: 'one element',
      inputs: [floats([0]), floats([1], [])],
      out: [],
      outDType: 'i32',
      run: ([s, v]) => searchSorted(s, v),
      expected: [1],
    },
    {
      title: 'before equal elements',
      inputs: [floats([1, 2, 2, 3, nan]), floats([0, 1, 2, 2.5, 3, Infinity, -Infinity, nan], [2, 4])],
      out: [2, 4],
      outDType: 'i32',
      run: ([s, v]) => searchSorted(s, v),
      expected: [0, 0, 1, 3, 3, 4, 0, 4],
    },
    {
      title: 'after equal elements',
      inputs: [floats([1, 2, 2, 3, nan]), floats([0, 1, 2, 2.5, 3, Infinity, -Infinity, nan], [2, 4])],
      out: [2, 4],
      outDType: 'i32',
      run: ([s, v]) => searchSorted(s, v, { side: 'right' }),
      expected: [0, 1, 3, 3, 4, 4, 0, 5],
    },
    {
      title: 'a list for each row',
      inputs: [floats([1, 2, 3, 10, 20, 30], [2, 3]), floats([2, 0, 30, 31], [2, 2])],
      out: [2, 2],
      outDType: 'i32',
      run: ([s, v]) => searchSorted(s, v),
      expected: [1, 0, 2, 3],
    },
    {
      title: 'integers, rank 6',
      inputs: [integers([-5, 0, 5]), { shape: [2, 1, 2, 1, 2, 2], dtype: 'i32' }],
      out: [2, 1, 2, 1, 2, 2],
      outDType: 'i32',
      run: ([s, v]) => searchSorted(s, v),
    },
    {
      title: 'no list',
      inputs: [floats([]), floats([1, 2])],
      out: [2],
      outDType: 'i32',
      run: ([s, v]) => searchSorted(s, v),
      expected: [0, 0],
    },
    {
      title: 'no values',
      inputs: [floats([1, 2]), floats([], [0, 3])],
      out: [0, 3],
      outDType: 'i32',
      run: ([s, v]) => searchSorted(s, v),
    },
  ],
  errors: [
    {
      title: 'shapes',
      inputs: [float([2, 3]), float([3, 2])],
      run: ([s, v]) => searchSorted(s, v),
      message: 'searchSorted: expected sorted [n], or sorted [..., n] and values [..., k], came [2, 3] and [3, 2]',
    },
    {
      title: 'dtypes',
      inputs: [float([2]), integers([1])],
      run: ([s, v]) => searchSorted(s, v),
      message: 'searchSorted: dtypes differ, {float} and i32; cast() one of them',
    },
    {
      title: 'bools',
      inputs: [bools([0, 1]), bools([1])],
      run: ([s, v]) => searchSorted(s, v),
      message: 'searchSorted: is not defined for bool; cast() to a float type',
    },
  ],
};
