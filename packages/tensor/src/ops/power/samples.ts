import { grad } from '../../tape.ts';
import { binarySamples, unarySamples } from '../../testing/families.ts';
import { float, floats, type OpSamples } from '../../testing/sample.ts';
import { stack } from '../concat/concat.ts';
import { sum } from '../sum/sum.ts';
import { cbrt, pow, reciprocal, rsqrt } from './power.ts';

const powFamily = binarySamples({
  class: 'function',
  name: 'pow',
  golden: 'pow',
  run: pow,
  withNumber: (a) => pow(a, -1.5),
  rangeA: [0.2, 3],
  rangeB: [0.5, 2],
  edges: [
    [2, 10, 1024],
    [-2, 3, -8],
    [-2, 0.5, Number.NaN],
    [0, 0, 1],
    [0, 2, 0],
    [0, -1, Infinity],
    [-0, -1, -Infinity],
    [1e4, 2, 1e8],
    [-1e4, 3, -1e12],
    [2, 1e4, Infinity],
    [2, -1e4, 0],
    [0.5, Infinity, 0],
    [2, -Infinity, 0],
    [1, Number.NaN, 1],
    [Number.NaN, 0, 1],
    [-1, Infinity, 1],
    [Infinity, -1, 0],
    [-Infinity, 3, -Infinity],
    [Number.NaN, 1, Number.NaN],
    [2, Number.NaN, Number.NaN],
  ],
});

export const powSamples: OpSamples = {
  ...powFamily,
  samples: [
    ...powFamily.samples,
    {
      title: 'whole exponents of negative bases',
      inputs: [float([5], [-2, -0.5]), floats([2, 3, -1, -2, 0])],
      out: [5],
      run: ([a, b]) => pow(a, b),
      gradient: [0],
    },
    {
      title: 'by number 2',
      inputs: [float([7])],
      out: [7],
      run: ([a]) => pow(a, 2),
      runsKernel: false,
    },
    {
      title: 'base 0',
      inputs: [floats([0, 0, 0]), floats([1, 2, 3])],
      out: [3],
      run: ([a, b]) => pow(a, b),
      expected: [0, 0, 0],
      gradient: [0],
    },
    {
      title: 'gradients where they are chosen',
      inputs: [floats([0, 0, -2, 0]), floats([0, 2, 0, 0.5])],
      out: [2, 4],
      run: ([a, b]) => stack(grad(() => sum(pow(a, b)), [a, b])),
      // d/da is b · a^(b-1) and 0 for b = 0; d/db is a^b · ln a and 0 for a = 0
      expected: [0, 0, 0, Infinity, 0, 0, Number.NaN, 0],
      gradient: 'none',
    },
  ],
};

export const rsqrtSamples = unarySamples({
  name: 'rsqrt',
  golden: 'rsqrt',
  run: rsqrt,
  range: [0.1, 4],
  edges: [
    [0, Infinity],
    [4, 0.5],
    [1e4, 0.01],
    [2 ** -120, 2 ** 60],
    [-1, Number.NaN],
    [Infinity, 0],
    [-Infinity, Number.NaN],
    [Number.NaN, Number.NaN],
  ],
});

export const reciprocalSamples = unarySamples({
  class: 'rounded',
  name: 'reciprocal',
  golden: 'reciprocal',
  run: reciprocal,
  range: [0.3, 2],
  edges: [
    [0, Infinity],
    [-0, -Infinity],
    [4, 0.25],
    [-1e4, -0.0001],
    [Infinity, 0],
    [-Infinity, 0],
    [Number.NaN, Number.NaN],
  ],
});

export const cbrtSamples = unarySamples({
  name: 'cbrt',
  golden: 'cbrt',
  run: cbrt,
  range: [0.1, 4],
  edges: [
    [0, 0],
    [27, 3],
    [-1e4, -Math.cbrt(1e4)],
    [Infinity, Infinity],
    [-Infinity, -Infinity],
    [Number.NaN, Number.NaN],
  ],
  extra: [{ title: 'negative', inputs: [float([33], [-4, -0.1])], out: [33], run: ([x]) => cbrt(x) }],
});
