// What a kernel call has to do at least, from its arguments alone: floating-point operations of products of matrices, and bytes
// that each operand is read or written once. For profiles.

import { type ArenaRange, bytesPerElement, type CpuKernelArgs, type CpuKernelName, sizeOf } from '@omnigrad/tensor';

export interface Work {
  /** Multiplications and additions of matrix products; other arithmetic is not counted. */
  readonly flop: number;
  readonly bytes: number;
}

const product = (list: readonly number[]): number => list.reduce((a, b) => a * b, 1);
/** Words of four bytes. */
const moves = (words: number): Work => ({ flop: 0, bytes: 4 * words });

/** Distinct elements that a walk over `shape` meets. */
const met = (shape: readonly number[], strides: readonly number[]): number =>
  product(shape.map((d, axis) => (strides[axis] === 0 ? 1 : d)));

const ofRanges = (ranges: readonly ArenaRange[], words: number): Work =>
  moves(words * ranges.reduce((sum, { length }) => sum + length, 0));

const broadcast = (shape: readonly number[], ...operands: readonly (readonly number[])[]): Work =>
  moves(product(shape) + operands.reduce((sum, strides) => sum + met(shape, strides), 0));

/** Products over `dim` and over `valueDim`, for each score; tensors like q and out, and like k and v. */
const attention = (
  { batch, heads, kvHeads, queries, keys, dim, valueDim, causal }: CpuKernelArgs['attention'],
  [overDim, overValueDim]: readonly [number, number],
  [ofRows, ofKeys]: readonly [number, number],
): Work => {
  const rows = batch * heads * queries;
  // a causal triangle is half of the square
  const scores = rows * keys * (causal ? 0.5 : 1);
  const width = dim + valueDim;
  return {
    flop: 2 * scores * (overDim * dim + overValueDim * valueDim),
    bytes: 4 * width * (ofRows * rows + ofKeys * batch * kvHeads * keys),
  };
};

export const kernelWork: { readonly [K in CpuKernelName]: (args: CpuKernelArgs[K]) => Work } = {
  unary: ({ n }) => moves(2 * n),
  binary: ({ shape, a, b }) => broadcast(shape, a, b),
  integer: ({ shape, a, b }) => broadcast(shape, a, b),
  compare: ({ shape, a, b }) => broadcast(shape, a, b),
  select: ({ shape, cond, a, b }) => broadcast(shape, cond, a, b),
  cast: ({ n }) => moves(2 * n),
  fill: ({ n }) => moves(n),
  copy: ({ shape, inStrides }) => moves(product(shape) + met(shape, inStrides)),
  addStrided: ({ shape, inStrides, outStrides }) => moves(met(shape, inStrides) + 2 * met(shape, outStrides)),
  reduce: ({ outer, n, inner }) => moves(outer * (n + 1) * inner),
  variance: ({ rows, n }) => moves(rows * (n + 1)),
  logSumExp: ({ rows, n }) => moves(rows * (n + 1)),
  argmax: ({ outer, n, inner }) => moves(outer * (n + 1) * inner),
  softmax: ({ rows, n }) => moves(2 * rows * n),
  softmaxBackward: ({ rows, n }) => moves(3 * rows * n),
  logSoftmax: ({ rows, n }) => moves(2 * rows * n),
  logSoftmaxBackward: ({ rows, n }) => moves(3 * rows * n),
  layerNorm: ({ rows, n }) => moves(2 * rows * (n + 1) + 2 * n),
  layerNormBackward: ({ rows, n }) => moves(rows * (3 * n + 2) + 3 * n),
  crossEntropy: ({ rows, n }) => moves(rows * (n + 3)),
  crossEntropyBackward: ({ rows, n }) => moves(rows * (2 * n + 3)),
  matmul: ({ m, n, k, batch: { outer, inner, b }, bias, activation = null, residual = false }) => {
    const count = outer * inner;
    const ofB = (b[0] === 0 ? 1 : outer) * (b[1] === 0 ? 1 : inner);
    const ofC = 1 + Number(residual) + Number(activation !== null);
    return {
      flop: 2 * count * m * n * k,
      bytes: 4 * (count * m * k + ofB * k * n + ofC * count * m * n + (bias ? n : 0)),
    };
  },
  attention: (args) => attention(args, [1, 1], [1, 1]),
  attentionBackward: (args) => attention(args, [3, 2], [2, 2]),
  gatherRows: ({ groups, rows, width }) => moves(groups * rows * (2 * width + 1)),
  scatterAddRows: ({ groups, rows, tableRows, width }) => moves(groups * (rows * (width + 1) + tableRows * width)),
  dropout: ({ n }) => moves(2 * n),
  accumulate: ({ n }) => moves(3 * n),
  sumOfSquares: ({ ranges }) => ofRanges(ranges, 1),
  adamw: ({ ranges }) => ofRanges(ranges, 7),
  sgd: ({ ranges, momentum }) => ofRanges(ranges, momentum === 'none' ? 3 : 5),
  adam: ({ ranges, amsgrad }) => ofRanges(ranges, amsgrad ? 9 : 7),
  lamb: ({ ranges }) => ofRanges(ranges, 10),
  lion: ({ ranges }) => ofRanges(ranges, 5),
  lerp: ({ ranges }) => ofRanges(ranges, 3),
  swap: ({ ranges }) => ofRanges(ranges, 4),
  scaleRanges: ({ ranges }) => ofRanges(ranges, 2),
  clampRanges: ({ ranges }) => ofRanges(ranges, 2),
  host: ({ specs }) => ({
    flop: 0,
    bytes: specs.reduce((sum, { shape, dtype }) => sum + sizeOf(shape) * bytesPerElement[dtype], 0),
  }),
};
