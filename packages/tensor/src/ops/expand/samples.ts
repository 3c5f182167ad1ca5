import { float, floats, integers, type OpSamples } from '../../testing/sample.ts';
import { expand, meshgrid } from './expand.ts';

export const expandSamples: OpSamples = {
  class: 'exact',
  goldens: {
    expand: ([x], { shape = [] }) => expand(x, shape),
  },
  samples: [
    { title: 'one element', inputs: [float([1])], out: [3], run: ([x]) => expand(x, [3]) },
    { title: 'scalar', inputs: [float([])], out: [2, 3], run: ([x]) => expand(x, [2, 3]) },
    { title: 'new leading axis', inputs: [float([5])], out: [3, 5], run: ([x]) => expand(x, [3, 5]) },
    { title: 'inner axis', inputs: [float([2, 1, 4])], out: [2, 3, 4], run: ([x]) => expand(x, [2, 3, 4]) },
    {
      title: 'rank 6',
      inputs: [float([2, 1, 3, 1, 2])],
      out: [2, 2, 2, 3, 2, 2],
      run: ([x]) => expand(x, [2, 2, 2, 3, 2, 2]),
    },
    { title: 'long', inputs: [float([1, 65])], out: [9, 65], run: ([x]) => expand(x, [9, 65]) },
    { title: 'to nothing', inputs: [float([1, 3])], out: [0, 3], run: ([x]) => expand(x, [0, 3]) },
    { title: 'empty', inputs: [float([0, 1])], out: [0, 4], run: ([x]) => expand(x, [0, 4]) },
    {
      title: 'integers',
      inputs: [integers([1, -2], [2, 1])],
      out: [2, 2],
      outDType: 'i32',
      run: ([x]) => expand(x, [2, 2]),
      expected: [1, 1, -2, -2],
    },
    { title: 'same shape', inputs: [float([2, 3])], out: [2, 3], run: ([x]) => expand(x, [2, 3]), runsKernel: false },
    {
      title: 'meshgrid',
      inputs: [floats([1, 2])],
      out: [2, 2],
      run: ([x]) => meshgrid([x, x])[1],
      expected: [1, 2, 1, 2],
    },
    {
      title: 'meshgrid xy',
      inputs: [floats([1, 2])],
      out: [2, 2],
      run: ([x]) => meshgrid([x, x], { indexing: 'xy' })[1],
      expected: [1, 1, 2, 2],
    },
  ],
  errors: [
    {
      title: 'fraction',
      inputs: [float([1])],
      run: ([x]) => expand(x, [1.5]),
      message: 'expand: dimensions are whole numbers >= 0, came [1.5]',
    },
    {
      title: 'too large',
      inputs: [float([1])],
      run: ([x]) => expand(x, [65536, 65536]),
      message: 'expand: [65536, 65536] has 4294967296 elements, a tensor holds at most 2147483647',
    },

    {
      title: 'shape',
      inputs: [float([2, 3])],
      run: ([x]) => expand(x, [4, 3]),
      message: 'expand: shapes do not broadcast, a [2, 3], b [4, 3]: 2 != 4 at axis -2; reshape or expand one of them',
    },
    {
      title: 'to a smaller shape',
      inputs: [float([2, 3])],
      run: ([x]) => expand(x, [3]),
      message: 'expand: [2, 3] does not expand to [3]',
    },
    {
      title: 'meshgrid',
      inputs: [float([2, 2])],
      run: ([x]) => meshgrid([x]),
      message: 'meshgrid: input 0 must be a vector, came [2, 2]',
    },
  ],
};
