import { bools, float, floats, type OpSamples } from '../../testing/sample.ts';
import { tile } from './tile.ts';

export const tileSamples: OpSamples = {
  class: 'exact',
  goldens: {
    tile: ([x], { counts = [] }) => tile(x, counts),
  },
  samples: [
    { title: 'scalar', inputs: [float([])], out: [2], run: ([x]) => tile(x, [2]) },
    { title: 'one element', inputs: [float([1])], out: [3], run: ([x]) => tile(x, [3]) },
    { title: 'empty', inputs: [float([0, 2])], out: [0, 4], run: ([x]) => tile(x, [3, 2]) },
    { title: 'no copies', inputs: [float([2])], out: [0], run: ([x]) => tile(x, [0]) },
    {
      title: 'fewer counts',
      inputs: [floats([1, 2], [2, 1])],
      out: [2, 2],
      run: ([x]) => tile(x, [2]),
      expected: [1, 1, 2, 2],
    },
    { title: 'more counts', inputs: [float([3])], out: [2, 6], run: ([x]) => tile(x, [2, 2]), reduces: 4 },
    {
      title: 'rank 6',
      inputs: [float([2, 1, 1, 2, 1, 2])],
      out: [4, 1, 2, 2, 3, 4],
      run: ([x]) => tile(x, [2, 1, 2, 1, 3, 2]),
      reduces: 24,
    },
    { title: 'by nothing', inputs: [float([2])], out: [2], run: ([x]) => tile(x, [1]) },
    {
      title: 'bools',
      inputs: [bools([1, 0])],
      out: [4],
      run: ([x]) => tile(x, [2]),
      outDType: 'bool',
      expected: [1, 0, 1, 0],
    },
  ],
  errors: [
    {
      title: 'negative',
      inputs: [float([2])],
      run: ([x]) => tile(x, [-1]),
      message: 'tile: counts [-1] must be whole numbers >= 0',
    },
    {
      title: 'rank',
      inputs: [float([2])],
      run: ([x]) => tile(x, [1, 1, 1, 1, 1, 1, 1]),
      message: 'tile: rank 7 of [1, 1, 1, 1, 1, 1, 2] is above 6',
    },
  ],
};
