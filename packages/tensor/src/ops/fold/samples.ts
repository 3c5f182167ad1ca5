import { float, floats, integers, type OpSamples } from '../../testing/sample.ts';
import { fold } from './fold.ts';

export const foldSamples: OpSamples = {
  class: 'exact',
  goldens: {
    fold: ([x], { spatial = [], kernel = [], stride, padding, dilation }) =>
      fold(x, { spatial, kernel, stride, padding, dilation }),
  },
  samples: [
    {
      title: 'one element',
      inputs: [float([1, 1, 1])],
      out: [1, 1, 1],
      run: ([x]) => fold(x, { spatial: [1], kernel: 1 }),
    },
    { title: 'empty', inputs: [float([0, 4, 3])], out: [0, 2, 4], run: ([x]) => fold(x, { spatial: [4], kernel: 2 }) },
    {
      title: 'overlaps',
      inputs: [floats([1, 2, 3, 4], [1, 2, 2])],
      out: [1, 1, 3],
      run: ([x]) => fold(x, { spatial: [3], kernel: 2 }),
      expected: [1, 5, 4],
      reduces: 2,
    },
    {
      title: 'all options',
      inputs: [float([2, 12, 15])],
      out: [2, 2, 4, 5],
      run: ([x]) =>
        fold(x, { spatial: [4, 5], ...{ kernel: [2, 3], stride: [2, 1], padding: [1, 2], dilation: [1, 2] } }),
      reduces: 6,
    },
    {
      title: 'three axes',
      inputs: [float([1, 16, 2])],
      out: [1, 2, 2, 3, 2],
      run: ([x]) => fold(x, { spatial: [2, 3, 2], kernel: 2 }),
      reduces: 2,
    },
  ],
  errors: [
    {
      title: 'columns',
      inputs: [float([1, 4, 4])],
      run: ([x]) => fold(x, { spatial: [4], kernel: 2 }),
      message: 'fold: expected [B, C \u00b7 2, 3] for windows [2] on [4], came [1, 4, 4]',
    },
    {
      title: 'spatial',
      inputs: [float([1, 2, 1])],
      run: ([x]) => fold(x, { spatial: [1.5], kernel: 1 }),
      message: 'fold: dimensions are whole numbers >= 0, came [1.5]',
    },
    {
      title: 'integers',
      inputs: [integers([1], [1, 1, 1])],
      run: ([x]) => fold(x, { spatial: [1], kernel: 1 }),
      message: 'fold: expected a float tensor, came i32; cast() it',
    },
  ],
};
