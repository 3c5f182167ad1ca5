// What a kernel call has to do at least, from its arguments alone: floating-point operations of products of matrices, and bytes
// of tensors, each read or written once. Single numbers (keys, rates, hyperparameters) are not counted. For profiles.

import { type ArenaRange, bytesPerElement, type CpuKernelArgs, type CpuKernelName, sizeOf } from '@omnigrad/tensor';

export interface Work {
  /** Multiplications and additions of matrix products; other arithmetic is not counted. */
  readonly flop: number;
  readonly bytes: number;
}

const product = (list: readonly number[]): number => list.reduce((a, b) => a * b, 1);
/** Words of four bytes. */
const moves = (words: number): Work => ({ flop: 0, bytes: 4 * words });

/** Distinct elements that a walk over `shape` meets: windows that overlap meet no more than lie between their ends. */
const met = (shape: readonly number[], strides: readonly number[]): number => {
  if (shape.includes(0)) return 0;
  const own = product(shape.map((d, axis) => (strides[axis] === 0 ? 1 : d)));
  const span = shape.reduce((sum, d, axis) => sum + (d - 1) * Math.abs(strides[axis]), 1);
  return Math.min(own, span);
};

const ofRanges = (ranges: readonly ArenaRange[], words: number): Work =>
  moves(words * ranges.reduce((sum, { length }) => sum + length, 0));

const broadcast = (shape: readonly number[], ...operands: readonly (readonly number[])[]): Work =>
  moves(product(shape) + operands.reduce((sum, strides) => sum + met(shape, strides), 0));

/** Scores of one head; under a causal mask query i has i + 1 of them, at most all. */
const scoresOf = ({ queries, keys, causal }: CpuKernelArgs['attention']): number => {
  if (!causal) return queries * keys;
  const rising = Math.min(queries, keys);
  return (rising * (rising + 1)) / 2 + (queries - rising) * keys;
};

/** Products over `dim` and over `valueDim`, for each score; tensors like q and out, and like k and v. */
const attention = (
  args: CpuKernelArgs['attention'],
  [overDim, overValueDim]: readonly [number, number],
  [ofRows, ofKeys]: readonly [number, number],
): Work => {
  const { batch, heads, kvHeads, queries, keys, dim, valueDim, mask, padding, bias } = args;
  const rows = batch * heads * queries;
  const broadcasts = [mask, padding, bias].map((strides) =>
    strides === null ? 0 : met([batch, heads, queries, keys], strides),
  );
  const statistics = 2 * rows;
  return {
    flop: 2 * batch * heads * scoresOf(args) * (overDim * dim + overValueDim * valueDim),
    bytes:
      4 *
      ((dim + valueDim) * (ofRows * rows + ofKeys * batch * kvHeads * keys) +
        statistics +
        broadcasts.reduce((a, b) => a + b)),
  };
};

type MatmulArgs = CpuKernelArgs['matmul'];

/** Distinct elements of an operand of a product, over all batches. */
const metByProduct = (
  { outer, inner }: MatmulArgs['batch'],
  batchSteps: readonly [number, number],
  ...walks: readonly { readonly shape: readonly number[]; readonly strides: readonly number[] }[]
): number =>
  met(
    [outer, inner, ...walks.flatMap(({ shape }) => shape)],
    [...batchSteps, ...walks.flatMap(({ strides }) => strides)],
  );

const matmul = (args: MatmulArgs): Work => {
  const { m, n, k, transA, transB, lda, ldb, batch, walks = null, bias, activation = null, residual = false } = args;
  const count = batch.outer * batch.inner;
  const [aRow, aK] = transA ? [1, lda] : [lda, 1];
  const [bK, bColumn] = transB ? [1, ldb] : [ldb, 1];
  const axis = (length: number, stride: number) => ({ shape: [length], strides: [stride] });
  const ofA = metByProduct(batch, batch.a, axis(m, aRow), walks?.aK ?? axis(k, aK));
  const ofB = metByProduct(batch, batch.b, walks?.bK ?? axis(k, bK), walks?.bN ?? axis(n, bColumn));
  const ofC = (1 + Number(residual) + Number(activation !== null)) * count * m * n;
  return { flop: 2 * count * m * n * k, bytes: 4 * (ofA + ofB + ofC + (bias ? n : 0)) };
};

/** `operands` is their number, which tells whether the optional ones are there. */
export const kernelWork: { readonly [K in CpuKernelName]: (args: CpuKernelArgs[K], operands: number) => Work } = {
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
  softmax: ({ rows, n, rowsPerMask }, operands) =>
    moves(2 * rows * n + (operands === 3 ? Math.ceil(rows / rowsPerMask) * n : 0)),
  softmaxBackward: ({ rows, n }) => moves(3 * rows * n),
  logSoftmax: ({ rows, n }) => moves(2 * rows * n),
  logSoftmaxBackward: ({ rows, n }) => moves(3 * rows * n),
  layerNorm: ({ rows, n }) => moves(2 * rows * (n + 1) + 2 * n),
  layerNormBackward: ({ rows, n }) => moves(rows * (3 * n + 2) + 3 * n),
  crossEntropy: ({ rows, n }) => moves(rows * (n + 3)),
  crossEntropyBackward: ({ rows, n }) => moves(rows * (2 * n + 3)),
  matmul,
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
  // param, m and v are read again once the norms of all are known
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
