import { unarySamples } from '../../testing/families.ts';
import { sign } from './sign.ts';

export const signSamples = unarySamples({
  class: 'exact',
  name: 'sign',
  run: sign,
  edges: [
    [0, 0],
    [-1e-30, -1],
    [1e-30, 1],
    [Infinity, 1],
    [-Infinity, -1],
    [Number.NaN, Number.NaN],
  ],
  integers: [
    [-3, -1],
    [0, 0],
    [9, 1],
  ],
});
