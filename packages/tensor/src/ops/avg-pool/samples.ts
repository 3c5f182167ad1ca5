import type { Tensor } from '../../tensor.ts';
import { float, floats, type GoldenParameters, integers, type OpSamples } from '../../testing/sample.ts';
import {
  adaptiveAvgPool1d,
  adaptiveAvgPool2d,
  adaptiveAvgPool3d,
  avgPool1d,
  avgPool2d,
  avgPool3d,
} from './avg-pool.ts';

const pooled = ([x]: readonly Tensor[], { kernel = [], ...options }: GoldenParameters): Tensor =>
  [avgPool1d, avgPool2d, avgPool3d][x.rank - 3](x, { kernel, ...options });

export const avgPoolSamples: OpSamples = {
  class: 'reduction',
  goldens: {
    'avg-pool': pooled,
    'adaptive-avg-pool': ([x], { size = [] }) =>
      [adaptiveAvgPool1d, adaptiveAvgPool2d, adaptiveAvgPool3d][x.rank - 3](x, size),
  },
  samples: [
    { title: 'one element', inputs: [float([1, 1, 1])], out: [1, 1, 1], run: ([x]) => avgPool1d(x, { kernel: 1 }) },
    {
      title: 'padding counts',
      inputs: [floats([3, 6, 9, 12, 15], [1, 1, 5])],
      out: [1, 1, 3],
      run: ([x]) => avgPool1d(x, { kernel: 3, stride: 2, padding: 1 }),
      expected: [3, 9, 9],
      reduces: 3,
    },
    {
      title: 'padding does not count',
      inputs: [floats([3, 6, 9, 12, 15], [1, 1, 5])],
      out: [1, 1, 3],
      run: ([x]) => avgPool1d(x, { kernel: 3, stride: 2, padding: 1, countIncludePad: false }),
      expected: [4.5, 9, 13.5],
      reduces: 3,
    },
    {
      title: 'a last window that is partly filled counts what there is',
      inputs: [floats([1, 3, 5, 7, 9], [1, 1, 5])],
      out: [1, 1, 3],
      run: ([x]) => avgPool1d(x, { kernel: 2, ceilMode: true }),
      expected: [2, 6, 9],
      reduces: 2,
    },
    {
      title: 'images',
      inputs: [float([1, 2, 5, 4])],
      out: [1, 2, 2, 3],
      run: ([x]) => avgPool2d(x, { kernel: [3, 2], stride: [2, 1] }),
      reduces: 6,
    },
    {
      title: 'volumes',
      inputs: [float([1, 2, 3, 2, 4])],
      out: [1, 2, 2, 2, 2],
      run: ([x]) => avgPool3d(x, { kernel: 2, stride: [1, 2, 2], padding: [0, 1, 0] }),
      reduces: 8,
    },
    {
      title: 'adaptive, overlapping windows',
      inputs: [floats([1, 3, 2, 6, 4], [1, 1, 5])],
      out: [1, 1, 3],
      run: ([x]) => adaptiveAvgPool1d(x, 3),
      expected: [2, 11 / 3, 5],
      reduces: 3,
    },
    { title: 'adaptive, larger', inputs: [float([1, 1, 2])], out: [1, 1, 5], run: ([x]) => adaptiveAvgPool1d(x, [5]) },
    {
      title: 'adaptive, images',
      inputs: [float([2, 2, 3, 5])],
      out: [2, 2, 2, 3],
      run: ([x]) => adaptiveAvgPool2d(x, [2, 3]),
      reduces: 4,
    },
    {
      title: 'adaptive, volumes to one',
      inputs: [float([1, 2, 2, 3, 2])],
      out: [1, 2, 1, 1, 1],
      run: ([x]) => adaptiveAvgPool3d(x, 1),
      reduces: 12,
    },
    {
      title: 'what is not finite stays in its window',
      inputs: [floats([1, Number.NaN, 2, 4, Infinity, -1e4, -Infinity, Infinity], [1, 1, 8])],
      out: [1, 1, 4],
      run: ([x]) => avgPool1d(x, { kernel: 2 }),
      expected: [Number.NaN, 3, Infinity, Number.NaN],
      gradient: 'none',
    },
    { title: 'empty', inputs: [float([0, 3, 4])], out: [0, 3, 2], run: ([x]) => avgPool1d(x, { kernel: 2 }) },
  ],
  errors: [
    {
      title: 'rank',
      inputs: [float([3, 4])],
      run: ([x]) => avgPool1d(x, { kernel: 2 }),
      message: 'avgPool1d: expected x [B, C, L], came [3, 4]; reshape() it',
    },
    {
      title: 'kernel larger than x',
      inputs: [float([1, 1, 4, 3, 4])],
      run: ([x]) => avgPool3d(x, { kernel: 4 }),
      message: 'avgPool3d: a window of 4 does not fit axis 3 of 3 elements and 0 of padding',
    },
    {
      title: 'padding',
      inputs: [float([1, 1, 4, 4])],
      run: ([x]) => avgPool2d(x, { kernel: 2, padding: [1, -1] }),
      message: 'avgPool2d: padding must be 2 whole numbers >= 0 or one for all, came [1, -1]',
    },
    {
      title: 'adaptive size',
      inputs: [float([1, 1, 4])],
      run: ([x]) => adaptiveAvgPool1d(x, 0),
      message: 'adaptiveAvgPool1d: size must be a whole number >= 1, came 0',
    },
    {
      title: 'integers',
      inputs: [integers([1], [1, 1, 1])],
      run: ([x]) => avgPool1d(x, { kernel: 1 }),
      message: 'avgPool1d: expected a float tensor, came i32; cast() it',
    },
  ],
};
