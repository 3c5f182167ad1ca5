import { unarySamples } from '../../testing/families.ts';
import { float, floats, type OpSamples } from '../../testing/sample.ts';
import { logSigmoid, softplus } from './softplus.ts';

const softplusFamily = unarySamples({
  name: 'softplus',
  golden: 'softplus',
  run: softplus,
  edges: [
    [0, Math.LN2],
    [-80, Math.exp(-80)],
    [1e4, 1e4],
    [-1e4, 0],
    [Infinity, Infinity],
    [-Infinity, 0],
    [Number.NaN, Number.NaN],
  ],
  extra: [
    { title: 'wide', inputs: [float([33], [-30, 30])], out: [33], run: ([x]) => softplus(x) },
    { title: 'beta', inputs: [float([33])], out: [33], run: ([x]) => softplus(x, { beta: 2.5 }) },
    {
      title: 'beta and large numbers',
      inputs: [floats([-1e4, 0, 1e4])],
      out: [3],
      run: ([x]) => softplus(x, { beta: 0.5 }),
      expected: [0, 2 * Math.LN2, 1e4],
    },
  ],
});

export const softplusSamples: OpSamples = {
  ...softplusFamily,
  goldens: {
    ...softplusFamily.goldens,
    'softplus-beta': ([x], { beta }) => softplus(x, { beta }),
  },
  errors: [
    ...softplusFamily.errors,
    {
      title: 'beta',
      inputs: [float([2])],
      run: ([x]) => softplus(x, { beta: 0 }),
      message: 'softplus: beta must be above 0, came 0',
    },
    {
      title: 'beta NaN',
      inputs: [float([2])],
      run: ([x]) => softplus(x, { beta: Number.NaN }),
      message: 'softplus: beta must be a finite number, came NaN',
    },
  ],
};

export const logSigmoidSamples = unarySamples({
  name: 'logSigmoid',
  golden: 'log-sigmoid',
  run: logSigmoid,
  edges: [
    [0, -Math.LN2],
    [80, -Math.exp(-80)],
    [1e4, 0],
    [-1e4, -1e4],
    [Infinity, 0],
    [-Infinity, -Infinity],
    [Number.NaN, Number.NaN],
  ],
  extra: [{ title: 'wide', inputs: [float([33], [-30, 30])], out: [33], run: ([x]) => logSigmoid(x) }],
});
