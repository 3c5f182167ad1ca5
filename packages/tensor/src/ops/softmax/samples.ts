import { float, floats, integers, type OpSamples } from '../../testing/sample.ts';
import { softmax } from './softmax.ts';

export const softmaxSamples: OpSamples = {
  class: 'rows',
  goldens: { softmax: ([x], { axis }) => softmax(x, { axis }) },
  samples: [
    { title: 'one element', inputs: [float([1])], out: [1], run: ([x]) => softmax(x), expected: [1] },
    { title: 'rows', inputs: [float([3, 7])], out: [3, 7], run: ([x]) => softmax(x), reduces: 7 },
    { title: 'rows of one', inputs: [float([4, 1])], out: [4, 1], run: ([x]) => softmax(x), expected: [1, 1, 1, 1] },
    { title: 'first axis', inputs: [float([3, 5])], out: [3, 5], run: ([x]) => softmax(x, { axis: 0 }), reduces: 3 },
    {
      title: 'middle axis',
      inputs: [float([2, 3, 5])],
      out: [2, 3, 5],
      run: ([x]) => softmax(x, { axis: 1 }),
      reduces: 3,
    },
    {
      title: 'rank 6',
      inputs: [float([2, 1, 3, 1, 2, 2])],
      out: [2, 1, 3, 1, 2, 2],
      run: ([x]) => softmax(x, { axis: 2 }),
      reduces: 3,
    },
    { title: 'long', inputs: [float([2, 341], [-4, 4])], out: [2, 341], run: ([x]) => softmax(x), reduces: 341 },
    {
      title: 'large numbers',
      inputs: [floats([1e4, -1e4, 0, -1e4, -1e4, -1e4, 1e4, 1e4, -1e4], [3, 3])],
      out: [3, 3],
      run: ([x]) => softmax(x),
      expected: [1, 0, 0, 1 / 3, 1 / 3, 1 / 3, 0.5, 0.5, 0],
    },
    {
      title: 'minus infinity is impossible',
      inputs: [floats([0, -Infinity, 0, -Infinity, 5, -Infinity], [2, 3])],
      out: [2, 3],
      run: ([x]) => softmax(x),
      expected: [0.5, 0, 0.5, 0, 1, 0],
      gradient: 'none',
    },
    {
      title: 'NaN and rows without a finite number',
      inputs: [floats([0, Number.NaN, 0, Infinity, -Infinity, -Infinity, 1, 1], [4, 2])],
      out: [4, 2],
      run: ([x]) => softmax(x),
      expected: [...new Array<number>(6).fill(Number.NaN), 0.5, 0.5],
      gradient: 'none',
    },
    { title: 'no rows', inputs: [float([0, 3])], out: [0, 3], run: ([x]) => softmax(x) },
    { title: 'empty rows', inputs: [float([3, 0])], out: [3, 0], run: ([x]) => softmax(x) },
  ],
  errors: [
    {
      title: 'axis',
      inputs: [float([2, 3])],
      run: ([x]) => softmax(x, { axis: -3 }),
      message: 'softmax: axis -3 is outside a tensor of rank 2: expected -2 to 1',
    },
    {
      title: 'scalar',
      inputs: [float([])],
      run: ([x]) => softmax(x),
      message: 'softmax: axis -1 is outside a tensor of rank 0: expected 0 to -1',
    },
    {
      title: 'integers',
      inputs: [integers([1, 2])],
      run: ([x]) => softmax(x),
      message: 'softmax: expected a float tensor, came i32; cast() it',
    },
  ],
};
