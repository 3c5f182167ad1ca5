import { float, floats, idsBelow, integers, type OpSamples } from '../../testing/sample.ts';
import { takeBackward } from './take-backward.ts';

export const takeBackwardSamples: OpSamples = {
  class: 'reduction',
  samples: [
    {
      title: 'one element',
      inputs: [float([]), integers([0], [])],
      out: [1],
      run: ([g, i]) => takeBackward(g, i, [1]),
    },
    {
      title: 'repeated positions add up, -1 goes nowhere',
      inputs: [floats([1, 2, 4, 8, 16]), integers([3, 0, -1, 3, 3])],
      out: [2, 2],
      run: ([g, i]) => takeBackward(g, i, [2, 2]),
      expected: [2, 0, 0, 25],
      reduces: 3,
    },
    {
      title: 'rank 6',
      inputs: [float([2, 1, 2, 1, 2, 2]), idsBelow(6, [2, 1, 2, 1, 2, 2])],
      out: [1, 2, 1, 3, 1, 1],
      run: ([g, i]) => takeBackward(g, i, [1, 2, 1, 3, 1, 1]),
      reduces: 16,
    },
    { title: 'empty', inputs: [float([0]), integers([], [0])], out: [3], run: ([g, i]) => takeBackward(g, i, [3]) },
  ],
  errors: [
    {
      title: 'integers',
      inputs: [integers([1]), integers([0])],
      run: ([g, i]) => takeBackward(g, i, [1]),
      message: 'takeBackward: expected a float tensor, came i32; cast() it',
    },
  ],
};
