// CPU plans of convolutions: x unfolded into columns, then one matrix product a group and sample. The backward passes run the
// same moves: columns of x for the weight, columns back into x.

import { type CpuCall, type CpuOperand, type CpuPlan, call, cpuPlan, input, output, scratch } from '../../cpu-plan.ts';
import { type Shape, sizeOf } from '../../shape.ts';
import type { ConvolutionAttrs } from './convolution.ts';
import {
  type Block,
  blocksOf,
  clearBorder,
  disjoint,
  fold,
  plain,
  sampleBlocks,
  sampleColumns,
  sizesOf,
  unclipped,
  unfold,
  zero,
} from './convolution-columns.ts';

/** From here on a 1x1 kernel's product over the places of one sample is long enough to take x as it lies. */
const longProduct = 256;

const shared = { transA: false, transB: false, aOffset: 0, bOffset: 0, cOffset: 0, alpha: 1, bias: false };

/** y = w · columns(x), per sample and group: [co, ci · taps] x [ci · taps, places]. */
export const convolutionPlan = (a: ConvolutionAttrs, x: Shape, w: Shape): CpuPlan => {
  const s = sizesOf(a, x[0], w);
  if (s.batch * s.cout * s.places === 0) return cpuPlan([]);
  if (s.cin === 0) return cpuPlan([zero(output(0), s.batch * s.cout * s.places)]);
  const depth = s.ci * s.taps;
  const product = (columns: CpuOperand, { first, n, places, offset }: Block): CpuCall =>
    call('matmul', [input(1), columns, output(0)], {
      ...shared,
      m: s.co,
      n: places,
      k: depth,
      lda: depth,
      ldb: places,
      ldc: s.places,
      cOffset: first * s.cout * s.places + offset,
      batch: {
        outer: n,
        inner: s.groups,
        a: [0, s.co * depth],
        b: [s.cin * s.taps * places, depth * places],
        c: [s.cout * s.places, s.co * s.places],
      },
    });
  if (plain(a)) return cpuPlan(sampleBlocks(a, s, s.batch).map((block) => product(input(0), block)));
  const blocks = blocksOf(a, s);
  const elements = blocks[0].n * s.cin * s.taps * blocks[0].places;
  const calls = blocks.flatMap((block) => [
    ...clearBorder(block, s, elements),
    ...unfold(block.attrs, s, input(0), scratch(0), block.first, block.n, sampleColumns(s, block.places)),
    product(scratch(0), block),
  ]);
  return cpuPlan(calls, [elements * 4]);
};

/** x = fold(wᵀ · y), per sample and group: [ci · taps, co] x [co, places], added where places overlap. */
export const inputBackwardPlan = (a: ConvolutionAttrs, y: Shape, w: Shape): CpuPlan => {
  const s = sizesOf(a, y[0], w);
  const size = s.batch * s.cin * s.inner;
  if (size === 0) return cpuPlan([]);
  if (s.cout * s.places === 0) return cpuPlan([zero(output(0), size)]);
  const depth = s.ci * s.taps;
  const product = (columns: CpuOperand, { first, n, places, offset }: Block): CpuCall =>
    call('matmul', [input(1), input(0), columns], {
      ...shared,
      transA: true,
      m: depth,
      n: places,
      k: s.co,
      lda: depth,
      ldb: s.places,
      ldc: places,
      bOffset: first * s.cout * s.places + offset,
      batch: {
        outer: n,
        inner: s.groups,
        a: [0, s.co * depth],
        b: [s.cout * s.places, s.co * s.places],
        c: [s.cin * s.taps * places, depth * places],
      },
    });
  if (plain(a)) return cpuPlan(sampleBlocks(a, s, s.batch).map((block) => product(output(0), block)));
  const blocks = blocksOf(a, s);
  const once = disjoint(a);
  const writesAll = once && unclipped(a) && s.taps * s.places === s.inner;
  const calls: CpuCall[] = writesAll ? [] : [zero(output(0), size)];
  for (const block of blocks) {
    const at = sampleColumns(s, block.places);
    calls.push(
      product(scratch(0), block),
      ...fold(block.attrs, s, once, scratch(0), output(0), block.first, block.n, at),
    );
  }
  return cpuPlan(calls, [blocks[0].n * s.cin * s.taps * blocks[0].places * 4]);
};

/** w = y · columns(x)ᵀ, per group, the samples of a block side by side: [co, n · places] x [n · places, ci · taps]. */
export const weightBackwardPlan = (a: ConvolutionAttrs, x: Shape, w: Shape): CpuPlan => {
  const s = sizesOf(a, x[0], w);
  const size = sizeOf(w);
  if (size === 0) return cpuPlan([]);
  if (s.batch * s.places === 0) return cpuPlan([zero(output(0), size)]);
  const depth = s.ci * s.taps;
  const direct = plain(a) && (s.places >= longProduct || s.batch === 1);
  const blocks = direct ? sampleBlocks(a, s, 1) : blocksOf(a, s);
  // Samples of a block lie beside each other in its rows; one alone leaves y where it is.
  const most = blocks[0].n;
  const widest = most * blocks[0].places;
  const columns = s.cin * s.taps * widest;
  const calls = blocks.flatMap((block, index): CpuCall[] => {
    const { first, n, places, offset } = block;
    const row = most * places;
    const at = { sample: places, channel: s.taps * row, tap: row };
    const yAt = first * s.cout * s.places + offset;
    const to = index === 0 ? output(0) : scratch(2);
    const product = call('matmul', [most > 1 ? scratch(1) : input(1), direct ? input(0) : scratch(0), to], {
      ...shared,
      transB: true,
      m: s.co,
      n: depth,
      k: n * places,
      lda: most > 1 ? row : s.places,
      ldb: row,
      ldc: depth,
      aOffset: most > 1 ? 0 : yAt,
      bOffset: direct ? first * s.cin * s.inner : 0,
      batch: {
        outer: 1,
        inner: s.groups,
        a: [0, s.co * (most > 1 ? row : s.places)],
        b: [0, depth * row],
        c: [0, s.co * depth],
      },
    });
    // [n, cout, places] -> [cout, n, places]
    const gathered = call('copy', [input(1), scratch(1)], {
      shape: [s.cout, n, places],
      inStrides: [s.places, s.cout * s.places, 1],
      inOffset: yAt,
      outStrides: [row, places, 1],
      outOffset: 0,
    });
    return [
      ...(direct ? [] : clearBorder(block, s, columns)),
      ...(direct ? [] : unfold(block.attrs, s, input(0), scratch(0), first, n, at)),
      ...(most > 1 ? [gathered] : []),
      product,
      ...(index > 0 ? [call('accumulate', [scratch(2), output(0)], { n: size, yOffset: 0 })] : []),
    ];
  });
  const used = (needed: boolean, elements: number): number => (needed ? elements * 4 : 4);
  return cpuPlan(calls, [used(!direct, columns), used(most > 1, s.cout * widest), used(blocks.length > 1, size)]);
};
