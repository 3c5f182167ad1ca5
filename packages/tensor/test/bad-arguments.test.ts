// Every exported op function with arguments that make no sense: what is thrown is an OmnigradError of one line that names the
// function, and what may not be accepted is not. The table is exhaustive over ops/index.ts.

import {
  arange,
  type Backend,
  createReferenceBackend,
  type DType,
  eye,
  fill,
  full,
  linspace,
  OmnigradError,
  scope,
  sizeOf,
  Tensor,
  tensor,
  useBackend,
} from '@omnigrad/tensor';
import { describe, expect, it } from 'vitest';
import * as exported from '../src/ops/index.ts';
import { errorOf } from './support.ts';

const backend: Backend = createReferenceBackend();
useBackend(backend);

/** What a number may be; every other number must be refused. Infinite bounds are never reached by the numbers tried. */
interface Allowed {
  readonly whole?: true;
  readonly from: number;
  readonly to: number;
  /** The lower bound itself is out. */
  readonly open?: true;
  readonly also?: readonly number[];
  readonly not?: number;
}

const whole = (from: number, to = 1000): Allowed => ({ whole: true, from, to });
const axisOf = (rank: number): Allowed => whole(-rank, rank - 1);
const finite: Allowed = { from: -Number.MAX_VALUE, to: Number.MAX_VALUE };
const notNegative: Allowed = { from: 0, to: Number.MAX_VALUE };
const positive: Allowed = { from: 0, to: Number.MAX_VALUE, open: true };
const share: Allowed = { from: 0, to: 1 };
const i32: Allowed = whole(-(2 ** 31), 2 ** 31 - 1);

const allows = ({ whole: isWhole, from, to, open, also = [], not }: Allowed, v: number): boolean =>
  also.some((w) => Object.is(v, w)) ||
  ((isWhole !== true || Number.isInteger(v)) && v >= from && v <= to && v !== not && !(open === true && v === from));

const strange = [
  0.5,
  -0.5,
  1.5,
  1e-9,
  -1e-9,
  Number.NaN,
  Infinity,
  -Infinity,
  -1,
  -2,
  -7,
  0,
  1,
  2,
  7,
  2 ** 40,
  -(2 ** 40),
  1e300,
];

/** f float, i ids below 2 (or of another kind), b bool: with its shape. */
interface Input {
  readonly dtype?: DType;
  readonly shape: readonly number[];
  readonly values?: readonly number[];
}
const f = (...shape: number[]): Input => ({ shape });
const i = (...shape: number[]): Input => ({ shape, dtype: 'i32' });
const b = (...shape: number[]): Input => ({ shape, dtype: 'bool' });
const key: Input = { shape: [2], dtype: 'u32' };

const make = ({ shape, dtype = 'f64', values }: Input): Tensor => {
  const n = sizeOf(shape);
  const drawn = values ?? Array.from({ length: n }, (_, k) => (dtype === 'f64' ? 0.25 + k / (n + 1) : k % 2));
  return tensor(drawn, [...shape], { dtype });
};

type Run = (x: readonly Tensor[], n: Readonly<Record<string, number>>) => unknown;

interface Entry {
  readonly inputs: readonly Input[];
  readonly run: Run;
  /** Its numbers: a good value, and what else they may be. */
  readonly numbers?: Readonly<Record<string, readonly [good: number, allowed: Allowed]>>;
}

const entry = (inputs: readonly Input[], run: Run, numbers: Entry['numbers'] = {}): Entry => ({ inputs, run, numbers });
const m = f(2, 3);

const unary = (fn: (x: Tensor) => unknown): Entry => entry([m], ([x]) => fn(x));
const binary = (fn: (a: Tensor, b: Tensor) => unknown, of: Input = m): Entry => entry([of, of], ([x, y]) => fn(x, y));
const alongAxis = (fn: (x: Tensor, o: { axis: number }) => unknown): Entry =>
  entry([m], ([x], { axis }) => fn(x, { axis }), { axis: [0, axisOf(2)] });
const reduction = (fn: (x: Tensor, o: { axes: number | number[] }) => unknown): Entry =>
  entry([m], ([x], { axes, inList }) => [fn(x, { axes }), fn(x, { axes: [inList] })], {
    axes: [0, axisOf(2)],
    inList: [1, axisOf(2)],
  });

const e = exported;
const functions = { ...exported };
const pools = (fn: (x: Tensor, o: { kernel: number[]; stride: number; padding: number[] }) => unknown, axes: number) =>
  entry(
    [f(1, 2, ...new Array<number>(axes).fill(4))],
    ([x], { kernel, stride, padding }) =>
      fn(x, {
        kernel: [kernel, ...new Array<number>(axes - 1).fill(2)],
        stride,
        padding: [padding, ...new Array<number>(axes - 1).fill(1)],
      }),
    { kernel: [2, whole(1, 4)], stride: [1, whole(1, 2 ** 53)], padding: [0, whole(0, 1)] },
  );
const adaptive = (fn: (x: Tensor, size: number) => unknown, axes: number): Entry =>
  entry([f(1, 2, ...new Array<number>(axes).fill(4))], ([x], { size }) => fn(x, size), { size: [2, whole(1, 10)] });
const dilated = (fn: (x: Tensor, o: { kernel: number; dilation: number }) => unknown, axes: number): Entry =>
  entry([f(1, 2, ...new Array<number>(axes).fill(4))], ([x], { dilation }) => fn(x, { kernel: 2, dilation }), {
    dilation: [1, whole(1, 3)],
  });
const convolution = (fn: (x: Tensor, w: Tensor, o: object) => unknown, axes: number, transposed: boolean): Entry => {
  const spatial = new Array<number>(axes).fill(4);
  const weight = [transposed ? 2 : 4, transposed ? 2 : 2, ...new Array<number>(axes).fill(2)];
  return entry(
    [f(1, 2, ...spatial), f(...weight)],
    ([x, w], { stride, padding, dilation, groups }) => fn(x, w, { stride, padding, dilation, groups }),
    {
      stride: [1, transposed ? whole(1, 50) : whole(1, 2 ** 53)],
      padding: [0, whole(0, transposed ? 2 : 50)],
      dilation: [1, transposed ? whole(1, 50) : whole(1, 3)],
      groups: [1, transposed ? whole(1, 2) : whole(1, 1)],
    },
  );
};
const loss = (fn: (a: Tensor, b: Tensor, o: object) => unknown, numbers: Entry['numbers'] = {}): Entry =>
  entry([m, m], ([x, y], n) => fn(x, y, n), numbers);

const entries: { readonly [name: string]: Entry } = {
  all: reduction(e.all),
  any: reduction(e.any),
  argmax: alongAxis(e.argmax),
  argmin: alongAxis(e.argmin),
  avgPool1d: pools(e.avgPool1d, 1),
  avgPool2d: pools(e.avgPool2d, 2),
  avgPool3d: pools(e.avgPool3d, 3),
  adaptiveAvgPool1d: adaptive(e.adaptiveAvgPool1d, 1),
  adaptiveAvgPool2d: adaptive(e.adaptiveAvgPool2d, 2),
  adaptiveAvgPool3d: adaptive(e.adaptiveAvgPool3d, 3),
  adaptiveMaxPool1d: adaptive(e.adaptiveMaxPool1d, 1),
  adaptiveMaxPool2d: adaptive(e.adaptiveMaxPool2d, 2),
  adaptiveMaxPool3d: adaptive(e.adaptiveMaxPool3d, 3),
  maxPool1d: dilated(e.maxPool1d, 1),
  maxPool2d: pools(e.maxPool2d, 2),
  maxPool3d: dilated(e.maxPool3d, 3),
  batchNorm: entry([m], ([x], n) => e.batchNorm(x, { training: true, ...n }), {
    momentum: [0.1, share],
    eps: [1e-5, notNegative],
  }),
  binaryCrossEntropyWithLogits: loss(e.binaryCrossEntropyWithLogits),
  bernoulli: entry([key], ([k], { p }) => e.bernoulli(k, [2, 3], p), { p: [0.5, share] }),
  cast: entry([m], ([x]) => e.cast(x, 'i32')),
  chamferDistance: entry([f(2, 3, 2), f(2, 4, 2)], ([x, y]) => e.chamferDistance(x, y)),
  clamp: entry([i(2, 3)], ([x], n) => e.clamp(x, n), { min: [0, i32], max: [5, i32] }),
  concat: entry([m, m], (xs, { axis }) => e.concat(xs, { axis }), { axis: [0, axisOf(2)] }),
  stack: entry([m, m], (xs, { axis }) => e.stack(xs, { axis }), { axis: [0, axisOf(3)] }),
  conv1d: convolution(e.conv1d, 1, false),
  conv2d: convolution(e.conv2d, 2, false),
  conv3d: convolution(e.conv3d, 3, false),
  convTranspose1d: convolution(e.convTranspose1d, 1, true),
  convTranspose2d: convolution(e.convTranspose2d, 2, true),
  convTranspose3d: convolution(e.convTranspose3d, 3, true),
  cosineEmbeddingLoss: entry(
    [m, m, { shape: [2], dtype: 'i32', values: [1, -1] }],
    ([x, y, l], n) => e.cosineEmbeddingLoss(x, y, l, n),
    {
      margin: [0, { from: -1, to: 1 }],
    },
  ),
  cosineSimilarity: entry([m, m], ([x, y], n) => e.cosineSimilarity(x, y, n), {
    axis: [0, axisOf(2)],
    eps: [1e-8, positive],
  }),
  countNonzero: reduction(e.countNonzero),
  cross: entry([f(3, 3), f(3, 3)], ([x, y], n) => e.cross(x, y, n), { axis: [0, axisOf(2)] }),
  crossAttention: entry([f(1, 2, 4), f(1, 3, 8)], ([q, kv], { heads }) => e.crossAttention(q, kv, { heads }), {
    heads: [2, whole(1, 2)],
  }),
  selfAttention: entry([f(1, 2, 12)], ([x], { heads }) => e.selfAttention(x, { heads }), { heads: [2, whole(1, 2)] }),
  crossEntropy: entry([m, i(2)], ([x, y], n) => e.crossEntropy(x, y, n), {
    axis: [1, { ...whole(1, 1), also: [-1] }],
    ignoreIndex: [-100, i32],
    labelSmoothing: [0, { from: 0, to: 1 }],
  }),
  crossEntropyRows: entry([m, i(2)], ([x, y], n) => e.crossEntropyRows(x, y, n), {
    ignoreIndex: [-100, i32],
    labelSmoothing: [0, { from: 0, to: 1 }],
  }),
  cummax: alongAxis(e.cummax),
  cummin: alongAxis(e.cummin),
  cumprod: alongAxis(e.cumprod),
  cumsum: alongAxis(e.cumsum),
  diagonal: entry([m], ([x], { rows, offset }) => e.diagonal(x, { axes: [rows, 1], offset }), {
    rows: [0, { ...whole(0, 0), also: [-2] }],
    offset: [0, whole(-Infinity, Infinity)],
  }),
  trace: entry([m], ([x], { rows, offset }) => e.trace(x, { axes: [rows, 1], offset }), {
    rows: [0, { ...whole(0, 0), also: [-2] }],
    offset: [0, whole(-Infinity, Infinity)],
  }),
  diagonalEmbed: entry([m], ([x], { rows, offset }) => e.diagonalEmbed(x, { axes: [rows, 2], offset }), {
    rows: [1, { ...whole(0, 1), also: [-2, -3] }],
    offset: [0, whole(-100, 100)],
  }),
  diceLoss: loss(e.diceLoss, { smooth: [1, positive] }),
  dot: binary(e.dot, f(3)),
  dropout: entry([m], ([x], { p }) => e.dropout(x, [1, 2], p), { p: [0.5, { from: 0, to: 1 - 1e-9 }] }),
  dropPath: entry([m], ([x], { p }) => e.dropPath(x, [1, 2], p), { p: [0.5, { from: 0, to: 1 - 1e-9 }] }),
  channelDropout: entry([f(2, 3, 2)], ([x], { p }) => e.channelDropout(x, [1, 2], p), {
    p: [0.5, { from: 0, to: 1 - 1e-9 }],
  }),
  sharedDropout: entry([m], ([x], { p, axes }) => e.sharedDropout(x, [1, 2], p, { axes: [axes] }), {
    p: [0.5, { from: 0, to: 1 - 1e-9 }],
    axes: [0, axisOf(2)],
  }),
  einsum: entry([m, f(3, 2)], ([x, y]) => e.einsum('ij,jk->ik', x, y)),
  elu: entry([m], ([x], n) => e.elu(x, n), { alpha: [1, finite] }),
  celu: entry([m], ([x], n) => e.celu(x, n), { alpha: [1, positive] }),
  expand: entry([f(1, 3)], ([x], { d }) => e.expand(x, [d, 3]), { d: [2, whole(0, 1000)] }),
  meshgrid: entry([f(2), f(3)], (xs) => e.meshgrid(xs)),
  flip: reduction(e.flip),
  focalLoss: loss(e.focalLoss, { gamma: [2, notNegative], alpha: [0.25, share] }),
  fold: entry(
    [f(1, 4, 4)],
    ([x], n) =>
      e.fold(x, { spatial: [3, n.size], kernel: n.kernel, stride: n.stride, padding: n.padding, dilation: n.dilation }),
    {
      size: [3, whole(3, 3)],
      kernel: [2, whole(2, 2)],
      stride: [1, whole(1, 1)],
      padding: [0, whole(0, 0)],
      dilation: [1, whole(1, 1)],
    },
  ),
  unfold: entry(
    [f(1, 2, 3, 3)],
    ([x], n) => e.unfold(x, { kernel: n.kernel, stride: n.stride, padding: n.padding, dilation: n.dilation }),
    {
      kernel: [2, whole(1, 3)],
      stride: [1, whole(1, Infinity)],
      padding: [0, whole(0, 50)],
      dilation: [1, whole(1, 2)],
    },
  ),
  embedding: entry([f(2, 3), i(4)], ([t, ids]) => e.embedding(t, ids)),
  gatherRows: entry([f(2, 2, 3), i(2, 4)], ([t, ids]) => e.gatherRows(t, ids)),
  gather: entry([m, i(2, 3)], ([x, ids], { axis }) => e.gather(x, ids, { axis }), { axis: [0, axisOf(2)] }),
  takeAlongAxis: entry([m, i(2, 3)], ([x, ids], { axis }) => e.takeAlongAxis(x, ids, { axis }), {
    axis: [0, axisOf(2)],
  }),
  scatter: entry([m, i(2, 3), m], ([x, ids, s], { axis }) => e.scatter(x, ids, s, { axis }), { axis: [0, axisOf(2)] }),
  scatterAdd: entry([m, i(2, 3), m], ([x, ids, s], { axis }) => e.scatterAdd(x, ids, s, { axis }), {
    axis: [0, axisOf(2)],
  }),
  scatterAddRows: entry([f(2, 3, 2), i(2, 3)], ([x, ids], { rows }) => e.scatterAddRows(x, ids, rows), {
    rows: [2, whole(2, 100)],
  }),
  indexSelect: entry([m, i(4)], ([x, ids], { axis }) => e.indexSelect(x, ids, { axis }), { axis: [0, axisOf(2)] }),
  indexAdd: entry([f(2, 2), i(2), f(2, 2)], ([x, ids, s], { axis }) => e.indexAdd(x, ids, s, { axis }), {
    axis: [0, axisOf(2)],
  }),
  take: entry([m, i(2, 2)], ([x, ids]) => e.take(x, ids)),
  maskedSelect: entry([m, b(2, 3)], ([x, k]) => e.maskedSelect(x, k)),
  maskedFill: entry([i(2, 3), b(2, 3)], ([x, k], { value }) => e.maskedFill(x, k, value), { value: [1, i32] }),
  maskedSoftmax: entry([f(2, 3), b(2, 3)], ([x, k]) => e.maskedSoftmax(x, k)),
  oneHot: entry([i(3)], ([ids], { classes }) => e.oneHot(ids, classes), { classes: [2, whole(2, 100)] }),
  searchSorted: entry([f(4), m], ([s, v]) => e.searchSorted(s, v)),
  geluBackward: binary(e.geluBackward),
  geluTanhBackward: binary(e.geluTanhBackward),
  reluBackward: binary(e.reluBackward),
  siluBackward: binary(e.siluBackward),
  softmaxBackward: binary(e.softmaxBackward),
  logSoftmaxBackward: binary(e.logSoftmaxBackward),
  glu: entry([f(2, 4)], ([x], n) => e.glu(x, n), { axis: [0, axisOf(2)] }),
  groupNorm: entry([f(2, 4, 3)], ([x], { groups, eps }) => e.groupNorm(x, { groups, eps }), {
    groups: [2, { ...whole(1, 2), also: [4] }],
    eps: [1e-5, notNegative],
  }),
  instanceNorm: entry([f(2, 4, 3)], ([x], n) => e.instanceNorm(x, n), { eps: [1e-5, notNegative] }),
  layerNorm: entry([m, f(3), f(3)], ([x, g, c], n) => e.layerNorm(x, g, c, n), {
    eps: [1e-5, notNegative],
    trailingAxes: [1, whole(1, 1)],
  }),
  rmsNorm: entry([m, f(3)], ([x, g], n) => e.rmsNorm(x, g, n), { eps: [1e-5, notNegative] }),
  hardTanh: entry([m], ([x], { max }) => e.hardTanh(x, { min: -10, max }), {
    max: [1, { from: -10, to: Number.MAX_VALUE }],
  }),
  huberLoss: loss(e.huberLoss, { delta: [1, positive] }),
  smoothL1Loss: loss(e.smoothL1Loss, { beta: [1, notNegative] }),
  infoNce: loss(e.infoNce, { temperature: [1, positive] }),
  klDivergence: loss(e.klDivergence),
  l1Loss: loss(e.l1Loss),
  mseLoss: loss(e.mseLoss),
  nllLoss: entry([m, i(2)], ([x, y], n) => e.nllLoss(x, y, n), {
    axis: [1, { ...whole(1, 1), also: [-1] }],
    ignoreIndex: [-100, i32],
  }),
  tripletMarginLoss: entry([m, m, m], ([x, y, z], n) => e.tripletMarginLoss(x, y, z, n), {
    margin: [1, notNegative],
    eps: [1e-6, positive],
  }),
  leakyRelu: entry([m], ([x], n) => e.leakyRelu(x, n), { negativeSlope: [0.1, finite] }),
  prelu: entry([m, f(3)], ([x, w], n) => e.prelu(x, w, n), { axis: [1, { ...whole(1, 1), also: [-1] }] }),
  lerp: entry([m, m], ([x, y], { weight }) => e.lerp(x, y, weight), { weight: [0.5, finite] }),
  linear: entry([m, f(3, 4), f(4)], ([x, w, c]) => e.linear(x, w, c)),
  logAddExp: binary(e.logAddExp),
  logicalAnd: binary(e.logicalAnd, b(2, 3)),
  logicalOr: binary(e.logicalOr, b(2, 3)),
  logicalXor: binary(e.logicalXor, b(2, 3)),
  logicalNot: entry([b(2, 3)], ([x]) => e.logicalNot(x)),
  logCumsumExp: alongAxis(e.logCumsumExp),
  logSoftmax: alongAxis(e.logSoftmax),
  softmax: alongAxis(e.softmax),
  logSumExp: reduction(e.logSumExp),
  matmul: binary(e.matmul, f(3, 3)),
  max: reduction(e.max),
  min: reduction(e.min),
  mean: reduction(e.mean),
  sum: reduction(e.sum),
  prod: reduction(e.prod),
  median: alongAxis(e.median),
  quantile: entry([m], ([x], { q, axis }) => e.quantile(x, { q, axis }), { q: [0.5, share], axis: [0, axisOf(2)] }),
  nearestRows: entry([f(2, 3, 2), f(2, 4, 2)], ([x, y]) => e.nearestRows(x, y)),
  norm: entry([m], ([x], { p, axes }) => e.norm(x, { p, axes }), {
    p: [2, { from: -Infinity, to: Infinity }],
    axes: [0, axisOf(2)],
  }),
  normalByKey: entry([key], ([k], { d }) => e.normalByKey(k, [d, 2]), { d: [2, whole(0, 100)] }),
  uniformByKey: entry([key], ([k], { d }) => e.uniformByKey(k, [d, 2]), { d: [2, whole(0, 100)] }),
  permutation: entry([key], ([k], { n }) => e.permutation(k, n), { n: [5, whole(0, 100)] }),
  randomIntegers: entry([key], ([k], { low, high }) => e.randomIntegers(k, [3], low, high), {
    low: [0, whole(-100, 9)],
    high: [10, whole(1, 100)],
  }),
  truncatedNormalByKey: entry(
    [key],
    ([k], { mean, std, low, high }) => e.truncatedNormalByKey(k, [3], { mean, std, low, high }),
    {
      mean: [0, { from: -10, to: 10 }],
      std: [1, { from: 0, to: 1000, open: true }],
      low: [-2, { from: -Infinity, to: 1.999 }],
      high: [2, { from: -1.999, to: Infinity }],
    },
  ),
  outer: binary(e.outer, f(3)),
  pad: entry([i(2, 3)], ([x], n) => e.pad(x, { axis: n.axis, before: n.before, after: n.after, value: n.value }), {
    axis: [0, axisOf(2)],
    before: [1, whole(0, 100)],
    after: [1, whole(0, 100)],
    value: [0, i32],
  }),
  padAxes: entry([m], ([x], { both, one }) => e.padAxes(x, [both, [one, 1]]), {
    both: [1, whole(0, 100)],
    one: [1, whole(0, 100)],
  }),
  permute: entry([m], ([x], { axis }) => e.permute(x, [axis, 0]), { axis: [1, { ...whole(1, 1), also: [-1] }] }),
  transpose: unary(e.transpose),
  swapAxes: entry([m], ([x], { a, c }) => e.swapAxes(x, a, c), { a: [0, axisOf(2)], c: [1, axisOf(2)] }),
  moveAxis: entry([m], ([x], { from, to }) => e.moveAxis(x, from, to), { from: [0, axisOf(2)], to: [1, axisOf(2)] }),
  reshape: entry([m], ([x], { d }) => e.reshape(x, [d, 2]), { d: [3, { ...whole(3, 3), also: [-1] }] }),
  squeeze: entry([f(1, 3, 1)], ([x], { axes }) => e.squeeze(x, { axes }), {
    axes: [0, { ...whole(0, 0), also: [2, -1, -3] }],
  }),
  unsqueeze: entry([m], ([x], { axes }) => e.unsqueeze(x, { axes }), { axes: [0, axisOf(3)] }),
  flatten: entry([f(2, 3, 2)], ([x], { start, end }) => e.flatten(x, { start, end }), {
    start: [0, axisOf(3)],
    end: [-1, axisOf(3)],
  }),
  repeat: entry(
    [m],
    ([x], { count, each, axis }) => [
      e.repeat(x, count, { axis: 0 }),
      e.repeat(x, [each, 1], { axis: 0 }),
      e.repeat(x, 2, { axis }),
    ],
    {
      count: [2, whole(0, 100)],
      each: [1, whole(0, 100)],
      axis: [0, axisOf(2)],
    },
  ),
  tile: entry([m], ([x], { count }) => e.tile(x, [count, 1]), { count: [2, whole(0, 100)] }),
  roll: entry([m], ([x], { shift, axis }) => [e.roll(x, shift), e.roll(x, [shift], { axes: [axis] })], {
    shift: [1, whole(-Infinity, Infinity)],
    axis: [0, axisOf(2)],
  }),
  resizeLinear: entry([f(1, 2, 3)], ([x], { size }) => e.resizeLinear(x, [size]), { size: [4, whole(1, 100)] }),
  resizeBilinear: entry([f(1, 2, 3, 3)], ([x], { size }) => e.resizeBilinear(x, [size, 2]), {
    size: [4, whole(1, 100)],
  }),
  resizeNearest: entry([f(1, 2, 3)], ([x], { size }) => e.resizeNearest(x, [size]), { size: [4, whole(1, 100)] }),
  rotaryTables: entry([], (_, { count, width, base, offset }) => e.rotaryTables(count, width, { base, offset }), {
    count: [3, whole(0, 100)],
    width: [4, { ...whole(0, 0), also: [2] }],
    base: [100, positive],
    offset: [0, finite],
  }),
  rotaryEmbedding: entry([f(1, 1, 3, 4), f(3, 2), f(3, 2)], ([x, cos, sin]) => e.rotaryEmbedding(x, { cos, sin })),
  scaledDotProductAttention: entry(
    [f(1, 2, 3, 4), f(1, 2, 3, 4), f(1, 2, 3, 4), key],
    ([q, k, v, word], { scale, p }) => e.scaledDotProductAttention(q, k, v, { scale, dropout: { key: word, p } }),
    {
      scale: [1, finite],
      p: [0, { from: 0, to: 1 - 1e-9 }],
    },
  ),
  slice: entry(
    [f(4)],
    ([x], { start, end, step, axis }) => [e.slice(x, { start, axis }), e.slice(x, { end }), e.slice(x, { step })],
    {
      start: [0, whole(-4, 4)],
      end: [4, whole(-4, 4)],
      step: [1, { ...whole(1, Infinity), also: [-1, -2, -7, -(2 ** 40)] }],
      axis: [0, axisOf(1)],
    },
  ),
  sliceAxes: entry([m], ([x], { index, start }) => e.sliceAxes(x, [index, { start }]), {
    index: [0, axisOf(2)],
    start: [0, whole(-3, 3)],
  }),
  narrow: entry([f(4)], ([x], { axis, start, length }) => e.narrow(x, { axis, start, length }), {
    axis: [0, axisOf(1)],
    start: [0, whole(-4, 3)],
    length: [1, whole(0, 4)],
  }),
  select: entry([m], ([x], { axis, index }) => e.select(x, { axis, index }), {
    axis: [0, axisOf(2)],
    index: [0, axisOf(2)],
  }),
  split: entry(
    [f(4, 2)],
    ([x], { size, axis }) => [e.split(x, [size, 4 - size], 0), e.split(x, axis === 0 ? [4] : [2], axis)],
    {
      size: [1, whole(0, 4)],
      axis: [1, { ...whole(0, 1), also: [-1] }],
    },
  ),
  chunk: entry([f(4)], ([x], { count, axis }) => e.chunk(x, count, { axis }), {
    count: [2, whole(1, Infinity)],
    axis: [0, axisOf(1)],
  }),
  unstack: alongAxis(e.unstack),
  softplus: entry([m], ([x], n) => e.softplus(x, n), { beta: [1, positive] }),
  sort: alongAxis(e.sort),
  argsort: alongAxis(e.argsort),
  topK: entry([f(4)], ([x], { k, axis }) => e.topK(x, { k, axis }), { k: [2, whole(0, 4)], axis: [0, axisOf(1)] }),
  std: entry([m], ([x], { axes, correction }) => e.std(x, { axes, correction }), {
    axes: [0, axisOf(2)],
    correction: [0, finite],
  }),
  variance: entry([m], ([x], { axes, correction }) => e.variance(x, { axes, correction }), {
    axes: [0, axisOf(2)],
    correction: [0, finite],
  }),
  tril: entry([m], ([x], n) => e.tril(x, n), { diagonal: [0, whole(-Infinity, Infinity)] }),
  triu: entry([m], ([x], n) => e.triu(x, n), { diagonal: [0, whole(-Infinity, Infinity)] }),
  where: entry([b(2, 3), i(2, 3)], ([c, x], { number }) => e.where(c, x, number), { number: [1, i32] }),
  pow: binary(e.pow),
};

const unaries = [
  'abs',
  'acos',
  'acosh',
  'asin',
  'asinh',
  'atan',
  'atanh',
  'cbrt',
  'ceil',
  'cos',
  'cosh',
  'erf',
  'erfc',
  'exp',
  'exp2',
  'expm1',
  'floor',
  'gelu',
  'geluTanh',
  'hardSigmoid',
  'hardSwish',
  'isFinite',
  'isInf',
  'isNaN',
  'log',
  'log10',
  'log1p',
  'log2',
  'logSigmoid',
  'mish',
  'neg',
  'reciprocal',
  'relu',
  'relu6',
  'round',
  'rsqrt',
  'selu',
  'sigmoid',
  'sign',
  'silu',
  'sin',
  'sinh',
  'softsign',
  'sqrt',
  'square',
  'stopGradient',
  'tan',
  'tanh',
  'trunc',
] as const;
/** Floats or integers beside a tensor or a number. */
const arithmetic = ['add', 'sub', 'mul', 'maximum', 'minimum'] as const;
const divisions = ['remainder', 'fmod', 'floorDivide'] as const;
const floatPairs = ['atan2', 'div', 'equal', 'greater', 'greaterEqual', 'less', 'lessEqual', 'notEqual'] as const;

const table: { readonly [name: string]: Entry } = {
  ...entries,
  ...Object.fromEntries(unaries.map((name) => [name, unary(functions[name])])),
  ...Object.fromEntries(floatPairs.map((name) => [name, binary(functions[name])])),
  ...Object.fromEntries(
    divisions.map((name) => [
      name,
      // 0 divides no integers
      entry([i(2, 3)], ([x], { number }) => functions[name](x, number), { number: [1, { ...i32, not: 0 }] }),
    ]),
  ),
  ...Object.fromEntries(
    arithmetic.map((name) => [
      name,
      entry([i(2, 3)], ([x], { number }) => functions[name](x, number), { number: [1, i32] }),
    ]),
  ),
};

/** Second names. */
const aliases: { readonly [name: string]: string } = { gather: 'takeAlongAxis' };

/** Called by other ops alone, with attributes that those have checked. */
const partsOfOthers = [
  'logisticLoss',
  'addRuns',
  'takeRuns',
  'dropByKey',
  'keyTensor',
  'layerNormBackward',
  'crossEntropyRowsBackward',
  'selfAttentionBackward',
];

const tensorsIn = (value: unknown): Tensor[] => {
  if (value instanceof Tensor) return [value];
  if (typeof value !== 'object' || value === null) return [];
  return Object.values(value).flatMap(tensorsIn);
};

/** Null where `fn` gives sound tensors; the text of a fault otherwise, and of the error where there is a proper one. */
const outcomeOf = (name: string, fn: () => unknown): { readonly refused: boolean; readonly fault: string | null } => {
  try {
    scope(() => {
      for (const x of tensorsIn(fn())) {
        if (x.readSync().length !== sizeOf(x.shape)) throw new Error(`gave [${x.shape.join(', ')}]`);
      }
    });
    return { refused: false, fault: null };
  } catch (error) {
    if (!(error instanceof OmnigradError)) return { refused: true, fault: String(error) };
    const own = aliases[name] ?? name;
    const names = error.message.startsWith(`${own}: `) && error.op === own;
    const proper =
      names && !error.message.includes('\n') && !error.message.includes('undefined') && error.code !== 'E_BACKEND';
    return { refused: true, fault: proper ? null : `not a proper error: ${error.message}` };
  }
};

const goodNumbers = ({ numbers = {} }: Entry): Record<string, number> =>
  Object.fromEntries(Object.entries(numbers).map(([name, [good]]) => [name, good]));

const called = (name: string, one: Entry, inputs: readonly Input[], numbers: Readonly<Record<string, number>>) =>
  outcomeOf(name, () => one.run(inputs.map(make), numbers));

it('every exported function of an op is in the table', () => {
  const names = Object.entries(exported).flatMap(([name, value]) => (typeof value === 'function' ? [name] : []));
  expect(names.filter((name) => !partsOfOthers.includes(name)).sort()).toEqual(Object.keys(table).sort());
});

describe.each(Object.entries(table))('%s', (name, one) => {
  it('refuses the numbers that it must', () => {
    const before = backend.memory().inUse;
    const good = goodNumbers(one);
    const faults = Object.entries(one.numbers ?? {}).flatMap(([number, [, allowed]]) =>
      strange.flatMap((v) => {
        const { refused, fault } = called(name, one, one.inputs, { ...good, [number]: v });
        const ok = allows(allowed, v);
        if (fault === null && refused === !ok) return [];
        return [`${number} ${v}: ${fault ?? (ok ? 'was refused' : 'passed')}`];
      }),
    );
    expect(faults).toEqual([]);
    expect(called(name, one, one.inputs, good)).toEqual({ refused: false, fault: null });
    expect(backend.memory().inUse).toBe(before);
  });

  it('takes or refuses other tensors properly', () => {
    const before = backend.memory().inUse;
    const good = goodNumbers(one);
    const faults = one.inputs.flatMap((input, k) => {
      const { shape, dtype = 'f64' } = input;
      const others: Input[] = [
        { shape: [], dtype },
        { shape: [0], dtype },
        { shape: shape.map(() => 0), dtype },
        { shape: shape.slice(1), dtype },
        { shape: shape.slice(0, -1), dtype },
        { shape: [1, ...shape], dtype },
        { shape: [...shape, 2], dtype },
        { shape: shape.map((d) => d + 1), dtype },
        { shape: shape.map((d, axis) => (axis === shape.length - 1 ? 0 : d)), dtype },
        { shape: [1, 1, 1, 1, 1, 2], dtype },
        ...(['f64', 'i32', 'u32', 'bool'] as const).map((other) => ({ shape, dtype: other })),
      ];
      return others.flatMap((other) =>
        [
          one.inputs.map((x, at) => (at === k ? other : x)),
          one.inputs.map((x) => (x.dtype === input.dtype ? other : x)),
        ].flatMap((inputs) => {
          const { fault } = called(name, one, inputs, good);
          return fault === null
            ? []
            : [`${inputs.map((x) => `${x.dtype ?? 'f64'} [${x.shape.join(', ')}]`).join(', ')}: ${fault}`];
        }),
      );
    });
    expect([...new Set(faults)]).toEqual([]);
    expect(backend.memory().inUse).toBe(before);
  });
});

describe('tensors from nothing', () => {
  const refuses = (fn: () => unknown, message: string): void => {
    const before = backend.memory().inUse;
    expect(errorOf(() => scope(() => void fn()))).toBe(message);
    expect(backend.memory().inUse).toBe(before);
  };

  it('hold only what their dtype can', () => {
    const i32Text = 'expected a whole number from -2147483648 to 2147483647';
    refuses(() => full([2], 0.5, { dtype: 'i32' }), `ArgumentError: full: 0.5 is no i32: ${i32Text}`);
    refuses(() => full([2], Number.NaN, { dtype: 'i32' }), `ArgumentError: full: NaN is no i32: ${i32Text}`);
    refuses(() => full([2], 2 ** 31, { dtype: 'i32' }), `ArgumentError: full: 2147483648 is no i32: ${i32Text}`);
    refuses(
      () => full([2], -1, { dtype: 'u32' }),
      'ArgumentError: full: -1 is no u32: expected a whole number from 0 to 4294967295',
    );
    refuses(
      () => full([2], 2, { dtype: 'bool' }),
      'ArgumentError: full: 2 is no bool: expected a whole number from 0 to 1',
    );
    refuses(() => fill(full([2], 1, { dtype: 'i32' }), 0.5), `ArgumentError: fill: 0.5 is no i32: ${i32Text}`);
    refuses(() => arange(0, 2, 0.5, { dtype: 'i32' }), `ArgumentError: arange: 0.5 is no i32: ${i32Text}`);
    refuses(() => linspace(0, 1, 3, { dtype: 'i32' }), `ArgumentError: linspace: 0.5 is no i32: ${i32Text}`);
  });

  it('have whole sizes that a tensor can have', () => {
    refuses(() => full([1.5], 0), 'ShapeError: full: dimensions are whole numbers >= 0, came [1.5]');
    refuses(() => full([-1], 0), 'ShapeError: full: dimensions are whole numbers >= 0, came [-1]');
    refuses(
      () => full([2 ** 31], 0),
      'ShapeError: full: [2147483648] has 2147483648 elements, a tensor holds at most 2147483647',
    );
    refuses(() => linspace(0, 1, 2.5), 'ArgumentError: linspace: 2.5 numbers from 0 to 1 are no finite range');
    refuses(
      () => linspace(0, 1, 2 ** 40),
      'ShapeError: linspace: [1099511627776] has 1099511627776 elements, a tensor holds at most 2147483647',
    );
    refuses(() => arange(0, 1, 0), 'ArgumentError: arange: 0 to 1 in steps of 0 is no finite range');
    refuses(() => eye(-1), 'ShapeError: eye: dimensions are whole numbers >= 0, came [-1, -1]');
    refuses(
      () => eye(2 ** 20),
      'ShapeError: eye: [1048576, 1048576] has 1099511627776 elements, a tensor holds at most 2147483647',
    );
  });
});
