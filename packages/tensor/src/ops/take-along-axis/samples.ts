import { float, floats, idsBelow, integers, type OpSamples } from '../../testing/sample.ts';
import { gather, takeAlongAxis } from './take-along-axis.ts';

export const takeAlongAxisSamples: OpSamples = {
  class: 'exact',
  goldens: { 'take-along-axis': ([x, ids], { axis }) => takeAlongAxis(x, ids, { axis }) },
  samples: [
    { title: 'one element', inputs: [float([1]), integers([0])], out: [1], run: ([x, i]) => takeAlongAxis(x, i) },
    {
      title: 'repeated ids of the last axis',
      inputs: [floats([1, 2, 3, 4, 5, 6], [2, 3]), integers([2, 2, 0, 1, 1, 1, 0, 2], [2, 4])],
      out: [2, 4],
      run: ([x, i]) => takeAlongAxis(x, i),
      expected: [3, 3, 1, 2, 5, 5, 4, 6],
    },
    {
      title: 'first axis',
      inputs: [floats([1, 2, 3, 4, 5, 6], [2, 3]), integers([1, 0, 1, 1, 1, 0, 0, 0, 0], [3, 3])],
      out: [3, 3],
      run: ([x, i]) => gather(x, i, { axis: 0 }),
      expected: [4, 2, 6, 4, 5, 3, 1, 2, 3],
    },
    {
      title: 'middle axis',
      inputs: [float([2, 3, 4]), idsBelow(3, [2, 5, 4])],
      out: [2, 5, 4],
      run: ([x, i]) => takeAlongAxis(x, i, { axis: -2 }),
    },
    {
      title: 'ids shorter along other axes',
      inputs: [float([3, 4, 2]), idsBelow(2, [2, 3, 5])],
      out: [2, 3, 5],
      run: ([x, i]) => takeAlongAxis(x, i),
    },
    {
      title: 'rank 6',
      inputs: [float([2, 1, 3, 2, 1, 2]), idsBelow(3, [2, 1, 2, 1, 1, 2])],
      out: [2, 1, 2, 1, 1, 2],
      run: ([x, i]) => takeAlongAxis(x, i, { axis: 2 }),
    },
    {
      title: 'long',
      inputs: [float([3, 341]), idsBelow(341, [3, 17])],
      out: [3, 17],
      run: ([x, i]) => takeAlongAxis(x, i),
    },
    {
      title: 'no ids',
      inputs: [float([2, 3]), integers([], [2, 0])],
      out: [2, 0],
      run: ([x, i]) => takeAlongAxis(x, i),
    },
    {
      title: 'nothing along another axis',
      inputs: [float([0, 3]), integers([], [0, 2])],
      out: [0, 2],
      run: ([x, i]) => takeAlongAxis(x, i),
    },
    {
      title: 'integers, first axis',
      inputs: [integers([10, 20, 30, 40], [2, 2]), integers([1, 0], [1, 2])],
      out: [1, 2],
      outDType: 'i32',
      run: ([x, i]) => takeAlongAxis(x, i, { axis: 0 }),
      expected: [30, 20],
    },
    {
      title: 'what is not finite',
      inputs: [floats([Number.NaN, Infinity, 1]), integers([0, 1, 2, 1])],
      out: [4],
      run: ([x, i]) => takeAlongAxis(x, i),
      expected: [Number.NaN, Infinity, 1, Infinity],
      gradient: 'none',
    },
  ],
  errors: [
    {
      title: 'id too large',
      inputs: [float([2, 3]), integers([0, 3], [2, 1])],
      run: ([x, i]) => takeAlongAxis(x, i),
      message: 'takeAlongAxis: id 3 at position 1 is outside 0 to 2',
    },
    {
      title: 'negative id',
      inputs: [float([3]), integers([-1])],
      run: ([x, i]) => takeAlongAxis(x, i),
      message: 'takeAlongAxis: id -1 at position 0 is outside 0 to 2; negative ids do not count from the back',
    },
    {
      title: 'float ids',
      inputs: [float([3]), float([3])],
      run: ([x, i]) => takeAlongAxis(x, i),
      message: 'takeAlongAxis: ids must be i32, came {float}; make them with ids()',
    },
    {
      title: 'ranks',
      inputs: [float([2, 3]), integers([0])],
      run: ([x, i]) => takeAlongAxis(x, i),
      message: 'takeAlongAxis: ids [1] must have the rank of x [2, 3]; reshape them',
    },
    {
      title: 'ids longer than x',
      inputs: [float([2, 3]), integers([0, 0, 0], [3, 1])],
      run: ([x, i]) => takeAlongAxis(x, i),
      message:
        'takeAlongAxis: ids [3, 1] do not fit x [2, 3]: 3 > 2 at axis 0, and only axis 1 may be longer; slice() them',
    },
    {
      title: 'axis',
      inputs: [float([2]), integers([0])],
      run: ([x, i]) => takeAlongAxis(x, i, { axis: 1 }),
      message: 'takeAlongAxis: axis 1 is outside a tensor of rank 1: expected -1 to 0',
    },
  ],
};
