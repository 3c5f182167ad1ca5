import { float, floats, integers, type OpSample, type OpSamples } from '../../testing/sample.ts';
import { rmsNorm } from './rms-norm.ts';

const sample = (title: string, shape: readonly number[], range?: readonly [number, number]): OpSample => {
  const n = shape[shape.length - 1];
  const inputs = [float(shape, range), float([n], [0.5, 1.5])];
  return { title, inputs, out: shape, run: ([x, gamma]) => rmsNorm(x, gamma), reduces: n };
};

export const rmsNormSamples: OpSamples = {
  class: 'rows',
  goldens: { 'rms-norm': ([x, gamma], { eps }) => rmsNorm(x, gamma ?? null, { eps }) },
  samples: [
    // Its gradient is eps / x², the rest of two terms of 1 / |x|.
    { ...sample('one element', [1], [1, 2]), terms: 1 },
    sample('a vector', [5]),
    sample('tokens', [2, 3, 7]),
    sample('rank 6', [2, 1, 2, 1, 2, 3]),
    sample('long', [3, 341]),
    sample('large numbers', [2, 9], [-1e4, 1e4]),
    {
      title: 'no scale',
      inputs: [floats([3, 4, 0, -1], [2, 2])],
      out: [2, 2],
      run: ([x]) => rmsNorm(x, null, { eps: 0 }),
      expected: [3 / Math.sqrt(12.5), 4 / Math.sqrt(12.5), 0, -Math.SQRT2],
      gradient: 'none',
    },
    {
      title: '1e4, tiny numbers and zeros',
      inputs: [floats([1e4, 1e4, -1e4, -1e4, 1e-30, -1e-30, 0, 0], [4, 2]), floats([1, 2])],
      out: [4, 2],
      run: ([x, gamma]) => rmsNorm(x, gamma, { eps: 1e-6 }),
      expected: [1, 2, -1, -2].map((y) => y / Math.sqrt(1 + 1e-14)).concat([1e-27, -2e-27, 0, 0]),
      gradient: 'none',
    },
    {
      title: 'small numbers, another eps',
      inputs: [float([2, 5], [-0.01, 0.01]), float([5])],
      out: [2, 5],
      run: ([x, gamma]) => rmsNorm(x, gamma, { eps: 0.001 }),
      reduces: 5,
    },
    {
      title: 'NaN and Infinity stay in their row',
      inputs: [floats([1, Number.NaN, 1, Infinity, 1, -1], [3, 2])],
      out: [3, 2],
      run: ([x]) => rmsNorm(x, null, { eps: 0 }),
      expected: [Number.NaN, Number.NaN, 0, Number.NaN, 1, -1],
      gradient: 'none',
    },
    { title: 'repeated input', inputs: [float([5])], out: [5], run: ([x]) => rmsNorm(x, x), reduces: 5 },
    sample('no rows', [0, 4]),
    sample('empty rows', [3, 0]),
  ],
  errors: [
    {
      title: 'gamma',
      inputs: [float([2, 4]), float([3])],
      run: ([x, gamma]) => rmsNorm(x, gamma),
      message: 'rmsNorm: x [2, 4] wants gamma [4], came [3]',
    },
    {
      title: 'scalar',
      inputs: [float([])],
      run: ([x]) => rmsNorm(x),
      message: 'rmsNorm: x is a scalar: there is no axis to normalise over; reshape() it',
    },
    {
      title: 'eps',
      inputs: [float([2])],
      run: ([x]) => rmsNorm(x, null, { eps: Number.NaN }),
      message: 'rmsNorm: eps must be a finite number >= 0, came NaN',
    },
    {
      title: 'integers',
      inputs: [integers([1, 2])],
      run: ([x]) => rmsNorm(x),
      message: 'rmsNorm: expected a float tensor, came i32; cast() it',
    },
    {
      title: 'dtypes',
      inputs: [float([1]), integers([1])],
      run: ([x, gamma]) => rmsNorm(x, gamma),
      message: 'rmsNorm: dtypes differ, {float} and i32; cast() one of them',
    },
  ],
};
