import { refusesGradient } from '../../testing/families.ts';
import { float, floats, type OpSamples } from '../../testing/sample.ts';
import { reluBackward } from './relu-backward.ts';

export const reluBackwardSamples: OpSamples = {
  class: 'exact',
  samples: [
    {
      title: 'one element',
      inputs: [float([1]), float([1])],
      out: [1],
      run: ([x, g]) => reluBackward(x, g),
      gradient: 'none',
    },
    {
      title: 'edges',
      inputs: [floats([-1, 0, 2, Infinity, -Infinity]), floats([5, 6, 7, 8, Number.NaN])],
      out: [5],
      run: ([x, g]) => reluBackward(x, g),
      expected: [0, 0, 7, 8, 0],
      gradient: 'none',
    },
    {
      title: 'long',
      inputs: [float([3, 341]), float([3, 341])],
      out: [3, 341],
      run: ([x, g]) => reluBackward(x, g),
      gradient: 'none',
    },
    {
      title: 'empty',
      inputs: [float([0, 3]), float([0, 3])],
      out: [0, 3],
      run: ([x, g]) => reluBackward(x, g),
      gradient: 'none',
    },
  ],
  errors: [
    refusesGradient(
      'reluBackward',
      'second derivatives go through the composite of relu',
      [float([3]), float([3])],
      ([x, g]) => reluBackward(x, g),
    ),
  ],
};
