import { refusesGradient } from '../../testing/families.ts';
import { float, floats, type OpSample, type OpSamples } from '../../testing/sample.ts';
import { logCumsumExpBackward } from './log-cumsum-exp-backward.ts';

const sample = (title: string, shape: readonly number[]): OpSample => ({
  title,
  inputs: [float(shape, [-4, 4]), float(shape)],
  out: shape,
  run: ([x, g]) => logCumsumExpBackward(x, g),
  gradient: 'none',
});

export const logCumsumExpBackwardSamples: OpSamples = {
  class: 'rounded',
  samples: [
    sample('one element', [1]),
    sample('rows', [3, 7]),
    sample('long', [2, 65]),
    sample('empty', [0, 3]),
    sample('empty rows', [2, 0]),
    {
      title: 'equal shares, and none of nothing',
      inputs: [floats([5, 5, -Infinity, -Infinity, -Infinity, 5], [3, 2]), floats([1, 2, 3, 4, 5, 6], [3, 2])],
      out: [3, 2],
      run: ([x, g]) => logCumsumExpBackward(x, g),
      expected: [2, 1, 0, 0, 0, 6],
      gradient: 'none',
    },
  ],
  errors: [
    refusesGradient(
      'logCumsumExpBackward',
      'second derivatives go through the composite of logCumsumExp',
      [float([3]), float([3])],
      ([x, g]) => logCumsumExpBackward(x, g),
    ),
  ],
};
