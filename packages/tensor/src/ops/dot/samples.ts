import { float, floats, integers, type OpSamples } from '../../testing/sample.ts';
import { dot } from './dot.ts';

export const dotSamples: OpSamples = {
  class: 'product',
  samples: [
    { title: 'one element', inputs: [float([1]), float([1])], out: [], run: ([a, b]) => dot(a, b) },
    { title: 'odd length', inputs: [float([7]), float([7])], out: [], run: ([a, b]) => dot(a, b), reduces: 7 },
    {
      title: 'long',
      inputs: [float([1027]), float([1027])],
      out: [],
      run: ([a, b]) => dot(a, b),
      reduces: 1027,
      // A single sum may cancel: its error is that of terms of about 1.
      terms: 4,
    },
    { title: 'repeated input', inputs: [float([5])], out: [], run: ([a]) => dot(a, a), reduces: 5 },
    { title: 'empty', inputs: [float([0]), float([0])], out: [], run: ([a, b]) => dot(a, b), expected: [0] },
    {
      title: 'NaN and Infinity',
      inputs: [floats([1, Infinity]), floats([2, 0])],
      out: [],
      run: ([a, b]) => dot(a, b),
      expected: [Number.NaN],
      gradient: 'none',
    },
  ],
  errors: [
    {
      title: 'sizes',
      inputs: [float([3]), float([4])],
      run: ([a, b]) => void dot(a, b),
      message: 'dot: expected two vectors of one size, came a [3], b [4]; matmul() and einsum() take more axes',
    },
    {
      title: 'ranks',
      inputs: [float([2, 3]), float([3])],
      run: ([a, b]) => void dot(a, b),
      message: 'dot: expected two vectors of one size, came a [2, 3], b [3]; matmul() and einsum() take more axes',
    },
    {
      title: 'integers',
      inputs: [integers([1]), integers([1])],
      run: ([a, b]) => void dot(a, b),
      message: 'dot: expected a float tensor, came i32; cast() it',
    },
  ],
};
