import { binarySamples } from '../../testing/families.ts';
import { mul } from '../mul/mul.ts';
import { div } from './div.ts';

export const divSamples = binarySamples({
  name: 'div',
  golden: 'div',
  run: div,
  withNumber: (a) => div(a, 3),
  rangeB: [0.5, 2],
  // The gradient of x / x is 0 by cancellation, and float32 has nothing to compare with 0.
  repeated: (x) => mul(x, div(x, x)),
  edges: [
    [1, 0, Infinity],
    [1, -0, -Infinity],
    [0, 0, Number.NaN],
    [1, Infinity, 0],
    [Infinity, Infinity, Number.NaN],
    [Number.NaN, 1, Number.NaN],
    [1, 3, 1 / 3],
  ],
});
