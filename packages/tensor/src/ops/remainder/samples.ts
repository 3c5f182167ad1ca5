import type { Tensor } from '../../tensor.ts';
import { binarySamples } from '../../testing/families.ts';
import { type ErrorSample, float, integers, type OpSample, type OpSamples } from '../../testing/sample.ts';
import { floorDivide, fmod, remainder } from './remainder.ts';

type Division = (a: Tensor, b: Tensor | number) => Tensor;

const more = (run: Division): OpSample[] => [
  {
    title: 'negative divisors',
    inputs: [float([33], [-5, 5]), float([33], [-2, -0.5])],
    out: [33],
    run: ([a, b]) => run(a, b),
  },
];

const wholeErrors = (name: string, run: Division): ErrorSample[] => [
  {
    title: 'an integer divisor of 0',
    inputs: [integers([1, 2, 3]), integers([1, 0, 3])],
    run: ([a, b]) => run(a, b),
    message: `${name}: the i32 divisor is 0 at position 1`,
  },
  {
    title: 'number 0 beside integers',
    inputs: [integers([1, 2])],
    run: ([a]) => run(a, 0),
    message: `${name}: the i32 divisor is 0`,
  },
  {
    title: 'a fraction beside integers',
    inputs: [integers([1, 2])],
    run: ([a]) => run(a, 1.5),
    message: `${name}: the divisor must be a whole number that i32 holds, came 1.5`,
  },
];

const remainderFamily = binarySamples({
  name: 'remainder',
  golden: 'remainder',
  run: remainder,
  withNumber: (a) => remainder(a, 0.75),
  rangeA: [-5, 5],
  rangeB: [0.5, 2],
  edges: [
    [7, 3, 1],
    [-7, 3, 2],
    [7, -3, -2],
    [-7, -3, -1],
    [6, 3, 0],
    [1, 0, Number.NaN],
    [5, Infinity, 5],
    [-5, Infinity, Infinity],
    [Infinity, 2, Number.NaN],
    [1e4, 7, 4],
    [-1e4, 7, 3],
    [Number.NaN, 1, Number.NaN],
    [1, Number.NaN, Number.NaN],
  ],
  integers: [
    [7, 3, 1, 1],
    [-7, 3, 2, 0],
    [7, -3, -2, 7],
    [-7, -3, -1, 4294967289],
    [6, 3, 0, 0],
    [0, 5, 0, 0],
  ],
});

export const remainderSamples: OpSamples = {
  ...remainderFamily,
  samples: [...remainderFamily.samples, ...more(remainder)],
  errors: [...remainderFamily.errors, ...wholeErrors('remainder', remainder)],
};

const fmodFamily = binarySamples({
  name: 'fmod',
  golden: 'fmod',
  run: fmod,
  withNumber: (a) => fmod(a, 0.75),
  rangeA: [-5, 5],
  rangeB: [0.5, 2],
  edges: [
    [7, 3, 1],
    [-7, 3, -1],
    [7, -3, 1],
    [-7, -3, -1],
    [6, 3, 0],
    [1, 0, Number.NaN],
    [5, Infinity, 5],
    [-5, Infinity, -5],
    [Infinity, 2, Number.NaN],
    [1e4, 7, 4],
    [-1e4, 7, -4],
    [Number.NaN, 1, Number.NaN],
    [1, Number.NaN, Number.NaN],
  ],
  integers: [
    [7, 3, 1, 1],
    [-7, 3, -1, 0],
    [7, -3, 1, 7],
    [-7, -3, -1, 4294967289],
    [6, 3, 0, 0],
    [0, 5, 0, 0],
  ],
});

export const fmodSamples: OpSamples = {
  ...fmodFamily,
  samples: [...fmodFamily.samples, ...more(fmod)],
  errors: [...fmodFamily.errors, ...wholeErrors('fmod', fmod)],
};

const floorDivideFamily = binarySamples({
  name: 'floorDivide',
  golden: 'floor-divide',
  run: floorDivide,
  withNumber: (a) => floorDivide(a, 0.75),
  rangeA: [-5, 5],
  rangeB: [0.5, 2],
  edges: [
    [7, 3, 2],
    [-7, 3, -3],
    [7, -3, -3],
    [-7, -3, 2],
    [6, 3, 2],
    [1, 0, Infinity],
    [-1, 0, -Infinity],
    [0, 0, Number.NaN],
    [5, Infinity, 0],
    [-5, Infinity, -1],
    [Infinity, 2, Number.NaN],
    [1e4, 7, 1428],
    [-1e4, 7, -1429],
    [Number.NaN, 1, Number.NaN],
    [1, Number.NaN, Number.NaN],
  ],
  integers: [
    [7, 3, 2, 2],
    [-7, 3, -3, 1431655763],
    [7, -3, -3, 0],
    [-7, -3, 2, 0],
    [6, 3, 2, 2],
    [0, 5, 0, 0],
  ],
});

export const floorDivideSamples: OpSamples = {
  ...floorDivideFamily,
  samples: [...floorDivideFamily.samples, ...more(floorDivide)],
  errors: [...floorDivideFamily.errors, ...wholeErrors('floorDivide', floorDivide)],
};
