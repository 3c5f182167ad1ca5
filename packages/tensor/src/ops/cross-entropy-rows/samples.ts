import type { Tensor } from '../../tensor.ts';
import { float, floats, idsBelow, integers, type OpSamples } from '../../testing/sample.ts';
import { div } from '../div/div.ts';
import { reshape } from '../reshape/reshape.ts';
import { sum } from '../sum/sum.ts';
import { crossEntropyRows } from './cross-entropy-rows.ts';

export const crossEntropyRowsSamples: OpSamples = {
  class: 'rows',
  goldens: {
    'cross-entropy': ([logits, ids], { ignoreIndex, labelSmoothing }) => {
      const classes = logits.shape[logits.rank - 1];
      const ignored = ignoreIndex ?? -100;
      const flat = reshape(ids, [ids.size]);
      const rows = crossEntropyRows(reshape(logits, [-1, classes]), flat, { ignoreIndex: ignored, labelSmoothing });
      return div(sum(rows), Array.from(ids.host ?? ids.readSync()).filter((id) => id !== ignored).length);
    },
  },
  samples: [
    {
      title: 'one class',
      inputs: [float([1, 1]), integers([0])],
      out: [1],
      run: ([x, i]) => crossEntropyRows(x, i),
      expected: [0],
    },
    {
      title: 'rows',
      inputs: [float([6, 5]), idsBelow(5, [6])],
      out: [6],
      run: ([x, i]) => crossEntropyRows(x, i),
      reduces: 5,
    },
    {
      title: 'many classes',
      inputs: [float([3, 341], [-4, 4]), idsBelow(341, [3])],
      out: [3],
      run: ([x, i]) => crossEntropyRows(x, i),
      reduces: 341,
    },
    {
      title: 'ignored rows',
      inputs: [float([4, 3]), integers([0, -100, 2, -100])],
      out: [4],
      run: ([x, i]) => crossEntropyRows(x, i),
      reduces: 3,
    },
    {
      title: 'every row ignored',
      inputs: [float([2, 3]), integers([-1, -1])],
      out: [2],
      run: ([x, i]) => crossEntropyRows(x, i, { ignoreIndex: -1 }),
      expected: [0, 0],
    },
    {
      title: 'an ignored class',
      inputs: [float([3, 3]), integers([0, 1, 2])],
      out: [3],
      run: ([x, i]) => crossEntropyRows(x, i, { ignoreIndex: 1 }),
      reduces: 3,
    },
    {
      title: 'smoothing',
      inputs: [float([4, 5]), idsBelow(5, [4])],
      out: [4],
      run: ([x, i]) => crossEntropyRows(x, i, { labelSmoothing: 0.1 }),
      reduces: 5,
    },
    {
      title: 'smoothing and ignored rows',
      inputs: [float([3, 5]), integers([4, -100, 0])],
      out: [3],
      run: ([x, i]) => crossEntropyRows(x, i, { labelSmoothing: 0.3 }),
      reduces: 5,
    },
    {
      title: 'large numbers',
      inputs: [floats([1e4, -1e4, 0, 1e4, -1e4, 0, 1e4, -1e4, 0, -1e4, -1e4, -1e4], [4, 3]), integers([0, 1, 2, 1])],
      out: [4],
      run: ([x, i]) => crossEntropyRows(x, i),
      expected: [0, 2e4, 1e4, Math.log(3)],
      // The logarithm of 3 is added to -1e4, so e^(x - lse) in the gradient has 4 digits fewer (1900
      // roundings measured).
      tolerance: 100,
    },
    {
      title: 'an impossible class',
      inputs: [floats([0, -Infinity, 0, 1, 1, -Infinity], [2, 3]), integers([0, 2])],
      out: [2],
      run: ([x, i]) => crossEntropyRows(x, i),
      expected: [Math.LN2, Infinity],
      gradient: 'none',
    },
    {
      title: 'NaN stays in its row',
      inputs: [floats([0, Number.NaN, 0, 0], [2, 2]), integers([0, 1])],
      out: [2],
      run: ([x, i]) => crossEntropyRows(x, i),
      expected: [Number.NaN, Math.LN2],
      gradient: 'none',
    },
    { title: 'no rows', inputs: [float([0, 5]), integers([], [0])], out: [0], run: ([x, i]) => crossEntropyRows(x, i) },
  ],
  errors: [
    {
      title: 'id',
      inputs: [float([2, 3]), integers([0, 3])],
      run: ([x, i]) => crossEntropyRows(x, i),
      message: 'crossEntropyRows: id 3 at position 1 is outside 0 to 2',
    },
    {
      title: 'float ids',
      inputs: [float([2, 3]), float([2])],
      run: ([x, i]) => crossEntropyRows(x, i),
      message: 'crossEntropyRows: ids must be i32, came {float}; make them with ids()',
    },
    {
      title: 'shapes',
      inputs: [float([2, 3]), integers([0])],
      run: ([x, i]) => crossEntropyRows(x, i),
      message: 'crossEntropyRows: expected logits [rows, classes] and ids [rows], came [2, 3] and [1]',
    },
    {
      title: 'rank',
      inputs: [float([1, 2, 3]), integers([0, 1])],
      run: ([x, i]) => crossEntropyRows(x, i),
      message: 'crossEntropyRows: expected logits [rows, classes] and ids [rows], came [1, 2, 3] and [2]',
    },
    ...[-0.1, 1.5, Number.NaN].map((labelSmoothing) => ({
      title: `smoothing ${labelSmoothing}`,
      inputs: [float([2, 3]), integers([0, 1])],
      run: ([x, i]: readonly Tensor[]) => {
        crossEntropyRows(x, i, { labelSmoothing });
      },
      message: `crossEntropyRows: labelSmoothing is a number from 0 to 1, came ${labelSmoothing}`,
    })),
    {
      title: 'fractional ignored id',
      inputs: [float([2, 3]), integers([0, 1])],
      run: ([x, i]) => crossEntropyRows(x, i, { ignoreIndex: 0.5 }),
      message: 'crossEntropyRows: ignoreIndex is a whole number that i32 holds, came 0.5',
    },
  ],
};
