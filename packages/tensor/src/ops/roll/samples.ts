import { float, floats, integers, type OpSamples } from '../../testing/sample.ts';
import { roll } from './roll.ts';

export const rollSamples: OpSamples = {
  class: 'exact',
  goldens: {
    roll: ([x], { shifts = [], axes }) => roll(x, shifts, { axes }),
  },
  samples: [
    { title: 'one element', inputs: [float([1])], out: [1], run: ([x]) => roll(x, 3) },
    { title: 'scalar', inputs: [float([])], out: [], run: ([x]) => roll(x, 1) },
    { title: 'empty', inputs: [float([0, 3])], out: [0, 3], run: ([x]) => roll(x, [1, 1], { axes: [0, 1] }) },
    {
      title: 'all elements',
      inputs: [floats([1, 2, 3, 4, 5, 6], [2, 3])],
      out: [2, 3],
      run: ([x]) => roll(x, 2),
      expected: [5, 6, 1, 2, 3, 4],
    },
    { title: 'two axes', inputs: [float([3, 4])], out: [3, 4], run: ([x]) => roll(x, [1, -6], { axes: [0, -1] }) },
    {
      title: 'an axis twice',
      inputs: [floats([1, 2, 3])],
      out: [3],
      run: ([x]) => roll(x, [1, 1], { axes: [0, 0] }),
      expected: [2, 3, 1],
    },
    { title: 'no axes', inputs: [float([2])], out: [2], run: ([x]) => roll(x, [], { axes: [] }) },
    {
      title: 'integers',
      inputs: [integers([1, 2, 3])],
      out: [3],
      run: ([x]) => roll(x, -1),
      outDType: 'i32',
      expected: [2, 3, 1],
    },
  ],
  errors: [
    {
      title: 'fraction',
      inputs: [float([2])],
      run: ([x]) => roll(x, 0.5),
      message: 'roll: shifts [0.5] must be whole numbers, one where no axes are given',
    },
    {
      title: 'too few shifts',
      inputs: [float([2, 2])],
      run: ([x]) => roll(x, [1], { axes: [0, 1] }),
      message: 'roll: shifts [1] must be whole numbers, one for each of 2 axes',
    },
  ],
};
