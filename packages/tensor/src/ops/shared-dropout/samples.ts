import { float, floats, integers, type OpSamples, unsigned } from '../../testing/sample.ts';
import { channelDropout, dropPath, sharedDropout } from './shared-dropout.ts';

// Words of key 0: 0.399, 0.881, 0.736, 0.605 of 1.
export const sharedDropoutSamples: OpSamples = {
  class: 'rounded',
  samples: [
    { title: 'one element', inputs: [float([1])], out: [1], run: ([x]) => dropPath(x, [1, 2], 0.5) },
    {
      title: 'samples',
      inputs: [floats([1, 2, 3, 4, 5, 6, 7, 8], [4, 2]), unsigned([0, 0])],
      out: [4, 2],
      run: ([x, k]) => dropPath(x, k, 0.75),
      expected: [0, 0, 12, 16, 0, 0, 0, 0],
      gradient: [0],
    },
    {
      title: 'samples of rank 6',
      inputs: [float([5, 1, 2, 1, 3, 2])],
      out: [5, 1, 2, 1, 3, 2],
      run: ([x]) => dropPath(x, [3, 4], 0.4),
    },
    { title: 'a vector of samples', inputs: [float([9])], out: [9], run: ([x]) => dropPath(x, [3, 4], 0.4) },
    {
      title: 'channels',
      inputs: [float([2, 3, 2, 2])],
      out: [2, 3, 2, 2],
      run: ([x]) => channelDropout(x, [5, 6], 0.5),
    },
    {
      title: 'first axis',
      inputs: [float([3, 5])],
      out: [3, 5],
      run: ([x]) => sharedDropout(x, [7, 8], 0.3, { axes: 0 }),
    },
    {
      title: 'first and last axis',
      inputs: [float([2, 7, 3])],
      out: [2, 7, 3],
      run: ([x]) => sharedDropout(x, [7, 8], 0.6, { axes: [-1, 0] }),
    },
    {
      title: 'no axis shared',
      inputs: [float([3, 4])],
      out: [3, 4],
      run: ([x]) => sharedDropout(x, [7, 8], 0.5, { axes: [] }),
    },
    { title: 'a scalar', inputs: [float([])], out: [], run: ([x]) => sharedDropout(x, [7, 8], 0.5, { axes: [] }) },
    {
      title: 'what is dropped is 0, whatever it was',
      inputs: [floats([Number.NaN, Number.NaN, Infinity, -Infinity]), unsigned([0, 0])],
      out: [4],
      run: ([x, k]) => dropPath(x, k, 0.75),
      expected: [0, Number.NaN, 0, 0],
      gradient: 'none',
    },
    { title: 'empty', inputs: [float([0, 3])], out: [0, 3], run: ([x]) => dropPath(x, [1, 2], 0.5) },
    { title: 'p = 0', inputs: [float([3])], out: [3], run: ([x]) => dropPath(x, [1, 2], 0), runsKernel: false },
  ],
  errors: [
    {
      title: 'p = 1',
      inputs: [float([3])],
      run: ([x]) => dropPath(x, [1, 2], 1),
      message: 'dropPath: p must be in [0, 1), came 1',
    },
    {
      title: 'p is no number',
      inputs: [float([3, 2])],
      run: ([x]) => channelDropout(x, [1, 2], Number.NaN),
      message: 'channelDropout: p must be in [0, 1), came NaN',
    },
    {
      title: 'a scalar has no samples',
      inputs: [float([])],
      run: ([x]) => dropPath(x, [1, 2], 0.5),
      message: 'dropPath: expected x [B, ...], came []; reshape() it',
    },
    {
      title: 'a vector has no channels',
      inputs: [float([3])],
      run: ([x]) => channelDropout(x, [1, 2], 0.5),
      message: 'channelDropout: expected x [B, C, ...], came [3]; reshape() it',
    },
    {
      title: 'axis',
      inputs: [float([3])],
      run: ([x]) => sharedDropout(x, [1, 2], 0.5, { axes: 1 }),
      message: 'sharedDropout: axis 1 is outside a tensor of rank 1: expected -1 to 0',
    },
    {
      title: 'key',
      inputs: [float([3]), unsigned([1, 2, 3])],
      run: ([x, k]) => dropPath(x, k, 0.5),
      message: 'dropPath: a key is a tensor u32 [2], came u32 [3]; make it with keyTensor()',
    },
    {
      title: 'integers',
      inputs: [integers([1, 2])],
      run: ([x]) => dropPath(x, [1, 2], 0.5),
      message: 'dropPath: expected a float tensor, came i32; cast() it',
    },
  ],
};
