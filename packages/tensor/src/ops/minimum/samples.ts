import { binarySamples } from '../../testing/families.ts';
import { minimum } from './minimum.ts';

export const minimumSamples = binarySamples({
  class: 'exact',
  name: 'minimum',
  golden: 'minimum',
  run: minimum,
  withNumber: (a) => minimum(a, 0.25),
  edges: [
    [1, 2, 1],
    [-Infinity, -1e4, -Infinity],
    [Infinity, 0, 0],
    [Number.NaN, 1, Number.NaN],
    [1, Number.NaN, Number.NaN],
  ],
  integers: [
    [1, 2, 1, 1],
    [-1, 1, -1, 1],
  ],
});
