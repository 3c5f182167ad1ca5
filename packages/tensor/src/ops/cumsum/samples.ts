import { bools, float, floats, integers, type OpSamples, unsigned } from '../../testing/sample.ts';
import { cumsum } from './cumsum.ts';

export const cumsumSamples: OpSamples = {
  class: 'reduction',
  goldens: { cumsum: ([x], { axis }) => cumsum(x, { axis }) },
  samples: [
    { title: 'one element', inputs: [float([1])], out: [1], run: ([x]) => cumsum(x) },
    { title: 'rows', inputs: [float([3, 7])], out: [3, 7], run: ([x]) => cumsum(x), reduces: 7 },
    {
      title: 'first axis',
      inputs: [float([3, 5])],
      out: [3, 5],
      run: ([x]) => cumsum(x, { axis: 0 }),
      reduces: 3,
    },
    {
      title: 'middle axis',
      inputs: [float([2, 3, 5])],
      out: [2, 3, 5],
      run: ([x]) => cumsum(x, { axis: -2 }),
      reduces: 3,
    },
    {
      title: 'rank 6',
      inputs: [float([2, 1, 3, 1, 2, 2])],
      out: [2, 1, 3, 1, 2, 2],
      run: ([x]) => cumsum(x, { axis: 2 }),
      reduces: 3,
    },
    { title: 'long', inputs: [float([2, 341])], out: [2, 341], run: ([x]) => cumsum(x), reduces: 341 },
    {
      title: 'from the end',
      inputs: [floats([1, 2, 3, 4, 5, 6], [2, 3])],
      out: [2, 3],
      run: ([x]) => cumsum(x, { reverse: true }),
      expected: [6, 5, 3, 15, 11, 6],
    },
    {
      title: 'edges',
      inputs: [floats([1, Number.NaN, 2, Infinity, 1, -Infinity, 1e4, 1, -1e4], [3, 3])],
      out: [3, 3],
      run: ([x]) => cumsum(x),
      expected: [1, Number.NaN, Number.NaN, Infinity, Infinity, Number.NaN, 1e4, 10001, 1],
      gradient: 'none',
    },
    {
      title: 'i32',
      inputs: [integers([5, -7, 3, 2 ** 31 - 1, 1, 0], [2, 3])],
      out: [2, 3],
      outDType: 'i32',
      run: ([x]) => cumsum(x),
      expected: [5, -2, 1, 2 ** 31 - 1, -(2 ** 31), -(2 ** 31)],
    },
    {
      title: 'u32',
      inputs: [unsigned([2 ** 32 - 1, 2, 2 ** 31])],
      out: [3],
      outDType: 'u32',
      run: ([x]) => cumsum(x),
      expected: [2 ** 32 - 1, 1, 2 ** 31 + 1],
    },
    {
      title: 'bool, first axis',
      inputs: [bools([1, 0, 1, 1], [2, 2])],
      out: [2, 2],
      outDType: 'i32',
      run: ([x]) => cumsum(x, { axis: 0 }),
      expected: [1, 0, 2, 1],
    },
    { title: 'no rows', inputs: [float([0, 3])], out: [0, 3], run: ([x]) => cumsum(x) },
    { title: 'empty rows', inputs: [float([3, 0])], out: [3, 0], run: ([x]) => cumsum(x) },
  ],
  errors: [
    {
      title: 'axis',
      inputs: [float([2, 3])],
      run: ([x]) => cumsum(x, { axis: 2 }),
      message: 'cumsum: axis 2 is outside a tensor of rank 2: expected -2 to 1',
    },
    {
      title: 'fractional axis',
      inputs: [float([2, 3])],
      run: ([x]) => cumsum(x, { axis: 0.5 }),
      message: 'cumsum: axis 0.5 is outside a tensor of rank 2: expected -2 to 1',
    },
    {
      title: 'scalar',
      inputs: [float([])],
      run: ([x]) => cumsum(x),
      message: 'cumsum: axis -1 is outside a tensor of rank 0: expected 0 to -1',
    },
  ],
};
