import { reductionSamples } from '../../testing/families.ts';
import { min } from './min.ts';

export const minSamples = reductionSamples({
  class: 'exact',
  name: 'min',
  golden: 'min',
  run: min,
  empty: Infinity,
  edges: [
    [[1, Number.NaN, 2], Number.NaN],
    [[Number.NaN, 1], Number.NaN],
    [[Infinity, Infinity], Infinity],
    [[1e4, 9999], 9999],
  ],
});
