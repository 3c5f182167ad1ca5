import type { Tensor } from '../../tensor.ts';
import { type ErrorSample, float, floats, integers, type OpSample, type OpSamples } from '../../testing/sample.ts';
import { median, quantile } from './quantile.ts';

type Run = (x: Tensor, options?: { readonly axis?: number; readonly keepDims?: boolean }) => Tensor;

const shapes = (run: Run): OpSample[] => [
  { title: 'one element', inputs: [float([1])], out: [], run: ([x]) => run(x) },
  { title: 'rows', inputs: [float([3, 7])], out: [3], run: ([x]) => run(x) },
  { title: 'rows of 8, kept', inputs: [float([3, 8])], out: [3, 1], run: ([x]) => run(x, { keepDims: true }) },
  { title: 'first axis', inputs: [float([6, 3])], out: [3], run: ([x]) => run(x, { axis: 0 }) },
  { title: 'rank 6', inputs: [float([2, 1, 4, 1, 2, 2])], out: [2, 1, 1, 2, 2], run: ([x]) => run(x, { axis: -4 }) },
  { title: 'long', inputs: [float([2, 341])], out: [2], run: ([x]) => run(x) },
  { title: 'no rows', inputs: [float([0, 3])], out: [0], run: ([x]) => run(x) },
];

const problems = (name: string, run: Run): ErrorSample[] => [
  {
    title: 'axis',
    inputs: [float([2, 3])],
    run: ([x]) => run(x, { axis: 2 }),
    message: `${name}: axis 2 is outside a tensor of rank 2: expected -2 to 1`,
  },
  {
    title: 'empty axis',
    inputs: [float([2, 0])],
    run: ([x]) => run(x),
    message: `${name}: axis 1 of [2, 0] is empty`,
  },
  {
    title: 'integers',
    inputs: [integers([1, 2])],
    run: ([x]) => run(x),
    message: `${name}: expected a float tensor, came i32; cast() it`,
  },
];

const edges = floats([4, 1, 3, 2, 1, Number.NaN, 2, 3, Infinity, 1, 1, 1, 1e4, -1e4, 0, 7], [4, 4]);

export const medianSamples: OpSamples = {
  class: 'exact',
  goldens: { median: ([x], { axis, keepDims }) => median(x, { axis, keepDims }) },
  samples: [
    ...shapes(median),
    {
      title: 'the lower of two, NaN and ties',
      inputs: [edges],
      out: [4],
      run: ([x]) => median(x),
      expected: [2, Number.NaN, 1, 0],
      gradient: 'none',
    },
  ],
  errors: problems('median', median),
};

const at = (x: Tensor, q: number): Tensor => quantile(x, { q });

export const quantileSamples: OpSamples = {
  // Between neighbours of unlike sign a result is smaller than what was rounded.
  class: 'reduction',
  goldens: { quantile: ([x], { axis, keepDims, q = 0 }) => quantile(x, { axis, keepDims, q }) },
  samples: [
    ...shapes((x, options) => quantile(x, { q: 0.3, ...options })),
    {
      title: 'lowest',
      inputs: [edges],
      out: [4],
      run: ([x]) => at(x, 0),
      expected: [1, Number.NaN, 1, -1e4],
      gradient: 'none',
    },
    {
      title: 'highest',
      inputs: [edges],
      out: [4],
      run: ([x]) => at(x, 1),
      expected: [4, Number.NaN, Infinity, 1e4],
      gradient: 'none',
    },
    {
      title: 'half way',
      inputs: [edges],
      out: [4],
      run: ([x]) => at(x, 0.5),
      expected: [2.5, Number.NaN, 1, 3.5],
      gradient: 'none',
    },
  ],
  errors: [
    ...problems('quantile', (x, options) => quantile(x, { q: 0.5, ...options })),
    ...[-0.1, 1.5, Number.NaN].map((q) => ({
      title: `q ${q}`,
      inputs: [float([3])],
      run: ([x]: readonly Tensor[]) => {
        at(x, q);
      },
      message: `quantile: q ${q} is outside 0 to 1`,
    })),
  ],
};
