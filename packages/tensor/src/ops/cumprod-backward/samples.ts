import { refusesGradient } from '../../testing/families.ts';
import { float, type OpSample, type OpSamples } from '../../testing/sample.ts';
import { cumprodBackward } from './cumprod-backward.ts';

const sample = (title: string, shape: readonly number[]): OpSample => ({
  title,
  inputs: [float(shape, [-1.5, 1.5]), float(shape)],
  out: shape,
  run: ([x, g]) => cumprodBackward(x, g),
  gradient: 'none',
});

export const cumprodBackwardSamples: OpSamples = {
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
        { shape: [2, 3], values: [2, 0, 5, 0, 0, 3] },
        { shape: [2, 3], values: [1, 2, 3, 1, 2, 3] },
      ],
      out: [2, 3],
      run: ([x, g]) => cumprodBackward(x, g),
      // [2, 0, 5]: 1 + 0, 2 (2 + 3 · 5), 0; [0, 0, 3]: 1 + 0, 0, 0
      expected: [1, 34, 0, 1, 0, 0],
      gradient: 'none',
    },
  ],
  errors: [
    refusesGradient(
      'cumprodBackward',
      'second derivatives go through the composite of cumprod',
      [float([3]), float([3])],
      ([x, g]) => cumprodBackward(x, g),
    ),
  ],
};
