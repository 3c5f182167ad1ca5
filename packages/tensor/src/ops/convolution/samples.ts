import type { Tensor } from '../../tensor.ts';
import { float, floats, type GoldenRun, integers, type OpSample, type OpSamples } from '../../testing/sample.ts';
import { concat } from '../concat/concat.ts';
import type { ConvolutionOptions } from '../families/convolution.ts';
import { conv1d, conv2d, conv3d } from './convolution.ts';

type Dims = readonly number[];

const conv = { 1: conv1d, 2: conv2d, 3: conv3d };

const sample = (title: string, x: Dims, w: Dims, out: Dims, options: ConvolutionOptions = {}): OpSample => {
  const axes = x.length - 2;
  return {
    title,
    inputs: [float(x), float(w)],
    out,
    run: ([a, b]) => conv[axes === 1 ? 1 : axes === 2 ? 2 : 3](a, b, options),
    // Gradients of the weight sum over samples and places, those of x over the outputs.
    reduces: Math.max(
      w.slice(1).reduce((n, d) => n * d, 1),
      x[0] * out.slice(2).reduce((n, d) => n * d, 1),
      w[0] * w.slice(2).reduce((n, d) => n * d, 1),
    ),
  };
};

const golden =
  (f: typeof conv1d): GoldenRun =>
  ([x, w, bias], { stride, padding, dilation, groups }) =>
    f(x, w, { bias, stride, padding, dilation, groups });

const refused = (title: string, x: Dims, w: Dims, options: ConvolutionOptions, message: string, f = conv2d) => ({
  title,
  inputs: [float(x), float(w)],
  run: ([a, b]: readonly Tensor[]) => void f(a, b, options),
  message,
});

export const convolutionSamples: OpSamples = {
  class: 'product',
  goldens: { conv1d: golden(conv1d), conv2d: golden(conv2d), conv3d: golden(conv3d) },
  samples: [
    sample('one element', [1, 1, 1], [1, 1, 1], [1, 1, 1]),
    sample('one axis', [2, 2, 5], [3, 2, 3], [2, 3, 3]),
    sample('stride leaves a rest', [1, 1, 8], [2, 1, 3], [1, 2, 3], { stride: 2 }),
    sample('two axes', [2, 2, 4, 5], [3, 2, 2, 3], [2, 3, 3, 3]),
    sample('same, odd zero behind', [1, 1, 3, 4], [2, 1, 2, 4], [1, 2, 3, 4], { padding: 'same' }),
    sample('padding wider than x', [1, 2, 2], [1, 2, 3], [1, 1, 6], { padding: 3 }),
    sample('zeros before and behind', [2, 1, 4, 3], [2, 1, 3, 2], [2, 2, 3, 3], {
      padding: [
        [1, 0],
        [0, 1],
      ],
    }),
    sample('stride, padding and dilation', [2, 2, 6, 5], [2, 2, 2, 3], [2, 2, 3, 1], {
      stride: [2, 3],
      padding: [1, 0],
      dilation: [3, 2],
    }),
    sample('patches', [2, 3, 4, 6], [4, 3, 2, 2], [2, 4, 2, 3], { stride: 2 }),
    sample('gaps between patches', [1, 1, 7], [2, 1, 2], [1, 2, 2], { stride: 4 }),
    sample('1x1', [2, 3, 2, 3], [4, 3, 1, 1], [2, 4, 2, 3]),
    sample('1x1 with many places', [2, 2, 17, 16], [3, 2, 1, 1], [2, 3, 17, 16]),
    sample('1x1 with stride', [2, 2, 4], [3, 2, 1], [2, 3, 2], { stride: 2 }),
    sample('groups', [2, 4, 4], [6, 2, 3], [2, 6, 4], { groups: 2, padding: 1 }),
    sample('depthwise', [2, 3, 3, 3], [3, 1, 2, 2], [2, 3, 2, 2], { groups: 3 }),
    sample('three axes', [1, 2, 3, 2, 4], [2, 2, 2, 2, 3], [1, 2, 2, 1, 2]),
    sample('three axes, padded', [1, 1, 2, 3, 2], [2, 1, 3, 2, 2], [1, 2, 2, 1, 2], {
      padding: [1, 0, 1],
      stride: [1, 2, 2],
    }),
    sample('no samples', [0, 2, 3, 3], [2, 2, 2, 2], [0, 2, 2, 2]),
    sample('no outputs', [2, 2, 3], [0, 2, 2], [2, 0, 2]),
    { ...sample('no inputs', [1, 0, 2], [2, 0, 2], [1, 2, 1]), expected: [0, 0] },
    { ...sample('only padding', [1, 1, 0], [1, 1, 2], [1, 1, 1], { padding: 1 }), expected: [0] },
    {
      title: 'a bias, and the kernel is not turned round',
      inputs: [floats([1, 2, 3, 4], [1, 1, 4]), floats([1, 10], [1, 1, 2]), floats([100])],
      out: [1, 1, 3],
      run: ([x, w, bias]) => conv1d(x, w, { bias }),
      expected: [121, 132, 143],
    },
    {
      title: 'x is its own weight',
      inputs: [float([2, 2, 3])],
      out: [2, 4, 3],
      run: ([x]) => concat([conv1d(x, x, { padding: 'same' }), conv1d(x, x, { padding: [[2, 0]] })], { axis: 1 }),
      reduces: 6,
    },
    {
      title: 'NaN stays under its kernel',
      inputs: [floats([1, 1, Number.NaN, 1, 1, Infinity], [1, 1, 6]), floats([1, 1], [1, 1, 2])],
      out: [1, 1, 5],
      run: ([x, w]) => conv1d(x, w),
      expected: [2, Number.NaN, Number.NaN, 2, Infinity],
      gradient: 'none',
    },
  ],
  errors: [
    refused(
      'rank of x',
      [3, 4, 4],
      [2, 3, 2, 2],
      {},
      'conv2d: expected x of rank 4, [batch, channels, ...spatial], came [3, 4, 4]; reshape() it',
    ),
    refused(
      'rank of weight',
      [1, 3, 4],
      [2, 3, 2, 2],
      {},
      'conv1d: expected weight of rank 3, [channels, channels, ...kernel], came [2, 3, 2, 2]; reshape() it',
      conv1d,
    ),
    refused(
      'channels',
      [1, 4, 4, 4],
      [2, 3, 2, 2],
      {},
      'conv2d: x [1, 4, 4, 4] does not fit weight [2, 3, 2, 2]: 4 channels in 1 groups need weight.shape[1] 4',
    ),
    refused(
      'groups and input',
      [1, 3, 4, 4],
      [2, 1, 2, 2],
      { groups: 2 },
      'conv2d: groups 2 does not divide the 3 input channels',
    ),
    refused(
      'groups and output',
      [1, 4, 4, 4],
      [3, 2, 2, 2],
      { groups: 2 },
      'conv2d: groups 2 does not divide the 3 output channels',
    ),
    refused('groups', [1, 4, 4, 4], [3, 2, 2, 2], { groups: 0 }, 'conv2d: groups must be a whole number >= 1, came 0'),
    refused(
      'kernel too large',
      [1, 1, 4, 3],
      [1, 1, 2, 3],
      { padding: [0, 1], dilation: [1, 3] },
      'conv2d: the kernel reaches over 7 elements of spatial axis 1, which has 5 with padding; pad more or use a smaller kernel',
    ),
    refused('empty kernel', [1, 1, 4], [1, 1, 0], {}, 'conv1d: the kernel has no elements, weight [1, 1, 0]', conv1d),
    refused(
      'stride',
      [1, 1, 4, 4],
      [1, 1, 2, 2],
      { stride: 0 },
      'conv2d: stride must be a whole number >= 1, or 2 of them, came 0',
    ),
    refused(
      'strides',
      [1, 1, 4, 4],
      [1, 1, 2, 2],
      { stride: [1, 1.5] },
      'conv2d: stride must be a whole number >= 1, or 2 of them, came [1, 1.5]',
    ),
    refused(
      'dilations',
      [1, 1, 4, 4],
      [1, 1, 2, 2],
      { dilation: [1] },
      'conv2d: dilation must be a whole number >= 1, or 2 of them, came [1]',
    ),
    refused(
      'padding',
      [1, 1, 4, 4],
      [1, 1, 2, 2],
      { padding: -1 },
      "conv2d: padding must be a whole number >= 0, 2 of them or of [before, after], 'same' or 'valid', came -1",
    ),
    refused(
      'paddings',
      [1, 1, 4, 4],
      [1, 1, 2, 2],
      {
        padding: [
          [0, 1],
          [2, -1],
        ],
      },
      "conv2d: padding must be a whole number >= 0, 2 of them or of [before, after], 'same' or 'valid', came [[0,1],[2,-1]]",
    ),
    refused(
      'same with stride',
      [1, 1, 4, 4],
      [1, 1, 2, 2],
      { padding: 'same', stride: 2 },
      "conv2d: padding 'same' needs stride 1, came stride [2, 2]; give numbers",
    ),
    {
      title: 'bias',
      inputs: [float([1, 1, 4]), float([3, 1, 2]), float([2])],
      run: ([x, w, bias]) => void conv1d(x, w, { bias }),
      message: 'conv1d: expected bias [3], one for each output channel, came [2]',
    },
    {
      title: 'dtypes',
      inputs: [float([1, 1, 1]), integers([1], [1, 1, 1])],
      run: ([x, w]) => void conv1d(x, w),
      message: 'conv1d: dtypes differ, {float} and i32; cast() one of them',
    },
    {
      title: 'integers',
      inputs: [integers([1], [1, 1, 1]), integers([1], [1, 1, 1])],
      run: ([x, w]) => void conv1d(x, w),
      message: 'conv1d: expected a float tensor, came i32; cast() it',
    },
  ],
};
