import type { Tensor } from '../../tensor.ts';
import { float, floats, type GoldenRun, integers, type OpSample, type OpSamples } from '../../testing/sample.ts';
import { concat } from '../concat/concat.ts';
import { reshape } from '../reshape/reshape.ts';
import { batchNorm } from './batch-norm.ts';

const statistics = (C: number) => [float([C]), float([C], [0.5, 2])];
const affine = (C: number) => [float([C], [0.5, 1.5]), float([C])];

const trained = (title: string, shape: readonly number[], range?: readonly [number, number]): OpSample => ({
  title: `${title}, training`,
  inputs: [float(shape, range), ...affine(shape[1])],
  out: shape,
  run: ([x, gamma, beta]) => batchNorm(x, { training: true, gamma, beta }).out,
  reduces: shape.reduce((a, b) => a * b, 1) / Math.max(1, shape[1]),
});

const evaluated = (title: string, shape: readonly number[], range?: readonly [number, number]): OpSample => ({
  title: `${title}, evaluation`,
  inputs: [float(shape, range), ...affine(shape[1]), ...statistics(shape[1])],
  out: shape,
  run: ([x, gamma, beta, mean, variance]) => batchNorm(x, { training: false, gamma, beta, mean, variance }).out,
  gradient: [0, 1, 2],
});

/** New running mean, then new running variance. */
const running = (x: Tensor, mean: Tensor, variance: Tensor, momentum?: number): Tensor => {
  const next = batchNorm(x, { training: true, mean, variance, ...(momentum === undefined ? {} : { momentum }) });
  return concat([next.mean ?? x, next.variance ?? x]);
};

/** The result, then the running statistics after it, in one vector. */
const everything: GoldenRun = ([x, gamma, beta, mean, variance], { training = false, momentum, eps }) => {
  const result = batchNorm(x, {
    training,
    gamma,
    beta,
    mean,
    variance,
    ...(momentum === undefined ? {} : { momentum }),
    ...(eps === undefined ? {} : { eps }),
  });
  return concat([reshape(result.out, [-1]), result.mean ?? mean, result.variance ?? variance]);
};

export const batchNormSamples: OpSamples = {
  class: 'rows',
  goldens: { 'batch-norm': everything },
  samples: [
    trained('vectors', [5, 3]),
    trained('sequences', [2, 3, 4]),
    trained('images', [2, 2, 3, 3]),
    trained('rank 6', [2, 2, 1, 2, 1, 3]),
    trained('one sample', [1, 2, 5]),
    trained('long', [3, 2, 341]),
    trained('large numbers', [7, 2], [-1e4, 1e4]),
    trained('no channels', [2, 0, 3]),
    // The mean is 100 times the deviation: one rounding of it is 7e-6 of the result, 110 roundings; 1.2e-5 came.
    { ...trained('large mean', [8, 2], [99, 101]), tolerance: 20 },
    evaluated('vectors', [5, 3]),
    evaluated('images', [2, 2, 3, 3]),
    evaluated('one element', [1, 1]),
    evaluated('large numbers', [2, 3], [-1e4, 1e4]),
    evaluated('empty batch', [0, 3, 2]),
    evaluated('empty positions', [2, 3, 0]),
    {
      title: 'by hand, training',
      inputs: [floats([1, 10, 3, 10], [2, 2])],
      out: [2, 2],
      run: ([x]) => batchNorm(x, { training: true, eps: 3 }).out,
      expected: [-0.5, 0, 0.5, 0],
    },
    {
      title: 'by hand, evaluation',
      inputs: [floats([1, 10, 3, 12], [2, 2]), floats([1, 10]), floats([4, 1])],
      out: [2, 2],
      run: ([x, mean, variance]) => batchNorm(x, { training: false, mean, variance, eps: 0 }).out,
      expected: [0, 0, 1, 2],
      gradient: [0],
    },
    {
      title: 'running statistics by hand',
      // Means 2 and 4, unbiased variances 2 and 8.
      inputs: [floats([1, 2, 3, 6], [2, 2]), floats([0, 8]), floats([1, 4])],
      out: [4],
      run: ([x, mean, variance]) => running(x, mean, variance, 0.25),
      expected: [0.5, 7, 1.25, 5],
      gradient: 'none',
    },
    {
      title: 'running statistics, default momentum',
      inputs: [floats([0, 2, 4], [3, 1]), floats([1]), floats([1])],
      out: [2],
      run: ([x, mean, variance]) => running(x, mean, variance),
      expected: [1.1, 1.3],
      gradient: 'none',
    },
    {
      title: 'NaN stays in its channel',
      inputs: [floats([1, Number.NaN, -1, 0], [2, 2])],
      out: [2, 2],
      run: ([x]) => batchNorm(x, { training: true, eps: 0 }).out,
      expected: [1, Number.NaN, -1, Number.NaN],
      gradient: 'none',
    },
  ],
  errors: [
    {
      title: 'one value a channel',
      inputs: [float([1, 3])],
      run: ([x]) => batchNorm(x, { training: true }).out,
      message: 'batchNorm: training wants more than one value a channel, came 1 in x [1, 3]',
    },
    {
      title: 'an empty batch in training',
      inputs: [float([0, 3, 2])],
      run: ([x]) => batchNorm(x, { training: true }).out,
      message: 'batchNorm: training wants more than one value a channel, came 0 in x [0, 3, 2]',
    },
    {
      title: 'evaluation without statistics',
      inputs: [float([2, 3])],
      run: ([x]) => batchNorm(x, { training: false }).out,
      message: 'batchNorm: evaluation wants a running mean and variance',
    },
    {
      title: 'mean without variance',
      inputs: [float([2, 3]), float([3])],
      run: ([x, mean]) => batchNorm(x, { training: true, mean }).out,
      message: 'batchNorm: mean and variance come together; one of them is missing',
    },
    {
      title: 'rank',
      inputs: [float([3])],
      run: ([x]) => batchNorm(x, { training: true }).out,
      message: 'batchNorm: expected x [batch, channels, ...], came [3]',
    },
    {
      title: 'variance',
      inputs: [float([2, 3]), float([3]), float([2])],
      run: ([x, mean, variance]) => batchNorm(x, { training: false, mean, variance }).out,
      message: 'batchNorm: x [2, 3] wants variance [3], came [2]',
    },
    {
      title: 'momentum',
      inputs: [float([2, 3])],
      run: ([x]) => batchNorm(x, { training: true, momentum: 1.5 }).out,
      message: 'batchNorm: momentum must be in [0, 1], came 1.5',
    },
    {
      title: 'eps',
      inputs: [float([2, 3])],
      run: ([x]) => batchNorm(x, { training: true, eps: -1 }).out,
      message: 'batchNorm: eps must be a finite number >= 0, came -1',
    },
    {
      title: 'integers',
      inputs: [integers([1, 2], [2, 1])],
      run: ([x]) => batchNorm(x, { training: true }).out,
      message: 'batchNorm: expected a float tensor, came i32; cast() it',
    },
  ],
};
