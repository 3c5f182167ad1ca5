import { binarySamples } from '../../testing/families.ts';
import { integers, type OpSamples, unsigned } from '../../testing/sample.ts';
import { add } from './add.ts';

const family = binarySamples({
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

export const addSamples: OpSamples = {
  ...family,
  errors: [
    ...family.errors,
    {
      title: 'a fraction beside integers',
      inputs: [integers([1, 2])],
      run: ([a]) => add(a, 0.5),
      message: 'add: 0.5 is no i32: expected a whole number from -2147483648 to 2147483647',
    },
    {
      title: 'a negative number beside u32',
      inputs: [unsigned([1, 2])],
      run: ([a]) => add(a, -1),
      message: 'add: -1 is no u32: expected a whole number from 0 to 4294967295',
    },
  ],
};
