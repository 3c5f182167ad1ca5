import { unarySamples } from '../../testing/families.ts';
import { float, type OpSamples } from '../../testing/sample.ts';
import { celu, elu, selu } from './elu.ts';

const eluFamily = unarySamples({
  name: 'elu',
  run: elu,
  edges: [
    [0, 0],
    [-(2 ** -40), Math.expm1(-(2 ** -40))],
    [1e4, 1e4],
    [-1e4, -1],
    [Infinity, Infinity],
    [-Infinity, -1],
    [Number.NaN, Number.NaN],
  ],
  extra: [
    { title: 'alpha', inputs: [float([33])], out: [33], run: ([x]) => elu(x, { alpha: 0.3 }) },
    { title: 'large', inputs: [float([33], [-1e4, 1e4])], out: [33], run: ([x]) => elu(x) },
  ],
});

export const eluSamples: OpSamples = {
  ...eluFamily,
  goldens: { elu: ([x], { alpha }) => elu(x, { alpha }) },
  errors: [
    ...eluFamily.errors,
    {
      title: 'alpha',
      inputs: [float([2])],
      run: ([x]) => elu(x, { alpha: Number.NaN }),
      message: 'elu: alpha must be a finite number, came NaN',
    },
  ],
};

const celuFamily = unarySamples({
  name: 'celu',
  run: celu,
  edges: [
    [0, 0],
    [1e4, 1e4],
    [-1e4, -1],
    [Infinity, Infinity],
    [-Infinity, -1],
    [Number.NaN, Number.NaN],
  ],
  extra: [{ title: 'alpha', inputs: [float([33])], out: [33], run: ([x]) => celu(x, { alpha: 0.3 }) }],
});

export const celuSamples: OpSamples = {
  ...celuFamily,
  goldens: { celu: ([x], { alpha }) => celu(x, { alpha }) },
  errors: [
    ...celuFamily.errors,
    {
      title: 'alpha',
      inputs: [float([2])],
      run: ([x]) => celu(x, { alpha: 0 }),
      message: 'celu: alpha must be above 0, came 0',
    },
  ],
};

export const seluSamples = unarySamples({
  name: 'selu',
  golden: 'selu',
  run: selu,
  edges: [
    [0, 0],
    [1e4, 1e4 * 1.0507009873554805],
    [-1e4, -1.7580993408473766],
    [Infinity, Infinity],
    [-Infinity, -1.7580993408473766],
    [Number.NaN, Number.NaN],
  ],
});
