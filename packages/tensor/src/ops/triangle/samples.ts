import { bools, float, floats, type OpSamples } from '../../testing/sample.ts';
import { tril, triu } from './triangle.ts';

export const triangleSamples: OpSamples = {
  class: 'exact',
  goldens: {
    tril: ([x], { diagonal }) => tril(x, { diagonal }),
    triu: ([x], { diagonal }) => triu(x, { diagonal }),
  },
  samples: [
    { title: 'one element', inputs: [float([1, 1])], out: [1, 1], run: ([x]) => tril(x) },
    { title: 'empty', inputs: [float([2, 0, 3])], out: [2, 0, 3], run: ([x]) => triu(x) },
    {
      title: 'lower',
      inputs: [floats([1, 2, 3, 4, 5, 6], [2, 3])],
      out: [2, 3],
      run: ([x]) => tril(x),
      expected: [1, 0, 0, 4, 5, 0],
    },
    {
      title: 'upper',
      inputs: [floats([1, 2, 3, 4, 5, 6], [3, 2])],
      out: [3, 2],
      run: ([x]) => triu(x),
      expected: [1, 2, 0, 4, 0, 0],
    },
    {
      title: 'NaN outside',
      inputs: [floats([1, NaN, 2, 3], [2, 2])],
      out: [2, 2],
      run: ([x]) => tril(x),
      expected: [1, 0, 2, 3],
      gradient: 'none',
    },
    { title: 'above', inputs: [float([2, 3, 4])], out: [2, 3, 4], run: ([x]) => tril(x, { diagonal: 1 }) },
    { title: 'below', inputs: [float([4, 3])], out: [4, 3], run: ([x]) => triu(x, { diagonal: -2 }) },
    { title: 'far away', inputs: [float([2, 2])], out: [2, 2], run: ([x]) => tril(x, { diagonal: -9 }) },
    {
      title: 'rank 6',
      inputs: [float([2, 1, 1, 2, 3, 3])],
      out: [2, 1, 1, 2, 3, 3],
      run: ([x]) => triu(x, { diagonal: 1 }),
    },
    {
      title: 'bools',
      inputs: [bools([1, 1, 1, 1], [2, 2])],
      out: [2, 2],
      run: ([x]) => tril(x),
      outDType: 'bool',
      expected: [1, 0, 1, 1],
    },
  ],
  errors: [
    {
      title: 'vector',
      inputs: [float([3])],
      run: ([x]) => triu(x),
      message: 'triu: expected [..., rows, columns], came [3]',
    },
    {
      title: 'fraction',
      inputs: [float([2, 2])],
      run: ([x]) => tril(x, { diagonal: 0.5 }),
      message: 'tril: diagonal 0.5 is not a whole number',
    },
  ],
};
