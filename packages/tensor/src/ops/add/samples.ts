import { binarySamples } from '../../testing/families.ts';
import { add } from './add.ts';

export const addSamples = binarySamples({
  name: 'add',
  golden: 'add',
  run: add,
  withNumber: (a) => add(a, 1.5),
  edges: [
    [Infinity, 1, Infinity],
    [Infinity, -Infinity, Number.NaN],
    [Number.NaN, 1, Number.NaN],
    [2 ** 100, 1, 2 ** 100],
  ],
  integers: [
    [3, 4, 7, 7],
    [-1, 1, 0, 0],
    [2147483647, 1, -2147483648, 2147483648],
  ],
});
