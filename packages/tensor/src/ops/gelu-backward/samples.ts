import { refusesGradient } from '../../testing/families.ts';
import { float, floats, type OpSamples } from '../../testing/sample.ts';
import { geluBackward } from './gelu-backward.ts';

export const geluBackwardSamples: OpSamples = {
  class: 'function',
  samples: [
    {
      title: 'one element',
      inputs: [float([1]), float([1])],
      out: [1],
      run: ([x, g]) => geluBackward(x, g),
      gradient: 'none',
    },
    {
      title: 'edges',
      inputs: [floats([0, 1e4, -1e4, Number.NaN]), floats([6, 7, 8, 9])],
      out: [4],
      run: ([x, g]) => geluBackward(x, g),
      expected: [3, 7, 0, Number.NaN],
      gradient: 'none',
    },
    // As in gelu, e^(-x²/2) takes over the rounding of x².
    {
      title: 'lower tail',
      inputs: [float([65], [-9, -4]), float([65], [1, 2])],
      out: [65],
      tolerance: 10,
      run: ([x, g]) => geluBackward(x, g),
      gradient: 'none',
    },
    {
      title: 'long',
      inputs: [float([3, 341], [0, 5]), float([3, 341])],
      out: [3, 341],
      run: ([x, g]) => geluBackward(x, g),
      gradient: 'none',
    },
    {
      title: 'empty',
      inputs: [float([0, 3]), float([0, 3])],
      out: [0, 3],
      run: ([x, g]) => geluBackward(x, g),
      gradient: 'none',
    },
  ],
  errors: [
    refusesGradient(
      'geluBackward',
      'second derivatives go through the composite of gelu',
      [float([3]), float([3])],
      ([x, g]) => geluBackward(x, g),
    ),
  ],
};
