import { unarySamples } from '../../testing/families.ts';
import { neg } from './neg.ts';

export const negSamples = unarySamples({
  name: 'neg',
  run: neg,
  edges: [
    [0, 0],
    [-3, 3],
    [Infinity, -Infinity],
    [Number.NaN, Number.NaN],
  ],
});
