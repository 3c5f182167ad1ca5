import { float, floats, integers, type OpSamples } from '../../testing/sample.ts';
import { lerp } from './lerp.ts';

// b - a of numbers on -2 to 2 is rounded at 4: errors are those of terms up to 4, and may be summed into one scalar weight.
export const lerpSamples: OpSamples = {
  class: 'reduction',
  goldens: { lerp: ([a, b, w], { weight }) => lerp(a, b, weight ?? w) },
  samples: [
    { title: 'scalar', inputs: [float([]), float([])], out: [], run: ([a, b]) => lerp(a, b, 0.25), terms: 4 },
    { title: 'one element', inputs: [float([1]), float([1])], out: [1], run: ([a, b]) => lerp(a, b, 0.75), terms: 4 },
    {
      title: 'near a',
      inputs: [float([3, 7]), float([3, 7])],
      out: [3, 7],
      run: ([a, b]) => lerp(a, b, 0.3),
      terms: 4,
    },
    {
      title: 'near b',
      inputs: [float([3, 7]), float([7])],
      out: [3, 7],
      run: ([a, b]) => lerp(a, b, 0.9),
      terms: 4,
      reduces: 3,
    },
    {
      title: 'tensor',
      inputs: [float([3, 5]), float([5]), float([3, 1], [0, 1])],
      out: [3, 5],
      run: ([a, b, w]) => lerp(a, b, w),
      terms: 4,
      reduces: 5,
    },
    {
      title: 'ends',
      inputs: [floats([1e4, 1e4]), floats([1e-3, 1e-3]), floats([0, 1])],
      out: [2],
      run: ([a, b, w]) => lerp(a, b, w),
      expected: [1e4, 1e-3].map(Math.fround),
      gradient: 'none',
    },
    {
      title: 'NaN and infinity',
      inputs: [floats([Number.NaN, Infinity, 0]), floats([0, 0, 1]), floats([0.2, 0.2, Number.NaN])],
      out: [3],
      run: ([a, b, w]) => lerp(a, b, w),
      expected: [Number.NaN, Number.NaN, Number.NaN],
      gradient: 'none',
    },
    { title: 'empty', inputs: [float([0, 3]), float([3])], out: [0, 3], run: ([a, b]) => lerp(a, b, 0.3) },
  ],
  errors: [
    {
      title: 'weight',
      inputs: [float([2]), float([2])],
      run: ([a, b]) => lerp(a, b, Number.NaN),
      message: 'lerp: weight must be a finite number, came NaN',
    },
    {
      title: 'dtypes',
      inputs: [float([2]), integers([1, 2])],
      run: ([a, b]) => lerp(a, b, 0.5),
      message: 'lerp: dtypes differ, {float} and i32; cast() one of them',
    },
    {
      title: 'integers',
      inputs: [integers([1, 2]), integers([1, 2])],
      run: ([a, b]) => lerp(a, b, 0.5),
      message: 'lerp: expected a float tensor, came i32; cast() it',
    },
    {
      title: 'shapes',
      inputs: [float([2]), float([2]), float([3])],
      run: ([a, b, w]) => lerp(a, b, w),
      message: 'lerp: shapes do not broadcast, a [2], b [3]: 2 != 3 at axis -1; reshape or expand one of them',
    },
  ],
};
