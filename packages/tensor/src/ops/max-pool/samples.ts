import type { Tensor } from '../../tensor.ts';
import { float, floats, type GoldenParameters, integers, type OpSamples } from '../../testing/sample.ts';
import {
  adaptiveMaxPool1d,
  adaptiveMaxPool2d,
  adaptiveMaxPool3d,
  maxPool1d,
  maxPool2d,
  maxPool3d,
} from './max-pool.ts';

const { NaN: nan } = Number;

const pooled = ([x]: readonly Tensor[], { kernel = [], ...options }: GoldenParameters): Tensor =>
  [maxPool1d, maxPool2d, maxPool3d][x.rank - 3](x, { kernel, ...options });

export const maxPoolSamples: OpSamples = {
  class: 'exact',
  goldens: {
    'max-pool': pooled,
    'adaptive-max-pool': ([x], { size = [] }) =>
      [adaptiveMaxPool1d, adaptiveMaxPool2d, adaptiveMaxPool3d][x.rank - 3](x, size),
  },
  samples: [
    { title: 'one element', inputs: [float([1, 1, 1])], out: [1, 1, 1], run: ([x]) => maxPool1d(x, { kernel: 1 }) },
    {
      title: 'padding never wins',
      inputs: [floats([-5, -3, -4, -9, -8], [1, 1, 5])],
      out: [1, 1, 3],
      run: ([x]) => maxPool1d(x, { kernel: 3, stride: 2, padding: 1 }),
      expected: [-3, -3, -8],
    },
    {
      title: 'windows overlap',
      inputs: [float([2, 3, 7])],
      out: [2, 3, 5],
      run: ([x]) => maxPool1d(x, { kernel: [3], stride: 1 }),
    },
    {
      title: 'a last window that is partly filled',
      inputs: [floats([1, 5, 2, 4, 3], [1, 1, 5])],
      out: [1, 1, 3],
      run: ([x]) => maxPool1d(x, { kernel: 2, ceilMode: true }),
      expected: [5, 4, 3],
    },
    {
      title: 'a last window that would begin in the right padding',
      inputs: [floats([1, 5, 2, 4], [1, 1, 4])],
      out: [1, 1, 1],
      run: ([x]) => maxPool1d(x, { kernel: 2, stride: 5, padding: 1, ceilMode: true }),
      expected: [1],
    },
    {
      title: 'dilation',
      inputs: [floats([9, 0, 1, 8, 2, 3], [1, 1, 6])],
      out: [1, 1, 2],
      run: ([x]) => maxPool1d(x, { kernel: 3, dilation: 2, stride: 1 }),
      expected: [9, 8],
    },
    {
      title: 'a window of padding alone',
      inputs: [floats([1, 2, 3, 4], [1, 1, 4])],
      out: [1, 1, 1],
      run: ([x]) => maxPool1d(x, { kernel: 2, padding: 1, dilation: 5 }),
      expected: [-Infinity],
      gradient: 'none',
    },
    {
      title: 'images',
      inputs: [float([1, 2, 5, 4])],
      out: [1, 2, 2, 3],
      run: ([x]) => maxPool2d(x, { kernel: [3, 2], stride: [2, 1] }),
    },
    {
      title: 'images, padding and a last partly filled window',
      inputs: [float([2, 1, 6, 5])],
      out: [2, 1, 4, 3],
      run: ([x]) => maxPool2d(x, { kernel: [2, 3], stride: [2, 2], padding: 1, ceilMode: true }),
    },
    {
      title: 'volumes',
      inputs: [float([1, 2, 3, 2, 4])],
      out: [1, 2, 2, 1, 2],
      run: ([x]) => maxPool3d(x, { kernel: 2, stride: [1, 2, 2] }),
    },
    {
      title: 'adaptive, overlapping windows',
      inputs: [floats([1, 7, 2, 5, 3], [1, 1, 5])],
      out: [1, 1, 3],
      run: ([x]) => adaptiveMaxPool1d(x, 3),
      expected: [7, 7, 5],
    },
    { title: 'adaptive, larger', inputs: [float([1, 1, 2])], out: [1, 1, 5], run: ([x]) => adaptiveMaxPool1d(x, [5]) },
    {
      title: 'adaptive, images',
      inputs: [float([2, 2, 3, 5])],
      out: [2, 2, 2, 3],
      run: ([x]) => adaptiveMaxPool2d(x, [2, 3]),
    },
    {
      title: 'adaptive, volumes to one',
      inputs: [float([1, 2, 2, 3, 2])],
      out: [1, 2, 1, 1, 1],
      run: ([x]) => adaptiveMaxPool3d(x, 1),
    },
    {
      title: 'what is not finite',
      inputs: [floats([1, nan, 2, nan, 1, 1e4, -Infinity, -Infinity, Infinity, 3], [1, 1, 10])],
      out: [1, 1, 5],
      run: ([x]) => maxPool1d(x, { kernel: 2 }),
      expected: [nan, nan, 1e4, -Infinity, Infinity],
      gradient: 'none',
    },
    { title: 'empty', inputs: [float([0, 3, 4])], out: [0, 3, 2], run: ([x]) => maxPool1d(x, { kernel: 2 }) },
    {
      title: 'no channels',
      inputs: [float([2, 0, 4, 4])],
      out: [2, 0, 2, 2],
      run: ([x]) => maxPool2d(x, { kernel: 2 }),
    },
  ],
  errors: [
    {
      title: 'rank',
      inputs: [float([3, 4])],
      run: ([x]) => maxPool2d(x, { kernel: 2 }),
      message: 'maxPool2d: expected x [B, C, H, W], came [3, 4]; reshape() it',
    },
    {
      title: 'empty axis',
      inputs: [float([1, 1, 2, 0])],
      run: ([x]) => maxPool2d(x, { kernel: 2 }),
      message: 'maxPool2d: axis 3 of x [1, 1, 2, 0] is empty',
    },
    {
      title: 'kernel',
      inputs: [float([1, 1, 2])],
      run: ([x]) => maxPool1d(x, { kernel: 1.5 }),
      message: 'maxPool1d: kernel must be a whole number >= 1, came 1.5',
    },
    {
      title: 'stride',
      inputs: [float([1, 1, 2, 2, 2])],
      run: ([x]) => maxPool3d(x, { kernel: 2, stride: [1, 0, 1] }),
      message: 'maxPool3d: stride must be 3 whole numbers >= 1 or one for all, came [1, 0, 1]',
    },
    {
      title: 'padding',
      inputs: [float([1, 1, 4])],
      run: ([x]) => maxPool1d(x, { kernel: 3, padding: 2 }),
      message: 'maxPool1d: padding 2 of axis 2 must be at most half of the kernel, which is 3',
    },
    {
      title: 'dilation',
      inputs: [float([1, 1, 4])],
      run: ([x]) => maxPool1d(x, { kernel: 3, dilation: Number.NaN }),
      message: 'maxPool1d: dilation must be a whole number >= 1, came NaN',
    },
    {
      title: 'kernel larger than x',
      inputs: [float([1, 1, 4, 3])],
      run: ([x]) => maxPool2d(x, { kernel: 3, dilation: [1, 2] }),
      message: 'maxPool2d: a window of 5 does not fit axis 3 of 3 elements and 0 of padding',
    },
    {
      title: 'adaptive size',
      inputs: [float([1, 1, 4, 3])],
      run: ([x]) => adaptiveMaxPool2d(x, [2]),
      message: 'adaptiveMaxPool2d: size must be 2 whole numbers >= 1 or one for all, came [2]',
    },
    {
      title: 'integers',
      inputs: [integers([1], [1, 1, 1])],
      run: ([x]) => maxPool1d(x, { kernel: 1 }),
      message: 'maxPool1d: expected a float tensor, came i32; cast() it',
    },
  ],
};
