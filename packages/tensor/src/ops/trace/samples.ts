import { float, floats, integers, type OpSamples } from '../../testing/sample.ts';
import { trace } from './trace.ts';

export const traceSamples: OpSamples = {
  class: 'reduction',
  samples: [
    { title: 'one element', inputs: [float([1, 1])], out: [], run: ([x]) => trace(x) },
    {
      title: 'NaN off the diagonal stays out',
      inputs: [floats([1, Number.NaN, Infinity, 2], [2, 2])],
      out: [],
      run: ([x]) => trace(x),
      expected: [3],
      gradient: 'none',
    },
    { title: 'odd size', inputs: [float([5, 5])], out: [], run: ([x]) => trace(x), reduces: 5 },
    { title: 'rank 6', inputs: [float([2, 1, 2, 1, 3, 3])], out: [2, 1, 2, 1], run: ([x]) => trace(x), reduces: 3 },
    { title: 'empty', inputs: [float([2, 0, 0])], out: [2], run: ([x]) => trace(x), expected: [0, 0] },
    { title: 'empty batch', inputs: [float([0, 2, 2])], out: [0], run: ([x]) => trace(x) },
  ],
  errors: [
    {
      title: 'a vector',
      inputs: [float([3])],
      run: ([x]) => void trace(x),
      message: 'trace: expected square matrices, came [3]',
    },
    {
      title: 'not square',
      inputs: [float([2, 3, 4])],
      run: ([x]) => void trace(x),
      message: 'trace: expected square matrices, came [2, 3, 4]',
    },
    {
      title: 'integers',
      inputs: [integers([1], [1, 1])],
      run: ([x]) => void trace(x),
      message: 'trace: expected a float tensor, came i32; cast() it',
    },
  ],
};
