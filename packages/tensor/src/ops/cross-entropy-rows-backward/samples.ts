import { applyAll } from '../../op.ts';
import type { Tensor } from '../../tensor.ts';
import { refusesGradient } from '../../testing/families.ts';
import { float, idsBelow, integers, type OpSample, type OpSamples } from '../../testing/sample.ts';
import { crossEntropyRowsOp } from '../cross-entropy-rows/cross-entropy-rows.ts';
import { crossEntropyRowsBackward } from './cross-entropy-rows-backward.ts';

const run =
  (attrs: { ignoreIndex: number; smoothing: number }) =>
  ([x, ids, g]: readonly Tensor[]): Tensor => {
    const [, lse] = applyAll(crossEntropyRowsOp, [x, ids], attrs);
    return crossEntropyRowsBackward([x, ids, lse, g], attrs);
  };

const sample = (title: string, [rows, n]: readonly number[], smoothing: number): OpSample => ({
  title,
  inputs: [float([rows, n]), idsBelow(n, [rows]), float([rows])],
  out: [rows, n],
  run: run({ ignoreIndex: -100, smoothing }),
  gradient: 'none',
  reduces: n,
});

export const crossEntropyRowsBackwardSamples: OpSamples = {
  class: 'rows',
  samples: [
    sample('one element', [1, 1], 0),
    sample('rows', [3, 7], 0),
    sample('smoothed', [3, 7], 0.2),
    sample('long', [2, 341], 0.1),
    sample('empty', [0, 3], 0),
    {
      title: 'ignored rows',
      inputs: [float([2, 2]), integers([-100, -100]), float([2])],
      out: [2, 2],
      run: run({ ignoreIndex: -100, smoothing: 0.1 }),
      expected: [0, 0, 0, 0],
      gradient: 'none',
    },
  ],
  errors: [
    refusesGradient(
      'crossEntropyRowsBackward',
      'second derivatives go through the composite of crossEntropyRows',
      [float([2, 3]), idsBelow(3, [2]), float([2]), float([2])],
      (inputs) => crossEntropyRowsBackward(inputs, { ignoreIndex: -100, smoothing: 0 }),
    ),
  ],
};
