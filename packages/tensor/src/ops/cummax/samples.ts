import { grad } from '../../tape.ts';
import type { Tensor } from '../../tensor.ts';
import { type ErrorSample, float, floats, integers, type OpSamples } from '../../testing/sample.ts';
import { sum } from '../sum/sum.ts';
import { type CumulativeExtremeResult, cummax, cummin } from './cummax.ts';

type Run = (x: Tensor, options?: { readonly axis?: number }) => CumulativeExtremeResult;

/** The edges below, their signs turned for the minimum. */
const samplesOf = (name: string, run: Run, sign: 1 | -1): OpSamples => {
  const turned = (values: readonly number[]): number[] => values.map((v) => v * sign);
  const edges = floats(turned([1, 3, 3, 2, -Infinity, -1e4, Number.NaN, 9, 0, -0, Infinity, 1]), [3, 4]);
  const axisError: ErrorSample = {
    title: 'axis',
    inputs: [float([2, 3])],
    run: ([x]) => run(x, { axis: 2 }),
    message: `${name}: axis 2 is outside a tensor of rank 2: expected -2 to 1`,
  };
  return {
    class: 'exact',
    goldens: { [name]: ([x], { axis }) => run(x, { axis }).values },
    samples: [
      { title: 'one element', inputs: [float([1])], out: [1], run: ([x]) => run(x).values },
      { title: 'rows', inputs: [float([3, 7])], out: [3, 7], run: ([x]) => run(x).values },
      { title: 'first axis', inputs: [float([5, 3])], out: [5, 3], run: ([x]) => run(x, { axis: 0 }).values },
      {
        title: 'rank 6',
        inputs: [float([2, 1, 3, 1, 2, 2])],
        out: [2, 1, 3, 1, 2, 2],
        run: ([x]) => run(x, { axis: -4 }).values,
      },
      { title: 'long', inputs: [float([2, 341])], out: [2, 341], run: ([x]) => run(x).values },
      {
        title: 'edges',
        inputs: [edges],
        out: [3, 4],
        run: ([x]) => run(x).values,
        expected: turned([1, 3, 3, 3, -Infinity, -1e4, Number.NaN, Number.NaN, 0, 0, Infinity, Infinity]),
        gradient: 'none',
      },
      {
        title: 'edges, where they stood',
        inputs: [edges],
        out: [3, 4],
        outDType: 'i32',
        run: ([x]) => run(x).indices,
        expected: [0, 1, 2, 2, 0, 1, 2, 2, 0, 1, 2, 2],
      },
      {
        title: 'the gradient of ties goes to the last',
        inputs: [floats(turned([1, 3, 3, 2]))],
        out: [4],
        run: ([x]) => grad(() => sum(run(x).values), [x])[0],
        expected: [1, 1, 2, 0],
        gradient: 'none',
      },
      {
        title: 'integers, where they stood, first axis',
        inputs: [integers(turned([1, 5, 2, 4, 2, 6]), [3, 2])],
        out: [3, 2],
        outDType: 'i32',
        run: ([x]) => run(x, { axis: 0 }).indices,
        expected: [0, 0, 1, 0, 2, 2],
      },
      { title: 'no rows', inputs: [float([0, 3])], out: [0, 3], run: ([x]) => run(x).values },
      { title: 'empty rows', inputs: [float([3, 0])], out: [3, 0], run: ([x]) => run(x).values },
    ],
    errors: [axisError],
  };
};

export const cummaxSamples = samplesOf('cummax', cummax, 1);
export const cumminSamples = samplesOf('cummin', cummin, -1);
