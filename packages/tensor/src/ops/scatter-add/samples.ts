import { float, floats, idsBelow, integers, type OpSamples } from '../../testing/sample.ts';
import { scatterAdd } from './scatter-add.ts';

export const scatterAddSamples: OpSamples = {
  class: 'reduction',
  goldens: { 'scatter-add': ([x, ids, source], { axis }) => scatterAdd(x, ids, source, { axis }) },
  samples: [
    {
      title: 'one element',
      inputs: [float([1]), integers([0]), float([1])],
      out: [1],
      run: ([x, i, s]) => scatterAdd(x, i, s),
      reduces: 2,
    },
    {
      title: 'repeated ids add up',
      inputs: [floats([100, 200, 300]), integers([2, 0, 2, 2]), floats([1, 2, 4, 8])],
      out: [3],
      run: ([x, i, s]) => scatterAdd(x, i, s),
      expected: [102, 200, 313],
      reduces: 4,
    },
    {
      title: 'first axis',
      inputs: [float([3, 4]), idsBelow(3, [5, 4]), float([5, 4])],
      out: [3, 4],
      run: ([x, i, s]) => scatterAdd(x, i, s, { axis: 0 }),
      reduces: 6,
    },
    {
      title: 'a larger source, ids shorter along other axes',
      inputs: [float([3, 4]), idsBelow(4, [2, 3]), float([4, 5])],
      out: [3, 4],
      run: ([x, i, s]) => scatterAdd(x, i, s),
      reduces: 4,
    },
    {
      title: 'rank 6',
      inputs: [float([2, 1, 3, 2, 1, 2]), idsBelow(3, [2, 1, 2, 1, 1, 2]), float([2, 1, 2, 1, 1, 2])],
      out: [2, 1, 3, 2, 1, 2],
      run: ([x, i, s]) => scatterAdd(x, i, s, { axis: -4 }),
      reduces: 3,
    },
    {
      title: 'no ids',
      inputs: [float([2, 3]), integers([], [2, 0]), float([2, 0])],
      out: [2, 3],
      run: ([x, i, s]) => scatterAdd(x, i, s),
    },
    {
      title: 'empty',
      inputs: [float([0, 3]), integers([], [0, 2]), float([0, 2])],
      out: [0, 3],
      run: ([x, i, s]) => scatterAdd(x, i, s),
    },
    {
      title: 'what is not finite',
      inputs: [floats([1, 2, Infinity]), integers([0, 1, 2]), floats([Number.NaN, Infinity, -Infinity])],
      out: [3],
      run: ([x, i, s]) => scatterAdd(x, i, s),
      expected: [Number.NaN, Infinity, Number.NaN],
      gradient: 'none',
    },
  ],
  errors: [
    {
      title: 'id too large',
      inputs: [float([3]), integers([0, 3]), float([2])],
      run: ([x, i, s]) => scatterAdd(x, i, s),
      message: 'scatterAdd: id 3 at position 1 is outside 0 to 2',
    },
    {
      title: 'source too small',
      inputs: [float([3]), integers([0, 1]), float([1])],
      run: ([x, i, s]) => scatterAdd(x, i, s),
      message: 'scatterAdd: source [1] must be at least as large as ids [2] along every axis',
    },
    {
      title: 'rank of the source',
      inputs: [float([3]), integers([0, 1]), float([2, 2])],
      run: ([x, i, s]) => scatterAdd(x, i, s),
      message: 'scatterAdd: source [2, 2] must be at least as large as ids [2] along every axis',
    },
    {
      title: 'ids longer than x',
      inputs: [float([1, 3]), integers([0, 1], [2, 1]), float([2, 1])],
      run: ([x, i, s]) => scatterAdd(x, i, s),
      message:
        'scatterAdd: ids [2, 1] do not fit x [1, 3]: 2 > 1 at axis 0, and only axis 1 may be longer; slice() them',
    },
    {
      title: 'integers',
      inputs: [integers([1]), integers([0]), integers([1])],
      run: ([x, i, s]) => scatterAdd(x, i, s),
      message: 'scatterAdd: expected a float tensor, came i32; cast() it',
    },
    {
      title: 'dtypes',
      inputs: [float([1]), integers([0]), integers([1])],
      run: ([x, i, s]) => scatterAdd(x, i, s),
      message: 'scatterAdd: dtypes differ, {float} and i32; cast() one of them',
    },
  ],
};
