import { bools, float, floats, integers, type OpSample, type OpSamples } from '../../testing/sample.ts';
import { maskedSoftmax } from './masked-softmax.ts';

const sample = (title: string, x: readonly number[], mask: readonly number[]): OpSample => ({
  title,
  inputs: [float(x), { shape: mask, dtype: 'bool' }],
  out: x,
  run: ([a, b]) => maskedSoftmax(a, b),
  reduces: x[x.length - 1],
});

export const maskedSoftmaxSamples: OpSamples = {
  class: 'rows',
  samples: [
    sample('a mask a row', [4, 7], [4, 7]),
    sample('one mask for all rows', [4, 7], [7]),
    sample('one mask a batch', [2, 3, 2, 5], [2, 1, 1, 5]),
    sample('a mask a row of a matrix, for every batch', [2, 2, 3, 3], [3, 3]),
    sample('a mask a head', [2, 3, 2, 5], [3, 1, 5]),
    sample('a mask for every batch and row', [2, 3, 2, 4], [2, 1, 2, 4]),
    sample('whole rows', [3, 5], [3, 1]),
    sample('one for all', [2, 3], []),
    sample('one element', [1], [1]),
    sample('rank 6', [2, 1, 2, 1, 2, 3], [2, 1, 2, 3]),
    sample('long', [2, 341], [1, 341]),
    {
      title: 'masked numbers are not seen',
      inputs: [
        floats([1e4, 0, 0, Number.NaN, 3, Infinity, 5, 5, Number.NaN], [3, 3]),
        bools([0, 1, 1, 0, 1, 0, 0, 0, 0], [3, 3]),
      ],
      out: [3, 3],
      run: ([x, mask]) => maskedSoftmax(x, mask),
      expected: [0, 0.5, 0.5, 0, 1, 0, 0, 0, 0],
      gradient: 'none',
    },
    {
      title: 'large numbers',
      inputs: [floats([1e4, -1e4, 1e4, -1e4, -1e4, 0], [2, 3]), bools([1, 1, 0, 1, 1, 0], [2, 3])],
      out: [2, 3],
      run: ([x, mask]) => maskedSoftmax(x, mask),
      expected: [1, 0, 0, 0.5, 0.5, 0],
    },
    {
      title: 'nothing shown in a row: 0, and no gradient',
      inputs: [float([2, 3]), bools([0, 0, 0, 1, 0, 1], [2, 3])],
      out: [2, 3],
      run: ([x, mask]) => maskedSoftmax(x, mask),
      reduces: 3,
    },
    sample('no rows', [0, 3], [3]),
    sample('empty rows', [3, 0], [3, 1]),
  ],
  errors: [
    {
      title: 'dtype of the mask',
      inputs: [float([2, 3]), integers([1, 1, 0])],
      run: ([x, mask]) => maskedSoftmax(x, mask),
      message: 'maskedSoftmax: the mask must be bool, came i32; compare or cast() it',
    },
    {
      title: 'a mask larger than x',
      inputs: [float([1, 3]), bools([1, 1, 0, 1, 1, 0], [2, 3])],
      run: ([x, mask]) => maskedSoftmax(x, mask),
      message: 'maskedSoftmax: the mask [2, 3] does not expand to x [1, 3]',
    },
    {
      title: 'shapes',
      inputs: [float([2, 3]), bools([1, 1])],
      run: ([x, mask]) => maskedSoftmax(x, mask),
      message:
        'maskedSoftmax: shapes do not broadcast, a [2, 3], b [2]: 3 != 2 at axis -1; reshape or expand one of them',
    },
    {
      title: 'scalar',
      inputs: [float([]), bools([1], [])],
      run: ([x, mask]) => maskedSoftmax(x, mask),
      message: 'maskedSoftmax: x is a scalar: there is no axis; reshape() it',
    },
    {
      title: 'integers',
      inputs: [integers([1, 2]), bools([1, 1])],
      run: ([x, mask]) => maskedSoftmax(x, mask),
      message: 'maskedSoftmax: expected a float tensor, came i32; cast() it',
    },
  ],
};
