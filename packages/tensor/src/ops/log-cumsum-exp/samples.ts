import { grad } from '../../tape.ts';
import { float, floats, integers, type OpSamples } from '../../testing/sample.ts';
import { sum } from '../sum/sum.ts';
import { logCumsumExp } from './log-cumsum-exp.ts';

export const logCumsumExpSamples: OpSamples = {
  class: 'reduction',
  goldens: { 'log-cumsum-exp': ([x], { axis }) => logCumsumExp(x, { axis }) },
  samples: [
    { title: 'one element', inputs: [float([1])], out: [1], run: ([x]) => logCumsumExp(x) },
    { title: 'rows', inputs: [float([3, 7])], out: [3, 7], run: ([x]) => logCumsumExp(x), reduces: 7 },
    {
      title: 'first axis',
      inputs: [float([5, 3])],
      out: [5, 3],
      run: ([x]) => logCumsumExp(x, { axis: 0 }),
      reduces: 5,
    },
    {
      title: 'rank 6',
      inputs: [float([2, 1, 3, 1, 2, 2])],
      out: [2, 1, 3, 1, 2, 2],
      run: ([x]) => logCumsumExp(x, { axis: 2 }),
      reduces: 3,
    },
    { title: 'long', inputs: [float([2, 49], [-4, 4])], out: [2, 49], run: ([x]) => logCumsumExp(x), reduces: 49 },
    {
      title: 'large numbers',
      inputs: [floats([-1e4, -1e4, 1e4, 1e4, 1e4, -1e4], [2, 3])],
      out: [2, 3],
      run: ([x]) => logCumsumExp(x),
      expected: [-1e4, Math.LN2 - 1e4, 1e4, 1e4, 1e4 + Math.LN2, 1e4 + Math.LN2],
      // Differences of results near 1e4, which the composite takes of rounded ones: 2^13 roundings of 1.
      tolerance: 8192,
    },
    {
      title: 'infinities and NaN',
      inputs: [floats([-Infinity, -Infinity, 2, 1, Infinity, -Infinity, 1, Number.NaN, 2], [3, 3])],
      out: [3, 3],
      run: ([x]) => logCumsumExp(x),
      expected: [-Infinity, -Infinity, 2, 1, Infinity, Infinity, 1, Number.NaN, Number.NaN],
      gradient: 'none',
    },
    {
      title: 'no gradient of nothing',
      inputs: [floats([-Infinity, -Infinity, 2])],
      out: [3],
      run: ([x]) => grad(() => sum(logCumsumExp(x)), [x])[0],
      expected: [0, 0, 1],
      gradient: 'none',
    },
    { title: 'no rows', inputs: [float([0, 3])], out: [0, 3], run: ([x]) => logCumsumExp(x) },
    { title: 'empty rows', inputs: [float([3, 0])], out: [3, 0], run: ([x]) => logCumsumExp(x) },
  ],
  errors: [
    {
      title: 'axis',
      inputs: [float([2, 3])],
      run: ([x]) => logCumsumExp(x, { axis: -3 }),
      message: 'logCumsumExp: axis -3 is outside a tensor of rank 2: expected -2 to 1',
    },
    {
      title: 'integers',
      inputs: [integers([1, 2])],
      run: ([x]) => logCumsumExp(x),
      message: 'logCumsumExp: expected a float tensor, came i32; cast() it',
    },
  ],
};
