import { binarySamples } from '../../testing/families.ts';
import { sub } from './sub.ts';

export const subSamples = binarySamples({
  name: 'sub',
  golden: 'sub',
  run: sub,
  withNumber: (a) => sub(a, 1.5),
  edges: [
    [Infinity, Infinity, Number.NaN],
    [1, Infinity, -Infinity],
    [Number.NaN, 1, Number.NaN],
  ],
  integers: [
    [3, 4, -1, 4294967295],
    [-2147483648, 1, 2147483647, 2147483647],
  ],
});
