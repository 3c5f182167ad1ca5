import { bools, float, floats, integers, type OpSamples } from '../../testing/sample.ts';
import { mul } from '../mul/mul.ts';
import { chunk, narrow, select, slice, sliceAxes, split, unstack } from './slice.ts';

export const sliceSamples: OpSamples = {
  class: 'exact',
  goldens: {
    slice: ([x], { starts = [], ends = [], steps = [] }) =>
      sliceAxes(
        x,
        starts.map((start, i) => ({ start, end: ends[i], step: steps[i] })),
      ),
  },
  samples: [
    { title: 'one element', inputs: [float([1])], out: [1], run: ([x]) => slice(x, { start: 0, end: 1 }) },
    { title: 'rows', inputs: [float([5, 3])], out: [2, 3], run: ([x]) => slice(x, { start: 1, end: 3 }) },
    { title: 'columns', inputs: [float([3, 9])], out: [3, 4], run: ([x]) => slice(x, { axis: 1, start: 2, end: 6 }) },
    {
      title: 'from the back',
      inputs: [float([2, 6])],
      out: [2, 3],
      run: ([x]) => slice(x, { axis: -1, start: -4, end: -1 }),
    },
    { title: 'to the end', inputs: [float([2, 6])], out: [2, 2], run: ([x]) => slice(x, { axis: -1, start: 4 }) },
    { title: 'all of it', inputs: [float([2, 3])], out: [2, 3], run: ([x]) => slice(x, {}) },
    {
      title: 'rank 6',
      inputs: [float([2, 1, 4, 2, 1, 3])],
      out: [2, 1, 2, 2, 1, 3],
      run: ([x]) => slice(x, { axis: 2, start: 1, end: 3 }),
    },
    {
      title: 'two parts of one split',
      inputs: [float([3, 7])],
      out: [3, 2],
      run: ([x]) => {
        const [a, , b] = split(x, [2, 3, 2]);
        return mul(a, b);
      },
    },
    {
      title: 'nothing of it',
      inputs: [float([2, 3])],
      out: [2, 0],
      run: ([x]) => slice(x, { axis: 1, start: 2, end: 2 }),
    },
    { title: 'empty', inputs: [float([0, 3])], out: [0, 2], run: ([x]) => slice(x, { axis: 1, end: 2 }) },
    {
      title: 'integers',
      inputs: [integers([1, 2, 3, 4])],
      out: [2],
      outDType: 'i32',
      run: ([x]) => slice(x, { start: 1, end: 3 }),
      expected: [2, 3],
    },
    {
      title: 'every second',
      inputs: [floats([1, 2, 3, 4, 5])],
      out: [3],
      run: ([x]) => slice(x, { step: 2 }),
      expected: [1, 3, 5],
    },
    {
      title: 'backwards',
      inputs: [floats([1, 2, 3, 4, 5])],
      out: [2],
      run: ([x]) => slice(x, { start: 3, end: -5, step: -2 }),
      expected: [4, 2],
    },
    {
      title: 'backwards to the beginning',
      inputs: [float([2, 4])],
      out: [2, 4],
      run: ([x]) => slice(x, { axis: 1, step: -1 }),
    },
    { title: 'nothing backwards', inputs: [float([0])], out: [0], run: ([x]) => slice(x, { step: -1 }) },
    {
      title: 'several axes',
      inputs: [float([3, 5, 2, 4])],
      out: [2, 2, 4],
      run: ([x]) => sliceAxes(x, [-1, { start: 1, end: 4, step: 2 }, null, { step: -1 }]),
    },
    { title: 'one element of all axes', inputs: [float([2, 3])], out: [], run: ([x]) => sliceAxes(x, [1, 2]) },
    {
      title: 'narrow',
      inputs: [float([2, 5])],
      out: [2, 3],
      run: ([x]) => narrow(x, { axis: -1, start: -4, length: 3 }),
    },
    { title: 'select', inputs: [float([2, 3, 4])], out: [2, 4], run: ([x]) => select(x, { axis: 1, index: -1 }) },
    { title: 'chunks', inputs: [floats([1, 2, 3, 4, 5])], out: [1], run: ([x]) => chunk(x, 3)[2], expected: [5] },
    { title: 'unstack', inputs: [float([3, 2])], out: [3], run: ([x]) => unstack(x, { axis: 1 })[1] },
    {
      title: 'bools',
      inputs: [bools([1, 0, 1])],
      out: [2],
      run: ([x]) => slice(x, { step: -2 }),
      outDType: 'bool',
      expected: [1, 1],
    },
  ],
  errors: [
    {
      title: 'negative sizes of split',
      inputs: [float([2, 3])],
      run: ([x]) => {
        split(x, [-1, 4]);
      },
      message: 'split: sizes [-1, 4] must be whole numbers >= 0',
    },
    {
      title: 'fractional sizes of split',
      inputs: [float([2, 3])],
      run: ([x]) => {
        split(x, [1.5, 1.5]);
      },
      message: 'split: sizes [1.5, 1.5] must be whole numbers >= 0',
    },
    {
      title: 'lists of sliceAxes',
      inputs: [float([2, 3])],
      run: ([x]) => sliceAxes(x, [JSON.parse('[0, 1]')]),
      message: 'sliceAxes: a range is { start, end, step }, came [0,1]',
    },
    {
      title: 'positions of slice',
      inputs: [float([2, 3])],
      run: ([x]) => slice(x, JSON.parse('[0, 1]')),
      message: 'slice: a range is { start, end, step }, came [0,1]',
    },

    {
      title: 'past the end',
      inputs: [float([2, 3])],
      run: ([x]) => slice(x, { axis: 1, start: 1, end: 4 }),
      message: 'slice: 1 to 4 is outside axis 1, which has 3 elements',
    },
    {
      title: 'backwards',
      inputs: [float([2, 3])],
      run: ([x]) => slice(x, { axis: 1, start: 2, end: 1 }),
      message: 'slice: 2 to 1 is outside axis 1, which has 3 elements',
    },
    {
      title: 'before the beginning',
      inputs: [float([3])],
      run: ([x]) => slice(x, { start: -4 }),
      message: 'slice: -4 to the end is outside axis 0, which has 3 elements',
    },
    {
      title: 'sizes of split',
      inputs: [float([2, 3])],
      run: ([x]) => split(x, [1, 1]),
      message: 'split: sizes [1, 1] add up to 2, axis -1 has 3',
    },
    {
      title: 'step',
      inputs: [float([3])],
      run: ([x]) => slice(x, { step: 0 }),
      message: 'slice: step 0 of axis 0 must be a whole number other than 0',
    },
    {
      title: 'backwards in order',
      inputs: [float([3])],
      run: ([x]) => slice(x, { start: 0, end: 2, step: -1 }),
      message: 'slice: 0 to 2 in steps of -1 is outside axis 0, which has 3 elements',
    },
    {
      title: 'too many ranges',
      inputs: [float([3])],
      run: ([x]) => sliceAxes(x, [null, 1]),
      message: 'sliceAxes: came with 2 ranges for [3] of rank 1',
    },
    {
      title: 'index',
      inputs: [float([3])],
      run: ([x]) => sliceAxes(x, [3]),
      message: 'sliceAxes: index 3 is outside axis 0, which has 3 elements',
    },
    {
      title: 'select',
      inputs: [float([3])],
      run: ([x]) => select(x, { axis: 0, index: -4 }),
      message: 'select: index -4 is outside axis 0, which has 3 elements',
    },
    {
      title: 'narrow',
      inputs: [float([3])],
      run: ([x]) => narrow(x, { axis: 0, start: 2, length: 2 }),
      message: 'narrow: 2 elements from 2 are outside axis 0, which has 3 elements',
    },
    {
      title: 'chunk',
      inputs: [float([3])],
      run: ([x]) => chunk(x, 0),
      message: 'chunk: count 0 must be a whole number >= 1',
    },
  ],
};
