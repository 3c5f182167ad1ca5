import { float, floats, integers, type OpSamples } from '../../testing/sample.ts';
import { repeat } from './repeat.ts';

export const repeatSamples: OpSamples = {
  class: 'exact',
  goldens: {
    repeat: ([x], { counts = [], axis }) => repeat(x, counts.length === 1 ? counts[0] : counts, { axis }),
  },
  samples: [
    { title: 'one element', inputs: [float([1])], out: [3], run: ([x]) => repeat(x, 3) },
    { title: 'empty', inputs: [float([0, 2])], out: [0, 4], run: ([x]) => repeat(x, 2, { axis: 1 }) },
    { title: 'each', inputs: [floats([1, 2])], out: [4], run: ([x]) => repeat(x, 2), expected: [1, 1, 2, 2] },
    { title: 'last axis', inputs: [float([2, 3])], out: [2, 6], run: ([x]) => repeat(x, 2, { axis: -1 }), reduces: 2 },
    {
      title: 'counts',
      inputs: [floats([1, 2, 3])],
      out: [4],
      run: ([x]) => repeat(x, [1, 0, 3]),
      expected: [1, 3, 3, 3],
      reduces: 3,
    },
    { title: 'counts of rows', inputs: [float([2, 3])], out: [3, 3], run: ([x]) => repeat(x, [2, 1]), reduces: 2 },
    {
      title: 'rank 6',
      inputs: [float([2, 1, 2, 1, 1, 2])],
      out: [2, 1, 4, 1, 1, 2],
      run: ([x]) => repeat(x, 2, { axis: 2 }),
    },
    {
      title: 'integers',
      inputs: [integers([1, 2])],
      out: [3],
      run: ([x]) => repeat(x, [2, 1]),
      outDType: 'i32',
      expected: [1, 1, 2],
    },
  ],
  errors: [
    {
      title: 'counts',
      inputs: [float([3])],
      run: ([x]) => repeat(x, [1, 2]),
      message: 'repeat: counts [1, 2] must be one whole number >= 0, or one for each of the 3 elements of axis 0',
    },
    {
      title: 'fraction',
      inputs: [float([3])],
      run: ([x]) => repeat(x, 1.5),
      message: 'repeat: counts [1.5] must be one whole number >= 0, or one for each of the 3 elements of axis 0',
    },
  ],
};
