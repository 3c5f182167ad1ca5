import { float, floats, integers, type OpSamples } from '../../testing/sample.ts';
import { diagonalEmbed } from './diagonal-embed.ts';

export const diagonalEmbedSamples: OpSamples = {
  class: 'exact',
  goldens: {
    'diagonal-embed': ([x], { axes = [], offset }) => diagonalEmbed(x, { axes: [axes[0], axes[1]], offset }),
  },
  samples: [
    { title: 'one element', inputs: [float([1])], out: [1, 1], run: ([x]) => diagonalEmbed(x) },
    { title: 'empty', inputs: [float([2, 0])], out: [2, 0, 0], run: ([x]) => diagonalEmbed(x) },
    {
      title: 'above',
      inputs: [floats([1, 2])],
      out: [3, 3],
      run: ([x]) => diagonalEmbed(x, { offset: 1 }),
      expected: [0, 1, 0, 0, 0, 2, 0, 0, 0],
    },
    { title: 'below', inputs: [float([2, 3])], out: [2, 4, 4], run: ([x]) => diagonalEmbed(x, { offset: -1 }) },
    { title: 'axes', inputs: [float([2, 3])], out: [3, 2, 3], run: ([x]) => diagonalEmbed(x, { axes: [0, 2] }) },
    { title: 'rank 6', inputs: [float([1, 2, 1, 2, 2])], out: [1, 2, 1, 2, 2, 2], run: ([x]) => diagonalEmbed(x) },
    {
      title: 'integers',
      inputs: [integers([1, 2])],
      out: [2, 2],
      run: ([x]) => diagonalEmbed(x),
      outDType: 'i32',
      expected: [1, 0, 0, 2],
    },
  ],
  errors: [
    {
      title: 'scalar',
      inputs: [float([])],
      run: ([x]) => diagonalEmbed(x),
      message: 'diagonalEmbed: expected [..., n], came []',
    },
  ],
};
