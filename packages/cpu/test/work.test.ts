// What each kernel has to do at least, beside numbers counted by hand. Words are elements of four bytes, by operand.

import {
  type ArenaRange,
  type AttentionArgs,
  type CpuKernelArgs,
  type CpuKernelName,
  conv2d,
  type HeadLayout,
  maskedSoftmax,
  ones,
  type Shape,
  scope,
  sizeOf,
  stridesOf,
  useBackend,
} from '@omnigrad/tensor';
import { afterEach, describe, expect, it, onTestFinished } from 'vitest';
import { createCpuBackend, profileBackend } from '../src/index.ts';
import { kernelWork } from '../src/kernels/work.ts';

interface Case<K extends CpuKernelName> {
  readonly title: string;
  readonly args: CpuKernelArgs[K];
  /** Words read and written of each operand that counts, in the order of CpuKernelArgs. */
  readonly words: readonly number[];
  /** Operands, where some are optional. */
  readonly operands?: number;
  readonly flop?: number;
}

const ranges: readonly ArenaRange[] = [
  { offset: 0, length: 100, decay: true },
  { offset: 128, length: 28, decay: false },
];
/** All elements of the ranges. */
const all = 128;

const square = { shape: [8, 5], a: [5, 1], b: [5, 1] };
const rowOfB = { shape: [8, 5], a: [5, 1], b: [0, 1] };

const dense = (...shape: [number, number, number, number]): HeadLayout => {
  const [batch, head, row] = stridesOf(shape);
  return { offset: 0, batch, head, row };
};
/** Two samples, four heads over two of k and v, three queries, seven keys, widths 5 and 6. */
const heads: AttentionArgs = {
  batch: 2,
  heads: 4,
  kvHeads: 2,
  queries: 3,
  keys: 7,
  dim: 5,
  valueDim: 6,
  q: dense(2, 4, 3, 5),
  k: dense(2, 2, 7, 5),
  v: dense(2, 2, 7, 6),
  out: dense(2, 4, 3, 6),
  scale: 1,
  causal: false,
  mask: null,
  padding: null,
  bias: null,
  dropout: 0,
};
const parts = { g: heads.out, dq: heads.q, dk: heads.k, dv: heads.v };
const [q, k, v, out, statistics] = [120, 140, 168, 144, 48];

/** [m, k] x [k, n], dense, one batch. */
const product = (m: number, depth: number, n: number): CpuKernelArgs['matmul'] => ({
  m,
  n,
  k: depth,
  transA: false,
  transB: false,
  lda: depth,
  ldb: n,
  ldc: n,
  aOffset: 0,
  bOffset: 0,
  cOffset: 0,
  batch: { outer: 1, inner: 1, a: [0, 0], b: [0, 0], c: [0, 0] },
  alpha: 1,
  bias: false,
});

const cases: { readonly [K in CpuKernelName]: readonly Case<K>[] } = {
  unary: [{ title: 'x and out', args: { fn: 'exp', n: 9 }, words: [9, 9] }],
  binary: [
    { title: 'two tensors', args: { fn: 'add', ...square }, words: [40, 40, 40] },
    { title: 'a row', args: { fn: 'mul', ...rowOfB }, words: [40, 5, 40] },
    { title: 'a number', args: { fn: 'mul', shape: [40], a: [1], b: [0] }, words: [40, 1, 40] },
    { title: 'nothing', args: { fn: 'mul', shape: [0, 5], a: [5, 1], b: [0, 1] }, words: [] },
  ],
  integer: [{ title: 'a row', args: { fn: 'add', ...rowOfB }, words: [40, 5, 40] }],
  compare: [{ title: 'a row', args: { fn: 'less', dtype: 'f32', ...rowOfB }, words: [40, 5, 40] }],
  select: [{ title: 'a column that chooses', args: { ...square, cond: [1, 0] }, words: [8, 40, 40, 40] }],
  cast: [{ title: 'x and out', args: { from: 'f32', to: 'i32', n: 9 }, words: [9, 9] }],
  fill: [{ title: 'out', args: { n: 9, offset: 3, bits: 7 }, words: [9] }],
  copy: [
    {
      title: 'a transpose',
      args: { shape: [4, 6], inStrides: [1, 4], inOffset: 0, outStrides: [6, 1], outOffset: 0 },
      words: [24, 24],
    },
    {
      title: 'a row that is repeated, backwards',
      args: { shape: [4, 6], inStrides: [0, -1], inOffset: 5, outStrides: [6, 1], outOffset: 0 },
      words: [6, 24],
    },
    {
      title: 'overlapping windows',
      args: { shape: [8, 3], inStrides: [1, 1], inOffset: 0, outStrides: [3, 1], outOffset: 0 },
      words: [10, 24],
    },
  ],
  addStrided: [
    {
      title: 'sums of rows, read and written',
      args: { shape: [4, 6], inStrides: [6, 1], inOffset: 0, outStrides: [1, 0], outOffset: 0 },
      words: [24, 4, 4],
    },
  ],
  reduce: [{ title: 'a middle axis', args: { fn: 'sum', outer: 2, n: 7, inner: 3 }, words: [42, 6] }],
  variance: [{ title: 'rows', args: { rows: 4, n: 10, divisor: 9 }, words: [40, 4] }],
  logSumExp: [{ title: 'rows', args: { rows: 4, n: 10 }, words: [40, 4] }],
  argmax: [{ title: 'a middle axis', args: { outer: 2, n: 7, inner: 3 }, words: [42, 6] }],
  softmax: [
    { title: 'rows', args: { rows: 6, n: 10, scale: 1, rowsPerMask: 1 }, operands: 2, words: [60, 60] },
    {
      title: 'two masks for six rows',
      args: { rows: 6, n: 10, scale: 1, rowsPerMask: 3 },
      operands: 3,
      words: [60, 20, 60],
    },
  ],
  softmaxBackward: [{ title: 'rows', args: { rows: 4, n: 10, scale: 1 }, words: [40, 40, 40] }],
  logSoftmax: [{ title: 'rows', args: { rows: 4, n: 10 }, words: [40, 40] }],
  logSoftmaxBackward: [{ title: 'rows', args: { rows: 4, n: 10 }, words: [40, 40, 40] }],
  layerNorm: [{ title: 'rows', args: { rows: 4, n: 10, eps: 1e-5 }, words: [40, 10, 10, 40, 4, 4] }],
  layerNormBackward: [{ title: 'rows', args: { rows: 4, n: 10 }, words: [40, 10, 4, 4, 40, 40, 10, 10] }],
  crossEntropy: [{ title: 'rows', args: { rows: 4, n: 10, ignoreIndex: -1, smoothing: 0 }, words: [40, 4, 4, 4] }],
  crossEntropyBackward: [
    { title: 'rows', args: { rows: 4, n: 10, ignoreIndex: -1, smoothing: 0 }, words: [40, 4, 4, 4, 40] },
  ],
  matmul: [
    { title: 'two matrices', args: product(3, 4, 5), flop: 120, words: [12, 20, 15] },
    {
      title: 'both transposed',
      args: { ...product(3, 4, 5), transA: true, transB: true, lda: 3, ldb: 4 },
      flop: 120,
      words: [12, 20, 15],
    },
    {
      title: 'bias, activation and residual',
      args: { ...product(3, 4, 5), bias: true, activation: 'gelu', residual: true },
      flop: 120,
      words: [12, 20, 5, 15, 15, 15],
    },
    {
      title: 'a batch of two by six',
      args: { ...product(3, 4, 5), batch: { outer: 2, inner: 6, a: [72, 12], b: [120, 20], c: [90, 15] } },
      flop: 12 * 120,
      words: [144, 240, 180],
    },
    {
      title: 'one b for six of the batch, one a for all',
      args: { ...product(3, 4, 5), batch: { outer: 2, inner: 6, a: [0, 0], b: [20, 0], c: [90, 15] } },
      flop: 12 * 120,
      words: [12, 40, 180],
    },
    {
      title: 'strided heads',
      // [T 7, H 2, D 4] · [T 7, H 2, D 4]ᵀ for each head
      args: {
        ...product(7, 4, 7),
        transB: true,
        lda: 8,
        ldb: 8,
        batch: { outer: 1, inner: 2, a: [0, 4], b: [0, 4], c: [0, 49] },
      },
      flop: 2 * 2 * 7 * 7 * 4,
      words: [56, 56, 98],
    },
    {
      title: 'windows of three over a line of ten',
      args: {
        ...product(2, 3, 8),
        ldb: 0,
        walks: { bK: { shape: [3], strides: [1] }, bN: { shape: [8], strides: [1] } },
      },
      flop: 96,
      words: [6, 10, 16],
    },
    { title: 'no depth', args: product(3, 0, 5), flop: 0, words: [0, 0, 15] },
  ],
  attention: [
    {
      title: 'all keys',
      args: heads,
      flop: 2 * (2 * 4 * 3 * 7) * (5 + 6),
      words: [q, k, v, out, statistics],
    },
    {
      title: 'causal, a mask for all, padding of the keys, a bias of each head',
      args: { ...heads, causal: true, mask: [0, 0, 7, 1], padding: [7, 0, 0, 1], bias: [0, 21, 7, 1] },
      // query i sees i + 1 keys: 1 + 2 + 3
      flop: 2 * (2 * 4 * 6) * (5 + 6),
      words: [q, k, v, 21, 14, 84, out, statistics],
    },
    {
      title: 'causal with more queries than keys',
      args: { ...heads, queries: 9, causal: true },
      // 1 + 2 + ... + 7 + 7 + 7
      flop: 2 * (2 * 4 * 42) * (5 + 6),
      words: [3 * q, k, v, 3 * out, 3 * statistics],
    },
  ],
  attentionBackward: [
    {
      title: 'scores again, then one product for each of dv, dp, dq and dk',
      args: { ...heads, ...parts },
      flop: 2 * (2 * 4 * 3 * 7) * (3 * 5 + 2 * 6),
      words: [q, k, v, out, statistics, out, q, k, v],
    },
  ],
  gatherRows: [
    {
      title: 'rows that are picked',
      args: { groups: 2, rows: 3, tableRows: 100, width: 8 },
      words: [48, 6, 48],
    },
  ],
  scatterAddRows: [
    { title: 'all of the table', args: { groups: 2, rows: 3, tableRows: 100, width: 8 }, words: [48, 6, 1600] },
  ],
  dropout: [{ title: 'x and out', args: { n: 9, p: 0.1 }, words: [9, 9] }],
  accumulate: [{ title: 'y is read and written', args: { n: 9, yOffset: 4 }, words: [9, 9, 9] }],
  sumOfSquares: [{ title: 'x', args: { ranges }, words: [all] }],
  adamw: [{ title: 'param, m and v twice', args: { ranges }, words: [2 * all, all, 2 * all, 2 * all] }],
  sgd: [
    { title: 'param twice', args: { ranges, momentum: 'none' }, words: [2 * all, all] },
    { title: 'and the buffer', args: { ranges, momentum: 'plain' }, words: [2 * all, all, 2 * all] },
    { title: 'and the buffer', args: { ranges, momentum: 'nesterov' }, words: [2 * all, all, 2 * all] },
  ],
  adam: [
    { title: 'param, m and v twice', args: { ranges, amsgrad: false }, words: [2 * all, all, 2 * all, 2 * all] },
    { title: 'and vMax', args: { ranges, amsgrad: true }, words: [2 * all, all, 2 * all, 2 * all, 2 * all] },
  ],
  lamb: [{ title: 'param, m and v a third time', args: { ranges }, words: [3 * all, all, 3 * all, 3 * all] }],
  lion: [{ title: 'param and m twice', args: { ranges }, words: [2 * all, all, 2 * all] }],
  lerp: [{ title: 'y twice', args: { ranges }, words: [2 * all, all] }],
  swap: [{ title: 'both twice', args: { ranges }, words: [2 * all, 2 * all] }],
  scaleRanges: [{ title: 'x twice', args: { ranges }, words: [2 * all] }],
  clampRanges: [{ title: 'x twice', args: { ranges, limit: 1 }, words: [2 * all] }],
  host: [
    {
      title: 'every operand',
      args: {
        specs: [
          { shape: [3, 4], dtype: 'f32' },
          { shape: [5], dtype: 'i32' },
        ],
        loop: () => undefined,
        device: { kernel: 'oneHot', args: { n: 0, classes: 1 } },
      },
      words: [12, 5],
    },
  ],
};

const check = <K extends CpuKernelName>(kernel: K, list: readonly Case<K>[]): void => {
  for (const { title, args, words, operands = words.length, flop = 0 } of list) {
    const bytes = 4 * words.reduce((a, b) => a + b, 0);
    expect({ title, ...kernelWork[kernel](args, operands) }).toEqual({ title, flop, bytes });
  }
};

describe('the work of a kernel', () => {
  const names = Object.keys(cases) as CpuKernelName[];

  it('has a hand count for each', () => {
    expect(names.sort()).toEqual(Object.keys(kernelWork).sort());
  });

  it.each(names)('of %s', (name) => {
    check(name, cases[name]);
  });
});

describe('the work of an op', () => {
  afterEach(() => {
    useBackend(undefined);
  });

  /** Of one op that runs in `fn`: floating-point operations and bytes, by a clock that is fast enough to divide by. */
  const workOf = (op: string, fn: () => void): { flop: number; bytes: number } => {
    const backend = profileBackend(createCpuBackend({ threads: 1 }));
    onTestFinished(() => backend.dispose());
    useBackend(backend);
    // until the clock of a page has ticked
    let row = { ms: 0, calls: 0, gflops: 0, gigabytesPerSecond: 0 };
    while (row.ms === 0) {
      scope(fn);
      row = backend.profile().rows.find((one) => one.op === op) ?? row;
    }
    const each = (rate: number): number => Math.round((rate * row.ms * 1e6) / row.calls);
    return { flop: each(row.gflops), bytes: each(row.gigabytesPerSecond) };
  };

  it('sums over its plan: a mask counts', () => {
    const [x, mask]: Shape[] = [
      [2, 3, 4, 10],
      [2, 1, 1, 10],
    ];
    const got = workOf('maskedSoftmax', () => {
      maskedSoftmax(ones(x), ones(mask, { dtype: 'bool' }));
    });
    expect(got).toEqual({ flop: 0, bytes: 4 * (2 * sizeOf(x) + sizeOf(mask)) });
  });

  it('of a convolution read in place is that of its images', () => {
    const got = workOf('convolution', () => {
      conv2d(ones([2, 8, 40, 40]), ones([48, 8, 3, 3]));
    });
    const flop = 2 * 2 * 48 * 38 * 38 * 8 * 9;
    expect(got).toEqual({ flop, bytes: 4 * (2 * 8 * 40 * 40 + 48 * 8 * 9 + 2 * 48 * 38 * 38) });
  });
});
