import { reductionSamples } from '../../testing/families.ts';
import { mean } from './mean.ts';

export const meanSamples = reductionSamples({
  name: 'mean',
  golden: 'mean',
  run: mean,
  empty: Number.NaN,
  edges: [
    [[1, Number.NaN], Number.NaN],
    [[Infinity, 1], Infinity],
    [[1, 2, 6], 3],
  ],
});
