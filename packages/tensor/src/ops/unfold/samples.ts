import { float, floats, integers, type OpSamples } from '../../testing/sample.ts';
import { unfold } from './unfold.ts';

export const unfoldSamples: OpSamples = {
  class: 'exact',
  goldens: {
    unfold: ([x], { kernel = [], stride, padding, dilation }) => unfold(x, { kernel, stride, padding, dilation }),
  },
  samples: [
    { title: 'one element', inputs: [float([1, 1, 1])], out: [1, 1, 1], run: ([x]) => unfold(x, { kernel: 1 }) },
    { title: 'empty', inputs: [float([0, 2, 4])], out: [0, 4, 3], run: ([x]) => unfold(x, { kernel: 2 }) },
    {
      title: 'one axis',
      inputs: [floats([1, 2, 3], [1, 1, 3])],
      out: [1, 2, 2],
      run: ([x]) => unfold(x, { kernel: 2 }),
      expected: [1, 2, 2, 3],
    },
    {
      title: 'all options',
      inputs: [float([2, 2, 4, 5])],
      out: [2, 12, 15],
      run: ([x]) => unfold(x, { kernel: [2, 3], stride: [2, 1], padding: [1, 2], dilation: [1, 2] }),
      reduces: 6,
    },
    {
      title: 'padding wider than the kernel',
      inputs: [float([1, 1, 2])],
      out: [1, 2, 9],
      run: ([x]) => unfold(x, { kernel: 2, padding: 4 }),
      reduces: 2,
    },
    {
      title: 'three axes',
      inputs: [float([1, 2, 2, 3, 2])],
      out: [1, 16, 2],
      run: ([x]) => unfold(x, { kernel: 2 }),
      reduces: 2,
    },
    {
      title: 'integers',
      inputs: [integers([1, 2, 3], [1, 1, 3])],
      out: [1, 2, 2],
      run: ([x]) => unfold(x, { kernel: 2, stride: 2, padding: 1 }),
      outDType: 'i32',
      expected: [0, 2, 1, 3],
    },
  ],
  errors: [
    {
      title: 'rank',
      inputs: [float([2, 2])],
      run: ([x]) => unfold(x, { kernel: 1 }),
      message: 'unfold: expected [B, C, ...spatial] with 1 to 3 spatial axes, came [2, 2]',
    },
    {
      title: 'too wide',
      inputs: [float([1, 1, 4])],
      run: ([x]) => unfold(x, { kernel: 3, dilation: 2 }),
      message: 'unfold: a window of 5 does not fit spatial axis 0, which has 4 with its padding',
    },
    {
      title: 'kernel',
      inputs: [float([1, 1, 4])],
      run: ([x]) => unfold(x, { kernel: 0 }),
      message: 'unfold: kernel [0] must be whole numbers >= 1, one for each of 1 spatial axes',
    },
    {
      title: 'stride',
      inputs: [float([1, 1, 4, 4])],
      run: ([x]) => unfold(x, { kernel: 2, stride: [1] }),
      message: 'unfold: stride [1] must be whole numbers >= 1, one for each of 2 spatial axes',
    },
    {
      title: 'padding',
      inputs: [float([1, 1, 4])],
      run: ([x]) => unfold(x, { kernel: 2, padding: -1 }),
      message: 'unfold: padding [-1] must be whole numbers >= 0, one for each of 1 spatial axes',
    },
  ],
};
