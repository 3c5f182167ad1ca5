import { grad } from '../../tape.ts';
import { reductionSamples } from '../../testing/families.ts';
import { float, floats, type OpSample } from '../../testing/sample.ts';
import { sum } from '../sum/sum.ts';
import { norm } from './norm.ts';

const ofPower = (p: number): OpSample => ({
  title: `p = ${p}`,
  inputs: [float([3, 7])],
  out: [3],
  run: ([x]) => norm(x, { p, axes: 1 }),
  reduces: 7,
});

/** Over [3, 4, 0] and [0, 0, 0] and [-2, 2, 1], and the gradient of it. */
const table = (p: number, values: readonly number[], slopes: readonly number[]): OpSample[] => {
  const inputs = [floats([3, 4, 0, 0, 0, 0, -2, 2, 1], [3, 3])];
  return [
    {
      title: `zeros and ties, p = ${p}`,
      inputs,
      out: [3],
      run: ([x]) => norm(x, { p, axes: 1 }),
      expected: values,
      gradient: 'none',
    },
    {
      title: `zeros and ties, p = ${p}, gradient`,
      inputs,
      out: [3, 3],
      run: ([x]) => grad(() => sum(norm(x, { p, axes: 1 })), [x])[0],
      expected: slopes,
      gradient: 'none',
      // A power through exp and log has their roundings beside its own.
      tolerance: 8,
    },
  ];
};

const cube = 91 ** (1 / 3);
const third = 17 ** (1 / 3);

export const normSamples = reductionSamples({
  name: 'norm',
  golden: { norm: ([x], { axes, keepDims, p }) => norm(x, { axes, keepDims, p: Number(p) }) },
  run: norm,
  empty: 0,
  edges: [
    [[1, Number.NaN], Number.NaN],
    [[Infinity, 1], Infinity],
    [[3, -4], 5],
    [[3 * 2 ** 100, -(2 ** 102)], 5 * 2 ** 100],
    [[3 * 2 ** -100, 2 ** -98], 5 * 2 ** -100],
    [[0, 0], 0],
  ],
  extra: [
    ...[1, 3, 1.5, 0.5, Infinity, -Infinity, -1, 4].map(ofPower),
    ...table(1, [7, 0, 5], [1, 1, 0, 0, 0, 0, -1, 1, 1]),
    ...table(2, [5, 0, 3], [0.6, 0.8, 0, 0, 0, 0, -2 / 3, 2 / 3, 1 / 3]),
    ...table(
      3,
      [cube, 0, third],
      [...[9, 16, 0].map((v) => v / cube ** 2), ...[0, 0, 0], ...[-4, 4, 1].map((v) => v / third ** 2)],
    ),
    ...table(0, [2, 0, 3], [0, 0, 0, 0, 0, 0, 0, 0, 0]),
    ...table(Infinity, [4, 0, 2], [0, 1, 0, 0, 0, 0, -0.5, 0.5, 0]),
    ...table(-Infinity, [0, 0, 1], [0, 0, 0, 0, 0, 0, 0, 0, 1]),
    ...table(-1, [0, 0, 0.5], [0, 0, 0, 0, 0, 0, -1 / 16, 1 / 16, 1 / 4]),
    {
      title: 'overflow of the powers',
      inputs: [floats([3 * 2 ** 100, -(2 ** 102), 3 * 2 ** -100, 2 ** -98], [2, 2])],
      out: [2],
      run: ([x]) => norm(x, { p: 3, axes: -1 }),
      expected: [cube * 2 ** 100, cube * 2 ** -100],
      gradient: 'none',
    },
    {
      title: 'NaN is not 0',
      inputs: [floats([Number.NaN, 0, 1])],
      out: [],
      run: ([x]) => norm(x, { p: 0 }),
      expected: [2],
      gradient: 'none',
    },
  ],
  errors: [
    {
      title: 'p',
      inputs: [float([3])],
      run: ([x]) => norm(x, { p: Number.NaN }),
      message: 'norm: p is NaN; 1, 2 and Infinity are the usual ones',
    },
    {
      title: 'largest of nothing',
      inputs: [float([2, 0])],
      run: ([x]) => norm(x, { p: Infinity, axes: -1 }),
      message: 'norm: there is no norm with p = Infinity of nothing: [2, 0] is empty',
    },
  ],
});
