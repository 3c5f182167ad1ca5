import { bools, float, integers, type OpSamples } from '../../testing/sample.ts';
import { concat, stack } from './concat.ts';

export const concatSamples: OpSamples = {
  class: 'exact',
  goldens: {
    concat: (xs, { axis }) => concat(xs, { axis }),
    stack: (xs, { axis }) => stack(xs, { axis }),
  },
  samples: [
    { title: 'one tensor', inputs: [float([2, 3])], out: [2, 3], run: (xs) => concat(xs) },
    { title: 'one element each', inputs: [float([1]), float([1])], out: [2], run: (xs) => concat(xs) },
    { title: 'rows', inputs: [float([2, 3]), float([4, 3])], out: [6, 3], run: (xs) => concat(xs) },
    {
      title: 'columns of three',
      inputs: [float([2, 3]), float([2, 1]), float([2, 5])],
      out: [2, 9],
      run: (xs) => concat(xs, { axis: -1 }),
    },
    {
      title: 'middle axis',
      inputs: [float([2, 3, 4]), float([2, 2, 4])],
      out: [2, 5, 4],
      run: (xs) => concat(xs, { axis: 1 }),
    },
    { title: 'repeated input', inputs: [float([2, 3])], out: [2, 6], run: ([x]) => concat([x, x], { axis: 1 }) },
    {
      title: 'rank 6',
      inputs: [float([2, 1, 2, 1, 2, 1]), float([2, 1, 3, 1, 2, 1])],
      out: [2, 1, 5, 1, 2, 1],
      run: (xs) => concat(xs, { axis: 2 }),
    },
    { title: 'stack first', inputs: [float([2, 3]), float([2, 3])], out: [2, 2, 3], run: (xs) => stack(xs) },
    {
      title: 'stack last',
      inputs: [float([2, 3]), float([2, 3])],
      out: [2, 3, 2],
      run: (xs) => stack(xs, { axis: -1 }),
    },
    { title: 'stack scalars', inputs: [float([]), float([])], out: [2], run: (xs) => stack(xs) },
    {
      title: 'with an empty one',
      inputs: [float([2, 3]), float([2, 0])],
      out: [2, 3],
      run: (xs) => concat(xs, { axis: 1 }),
    },
    { title: 'empty', inputs: [float([0, 3]), float([0, 2])], out: [0, 5], run: (xs) => concat(xs, { axis: 1 }) },
    {
      title: 'bools',
      inputs: [bools([1, 0]), bools([1])],
      out: [3],
      outDType: 'bool',
      run: (xs) => concat(xs),
      expected: [1, 0, 1],
    },
  ],
  errors: [
    {
      title: 'stack of two shapes',
      inputs: [float([2]), float([3])],
      run: (xs) => stack(xs),
      message: 'stack: input 1 [3] differs from input 0 [2]',
    },

    {
      title: 'shapes',
      inputs: [float([2, 3]), float([2, 4])],
      run: (xs) => concat(xs),
      message: 'concat: input 1 [2, 4] does not fit input 0 [2, 3] beside axis 0',
    },
    {
      title: 'ranks',
      inputs: [float([2, 3]), float([2])],
      run: (xs) => concat(xs),
      message: 'concat: input 1 [2] does not fit input 0 [2, 3] beside axis 0',
    },
    {
      title: 'dtypes',
      inputs: [float([2]), integers([1])],
      run: (xs) => concat(xs),
      message: 'concat: dtypes differ, {float} and i32; cast() one of them',
    },
    {
      title: 'no tensors',
      inputs: [],
      run: (xs) => concat(xs),
      message: 'concat: came without tensors; pass at least one',
    },
    {
      title: 'no tensors to stack',
      inputs: [],
      run: (xs) => stack(xs),
      message: 'stack: came without tensors; pass at least one',
    },
    {
      title: 'scalars',
      inputs: [float([]), float([])],
      run: (xs) => concat(xs),
      message: 'concat: axis 0 is outside a tensor of rank 0: expected 0 to -1',
    },
  ],
};
