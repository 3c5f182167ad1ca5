// CPU plans of convolutions: one matrix product a group and sample. Large products read x in place, through the offsets of places
// and of kernel elements, after zeros were put around it where the kernel reaches over its border. Small ones read columns that x was
// unfolded into. The input's gradient folds columns back.

import { type CpuCall, type CpuOperand, type CpuPlan, call, cpuPlan, input, output, scratch } from '../../cpu-plan.ts';
import { type Shape, sizeOf, stridesOf } from '../../shape.ts';
import type { ConvolutionAttrs } from './convolution.ts';
import {
  type Block,
  blocksOf,
  clearBorder,
  disjoint,
  fold,
  plain,
  type Sizes,
  sampleBlocks,
  sampleColumns,
  sizesOf,
  unclipped,
  unfold,
  zero,
} from './convolution-columns.ts';

/** From here on a 1x1 kernel's product over the places of one sample is long enough to take x as it lies. */
const longProduct = 256;

/** Multiply-adds of a sample, and depth, from which reading x in place pays for its tables. */
const largeProduct = 2 ** 22;
const deepProduct = 64;
/** Elements of x with its zeros at a time; one sample may need more. */
const paddedElements = 2 ** 20;

const isLarge = (s: Sizes): boolean => {
  const depth = s.ci * s.taps;
  return depth >= deepProduct && s.co * s.places * depth >= largeProduct;
};

/** x as the products read it: strides of its spatial axes, elements of a channel, and how it is made from x, if it is not x itself. */
interface Image {
  readonly inner: number;
  readonly strides: readonly number[];
  readonly padded: boolean;
  /** Where x begins inside. */
  readonly offset: number;
}

const imageOf = (a: ConvolutionAttrs): Image => {
  const padded = !unclipped(a);
  // before x, x, and what the kernel reaches behind it
  const shape = padded
    ? a.input.map((d, i) =>
        Math.max(d + a.before[i], (a.output[i] - 1) * a.stride[i] + (a.kernel[i] - 1) * a.dilation[i] + 1),
      )
    : a.input;
  const strides = stridesOf(shape);
  const offset = padded ? a.before.reduce((sum, b, i) => sum + b * strides[i], 0) : 0;
  return { inner: sizeOf(shape), strides, padded, offset };
};

/** Elements from place to place of y, and from kernel element to kernel element, in an image. */
const walksOf = (a: ConvolutionAttrs, s: Sizes, { inner, strides }: Image) => ({
  places: { shape: a.output, strides: a.stride.map((stride, i) => stride * strides[i]) },
  taps: { shape: [s.ci, ...a.kernel], strides: [inner, ...a.dilation.map((d, i) => d * strides[i])] },
});

/** Samples `first` to `first + n` of x between its zeros, in a scratch block. */
const padInto = (
  a: ConvolutionAttrs,
  s: Sizes,
  { inner, strides, offset }: Image,
  to: CpuOperand,
  first: number,
  n: number,
): CpuCall =>
  call('copy', [input(0), to], {
    shape: [n, s.cin, ...a.input],
    inStrides: [s.cin * s.inner, s.inner, ...stridesOf(a.input)],
    inOffset: first * s.cin * s.inner,
    outStrides: [s.cin * inner, inner, ...strides],
    outOffset: offset,
  });

interface WalkedBlock {
  readonly first: number;
  readonly n: number;
  /** Before the product of the block. */
  readonly calls: readonly CpuCall[];
  readonly x: CpuOperand;
}

/** The samples in blocks whose image fits the scratch block `at`, and its elements. */
const walkedBlocks = (
  a: ConvolutionAttrs,
  s: Sizes,
  image: Image,
  at: number,
): { blocks: WalkedBlock[]; elements: number } => {
  if (!image.padded) {
    return { blocks: [{ first: 0, n: s.batch, calls: [], x: input(0) }], elements: 1 };
  }
  const sample = s.cin * image.inner;
  const most = Math.min(s.batch, Math.max(1, Math.floor(paddedElements / sample)));
  const blocks = sampleBlocks(a, s, most).map(({ first, n }): WalkedBlock => {
    // the zeros stay from block to block
    const zeros = first === 0 ? [zero(scratch(at), most * sample)] : [];
    return { first, n, calls: [...zeros, padInto(a, s, image, scratch(at), first, n)], x: scratch(at) };
  });
  return { blocks, elements: most * sample };
};

/** y = w · x read through walks, per sample and group. */
const walkedConvolution = (a: ConvolutionAttrs, s: Sizes): CpuPlan => {
  const image = imageOf(a);
  const { places, taps } = walksOf(a, s, image);
  const depth = s.ci * s.taps;
  const { blocks, elements } = walkedBlocks(a, s, image, 0);
  const calls = blocks.flatMap(({ first, n, calls: before, x }) => [
    ...before,
    call('matmul', [input(1), x, output(0)], {
      ...shared,
      m: s.co,
      n: s.places,
      k: depth,
      lda: depth,
      ldb: 0,
      ldc: s.places,
      cOffset: first * s.cout * s.places,
      walks: { bK: taps, bN: places },
      batch: {
        outer: n,
        inner: s.groups,
        a: [0, s.co * depth],
        b: [s.cin * image.inner, s.ci * image.inner],
        c: [s.cout * s.places, s.co * s.places],
      },
    }),
  ]);
  return cpuPlan(calls, [elements * 4]);
};

/** w = y · xᵀ read through walks, per group, over the places of all samples. */
const walkedWeight = (a: ConvolutionAttrs, s: Sizes, size: number): CpuPlan => {
  const image = imageOf(a);
  const { places, taps } = walksOf(a, s, image);
  const depth = s.ci * s.taps;
  const { blocks, elements } = walkedBlocks(a, s, image, 0);
  const calls = blocks.flatMap(({ first, n, calls: before, x }, index) => [
    ...before,
    call('matmul', [input(1), x, index === 0 ? output(0) : scratch(1)], {
      ...shared,
      m: s.co,
      n: depth,
      k: n * s.places,
      lda: s.places,
      ldb: 0,
      ldc: depth,
      aOffset: first * s.cout * s.places,
      walks: {
        aK: { shape: [n, s.places], strides: [s.cout * s.places, 1] },
        bK: { shape: [n, ...places.shape], strides: [s.cin * image.inner, ...places.strides] },
        bN: taps,
      },
      batch: {
        outer: 1,
        inner: s.groups,
        a: [0, s.co * s.places],
        b: [0, s.ci * image.inner],
        c: [0, s.co * depth],
      },
    }),
    ...(index > 0 ? [call('accumulate', [scratch(1), output(0)], { n: size, yOffset: 0 })] : []),
  ]);
  return cpuPlan(calls, [elements * 4, (blocks.length > 1 ? size : 1) * 4]);
};

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
  if (isLarge(s)) return walkedConvolution(a, s);
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
  if (!direct && isLarge(s)) return walkedWeight(a, s, size);
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
