import { bools, float, floats, integers, type OpSamples } from '../../testing/sample.ts';
import { logAddExp } from './log-add-exp.ts';

export const logAddExpSamples: OpSamples = {
  class: 'function',
  goldens: { 'log-add-exp': ([a, b]) => logAddExp(a, b) },
  samples: [
    { title: 'one element', inputs: [float([1]), float([1])], out: [1], run: ([a, b]) => logAddExp(a, b) },
    {
      title: 'both sides',
      inputs: [float([2, 1, 4]), float([3, 1])],
      out: [2, 3, 4],
      run: ([a, b]) => logAddExp(a, b),
    },
    { title: 'empty', inputs: [float([0, 3]), float([3])], out: [0, 3], run: ([a, b]) => logAddExp(a, b) },
    { title: 'repeated input', inputs: [float([5])], out: [5], run: ([a]) => logAddExp(a, a) },
    {
      title: 'edges',
      inputs: [floats([1e4, -1e4, Infinity, -Infinity, -Infinity, Number.NaN]), floats([0, -1e4, 3, -Infinity, 2, 1])],
      out: [6],
      run: ([a, b]) => logAddExp(a, b),
      expected: [1e4, -1e4 + Math.LN2, Infinity, -Infinity, 2, Number.NaN],
      gradient: 'none',
    },
  ],
  errors: [
    {
      title: 'shapes',
      inputs: [float([2]), float([3])],
      run: ([a, b]) => logAddExp(a, b),
      message: 'logAddExp: shapes do not broadcast, a [2], b [3]: 2 != 3 at axis -1; reshape or expand one of them',
    },
    {
      title: 'dtypes',
      inputs: [float([2]), integers([1, 2])],
      run: ([a, b]) => logAddExp(a, b),
      message: 'logAddExp: dtypes differ, {float} and i32; cast() one of them',
    },
    {
      title: 'bool',
      inputs: [bools([1]), bools([0])],
      run: ([a, b]) => logAddExp(a, b),
      message: 'logAddExp: expected a float tensor, came bool; cast() it',
    },
  ],
};
