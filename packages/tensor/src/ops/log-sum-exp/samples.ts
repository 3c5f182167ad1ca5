import { grad } from '../../tape.ts';
import { reductionSamples } from '../../testing/families.ts';
import { floats } from '../../testing/sample.ts';
import { sum } from '../sum/sum.ts';
import { logSumExp } from './log-sum-exp.ts';

export const logSumExpSamples = reductionSamples({
  name: 'logSumExp',
  golden: 'log-sum-exp',
  run: logSumExp,
  empty: -Infinity,
  edges: [
    [[1, Number.NaN], Number.NaN],
    [[Infinity, Number.NaN], Number.NaN],
    [[Infinity, 1], Infinity],
    [[Infinity, Infinity, -Infinity], Infinity],
    [[-Infinity, -Infinity], -Infinity],
    [[-Infinity, 3], 3],
    [[1e4, 1e4], 1e4 + Math.LN2],
    [[-1e4, -1e4, 1e4], 1e4],
    [[-1e4, -1e4], Math.LN2 - 1e4],
  ],
  extra: [
    {
      title: 'masked rows get no gradient, nor give NaN',
      inputs: [floats([-Infinity, -Infinity, -Infinity, 7, 1e4, 1e4], [3, 2])],
      out: [3, 2],
      run: ([x]) => grad(() => sum(logSumExp(x, { axes: 1 })), [x])[0],
      expected: [0, 0, 0, 1, 0.5, 0.5],
      gradient: 'none',
      // The results near 1e4 are rounded to 2^-10 in float32, which the exponential of a difference shows.
      tolerance: 8192,
    },
    {
      title: 'the gradient beside +Infinity',
      inputs: [floats([Infinity, 1])],
      out: [2],
      run: ([x]) => grad(() => logSumExp(x), [x])[0],
      expected: [Number.NaN, 0],
      gradient: 'none',
    },
  ],
});
