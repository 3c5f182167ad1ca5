import { refusesGradient } from '../../testing/families.ts';
import { float, type OpSample, type OpSamples } from '../../testing/sample.ts';
import { prodBackward } from './prod-backward.ts';

const sample = (title: string, shape: readonly number[]): OpSample => ({
  title,
  inputs: [float(shape, [-1.5, 1.5]), float(shape.slice(0, -1))],
  out: shape,
  run: ([x, g]) => prodBackward(x, g),
  gradient: 'none',
});

export const prodBackwardSamples: OpSamples = {
  class: 'rounded',
  samples: [
    sample('one element', [1]),
    sample('rows', [3, 7]),
    sample('long', [2, 65]),
    sample('empty', [0, 3]),
    sample('empty rows', [2, 0]),
    {
      title: 'zeros',
      inputs: [
        { shape: [3, 3], values: [2, 3, -4, 2, 0, -4, 0, 3, 0] },
        { shape: [3], values: [1, 2, 3] },
      ],
      out: [3, 3],
      run: ([x, g]) => prodBackward(x, g),
      expected: [-12, -8, 6, 0, -16, 0, 0, 0, 0],
      gradient: 'none',
    },
  ],
  errors: [
    refusesGradient(
      'prodBackward',
      'second derivatives go through the composite of prod',
      [float([3]), float([])],
      ([x, g]) => prodBackward(x, g),
    ),
  ],
};
