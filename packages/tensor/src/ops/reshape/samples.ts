import { float, integers, type OpSamples } from '../../testing/sample.ts';
import { flatten, reshape, squeeze, unsqueeze } from './reshape.ts';

export const reshapeSamples: OpSamples = {
  class: 'exact',
  samples: [
    { title: 'to a matrix', inputs: [float([12])], out: [3, 4], run: ([x]) => reshape(x, [3, 4]) },
    {
      title: 'to rank 6',
      inputs: [float([4, 6])],
      out: [2, 1, 2, 3, 1, 2],
      run: ([x]) => reshape(x, [2, 1, 2, 3, 1, 2]),
    },
    { title: 'to a scalar', inputs: [float([1, 1])], out: [], run: ([x]) => reshape(x, []) },
    { title: 'from a scalar', inputs: [float([])], out: [1], run: ([x]) => reshape(x, [1]) },
    { title: 'worked out', inputs: [float([2, 6])], out: [3, 4], run: ([x]) => reshape(x, [3, -1]) },
    { title: 'worked out to 0', inputs: [float([0, 3])], out: [0, 3], run: ([x]) => reshape(x, [-1, 3]) },
    { title: 'empty', inputs: [float([0, 3])], out: [5, 0], run: ([x]) => reshape(x, [5, 0]) },
    {
      title: 'integers',
      inputs: [integers([1, 2, 3, 4])],
      out: [2, 2],
      outDType: 'i32',
      run: ([x]) => reshape(x, [2, 2]),
      expected: [1, 2, 3, 4],
    },
    { title: 'squeeze all', inputs: [float([1, 2, 1])], out: [2], run: ([x]) => squeeze(x) },
    { title: 'squeeze one', inputs: [float([1, 2, 1])], out: [1, 2], run: ([x]) => squeeze(x, { axes: -1 }) },
    { title: 'unsqueeze', inputs: [float([2, 3])], out: [1, 2, 3, 1], run: ([x]) => unsqueeze(x, { axes: [0, -1] }) },
    {
      title: 'flatten the middle',
      inputs: [float([2, 3, 4, 5])],
      out: [2, 12, 5],
      run: ([x]) => flatten(x, { start: 1, end: 2 }),
    },
    { title: 'flatten a scalar', inputs: [float([])], out: [1], run: ([x]) => flatten(x) },
  ],
  errors: [
    {
      title: 'rank of unsqueeze',
      inputs: [float([1, 1, 1, 1, 1, 1])],
      run: ([x]) => unsqueeze(x, { axes: 0 }),
      message: 'unsqueeze: rank 7 of [1, 1, 1, 1, 1, 1, 1] is above 6',
    },

    {
      title: 'size',
      inputs: [float([2, 3])],
      run: ([x]) => reshape(x, [4]),
      message: 'reshape: [2, 3] has 6 elements, [4] has 4',
    },
    {
      title: 'not divisible',
      inputs: [float([2, 3])],
      run: ([x]) => reshape(x, [4, -1]),
      message: 'reshape: [2, 3] does not determine the -1 in [4, -1]',
    },
    {
      title: 'two unknowns',
      inputs: [float([2, 3])],
      run: ([x]) => reshape(x, [-1, -1]),
      message: 'reshape: [2, 3] does not determine the -1 in [-1, -1]',
    },
    {
      title: 'rank',
      inputs: [float([1])],
      run: ([x]) => reshape(x, [1, 1, 1, 1, 1, 1, 1]),
      message: 'reshape: rank 7 of [1, 1, 1, 1, 1, 1, 1] is above 6',
    },
    {
      title: 'fraction',
      inputs: [float([3])],
      run: ([x]) => reshape(x, [1.5, 2]),
      message: 'reshape: dimensions are whole numbers >= 0, came [1.5, 2]',
    },
    {
      title: 'squeeze',
      inputs: [float([2, 1])],
      run: ([x]) => squeeze(x, { axes: 0 }),
      message: 'squeeze: axis 0 of [2, 1] has 2 elements, not 1',
    },
    {
      title: 'flatten',
      inputs: [float([2, 1])],
      run: ([x]) => flatten(x, { start: 1, end: 0 }),
      message: 'flatten: start 1 lies behind end 0 of rank 2',
    },
  ],
};
