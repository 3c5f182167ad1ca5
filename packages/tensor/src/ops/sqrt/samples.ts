import { unarySamples } from '../../testing/families.ts';
import { sqrt } from './sqrt.ts';

export const sqrtSamples = unarySamples({
  class: 'rounded',
  name: 'sqrt',
  golden: 'sqrt',
  run: sqrt,
  range: [0.1, 4],
  edges: [
    [0, 0],
    [4, 2],
    [2 ** -126, 2 ** -63],
    [-1, Number.NaN],
    [Infinity, Infinity],
    [Number.NaN, Number.NaN],
  ],
});
