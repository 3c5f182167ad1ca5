import { unarySamples } from '../../testing/families.ts';
import { neg } from './neg.ts';

export const negSamples = unarySamples({
  class: 'exact',
  name: 'neg',
  golden: 'neg',
  run: neg,
  edges: [
    [0, 0],
    [-3, 3],
    [Infinity, -Infinity],
    [Number.NaN, Number.NaN],
  ],
  integers: [
    [-3, 3],
    [0, 0],
    [-(2 ** 31), -(2 ** 31)],
  ],
});
