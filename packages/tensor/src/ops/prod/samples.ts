import { grad } from '../../tape.ts';
import { reductionSamples } from '../../testing/families.ts';
import { bools, floats } from '../../testing/sample.ts';
import { sum } from '../sum/sum.ts';
import { prod } from './prod.ts';

export const prodSamples = reductionSamples({
  name: 'prod',
  golden: 'prod',
  run: prod,
  range: [-1.5, 1.5],
  empty: 1,
  edges: [
    [[1, Number.NaN], Number.NaN],
    [[Infinity, -2], -Infinity],
    [[Infinity, 0], Number.NaN],
    [[2 ** 100, 2 ** 100, 2 ** -100, 2 ** -99], 2],
    [[2, 3, -4], -24],
  ],
  integers: [
    [[5, -7, 3], -105, 2 ** 32 - 105],
    [[65537, 65537], 131073, 131073],
    [[], 1, 1],
  ],
  extra: [
    {
      title: 'rows with no, one and two zeros',
      inputs: [floats([2, 3, -4, 2, 0, -4, 0, 3, 0], [3, 3])],
      out: [3],
      run: ([x]) => prod(x, { axes: 1 }),
      expected: [-24, 0, 0],
    },
    {
      title: 'the gradient is the product of the others',
      inputs: [floats([2, 3, -4, 2, 0, -4, 0, 3, 0], [3, 3])],
      out: [3, 3],
      run: ([x]) => grad(() => sum(prod(x, { axes: 1 })), [x])[0],
      expected: [-12, -8, 6, 0, -8, 0, 0, 0, 0],
      gradient: 'none',
    },
    {
      title: 'bool',
      inputs: [bools([1, 1, 0, 1], [2, 2])],
      out: [2],
      outDType: 'i32',
      run: ([x]) => prod(x, { axes: 1 }),
      expected: [1, 0],
    },
  ],
});
