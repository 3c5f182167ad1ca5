import { unarySamples } from '../../testing/families.ts';
import { abs } from './abs.ts';

export const absSamples = unarySamples({
  class: 'exact',
  name: 'abs',
  golden: 'abs',
  run: abs,
  edges: [
    [-0, 0],
    [-3, 3],
    [-Infinity, Infinity],
    [Number.NaN, Number.NaN],
    [-1e4, 1e4],
  ],
  integers: [
    [-3, 3],
    [0, 0],
    [-(2 ** 31), -(2 ** 31)],
  ],
});
