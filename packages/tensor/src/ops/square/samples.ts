import { unarySamples } from '../../testing/families.ts';
import { square } from './square.ts';

export const squareSamples = unarySamples({
  class: 'rounded',
  name: 'square',
  golden: 'square',
  run: square,
  edges: [
    [-3, 9],
    [2 ** 60, 2 ** 120],
    [-Infinity, Infinity],
    [Number.NaN, Number.NaN],
  ],
});
