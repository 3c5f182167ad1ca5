import { grad } from '../../tape.ts';
import { bools, float, floats, integers, type OpSamples, unsigned } from '../../testing/sample.ts';
import { stack } from '../concat/concat.ts';
import { sum } from '../sum/sum.ts';
import { clamp } from './clamp.ts';

const values = [-Infinity, -1e4, -1, 0, 1, 1e4, Infinity, Number.NaN];

export const clampSamples: OpSamples = {
  class: 'exact',
  goldens: {
    clamp: ([x], { min, max }) => clamp(x, { min, max }),
    'clamp-tensors': ([x, min, max]) => clamp(x, { min, max }),
  },
  samples: [
    { title: 'scalar', inputs: [float([])], out: [], run: ([x]) => clamp(x, { min: -1, max: 1 }) },
    { title: 'one element', inputs: [float([1])], out: [1], run: ([x]) => clamp(x, { min: -1, max: 1 }) },
    { title: 'both', inputs: [float([3, 11])], out: [3, 11], run: ([x]) => clamp(x, { min: -0.5, max: 1.25 }) },
    { title: 'min alone', inputs: [float([7])], out: [7], run: ([x]) => clamp(x, { min: 0.25 }) },
    { title: 'max alone', inputs: [float([7])], out: [7], run: ([x]) => clamp(x, { max: 0.25 }) },
    {
      title: 'rank 6',
      inputs: [float([2, 1, 3, 1, 2, 2])],
      out: [2, 1, 3, 1, 2, 2],
      run: ([x]) => clamp(x, { min: 0 }),
    },
    { title: 'long', inputs: [float([3, 341])], out: [3, 341], run: ([x]) => clamp(x, { min: -1, max: 1 }) },
    { title: 'empty', inputs: [float([0, 3])], out: [0, 3], run: ([x]) => clamp(x, { min: -1, max: 1 }) },
    {
      title: 'tensors',
      inputs: [float([3, 5]), float([5], [-1, 0]), float([3, 1], [0, 1])],
      out: [3, 5],
      run: ([x, min, max]) => clamp(x, { min, max }),
      reduces: 5,
    },
    {
      title: 'tensors that widen x',
      inputs: [float([5]), float([3, 1], [-1, 0])],
      out: [3, 5],
      run: ([x, min]) => clamp(x, { min }),
      reduces: 5,
    },
    {
      title: 'a number and a tensor',
      inputs: [float([2, 5]), float([5], [0, 1])],
      out: [2, 5],
      run: ([x, max]) => clamp(x, { min: -0.5, max }),
      reduces: 2,
    },
    {
      title: 'edges',
      inputs: [floats(values)],
      out: [8],
      run: ([x]) => clamp(x, { min: -1, max: 1 }),
      expected: [-1, -1, -1, 0, 1, 1, 1, Number.NaN],
      gradient: 'none',
    },
    {
      title: 'edges of tensors',
      inputs: [
        floats([-2, 2, Number.NaN, 0, 0, 5]),
        floats([-1, -1, -1, Number.NaN, -1, 4]),
        floats([1, 1, 1, 1, Number.NaN, 3]),
      ],
      out: [6],
      run: ([x, min, max]) => clamp(x, { min, max }),
      expected: [-1, 1, Number.NaN, Number.NaN, Number.NaN, 3],
      gradient: 'none',
    },
    {
      title: 'min above max',
      inputs: [floats([-5, 0, 5])],
      out: [3],
      run: ([x]) => clamp(x, { min: 2, max: 1 }),
      expected: [1, 1, 1],
      gradient: 'none',
    },
    {
      title: 'gradient at the bounds',
      inputs: [floats([-2, -1, 0, 1, 2])],
      out: [5],
      run: ([x]) => grad(() => sum(clamp(x, { min: -1, max: 1 })), [x])[0],
      expected: [0, 1, 1, 1, 0],
      gradient: 'none',
    },
    {
      title: 'gradient at bounds of tensors',
      inputs: [floats([-2, -1, 0, 1, 2]), floats([-1, -1, -1, -1, -1]), floats([1, 1, 1, 1, 1])],
      out: [3, 5],
      run: ([x, min, max]) => stack(grad(() => sum(clamp(x, { min, max })), [x, min, max])),
      expected: [0, 1, 1, 1, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 1],
      gradient: 'none',
    },
    {
      title: 'i32',
      inputs: [integers([-9, 0, 9])],
      out: [3],
      outDType: 'i32',
      run: ([x]) => clamp(x, { min: -2, max: 3 }),
      expected: [-2, 0, 3],
    },
    {
      title: 'u32 and tensors',
      inputs: [unsigned([0, 2 ** 31, 2 ** 32 - 1]), unsigned([5])],
      out: [3],
      outDType: 'u32',
      run: ([x, max]) => clamp(x, { min: 2, max }),
      expected: [2, 5, 5],
    },
  ],
  errors: [
    {
      title: 'no bound',
      inputs: [float([2])],
      run: ([x]) => clamp(x, {}),
      message: 'clamp: came without bounds; give min or max',
    },
    {
      title: 'NaN',
      inputs: [float([2])],
      run: ([x]) => clamp(x, { min: Number.NaN }),
      message: 'clamp: min must be a number, came NaN',
    },
    {
      title: 'a fraction beside integers',
      inputs: [integers([1, 2])],
      run: ([x]) => clamp(x, { max: 1.5 }),
      message: 'clamp: max must be a whole number that i32 holds, came 1.5',
    },
    {
      title: 'out of range of integers',
      inputs: [integers([1, 2])],
      run: ([x]) => clamp(x, { max: 1e10 }),
      message: 'clamp: max must be a whole number that i32 holds, came 10000000000',
    },
    {
      title: 'bool',
      inputs: [bools([1, 0])],
      run: ([x]) => clamp(x, { max: 1 }),
      message: 'clamp: is not defined for bool; cast() to a float type',
    },
    {
      title: 'dtypes',
      inputs: [float([2]), integers([1, 2])],
      run: ([x, min]) => clamp(x, { min }),
      message: 'clamp: dtypes differ, {float} and i32; cast() one of them',
    },
    {
      title: 'shapes',
      inputs: [float([2]), float([3])],
      run: ([x, min]) => clamp(x, { min }),
      message: 'clamp: shapes do not broadcast, a [2], b [3]: 2 != 3 at axis -1; reshape or expand one of them',
    },
  ],
};
