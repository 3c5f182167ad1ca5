import type { Tensor } from '../../tensor.ts';
import { bools, float, floats, integers, type OpSamples } from '../../testing/sample.ts';
import { outer } from './outer.ts';

const run = ([a, b]: readonly Tensor[]): Tensor => outer(a, b);

export const outerSamples: OpSamples = {
  class: 'rounded',
  goldens: { outer: run },
  samples: [
    { title: 'one element', inputs: [float([1]), float([1])], out: [1, 1], run },
    { title: 'vectors', inputs: [float([3]), float([5])], out: [3, 5], run, reduces: 5 },
    { title: 'batch', inputs: [float([2, 3]), float([2, 4])], out: [2, 3, 4], run, reduces: 4 },
    { title: 'broadcast batch', inputs: [float([2, 1, 3]), float([4, 2])], out: [2, 4, 3, 2], run, reduces: 12 },
    {
      title: 'rank 6',
      inputs: [float([2, 1, 2, 1, 2]), float([1, 2, 1, 2, 3])],
      out: [2, 2, 2, 2, 2, 3],
      run,
      reduces: 12,
    },
    { title: 'repeated input', inputs: [float([3])], out: [3, 3], run: ([a]) => outer(a, a), reduces: 6 },
    { title: 'empty', inputs: [float([0]), float([3])], out: [0, 3], run },
    {
      title: 'i32',
      inputs: [integers([1, -2]), integers([3, 4])],
      out: [2, 2],
      outDType: 'i32',
      run,
      expected: [3, 4, -6, -8],
    },
    {
      title: 'NaN and Infinity',
      inputs: [floats([1, 0]), floats([Number.NaN, Infinity, -1e4])],
      out: [2, 3],
      run,
      expected: [Number.NaN, Infinity, -1e4, Number.NaN, Number.NaN, 0],
      gradient: 'none',
    },
  ],
  errors: [
    {
      title: 'scalars',
      inputs: [float([]), float([3])],
      run: (xs) => void run(xs),
      message: 'outer: expected vectors, or batches of them, came a [], b [3]; mul() takes scalars',
    },
    {
      title: 'batches',
      inputs: [float([2, 3]), float([4, 3])],
      run: (xs) => void run(xs),
      message: 'outer: shapes do not broadcast, a [2], b [4]: 2 != 4 at axis -1; reshape or expand one of them',
    },
    {
      title: 'rank 7',
      inputs: [float([1, 1, 1, 1, 1, 2]), float([3])],
      run: (xs) => void run(xs),
      message: 'outer: rank 7 of [1, 1, 1, 1, 1, 2, 3] is above 6',
    },
    {
      title: 'dtypes',
      inputs: [float([1]), integers([1])],
      run: (xs) => void run(xs),
      message: 'outer: dtypes differ, {float} and i32; cast() one of them',
    },
    {
      title: 'bool',
      inputs: [bools([1]), bools([1])],
      run: (xs) => void run(xs),
      message: 'outer: is not defined for bool; cast() to a float type',
    },
  ],
};
