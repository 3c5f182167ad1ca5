import { bools, float, floats, idsBelow, integers, type OpSamples } from '../../testing/sample.ts';
import { scatter } from './scatter.ts';

export const scatterSamples: OpSamples = {
  class: 'exact',
  goldens: { scatter: ([x, ids, source], { axis, value }) => scatter(x, ids, source ?? value ?? 0, { axis }) },
  samples: [
    {
      title: 'one element',
      inputs: [float([1]), integers([0]), float([1])],
      out: [1],
      run: ([x, i, s]) => scatter(x, i, s),
    },
    {
      title: 'of equal ids the last wins',
      inputs: [floats([100, 200, 300]), integers([2, 0, 2, 2]), floats([1, 2, 4, 8])],
      out: [3],
      run: ([x, i, s]) => scatter(x, i, s),
      expected: [2, 200, 8],
    },
    {
      title: 'many equal ids, first axis',
      inputs: [float([3, 4]), idsBelow(3, [5, 4]), float([5, 4])],
      out: [3, 4],
      run: ([x, i, s]) => scatter(x, i, s, { axis: 0 }),
    },
    {
      title: 'a larger source, ids shorter along other axes',
      inputs: [float([3, 4]), idsBelow(4, [2, 3]), float([4, 5])],
      out: [3, 4],
      run: ([x, i, s]) => scatter(x, i, s),
    },
    {
      title: 'rank 6',
      inputs: [float([2, 1, 3, 2, 1, 2]), idsBelow(3, [2, 1, 2, 1, 1, 2]), float([2, 1, 2, 1, 1, 2])],
      out: [2, 1, 3, 2, 1, 2],
      run: ([x, i, s]) => scatter(x, i, s, { axis: -4 }),
    },
    {
      title: 'a number',
      inputs: [floats([1, 2, 3, 4], [2, 2]), integers([1, 0], [2, 1])],
      out: [2, 2],
      run: ([x, i]) => scatter(x, i, 0.5),
      expected: [1, 0.5, 0.5, 4],
    },
    {
      title: 'integers',
      inputs: [integers([1, 2, 3]), integers([1])],
      out: [3],
      outDType: 'i32',
      run: ([x, i]) => scatter(x, i, -7),
      expected: [1, -7, 3],
    },
    {
      title: 'bools',
      inputs: [bools([0, 0, 0]), integers([2, 0]), bools([1, 1])],
      out: [3],
      outDType: 'bool',
      run: ([x, i, s]) => scatter(x, i, s),
      expected: [1, 0, 1],
    },
    {
      title: 'no ids',
      inputs: [float([2, 3]), integers([], [2, 0]), float([2, 0])],
      out: [2, 3],
      run: ([x, i, s]) => scatter(x, i, s),
    },
    {
      title: 'empty',
      inputs: [float([0, 3]), integers([], [0, 2]), float([0, 2])],
      out: [0, 3],
      run: ([x, i, s]) => scatter(x, i, s),
    },
    {
      title: 'what is covered does not matter',
      inputs: [floats([Number.NaN, Infinity, Number.NaN]), integers([0, 0, 1]), floats([Number.NaN, 5, -Infinity])],
      out: [3],
      run: ([x, i, s]) => scatter(x, i, s),
      expected: [5, -Infinity, Number.NaN],
      gradient: 'none',
    },
  ],
  errors: [
    {
      title: 'id too large',
      inputs: [float([3]), integers([0, 3]), float([2])],
      run: ([x, i, s]) => scatter(x, i, s),
      message: 'scatter: id 3 at position 1 is outside 0 to 2',
    },
    {
      title: 'source too small',
      inputs: [float([3]), integers([0, 1]), float([1])],
      run: ([x, i, s]) => scatter(x, i, s),
      message: 'scatter: source [1] must be at least as large as ids [2] along every axis',
    },
    {
      title: 'ranks',
      inputs: [float([3, 1]), integers([0, 1]), float([2])],
      run: ([x, i, s]) => scatter(x, i, s),
      message: 'scatter: ids [2] must have the rank of x [3, 1]; reshape them',
    },
    {
      title: 'dtypes',
      inputs: [float([1]), integers([0]), integers([1])],
      run: ([x, i, s]) => scatter(x, i, s),
      message: 'scatter: dtypes differ, {float} and i32; cast() one of them',
    },
    {
      title: 'a number that the dtype cannot hold',
      inputs: [integers([1]), integers([0])],
      run: ([x, i]) => scatter(x, i, 0.5),
      message: 'scatter: 0.5 is no i32: expected a whole number from -2147483648 to 2147483647',
    },
  ],
};
