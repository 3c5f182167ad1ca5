import { float, floats, integers, type OpSamples } from '../../testing/sample.ts';
import { slice } from '../slice/slice.ts';
import { cross } from './cross.ts';

export const crossSamples: OpSamples = {
  class: 'product',
  goldens: { cross: ([a, b], { axis }) => cross(a, b, { ...(axis === undefined ? {} : { axis }) }) },
  samples: [
    {
      title: 'one vector',
      inputs: [floats([1, 2, 3]), floats([-4, 5, 0.5])],
      out: [3],
      run: ([a, b]) => cross(a, b),
      expected: [-14, -12.5, 13],
      reduces: 2,
    },
    {
      title: 'one row, of which one element is read',
      inputs: [float([1, 3]), float([1, 3])],
      out: [1, 1],
      run: ([a, b]) => slice(cross(a, b), { axis: 1, start: 1, end: 2 }),
      terms: 4,
    },
    { title: 'rows', inputs: [float([5, 3]), float([5, 3])], out: [5, 3], run: ([a, b]) => cross(a, b), terms: 4 },
    {
      title: 'first axis, broadcast',
      inputs: [float([3, 1, 4]), float([3, 2, 1])],
      out: [3, 2, 4],
      run: ([a, b]) => cross(a, b, { axis: 0 }),
      terms: 4,
      reduces: 4,
    },
    {
      title: 'rank 6 and a vector',
      inputs: [float([2, 1, 2, 1, 2, 3]), float([3])],
      out: [2, 1, 2, 1, 2, 3],
      run: ([a, b]) => cross(a, b),
      terms: 4,
      reduces: 8,
    },
    { title: 'with itself', inputs: [float([3])], out: [3], run: ([a]) => cross(a, a), expected: [0, 0, 0], terms: 4 },
    { title: 'empty', inputs: [float([0, 3]), float([3])], out: [0, 3], run: ([a, b]) => cross(a, b) },
  ],
  errors: [
    {
      title: 'not 3',
      inputs: [float([2, 3]), float([3])],
      run: ([a, b]) => void cross(a, b, { axis: 0 }),
      message: 'cross: expected 3 elements along axis -2, came a [2, 3], b [3]',
    },
    {
      title: 'axis',
      inputs: [float([3]), float([3])],
      run: ([a, b]) => void cross(a, b, { axis: 1 }),
      message: 'cross: axis 1 is outside a tensor of rank 1: expected -1 to 0',
    },
    {
      title: 'shapes',
      inputs: [float([2, 3]), float([4, 3])],
      run: ([a, b]) => void cross(a, b),
      message: 'cross: shapes do not broadcast, a [2, 3], b [4, 3]: 2 != 4 at axis -2; reshape or expand one of them',
    },
    {
      title: 'integers',
      inputs: [integers([1, 2, 3]), integers([1, 2, 3])],
      run: ([a, b]) => void cross(a, b),
      message: 'cross: expected a float tensor, came i32; cast() it',
    },
  ],
};
