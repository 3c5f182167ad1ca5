import { reductionSamples } from '../../testing/families.ts';
import { max } from './max.ts';

export const maxSamples = reductionSamples({
  class: 'exact',
  name: 'max',
  golden: 'max',
  run: max,
  empty: -Infinity,
  edges: [
    [[1, Number.NaN, 2], Number.NaN],
    [[Number.NaN, 1], Number.NaN],
    [[-Infinity, -Infinity], -Infinity],
    [[-1e4, -9999], -9999],
  ],
});
