import { float, floats, idsBelow, integers, type OpSamples } from '../../testing/sample.ts';
import { indexAdd } from './index-add.ts';

export const indexAddSamples: OpSamples = {
  class: 'reduction',
  goldens: { 'index-add': ([x, ids, source], { axis }) => indexAdd(x, ids, source, { axis }) },
  samples: [
    {
      title: 'one element',
      inputs: [float([1]), integers([0]), float([1])],
      out: [1],
      run: ([x, i, s]) => indexAdd(x, i, s),
      reduces: 2,
    },
    {
      title: 'repeated ids add up',
      inputs: [floats([100, 200, 300], [3, 1]), integers([2, 0, 2]), floats([1, 2, 4], [3, 1])],
      out: [3, 1],
      run: ([x, i, s]) => indexAdd(x, i, s),
      expected: [102, 200, 305],
      reduces: 3,
    },
    {
      title: 'middle axis',
      inputs: [float([2, 3, 4]), idsBelow(3, [5]), float([2, 5, 4])],
      out: [2, 3, 4],
      run: ([x, i, s]) => indexAdd(x, i, s, { axis: -2 }),
      reduces: 6,
    },
    {
      title: 'rank 6',
      inputs: [float([2, 1, 2, 3, 1, 2]), idsBelow(3, [2]), float([2, 1, 2, 2, 1, 2])],
      out: [2, 1, 2, 3, 1, 2],
      run: ([x, i, s]) => indexAdd(x, i, s, { axis: 3 }),
      reduces: 3,
    },
    {
      title: 'no ids',
      inputs: [float([2, 3]), integers([]), float([0, 3])],
      out: [2, 3],
      run: ([x, i, s]) => indexAdd(x, i, s),
    },
  ],
  errors: [
    {
      title: 'id too large',
      inputs: [float([2]), integers([2]), float([1])],
      run: ([x, i, s]) => indexAdd(x, i, s),
      message: 'indexAdd: id 2 at position 0 is outside 0 to 1',
    },
    {
      title: 'ids of two axes',
      inputs: [float([2]), integers([1], [1, 1]), float([1])],
      run: ([x, i, s]) => indexAdd(x, i, s),
      message: 'indexAdd: ids must be a vector, came [1, 1]; reshape() them',
    },
    {
      title: 'source',
      inputs: [float([2, 3]), integers([1, 0]), float([2, 2])],
      run: ([x, i, s]) => indexAdd(x, i, s),
      message: 'indexAdd: source [2, 2] does not fit x [2, 3] and 2 ids along axis 0: expected [2, 3]',
    },
    {
      title: 'dtypes',
      inputs: [float([1]), integers([0]), integers([1])],
      run: ([x, i, s]) => indexAdd(x, i, s),
      message: 'indexAdd: dtypes differ, {float} and i32; cast() one of them',
    },
  ],
};
