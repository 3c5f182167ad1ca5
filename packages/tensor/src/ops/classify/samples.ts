import type { Tensor } from '../../tensor.ts';
import { float, floats, integers, type OpSamples } from '../../testing/sample.ts';
import * as classify from './classify.ts';

const classSamples = (name: string, run: (x: Tensor) => Tensor, expected: readonly number[]): OpSamples => {
  const apply = ([x]: readonly Tensor[]): Tensor => run(x);
  return {
    class: 'exact',
    samples: [
      {
        title: 'edges',
        inputs: [floats([0, -1e4, 3e38, Infinity, -Infinity, Number.NaN])],
        out: [6],
        outDType: 'bool',
        run: apply,
        expected,
      },
      { title: 'scalar', inputs: [float([])], out: [], outDType: 'bool', run: apply },
      { title: 'rank 6', inputs: [float([2, 1, 3, 1, 2, 2])], out: [2, 1, 3, 1, 2, 2], outDType: 'bool', run: apply },
      { title: 'empty', inputs: [float([0, 3])], out: [0, 3], outDType: 'bool', run: apply },
    ],
    errors: [
      {
        title: 'integers',
        inputs: [integers([1, 2])],
        run: apply,
        message: `${name}: expected a float tensor, came i32; cast() it`,
      },
    ],
  };
};

export const isNaNSamples = classSamples('isNaN', classify.isNaN, [0, 0, 0, 0, 0, 1]);
export const isFiniteSamples = classSamples('isFinite', classify.isFinite, [1, 1, 1, 0, 0, 0]);
export const isInfSamples = classSamples('isInf', classify.isInf, [0, 0, 0, 1, 1, 0]);
