import { float, integers, type OpSamples } from '../../testing/sample.ts';
import { moveAxis, permute, swapAxes, transpose } from './permute.ts';

export const permuteSamples: OpSamples = {
  class: 'exact',
  goldens: {
    permute: ([x], { axes = [] }) => permute(x, axes),
  },
  samples: [
    { title: 'scalar', inputs: [float([])], out: [], run: ([x]) => permute(x, []) },
    { title: 'one element', inputs: [float([1, 1])], out: [1, 1], run: ([x]) => permute(x, [1, 0]) },
    { title: 'transpose', inputs: [float([2, 3, 5])], out: [2, 5, 3], run: ([x]) => transpose(x) },
    { title: 'rotate', inputs: [float([2, 3, 4])], out: [4, 2, 3], run: ([x]) => permute(x, [2, 0, 1]) },
    { title: 'negative axes', inputs: [float([2, 3, 4])], out: [4, 3, 2], run: ([x]) => permute(x, [-1, -2, -3]) },
    { title: 'nothing moves', inputs: [float([2, 3])], out: [2, 3], run: ([x]) => permute(x, [0, 1]) },
    {
      title: 'heads before tokens',
      inputs: [float([2, 5, 3, 4])],
      out: [2, 3, 5, 4],
      run: ([x]) => permute(x, [0, 2, 1, 3]),
    },
    {
      title: 'rank 6, reversed',
      inputs: [float([2, 1, 3, 2, 1, 4])],
      out: [4, 1, 2, 3, 1, 2],
      run: ([x]) => permute(x, [5, 4, 3, 2, 1, 0]),
    },
    { title: 'long', inputs: [float([33, 17])], out: [17, 33], run: ([x]) => transpose(x) },
    { title: 'empty', inputs: [float([0, 3])], out: [3, 0], run: ([x]) => permute(x, [1, 0]) },
    {
      title: 'integers',
      inputs: [integers([1, 2, 3, 4, 5, 6], [2, 3])],
      out: [3, 2],
      outDType: 'i32',
      run: ([x]) => transpose(x),
      expected: [1, 4, 2, 5, 3, 6],
    },
    { title: 'swap axes', inputs: [float([2, 3, 4])], out: [4, 3, 2], run: ([x]) => swapAxes(x, 0, -1) },
    { title: 'move an axis', inputs: [float([2, 3, 4])], out: [3, 4, 2], run: ([x]) => moveAxis(x, 0, -1) },
    { title: 'move axes', inputs: [float([2, 3, 4, 5])], out: [5, 2, 4, 3], run: ([x]) => moveAxis(x, [1, 3], [3, 0]) },
  ],
  errors: [
    {
      title: 'transpose of a vector',
      inputs: [float([3])],
      run: ([x]) => transpose(x),
      message: 'transpose: expected [..., rows, columns], came [3]',
    },

    {
      title: 'too few axes',
      inputs: [float([2, 3])],
      run: ([x]) => permute(x, [0]),
      message: 'permute: axes [0] do not name all 2 axes',
    },
    {
      title: 'axis twice',
      inputs: [float([2, 3])],
      run: ([x]) => permute(x, [0, -2]),
      message: 'permute: axes [0, 0] name one axis twice',
    },
    {
      title: 'axis',
      inputs: [float([2, 3])],
      run: ([x]) => permute(x, [0, 2]),
      message: 'permute: axis 2 is outside a tensor of rank 2: expected -2 to 1',
    },
    {
      title: 'move axes',
      inputs: [float([2, 3])],
      run: ([x]) => moveAxis(x, [0, 1], 0),
      message: 'moveAxis: from [0, 1] and to [0] must be lists of one length, each without repeats',
    },
  ],
};
