import { float, floats, integers, type OpSamples } from '../../testing/sample.ts';
import { resizeNearest } from './resize-nearest.ts';

export const resizeNearestSamples: OpSamples = {
  class: 'exact',
  goldens: { 'resize-nearest': ([x], { size = [], centred }) => resizeNearest(x, size, { centred }) },
  samples: [
    { title: 'one element', inputs: [float([1, 1, 1])], out: [1, 1, 1], run: ([x]) => resizeNearest(x, [1]) },
    {
      title: 'first edge',
      inputs: [floats([1, 2, 3, 4, 5], [1, 1, 5])],
      out: [1, 1, 3],
      run: ([x]) => resizeNearest(x, [3]),
      expected: [1, 2, 4],
    },
    {
      title: 'centre',
      inputs: [floats([1, 2, 3, 4, 5], [1, 1, 5])],
      out: [1, 1, 3],
      run: ([x]) => resizeNearest(x, [3], { centred: true }),
      expected: [1, 3, 5],
    },
    {
      title: 'labels',
      inputs: [integers([1, 2, 3, 4], [1, 1, 2, 2])],
      out: [1, 1, 3, 4],
      outDType: 'i32',
      run: ([x]) => resizeNearest(x, [3, 4]),
      expected: [1, 1, 2, 2, 1, 1, 2, 2, 3, 3, 4, 4],
    },
    { title: 'images', inputs: [float([1, 2, 4, 3])], out: [1, 2, 3, 5], run: ([x]) => resizeNearest(x, [3, 5]) },
    {
      title: 'volumes',
      inputs: [float([1, 2, 2, 3, 2])],
      out: [1, 2, 3, 2, 4],
      run: ([x]) => resizeNearest(x, [3, 2, 4], { centred: true }),
    },
    { title: 'empty', inputs: [float([0, 3, 2, 2])], out: [0, 3, 4, 4], run: ([x]) => resizeNearest(x, [4, 4]) },
  ],
  errors: [
    {
      title: 'rank',
      inputs: [float([4, 4])],
      run: ([x]) => resizeNearest(x, [2]),
      message: 'resizeNearest: expected x [B, C, L], came [4, 4]; reshape() it',
    },
    {
      title: 'size',
      inputs: [float([1, 1, 4])],
      run: ([x]) => resizeNearest(x, [Infinity]),
      message: 'resizeNearest: size must be a whole number >= 1, came [Infinity]',
    },
    {
      title: 'too many axes',
      inputs: [float([1, 1, 4])],
      run: ([x]) => resizeNearest(x, [1, 1, 1, 1]),
      message: 'resizeNearest: size must name one to three spatial axes, came 4',
    },
  ],
};
