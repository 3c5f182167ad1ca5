import { grad } from '../../tape.ts';
import { unarySamples } from '../../testing/families.ts';
import { float, floats, type OpSamples } from '../../testing/sample.ts';
import { sum } from '../sum/sum.ts';
import { hardSigmoid, hardSwish, hardTanh, relu6 } from './hard-tanh.ts';

const hardTanhFamily = unarySamples({
  class: 'exact',
  name: 'hardTanh',
  run: hardTanh,
  edges: [
    [0, 0],
    [0.5, 0.5],
    [1, 1],
    [-1, -1],
    [1e4, 1],
    [-1e4, -1],
    [Infinity, 1],
    [-Infinity, -1],
    [Number.NaN, Number.NaN],
  ],
  extra: [
    { title: 'bounds', inputs: [float([33])], out: [33], run: ([x]) => hardTanh(x, { min: -0.5, max: 1.5 }) },
    {
      title: 'gradient at the bounds',
      inputs: [floats([-2, -1, 0, 1, 2])],
      out: [5],
      run: ([x]) => grad(() => sum(hardTanh(x)), [x])[0],
      expected: [0, 0, 1, 0, 0],
      gradient: 'none',
    },
  ],
});

export const hardTanhSamples: OpSamples = {
  ...hardTanhFamily,
  goldens: { 'hard-tanh': ([x], { min, max }) => hardTanh(x, { min, max }) },
  errors: [
    ...hardTanhFamily.errors,
    {
      title: 'bounds',
      inputs: [float([2])],
      run: ([x]) => hardTanh(x, { min: 1 }),
      message: 'hardTanh: min must be below max, came 1 and 1',
    },
    {
      title: 'NaN',
      inputs: [float([2])],
      run: ([x]) => hardTanh(x, { max: Number.NaN }),
      message: 'hardTanh: max must be a finite number, came NaN',
    },
  ],
};

export const relu6Samples = unarySamples({
  class: 'exact',
  name: 'relu6',
  golden: 'relu6',
  run: relu6,
  edges: [
    [0, 0],
    [-3, 0],
    [3, 3],
    [6, 6],
    [1e4, 6],
    [-1e4, 0],
    [Infinity, 6],
    [-Infinity, 0],
    [Number.NaN, Number.NaN],
  ],
  extra: [{ title: 'wide', inputs: [float([33], [-2, 9])], out: [33], run: ([x]) => relu6(x) }],
});

export const hardSigmoidSamples = unarySamples({
  name: 'hardSigmoid',
  golden: 'hard-sigmoid',
  run: hardSigmoid,
  edges: [
    [0, 0.5],
    [-3, 0],
    [3, 1],
    [1e4, 1],
    [-1e4, 0],
    [Infinity, 1],
    [-Infinity, 0],
    [Number.NaN, Number.NaN],
  ],
  extra: [{ title: 'wide', inputs: [float([33], [-5, 5])], out: [33], run: ([x]) => hardSigmoid(x) }],
});

export const hardSwishSamples = unarySamples({
  name: 'hardSwish',
  golden: 'hard-swish',
  run: hardSwish,
  edges: [
    [0, 0],
    [-3, 0],
    [3, 3],
    [1e4, 1e4],
    [-1e4, 0],
    [Infinity, Infinity],
    [Number.NaN, Number.NaN],
  ],
  extra: [{ title: 'wide', inputs: [float([33], [-5, 5])], out: [33], run: ([x]) => hardSwish(x) }],
});
