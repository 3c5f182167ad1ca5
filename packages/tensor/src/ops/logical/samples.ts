import type { Tensor } from '../../tensor.ts';
import { bools, floats, integers, type OpSample, type OpSamples } from '../../testing/sample.ts';
import { logicalAnd, logicalNot, logicalOr, logicalXor } from './logical.ts';

const tableOf = (
  name: string,
  run: (a: Tensor, b: Tensor) => Tensor,
  f: (a: number, b: number) => number,
): OpSamples => {
  const apply = ([a, b]: readonly Tensor[]): Tensor => run(a, b);
  const sample = (title: string, a: readonly number[], b: readonly number[], out: readonly number[]): OpSample => ({
    title,
    inputs: [
      { shape: a, dtype: 'bool' },
      { shape: b, dtype: 'bool' },
    ],
    out,
    outDType: 'bool',
    run: apply,
  });
  return {
    class: 'exact',
    samples: [
      {
        title: 'every pair',
        inputs: [bools([0, 1], [2, 1]), bools([0, 1])],
        out: [2, 2],
        outDType: 'bool',
        run: apply,
        expected: [f(0, 0), f(0, 1), f(1, 0), f(1, 1)],
      },
      sample('scalar', [], [], []),
      sample('odd length', [3, 7], [3, 7], [3, 7]),
      sample('rank 6, nothing merges', [2, 1, 2, 1, 2, 1], [1, 3, 1, 2, 1, 2], [2, 3, 2, 2, 2, 2]),
      sample('empty', [0, 3], [3], [0, 3]),
    ],
    errors: [
      {
        title: 'floats',
        inputs: [bools([1]), floats([1])],
        run: ([a, b]) => run(a, b),
        message: `${name}: expected bool tensors, came {float}; compare or cast() it`,
      },
      {
        title: 'shapes',
        inputs: [bools([1, 0]), bools([1, 0, 1])],
        run: ([a, b]) => run(a, b),
        message: `${name}: shapes do not broadcast, a [2], b [3]: 2 != 3 at axis -1; reshape or expand one of them`,
      },
    ],
  };
};

export const logicalAndSamples = tableOf('logicalAnd', logicalAnd, (a, b) => a & b);
export const logicalOrSamples = tableOf('logicalOr', logicalOr, (a, b) => a | b);
export const logicalXorSamples = tableOf('logicalXor', logicalXor, (a, b) => a ^ b);

export const logicalNotSamples: OpSamples = {
  class: 'exact',
  samples: [
    {
      title: 'both',
      inputs: [bools([0, 1, 1])],
      out: [3],
      outDType: 'bool',
      run: ([x]) => logicalNot(x),
      expected: [1, 0, 0],
    },
    {
      title: 'one element',
      inputs: [bools([1], [])],
      out: [],
      outDType: 'bool',
      run: ([x]) => logicalNot(x),
      expected: [0],
    },
    { title: 'empty', inputs: [bools([], [0, 3])], out: [0, 3], outDType: 'bool', run: ([x]) => logicalNot(x) },
  ],
  errors: [
    {
      title: 'integers',
      inputs: [integers([1])],
      run: ([x]) => logicalNot(x),
      message: 'logicalNot: expected bool tensors, came i32; compare or cast() it',
    },
  ],
};
