import { float, floats, integers, type OpSamples } from '../../testing/sample.ts';
import { resizeBilinear, resizeLinear } from './resize-linear.ts';

export const resizeLinearSamples: OpSamples = {
  class: 'reduction',
  goldens: {
    'resize-linear': ([x], { size = [], alignCorners }) =>
      size.length === 2
        ? resizeBilinear(x, [size[0], size[1]], { alignCorners })
        : resizeLinear(x, size, { alignCorners }),
  },
  samples: [
    { title: 'one element', inputs: [float([1, 1, 1])], out: [1, 1, 1], run: ([x]) => resizeLinear(x, [1]) },
    {
      title: 'one element to many',
      inputs: [floats([7], [1, 1, 1])],
      out: [1, 1, 3],
      run: ([x]) => resizeLinear(x, [3]),
      expected: [7, 7, 7],
    },
    {
      title: 'twice as long',
      inputs: [floats([0, 4], [1, 1, 2])],
      out: [1, 1, 4],
      run: ([x]) => resizeLinear(x, [4]),
      expected: [0, 1, 3, 4],
      reduces: 2,
    },
    {
      title: 'corners aligned',
      inputs: [floats([0, 3], [1, 1, 2])],
      out: [1, 1, 4],
      run: ([x]) => resizeLinear(x, [4], { alignCorners: true }),
      expected: [0, 1, 2, 3],
      reduces: 2,
    },
    {
      title: 'corners aligned, to one point',
      inputs: [floats([5, 3], [1, 1, 2])],
      out: [1, 1, 1],
      run: ([x]) => resizeLinear(x, [1], { alignCorners: true }),
      expected: [5],
    },
    {
      title: 'larger images',
      inputs: [float([1, 2, 2, 3])],
      out: [1, 2, 5, 4],
      run: ([x]) => resizeBilinear(x, [5, 4]),
      reduces: 4,
    },
    {
      title: 'smaller images, corners aligned',
      inputs: [float([2, 1, 5, 6])],
      out: [2, 1, 3, 2],
      run: ([x]) => resizeBilinear(x, [3, 2], { alignCorners: true }),
      reduces: 4,
    },
    {
      title: 'volumes',
      inputs: [float([1, 2, 2, 3, 2])],
      out: [1, 2, 3, 2, 2],
      run: ([x]) => resizeLinear(x, [3, 2, 2]),
      reduces: 8,
    },
    {
      title: 'same size, what is not finite stays where it is',
      inputs: [floats([1, Number.NaN, Infinity, -1e4], [1, 1, 4])],
      out: [1, 1, 4],
      run: ([x]) => resizeLinear(x, [4]),
      expected: [1, Number.NaN, Infinity, -1e4],
      gradient: 'none',
    },
    { title: 'empty', inputs: [float([0, 3, 2, 2])], out: [0, 3, 4, 4], run: ([x]) => resizeBilinear(x, [4, 4]) },
  ],
  errors: [
    {
      title: 'bilinear integers',
      inputs: [integers([1, 2, 3, 4], [1, 1, 2, 2])],
      run: ([x]) => resizeBilinear(x, [2, 2]),
      message: 'resizeBilinear: expected a float tensor, came i32; cast() it',
    },

    {
      title: 'rank',
      inputs: [float([4, 4])],
      run: ([x]) => resizeBilinear(x, [2, 2]),
      message: 'resizeBilinear: expected x [B, C, H, W], came [4, 4]; reshape() it',
    },
    {
      title: 'size',
      inputs: [float([1, 1, 4, 4])],
      run: ([x]) => resizeBilinear(x, [2, 0]),
      message: 'resizeBilinear: size must be 2 whole numbers >= 1 or one for all, came [2, 0]',
    },
    {
      title: 'no size',
      inputs: [float([1, 1, 4])],
      run: ([x]) => resizeLinear(x, []),
      message: 'resizeLinear: size must name one to three spatial axes, came 0',
    },
    {
      title: 'empty axis',
      inputs: [float([1, 1, 0])],
      run: ([x]) => resizeLinear(x, [2]),
      message: 'resizeLinear: axis 2 of x [1, 1, 0] is empty',
    },
    {
      title: 'integers',
      inputs: [integers([1], [1, 1, 1])],
      run: ([x]) => resizeLinear(x, [2]),
      message: 'resizeLinear: expected a float tensor, came i32; cast() it',
    },
  ],
};
