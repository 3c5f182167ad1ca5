import type { Activation } from '../../cpu-plan.ts';
import { float, integers, type OpSample, type OpSamples } from '../../testing/sample.ts';
import { matmul } from '../matmul/matmul.ts';
import { linear } from './linear.ts';

type Dims = readonly number[];

const sample = (title: string, x: Dims, weight: Dims, out: Dims): OpSample => ({
  title,
  inputs: [float(x), float(weight), float([weight[1]])],
  out,
  run: ([a, w, b]) => linear(a, w, b),
  reduces: weight[0] + 1,
});

const after = (title: string, [m, k, n]: Dims, options: { activation?: Activation; adds?: true }): OpSample => ({
  title,
  inputs: [float([m, k], [-1, 1]), float([k, n], [-1, 1]), float([n]), ...(options.adds ? [float([m, n])] : [])],
  out: [m, n],
  run: ([x, w, b, residual]) => linear(x, w, b, { activation: options.activation ?? null, residual: residual ?? null }),
  reduces: k + 2,
});

export const linearSamples: OpSamples = {
  class: 'product',
  goldens: {
    linear: ([x, weight, bias]) => (bias === undefined ? matmul(x, weight) : linear(x, weight, bias)),
  },
  samples: [
    sample('one element', [1], [1, 1], [1]),
    sample('a vector', [6], [6, 4], [4]),
    sample('rows', [5, 6], [6, 4], [5, 4]),
    sample('tokens', [2, 3, 6], [6, 4], [2, 3, 4]),
    sample('rank 6', [2, 1, 2, 1, 2, 3], [3, 2], [2, 1, 2, 1, 2, 2]),
    sample('above a tile', [17, 33], [33, 19], [17, 19]),
    sample('no rows', [0, 3], [3, 2], [0, 2]),
    sample('no inputs: the bias alone', [2, 0], [0, 3], [2, 3]),
    sample('no outputs', [2, 3], [3, 0], [2, 0]),
    after('a residual', [5, 6, 9], { adds: true }),
    after('relu', [5, 6, 9], { activation: 'relu' }),
    after('gelu', [5, 6, 9], { activation: 'gelu' }),
    after('geluTanh', [5, 6, 9], { activation: 'geluTanh' }),
    after('silu', [5, 6, 9], { activation: 'silu' }),
    after('gelu and a residual', [9, 3, 17], { activation: 'gelu', adds: true }),
    after('relu and a residual of no rows', [0, 3, 2], { activation: 'relu', adds: true }),
    {
      title: 'tokens, gelu and a residual',
      inputs: [float([2, 3, 6]), float([6, 6], [-0.5, 0.5]), float([6])],
      out: [2, 3, 6],
      run: ([x, w, b]) => linear(x, w, b, { activation: 'gelu', residual: x }),
      reduces: 8,
    },
    {
      title: 'x is its own weight',
      inputs: [float([3, 3]), float([3])],
      out: [3, 3],
      run: ([x, b]) => linear(x, x, b),
      reduces: 4,
    },
  ],
  errors: [
    {
      title: 'weight',
      inputs: [float([2, 3]), float([4, 5]), float([5])],
      run: ([x, w, b]) => linear(x, w, b),
      message: 'linear: x [2, 3] does not fit weight [4, 5]: the last axis of x must equal the first of [in, out]',
    },
    {
      title: 'bias',
      inputs: [float([2, 3]), float([3, 5]), float([4])],
      run: ([x, w, b]) => linear(x, w, b),
      message: 'linear: bias [4] does not fit weight [3, 5]: expected [5]',
    },
    {
      title: 'residual',
      inputs: [float([2, 3]), float([3, 5]), float([5]), float([5])],
      run: ([x, w, b, residual]) => linear(x, w, b, { residual }),
      message: 'linear: the residual must be [2, 5], came [5]',
    },
    {
      title: 'activation',
      inputs: [float([2, 3]), float([3, 5]), float([5])],
      run: ([x, w, b]) => linear(x, w, b, { activation: 'step' as Activation }),
      message: 'linear: activation must be one of relu, gelu, geluTanh, silu, came step',
    },
    {
      title: 'dtypes',
      inputs: [float([2, 3]), float([3, 1]), integers([1])],
      run: ([x, w, b]) => linear(x, w, b),
      message: 'linear: dtypes differ, {float} and {float} and i32; cast() one of them',
    },
  ],
};
