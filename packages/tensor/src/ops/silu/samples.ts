import { refusesGradient, unarySamples } from '../../testing/families.ts';
import { float, floats, type OpSamples } from '../../testing/sample.ts';
import { silu, siluBackward } from './silu.ts';

export const siluSamples = unarySamples({
  name: 'silu',
  golden: 'silu',
  run: silu,
  edges: [
    [0, 0],
    [1e4, 1e4],
    [-1e4, 0],
    [Infinity, Infinity],
    [Number.NaN, Number.NaN],
  ],
  extra: [{ title: 'wide', inputs: [float([33], [-30, 30])], out: [33], run: ([x]) => silu(x) }],
});

export const siluBackwardSamples: OpSamples = {
  class: 'function',
  samples: [
    {
      title: 'one element',
      inputs: [float([1]), float([1])],
      out: [1],
      run: ([x, g]) => siluBackward(x, g),
      gradient: 'none',
    },
    {
      title: 'edges',
      inputs: [floats([0, 1e4, -1e4, Infinity, -Infinity, Number.NaN]), floats([6, 7, 8, 9, 10, 11])],
      out: [6],
      run: ([x, g]) => siluBackward(x, g),
      expected: [3, 7, 0, 9, 0, Number.NaN],
      gradient: 'none',
    },
    {
      title: 'long',
      inputs: [float([3, 341], [0, 5]), float([3, 341])],
      out: [3, 341],
      run: ([x, g]) => siluBackward(x, g),
      gradient: 'none',
    },
    {
      title: 'empty',
      inputs: [float([0, 3]), float([0, 3])],
      out: [0, 3],
      run: ([x, g]) => siluBackward(x, g),
      gradient: 'none',
    },
  ],
  errors: [
    refusesGradient(
      'siluBackward',
      'second derivatives go through the composite of silu',
      [float([3]), float([3])],
      ([x, g]) => siluBackward(x, g),
    ),
  ],
};
