import { bools, float, floats, integers, type OpSamples } from '../../testing/sample.ts';
import { flip } from './flip.ts';

export const flipSamples: OpSamples = {
  class: 'exact',
  goldens: {
    flip: ([x], { axes }) => flip(x, { axes }),
  },
  samples: [
    { title: 'scalar', inputs: [float([])], out: [], run: ([x]) => flip(x) },
    { title: 'one element', inputs: [float([1])], out: [1], run: ([x]) => flip(x) },
    { title: 'empty', inputs: [float([2, 0])], out: [2, 0], run: ([x]) => flip(x) },
    {
      title: 'all axes',
      inputs: [floats([1, 2, 3, 4, 5, 6], [2, 3])],
      out: [2, 3],
      run: ([x]) => flip(x),
      expected: [6, 5, 4, 3, 2, 1],
    },
    { title: 'one axis', inputs: [float([3, 5])], out: [3, 5], run: ([x]) => flip(x, { axes: -1 }) },
    {
      title: 'rank 6',
      inputs: [float([2, 1, 3, 2, 1, 2])],
      out: [2, 1, 3, 2, 1, 2],
      run: ([x]) => flip(x, { axes: [0, 3, -1] }),
    },
    {
      title: 'integers',
      inputs: [integers([1, 2, 3])],
      out: [3],
      run: ([x]) => flip(x),
      outDType: 'i32',
      expected: [3, 2, 1],
    },
    {
      title: 'bools',
      inputs: [bools([1, 0, 0])],
      out: [3],
      run: ([x]) => flip(x),
      outDType: 'bool',
      expected: [0, 0, 1],
    },
  ],
  errors: [
    {
      title: 'axis',
      inputs: [float([2])],
      run: ([x]) => flip(x, { axes: 1 }),
      message: 'flip: axis 1 is outside a tensor of rank 1: expected -1 to 0',
    },
  ],
};
