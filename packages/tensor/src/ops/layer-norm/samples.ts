import { float, floats, integers, type OpSample, type OpSamples } from '../../testing/sample.ts';
import { layerNorm } from './layer-norm.ts';

const sample = (title: string, shape: readonly number[], range?: readonly [number, number]): OpSample => {
  const n = shape[shape.length - 1];
  const inputs = [float(shape, range), float([n], [0.5, 1.5]), float([n])];
  return { title, inputs, out: shape, run: ([x, gamma, beta]) => layerNorm(x, gamma, beta), reduces: n };
};

export const layerNormSamples: OpSamples = {
  class: 'rows',
  goldens: {
    'layer-norm': ([x, gamma, beta], { eps }) => layerNorm(x, gamma, beta, { eps }),
    'layer-norm-axes': ([x, gamma, beta], { eps, trailingAxes }) =>
      layerNorm(x, gamma ?? null, beta ?? null, { eps, trailingAxes }),
  },
  samples: [
    sample('rows', [4, 16]),
    sample('a vector', [5]),
    sample('tokens', [2, 3, 7]),
    sample('rank 6', [2, 1, 2, 1, 2, 3]),
    sample('long', [3, 341]),
    {
      title: 'one element: the offset alone',
      inputs: [floats([3]), floats([2]), floats([0.25])],
      out: [1],
      run: ([x, gamma, beta]) => layerNorm(x, gamma, beta),
      expected: [0.25],
    },
    {
      title: 'a constant row: the offset alone',
      inputs: [floats([2.5, 2.5, 2.5, 2.5], [1, 4]), float([4]), floats([1, 2, 3, 4])],
      out: [1, 4],
      run: ([x, gamma, beta]) => layerNorm(x, gamma, beta),
      expected: [1, 2, 3, 4],
    },
    // The mean is 100 and 10,000 times the deviation, whose digits the rounding of the mean costs. Central differences
    // drown in that at 1e4.
    { ...sample('large mean', [2, 16], [99, 101]), tolerance: 10 },
    { ...sample('very large mean', [2, 16], [9999, 10001]), tolerance: 1000, gradient: 'none' },
    sample('large numbers', [2, 9], [-1e4, 1e4]),
    {
      title: 'another eps',
      inputs: [float([2, 5], [-0.01, 0.01]), float([5]), float([5])],
      out: [2, 5],
      run: ([x, gamma, beta]) => layerNorm(x, gamma, beta, { eps: 0.001 }),
      reduces: 5,
    },
    {
      title: 'NaN and Infinity stay in their row',
      inputs: [floats([1, Number.NaN, 1, Infinity, 1, -1], [3, 2]), floats([1, 1]), floats([0, 0])],
      out: [3, 2],
      run: ([x, gamma, beta]) => layerNorm(x, gamma, beta, { eps: 0 }),
      expected: [Number.NaN, Number.NaN, Number.NaN, Number.NaN, 1, -1],
      gradient: 'none',
    },
    { title: 'repeated input', inputs: [float([5])], out: [5], run: ([x]) => layerNorm(x, x, x), reduces: 5 },
    {
      title: 'two trailing axes',
      inputs: [float([2, 3, 4]), float([3, 4], [0.5, 1.5]), float([3, 4])],
      out: [2, 3, 4],
      run: ([x, gamma, beta]) => layerNorm(x, gamma, beta),
      reduces: 12,
    },
    {
      title: 'all of three axes, no shift',
      inputs: [float([2, 2, 3]), float([2, 2, 3], [0.5, 1.5])],
      out: [2, 2, 3],
      run: ([x, gamma]) => layerNorm(x, gamma),
      reduces: 12,
    },
    {
      title: 'no scale and no shift',
      inputs: [floats([1, 2, 3, 4, 0, 0, 2, 2], [2, 4])],
      out: [2, 4],
      run: ([x]) => layerNorm(x, null, null, { eps: 0 }),
      expected: [...[-3, -1, 1, 3].map((v) => v / Math.sqrt(5)), -1, -1, 1, 1],
    },
    {
      title: 'no scale, a shift, two trailing axes named',
      inputs: [float([3, 2, 2]), float([2, 2])],
      out: [3, 2, 2],
      run: ([x, beta]) => layerNorm(x, null, beta, { trailingAxes: 2 }),
      reduces: 4,
    },
    sample('no rows', [0, 4]),
    sample('empty rows', [3, 0]),
  ],
  errors: [
    {
      title: 'gamma',
      inputs: [float([2, 4]), float([3]), float([4])],
      run: ([x, gamma, beta]) => layerNorm(x, gamma, beta),
      message: 'layerNorm: x [2, 4] wants gamma and beta [4], came [3] and [4]',
    },
    {
      title: 'beta',
      inputs: [float([2, 4]), float([4]), float([1, 4])],
      run: ([x, gamma, beta]) => layerNorm(x, gamma, beta),
      message: 'layerNorm: x [2, 4] wants gamma and beta [4], came [4] and [1, 4]',
    },
    {
      title: 'scalar',
      inputs: [float([]), float([1]), float([1])],
      run: ([x, gamma, beta]) => layerNorm(x, gamma, beta),
      message: 'layerNorm: x is a scalar: there is no axis to normalise over; reshape() it',
    },
    {
      title: 'gamma of two axes',
      inputs: [float([2, 3, 4]), float([4, 3])],
      run: ([x, gamma]) => layerNorm(x, gamma),
      message: 'layerNorm: x [2, 3, 4] wants gamma and beta [3, 4], came [4, 3] and none',
    },
    {
      title: 'too many axes',
      inputs: [float([2, 3])],
      run: ([x]) => layerNorm(x, null, null, { trailingAxes: 3 }),
      message: 'layerNorm: trailingAxes must be a whole number from 1 to 2, came 3',
    },
    {
      title: 'half an axis',
      inputs: [float([2, 3])],
      run: ([x]) => layerNorm(x, null, null, { trailingAxes: 0.5 }),
      message: 'layerNorm: trailingAxes must be a whole number from 1 to 2, came 0.5',
    },
    {
      title: 'negative eps',
      inputs: [float([2, 3])],
      run: ([x]) => layerNorm(x, null, null, { eps: -1 }),
      message: 'layerNorm: eps must be a finite number >= 0, came -1',
    },
    {
      title: 'integers without gamma',
      inputs: [integers([1])],
      run: ([x]) => layerNorm(x),
      message: 'layerNorm: expected a float tensor, came i32; cast() it',
    },
    {
      title: 'dtypes',
      inputs: [float([1]), float([1]), integers([1])],
      run: ([x, gamma, beta]) => layerNorm(x, gamma, beta),
      message: 'layerNorm: dtypes differ, {float} and {float} and i32; cast() one of them',
    },
  ],
};
