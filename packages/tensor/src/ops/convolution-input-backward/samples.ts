import type { Tensor } from '../../tensor.ts';
import { float, floats, type GoldenRun, integers, type OpSample, type OpSamples } from '../../testing/sample.ts';
import type { TransposedConvolutionOptions } from '../families/convolution.ts';
import { convTranspose1d, convTranspose2d, convTranspose3d } from './convolution-input-backward.ts';

type Dims = readonly number[];

const transposed = { 1: convTranspose1d, 2: convTranspose2d, 3: convTranspose3d };

const sample = (title: string, x: Dims, w: Dims, out: Dims, options: TransposedConvolutionOptions = {}): OpSample => {
  const axes = x.length - 2;
  return {
    title,
    inputs: [float(x), float(w)],
    out,
    run: ([a, b]) => transposed[axes === 1 ? 1 : axes === 2 ? 2 : 3](a, b, options),
    reduces: Math.max(
      w.reduce((n, d) => n * d, 1),
      x[0] * x.slice(2).reduce((n, d) => n * d, 1),
    ),
  };
};

const golden =
  (f: typeof convTranspose1d): GoldenRun =>
  ([x, w, bias], { stride, padding, outputPadding, dilation, groups }) => {
    if (typeof padding === 'string') throw new Error('a transposed convolution is padded by numbers');
    return f(x, w, { bias, stride, padding, outputPadding, dilation, groups });
  };

const refused = (title: string, x: Dims, w: Dims, options: TransposedConvolutionOptions, message: string) => ({
  title,
  inputs: [float(x), float(w)],
  run: ([a, b]: readonly Tensor[]) => void convTranspose1d(a, b, options),
  message,
});

export const convolutionInputBackwardSamples: OpSamples = {
  class: 'product',
  goldens: {
    'conv-transpose1d': golden(convTranspose1d),
    'conv-transpose2d': golden(convTranspose2d),
    'conv-transpose3d': golden(convTranspose3d),
  },
  samples: [
    sample('one element', [1, 1, 1], [1, 1, 1], [1, 1, 1]),
    sample('one axis', [2, 2, 3], [2, 3, 3], [2, 3, 5]),
    sample('stride, padding and more behind', [2, 2, 3], [2, 2, 3], [2, 2, 6], {
      stride: 2,
      padding: 1,
      outputPadding: 1,
    }),
    sample('dilation', [1, 2, 3], [2, 1, 2], [1, 1, 9], { stride: 2, dilation: 3, outputPadding: 1 }),
    sample('two axes', [1, 2, 3, 2], [2, 2, 2, 3], [1, 2, 4, 4]),
    sample('patches', [2, 3, 2, 2], [3, 2, 2, 2], [2, 2, 4, 4], { stride: 2 }),
    sample('gaps between patches', [1, 2, 2], [2, 1, 2], [1, 1, 6], { stride: 4 }),
    sample('1x1', [2, 3, 2, 2], [3, 2, 1, 1], [2, 2, 2, 2]),
    sample('groups', [2, 4, 3], [4, 2, 2], [2, 4, 4], { groups: 2 }),
    sample('three axes', [1, 2, 2, 1, 2], [2, 1, 2, 2, 2], [1, 1, 3, 2, 4], { stride: [1, 2, 2] }),
    sample('padding cuts whole places off', [1, 1, 4], [1, 2, 2], [1, 2, 1], { padding: 2 }),
    sample('no samples', [0, 2, 3], [2, 2, 2], [0, 2, 4]),
    { ...sample('no inputs', [1, 0, 2], [0, 2, 1], [1, 2, 2]), expected: [0, 0, 0, 0] },
    sample('no outputs', [1, 2, 2], [2, 0, 1], [1, 0, 2]),
    {
      title: 'a bias',
      inputs: [floats([1, 2], [1, 1, 2]), floats([1, 10], [1, 1, 2]), floats([100])],
      out: [1, 1, 3],
      run: ([x, w, bias]) => convTranspose1d(x, w, { bias }),
      expected: [101, 112, 120],
    },
  ],
  errors: [
    refused(
      'rank of x',
      [3, 4],
      [3, 2, 2],
      {},
      'convTranspose1d: expected x of rank 3, [batch, channels, ...spatial], came [3, 4]; reshape() it',
    ),
    refused(
      'channels',
      [1, 4, 4],
      [2, 3, 2],
      {},
      'convTranspose1d: x [1, 4, 4] does not fit weight [2, 3, 2]: 4 channels need weight.shape[0] 4',
    ),
    refused(
      'groups',
      [1, 3, 4],
      [3, 1, 2],
      { groups: 2 },
      'convTranspose1d: groups 2 does not divide the 3 input channels',
    ),
    refused(
      'stride',
      [1, 3, 4],
      [3, 1, 2],
      { stride: Number.NaN },
      'convTranspose1d: stride must be a whole number >= 1, or 1 of them, came NaN',
    ),
    refused(
      'padding',
      [1, 3, 4],
      [3, 1, 2],
      { padding: 0.5 },
      'convTranspose1d: padding must be a whole number >= 0, or 1 of them, came 0.5',
    ),
    refused(
      'outputPadding',
      [1, 3, 4],
      [3, 1, 2],
      { stride: 2, outputPadding: 2 },
      'convTranspose1d: outputPadding 2 must be less than stride 2 or dilation 1 at spatial axis 0',
    ),
    refused(
      'nothing left',
      [1, 3, 2],
      [3, 1, 2],
      { padding: 2 },
      'convTranspose1d: 2 elements of spatial axis 0 with padding 2 leave a result of size -1; it must be at least 1',
    ),
    refused(
      'nothing there',
      [1, 3, 0],
      [3, 1, 2],
      {},
      'convTranspose1d: 0 elements of spatial axis 0 with padding 0 leave a result of size 0; it must be at least 1',
    ),
    {
      title: 'bias',
      inputs: [float([1, 2, 4]), float([2, 3, 2]), float([3])],
      run: ([x, w, bias]) => void convTranspose1d(x, w, { bias, groups: 2 }),
      message: 'convTranspose1d: expected bias [6], one for each output channel, came [3]',
    },
    {
      title: 'integers',
      inputs: [integers([1], [1, 1, 1]), integers([1], [1, 1, 1])],
      run: ([x, w]) => void convTranspose1d(x, w),
      message: 'convTranspose1d: expected a float tensor, came i32; cast() it',
    },
  ],
};
