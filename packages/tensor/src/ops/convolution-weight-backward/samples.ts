import { float, type OpSample, type OpSamples } from '../../testing/sample.ts';
import type { ConvolutionAttrs } from '../families/convolution.ts';
import { convolveWeightBackward } from './convolution-weight-backward.ts';

type Dims = readonly number[];

const sample = (title: string, x: Dims, y: Dims, out: Dims, more: Partial<ConvolutionAttrs> = {}): OpSample => {
  const [input, kernel, output] = [x, out, y].map((shape) => shape.slice(2));
  const [stride, dilation, before] = [1, 1, 0].map((v) => input.map(() => v));
  const attrs = { input, kernel, output, stride, dilation, before, groups: 1, ...more };
  return {
    title,
    inputs: [float(x), float(y)],
    out,
    run: ([a, b]) => convolveWeightBackward(a, b, attrs),
    reduces: x[0] * output.reduce((n, d) => n * d, 1),
  };
};

export const convolutionWeightBackwardSamples: OpSamples = {
  class: 'product',
  samples: [
    sample('one element', [1, 1, 1], [1, 1, 1], [1, 1, 1]),
    sample('one axis', [2, 2, 5], [2, 3, 3], [3, 2, 3]),
    sample('padded', [2, 1, 3, 3], [2, 2, 3, 3], [2, 1, 3, 3], { before: [1, 1] }),
    sample('stride and dilation', [1, 2, 7], [1, 2, 2], [2, 2, 3], { stride: [2], dilation: [2] }),
    sample('groups', [2, 4, 3], [2, 2, 2], [2, 2, 2], { groups: 2 }),
    sample('1x1', [3, 2, 2, 2], [3, 3, 2, 2], [3, 2, 1, 1]),
    sample('three axes', [1, 1, 2, 3, 2], [1, 2, 1, 2, 1], [2, 1, 2, 2, 2]),
    { ...sample('no samples', [0, 1, 2], [0, 1, 2], [1, 1, 1]), expected: [0] },
    sample('no channels', [2, 0, 2], [2, 2, 1], [2, 0, 2]),
  ],
  errors: [],
};
