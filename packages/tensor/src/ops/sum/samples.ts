import { reductionSamples } from '../../testing/families.ts';
import { sum } from './sum.ts';

export const sumSamples = reductionSamples({
  name: 'sum',
  golden: 'sum',
  run: sum,
  empty: 0,
  edges: [
    [[1, Number.NaN], Number.NaN],
    [[Infinity, 1], Infinity],
    [[Infinity, -Infinity], Number.NaN],
    [[1e4, 1, -1e4], 1],
  ],
});
