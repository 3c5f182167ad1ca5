import { unarySamples } from '../../testing/families.ts';
import { relu } from './relu.ts';

export const reluSamples = unarySamples({
  class: 'exact',
  name: 'relu',
  golden: 'relu',
  run: relu,
  edges: [
    [0, 0],
    [-3, 0],
    [3, 3],
    [Infinity, Infinity],
    [-Infinity, 0],
    [Number.NaN, Number.NaN],
  ],
});
