import { bools, float, floats, integers, type OpSamples, unsigned } from '../../testing/sample.ts';
import { cast } from './cast.ts';

const edges = [0, -0, 2.9, -2.9, 0.5, 3e9, -3e9, 5e9, Infinity, -Infinity, Number.NaN];

export const castSamples: OpSamples = {
  class: 'exact',
  samples: [
    {
      title: 'float to i32',
      inputs: [floats(edges)],
      out: [edges.length],
      outDType: 'i32',
      run: ([x]) => cast(x, 'i32'),
      expected: [0, 0, 2, -2, 0, 2147483647, -2147483648, 2147483647, 2147483647, -2147483648, 0],
    },
    {
      title: 'float to u32',
      inputs: [floats(edges)],
      out: [edges.length],
      outDType: 'u32',
      run: ([x]) => cast(x, 'u32'),
      expected: [0, 0, 2, 0, 0, 3e9, 0, 4294967295, 4294967295, 0, 0],
    },
    {
      title: 'float to bool',
      inputs: [floats(edges)],
      out: [edges.length],
      outDType: 'bool',
      run: ([x]) => cast(x, 'bool'),
      expected: [0, 0, 1, 1, 1, 1, 1, 1, 1, 1, 1],
    },
    {
      title: 'i32 to float',
      inputs: [integers([-(2 ** 31), -1, 0, 7, 2 ** 24])],
      out: [5],
      run: ([x]) => cast(x, x.backend.floatDType),
      expected: [-(2 ** 31), -1, 0, 7, 2 ** 24],
    },
    {
      title: 'u32 to float',
      inputs: [unsigned([0, 7, 2 ** 31, 2 ** 32 - 256])],
      out: [4],
      run: ([x]) => cast(x, x.backend.floatDType),
      expected: [0, 7, 2 ** 31, 2 ** 32 - 256],
    },
    {
      title: 'bool to float',
      inputs: [bools([0, 1, 1])],
      out: [3],
      run: ([x]) => cast(x, x.backend.floatDType),
      expected: [0, 1, 1],
    },
    {
      title: 'bool to i32',
      inputs: [bools([0, 1], [2, 1])],
      out: [2, 1],
      outDType: 'i32',
      run: ([x]) => cast(x, 'i32'),
      expected: [0, 1],
    },
    {
      title: 'i32 to bool',
      inputs: [integers([0, -1, 256])],
      out: [3],
      outDType: 'bool',
      run: ([x]) => cast(x, 'bool'),
      expected: [0, 1, 1],
    },
    {
      title: 'i32 to u32 saturates',
      inputs: [integers([-5, 0, 2147483647])],
      out: [3],
      outDType: 'u32',
      run: ([x]) => cast(x, 'u32'),
      expected: [0, 0, 2147483647],
    },
    {
      title: 'u32 to i32 saturates',
      inputs: [unsigned([0, 5, 2 ** 32 - 1])],
      out: [3],
      outDType: 'i32',
      run: ([x]) => cast(x, 'i32'),
      expected: [0, 5, 2147483647],
    },
    {
      title: 'rank 6',
      inputs: [float([2, 1, 3, 1, 2, 1])],
      out: [2, 1, 3, 1, 2, 1],
      outDType: 'i32',
      run: ([x]) => cast(x, 'i32'),
    },
    { title: 'one element', inputs: [float([1])], out: [1], outDType: 'bool', run: ([x]) => cast(x, 'bool') },
    { title: 'empty', inputs: [float([0, 3])], out: [0, 3], outDType: 'i32', run: ([x]) => cast(x, 'i32') },
    { title: 'same dtype', inputs: [float([3])], out: [3], run: ([x]) => cast(x, x.dtype), runsKernel: false },
  ],
  errors: [],
};
