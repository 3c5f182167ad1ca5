import { bools, float, floats, integers, type OpSamples, unsigned } from '../../testing/sample.ts';
import { countNonzero } from './count-nonzero.ts';

export const countNonzeroSamples: OpSamples = {
  class: 'exact',
  samples: [
    {
      title: 'one element',
      inputs: [bools([1])],
      out: [],
      outDType: 'i32',
      run: ([x]) => countNonzero(x),
      expected: [1],
    },
    {
      title: 'scalar',
      inputs: [floats([0], [])],
      out: [],
      outDType: 'i32',
      run: ([x]) => countNonzero(x),
      expected: [0],
    },
    {
      title: 'bool rows',
      inputs: [bools([0, 0, 0, 0, 1, 0, 1, 1, 1], [3, 3])],
      out: [3],
      outDType: 'i32',
      run: ([x]) => countNonzero(x, { axes: 1 }),
      expected: [0, 1, 3],
    },
    {
      title: 'i32, first axis, kept',
      inputs: [integers([0, -3, 0, 2], [2, 2])],
      out: [1, 2],
      outDType: 'i32',
      run: ([x]) => countNonzero(x, { axes: 0, keepDims: true }),
      expected: [0, 2],
    },
    {
      title: 'u32',
      inputs: [unsigned([2 ** 31, 2 ** 32 - 1])],
      out: [],
      outDType: 'i32',
      run: ([x]) => countNonzero(x),
      expected: [2],
    },
    {
      title: 'floats: NaN and the smallest are not 0, -0 is',
      inputs: [floats([Number.NaN, -0, 1e-45, 0, -0, -0, Infinity, 0.5], [4, 2])],
      out: [4],
      outDType: 'i32',
      run: ([x]) => countNonzero(x, { axes: -1 }),
      expected: [1, 1, 0, 2],
    },
    {
      title: 'scattered axes of rank 6',
      inputs: [{ shape: [2, 3, 2, 1, 3, 2], dtype: 'bool' }],
      out: [2, 2, 2],
      outDType: 'i32',
      run: ([x]) => countNonzero(x, { axes: [1, 3, 4] }),
    },
    {
      title: 'long',
      inputs: [float([2, 1027])],
      out: [2],
      outDType: 'i32',
      run: ([x]) => countNonzero(x, { axes: 1 }),
    },
    {
      title: 'over nothing',
      inputs: [float([2, 0])],
      out: [2],
      outDType: 'i32',
      run: ([x]) => countNonzero(x, { axes: 1 }),
      expected: [0, 0],
    },
    {
      title: 'to nothing',
      inputs: [float([0, 3])],
      out: [0],
      outDType: 'i32',
      run: ([x]) => countNonzero(x, { axes: 1 }),
    },
  ],
  errors: [
    {
      title: 'axis',
      inputs: [bools([1, 0])],
      run: ([x]) => countNonzero(x, { axes: 1 }),
      message: 'countNonzero: axis 1 is outside a tensor of rank 1: expected -1 to 0',
    },
  ],
};
