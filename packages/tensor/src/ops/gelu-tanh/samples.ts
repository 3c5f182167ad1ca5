import { refusesGradient, unarySamples } from '../../testing/families.ts';
import { float, floats, type OpSamples } from '../../testing/sample.ts';
import { geluTanh, geluTanhBackward } from './gelu-tanh.ts';

export const geluTanhSamples = unarySamples({
  name: 'geluTanh',
  golden: 'gelu-tanh',
  run: geluTanh,
  // z reaches 4 and is rounded three times before it is an exponent: 12 roundings of the result.
  tolerance: 2,
  edges: [
    [0, 0],
    [1, 0.5 * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * 1.044715))],
    [1e4, 1e4],
    [-1e4, 0],
    [Infinity, Infinity],
    [Number.NaN, Number.NaN],
  ],
  extra: [{ title: 'right half', inputs: [float([65], [0, 6])], out: [65], run: ([x]) => geluTanh(x) }],
});

export const geluTanhBackwardSamples: OpSamples = {
  class: 'function',
  samples: [
    {
      title: 'one element',
      inputs: [float([1]), float([1])],
      out: [1],
      run: ([x, g]) => geluTanhBackward(x, g),
      gradient: 'none',
    },
    {
      title: 'edges',
      inputs: [floats([0, 1e4, -1e4, Infinity, -Infinity, Number.NaN]), floats([6, 7, 8, 9, 10, 11])],
      out: [6],
      run: ([x, g]) => geluTanhBackward(x, g),
      expected: [3, 7, 0, 9, 0, Number.NaN],
      gradient: 'none',
    },
    {
      title: 'long',
      inputs: [float([3, 341], [0, 5]), float([3, 341])],
      out: [3, 341],
      run: ([x, g]) => geluTanhBackward(x, g),
      gradient: 'none',
    },
    {
      title: 'empty',
      inputs: [float([0, 3]), float([0, 3])],
      out: [0, 3],
      run: ([x, g]) => geluTanhBackward(x, g),
      gradient: 'none',
    },
  ],
  errors: [
    refusesGradient(
      'geluTanhBackward',
      'second derivatives go through the composite of geluTanh',
      [float([3]), float([3])],
      ([x, g]) => geluTanhBackward(x, g),
    ),
  ],
};
