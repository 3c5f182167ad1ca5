import { binarySamples } from '../../testing/families.ts';
import { maximum } from './maximum.ts';

export const maximumSamples = binarySamples({
  class: 'exact',
  name: 'maximum',
  golden: 'maximum',
  run: maximum,
  withNumber: (a) => maximum(a, 0.25),
  edges: [
    [1, 2, 2],
    [-Infinity, -1e4, -1e4],
    [Infinity, 0, Infinity],
    [Number.NaN, 1, Number.NaN],
    [1, Number.NaN, Number.NaN],
  ],
  integers: [
    [1, 2, 2, 2],
    [-1, 1, 1, 2 ** 32 - 1],
  ],
});
