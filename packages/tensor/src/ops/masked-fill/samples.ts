import { bools, float, floats, integers, type OpSamples } from '../../testing/sample.ts';
import { cast } from '../cast/cast.ts';
import { maskedFill } from './masked-fill.ts';

export const maskedFillSamples: OpSamples = {
  class: 'exact',
  goldens: {
    'masked-fill': ([x, mask, scalar], { value }) => maskedFill(x, cast(mask, 'bool'), scalar ?? value ?? 0),
  },
  samples: [
    { title: 'one element', inputs: [float([1]), bools([1])], out: [1], run: ([x, m]) => maskedFill(x, m, 3) },
    {
      title: 'what is covered does not matter',
      inputs: [floats([1, Number.NaN, Infinity, 4]), bools([0, 1, 1, 0])],
      out: [4],
      run: ([x, m]) => maskedFill(x, m, -Infinity),
      expected: [1, -Infinity, -Infinity, 4],
      gradient: 'none',
    },
    {
      title: 'mask of a row',
      inputs: [float([3, 2]), bools([1, 0])],
      out: [3, 2],
      run: ([x, m]) => maskedFill(x, m, 0),
    },
    {
      title: 'wider mask',
      inputs: [float([2]), bools([1, 0, 0, 1, 1, 1], [3, 2])],
      out: [3, 2],
      run: ([x, m]) => maskedFill(x, m, 0),
    },
    {
      title: 'a scalar tensor',
      inputs: [float([2, 3]), bools([1, 0, 0, 1, 1, 0], [2, 3]), float([])],
      out: [2, 3],
      run: ([x, m, v]) => maskedFill(x, m, v),
      reduces: 3,
    },
    {
      title: 'rank 6',
      inputs: [float([2, 1, 2, 1, 2, 2]), { shape: [2, 1, 1, 1, 2, 2], dtype: 'bool' }],
      out: [2, 1, 2, 1, 2, 2],
      run: ([x, m]) => maskedFill(x, m, 1),
    },
    {
      title: 'integers',
      inputs: [integers([1, 2]), bools([0, 1])],
      out: [2],
      outDType: 'i32',
      run: ([x, m]) => maskedFill(x, m, -1),
      expected: [1, -1],
    },
    { title: 'empty', inputs: [float([0, 3]), bools([1, 0, 1])], out: [0, 3], run: ([x, m]) => maskedFill(x, m, 1) },
  ],
  errors: [
    {
      title: 'mask',
      inputs: [float([2]), integers([0, 1])],
      run: ([x, m]) => maskedFill(x, m, 1),
      message: 'maskedFill: the mask must be bool, came i32; compare or cast() it',
    },
    {
      title: 'a value of many elements',
      inputs: [float([2]), bools([0, 1]), float([2])],
      run: ([x, m, v]) => maskedFill(x, m, v),
      message: 'maskedFill: the value must be a number or a scalar, came [2]; where() takes tensors',
    },
    {
      title: 'a number that the dtype cannot hold',
      inputs: [integers([2]), bools([0])],
      run: ([x, m]) => maskedFill(x, m, Infinity),
      message: 'maskedFill: Infinity is no i32: expected a whole number from -2147483648 to 2147483647',
    },
    {
      title: 'shapes',
      inputs: [float([2]), bools([0, 1, 1])],
      run: ([x, m]) => maskedFill(x, m, 1),
      message: 'maskedFill: shapes do not broadcast, a [2], b [3]: 2 != 3 at axis -1; reshape or expand one of them',
    },
    {
      title: 'dtypes',
      inputs: [float([2]), bools([0, 1]), integers([1], [])],
      run: ([x, m, v]) => maskedFill(x, m, v),
      message: 'maskedFill: dtypes differ, {float} and i32; cast() one of them',
    },
  ],
};
