import { float, floats, integers, type OpSamples } from '../../testing/sample.ts';
import { logSoftmax } from './log-softmax.ts';

export const logSoftmaxSamples: OpSamples = {
  class: 'rows',
  goldens: { 'log-softmax': ([x], { axis }) => logSoftmax(x, { axis }) },
  samples: [
    { title: 'one element', inputs: [float([1])], out: [1], run: ([x]) => logSoftmax(x), expected: [0] },
    { title: 'rows', inputs: [float([3, 7])], out: [3, 7], run: ([x]) => logSoftmax(x), reduces: 7 },
    { title: 'first axis', inputs: [float([3, 5])], out: [3, 5], run: ([x]) => logSoftmax(x, { axis: 0 }), reduces: 3 },
    {
      title: 'rank 6',
      inputs: [float([2, 1, 3, 1, 2, 2])],
      out: [2, 1, 3, 1, 2, 2],
      run: ([x]) => logSoftmax(x, { axis: 2 }),
      reduces: 3,
    },
    { title: 'long', inputs: [float([2, 341], [-4, 4])], out: [2, 341], run: ([x]) => logSoftmax(x), reduces: 341 },
    {
      title: 'large numbers',
      inputs: [floats([1e4, -1e4, 0, -1e4, -1e4, -1e4], [2, 3])],
      out: [2, 3],
      run: ([x]) => logSoftmax(x),
      expected: [0, -2e4, -1e4, -Math.log(3), -Math.log(3), -Math.log(3)],
      // The result lies beside 1e4 in the sum, so e^y in the gradient has 4 digits fewer (1800 roundings measured).
      tolerance: 100,
    },
    {
      title: 'minus infinity is impossible',
      inputs: [floats([0, -Infinity, -Infinity, 7], [2, 2])],
      out: [2, 2],
      run: ([x]) => logSoftmax(x),
      expected: [0, -Infinity, -Infinity, 0],
      gradient: 'none',
    },
    {
      title: 'NaN',
      inputs: [floats([0, Number.NaN, 1, 1], [2, 2])],
      out: [2, 2],
      run: ([x]) => logSoftmax(x),
      expected: [Number.NaN, Number.NaN, -Math.LN2, -Math.LN2],
      gradient: 'none',
    },
    { title: 'no rows', inputs: [float([0, 3])], out: [0, 3], run: ([x]) => logSoftmax(x) },
    { title: 'empty rows', inputs: [float([3, 0])], out: [3, 0], run: ([x]) => logSoftmax(x) },
  ],
  errors: [
    {
      title: 'axis',
      inputs: [float([2, 3])],
      run: ([x]) => logSoftmax(x, { axis: 2 }),
      message: 'logSoftmax: axis 2 is outside a tensor of rank 2: expected -2 to 1',
    },
    {
      title: 'integers',
      inputs: [integers([1, 2])],
      run: ([x]) => logSoftmax(x),
      message: 'logSoftmax: expected a float tensor, came i32; cast() it',
    },
  ],
};
