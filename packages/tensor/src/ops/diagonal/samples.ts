import { float, floats, integers, type OpSamples } from '../../testing/sample.ts';
import { diagonal, trace } from './diagonal.ts';

export const diagonalSamples: OpSamples = {
  class: 'exact',
  goldens: {
    diagonal: ([x], { axes = [], offset }) => diagonal(x, { axes: [axes[0], axes[1]], offset }),
  },
  samples: [
    { title: 'one element', inputs: [float([1, 1])], out: [1], run: ([x]) => diagonal(x) },
    { title: 'empty', inputs: [float([0, 3])], out: [0], run: ([x]) => diagonal(x) },
    {
      title: 'above',
      inputs: [floats([1, 2, 3, 4, 5, 6], [2, 3])],
      out: [2],
      run: ([x]) => diagonal(x, { offset: 1 }),
      expected: [2, 6],
    },
    {
      title: 'below',
      inputs: [floats([1, 2, 3, 4, 5, 6], [2, 3])],
      out: [1],
      run: ([x]) => diagonal(x, { offset: -1 }),
      expected: [4],
    },
    { title: 'outside', inputs: [float([2, 3])], out: [0], run: ([x]) => diagonal(x, { offset: 3 }) },
    { title: 'axes', inputs: [float([3, 2, 4])], out: [2, 3], run: ([x]) => diagonal(x, { axes: [2, 0] }) },
    {
      title: 'rank 6',
      inputs: [float([2, 1, 3, 2, 1, 2])],
      out: [2, 1, 1, 2, 2],
      run: ([x]) => diagonal(x, { axes: [2, 3] }),
    },
    {
      title: 'trace',
      inputs: [floats([1, 2, 3, 4], [2, 2])],
      out: [],
      run: ([x]) => trace(x),
      expected: [5],
      reduces: 2,
    },
    {
      title: 'integers',
      inputs: [integers([1, 2, 3, 4], [2, 2])],
      out: [2],
      run: ([x]) => diagonal(x),
      outDType: 'i32',
      expected: [1, 4],
    },
  ],
  errors: [
    {
      title: 'offset of trace',
      inputs: [float([2, 2])],
      run: ([x]) => trace(x, { offset: 0.5 }),
      message: 'trace: offset 0.5 is not a whole number',
    },

    {
      title: 'axis twice',
      inputs: [float([2, 2])],
      run: ([x]) => diagonal(x, { axes: [0, -2] }),
      message: 'diagonal: axes [0, -2] name one axis twice',
    },
    {
      title: 'vector',
      inputs: [float([2])],
      run: ([x]) => diagonal(x),
      message: 'diagonal: axis -2 is outside a tensor of rank 1: expected -1 to 0',
    },
    {
      title: 'fraction',
      inputs: [float([2, 2])],
      run: ([x]) => diagonal(x, { offset: 0.5 }),
      message: 'diagonal: offset 0.5 is not a whole number',
    },
  ],
};
