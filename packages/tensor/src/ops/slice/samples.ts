import { float, integers, type OpSamples } from '../../testing/sample.ts';
import { mul } from '../mul/mul.ts';
import { slice, split } from './slice.ts';

export const sliceSamples: OpSamples = {
  class: 'exact',
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
  ],
  errors: [
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
  ],
};
