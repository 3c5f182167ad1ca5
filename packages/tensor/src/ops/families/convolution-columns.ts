// Columns of a convolution (im2col: Chellapilla, Puri, Simard 2006): for every place of y the elements of x under the kernel,
// as strided copies between x and [cin, taps, places], in blocks that bound the scratch.

import { type CpuCall, type CpuOperand, call, scratch } from '../../cpu-plan.ts';
import { type Shape, sizeOf, stridesOf } from '../../shape.ts';
import { type ConvolutionAttrs, insideRange } from './convolution.ts';

/** Elements of one block of columns; a single row of one sample may need more. */
const blockElements = 2 ** 18;
export interface Sizes {
  readonly batch: number;
  readonly groups: number;
  /** Channels of x and y, of all groups and of one. */
  readonly cin: number;
  readonly cout: number;
  readonly ci: number;
  readonly co: number;
  /** Elements of one channel of x, of the kernel and of one channel of y. */
  readonly inner: number;
  readonly taps: number;
  readonly places: number;
}

export const sizesOf = (a: ConvolutionAttrs, batch: number, weight: Shape): Sizes => ({
  batch,
  groups: a.groups,
  cin: weight[1] * a.groups,
  cout: weight[0],
  ci: weight[1],
  co: weight[0] / a.groups,
  inner: sizeOf(a.input),
  taps: sizeOf(a.kernel),
  places: sizeOf(a.output),
});

/** Steps of the columns along samples, channels and kernel elements; the places of y are dense. */
export interface Columns {
  readonly sample: number;
  readonly channel: number;
  readonly tap: number;
}

interface Move {
  readonly shape: readonly number[];
  readonly image: readonly number[];
  readonly imageOffset: number;
  readonly columns: readonly number[];
  readonly columnsOffset: number;
}

/** Every place of every kernel element lies inside x. */
export const unclipped = (a: ConvolutionAttrs): boolean =>
  a.kernel.every((k, i) =>
    [0, k - 1].every((r) => {
      const [low, high] = insideRange(a, i, r);
      return low === 0 && high === a.output[i];
    }),
  );

/** No element of x is read twice. */
export const disjoint = (a: ConvolutionAttrs): boolean =>
  a.kernel.every((k, i) => a.output[i] === 1 || a.stride[i] >= a.dilation[i] * (k - 1) + 1);

/** Columns are x itself. */
export const plain = (a: ConvolutionAttrs): boolean =>
  a.kernel.every((k, i) => k === 1 && a.stride[i] === 1 && a.before[i] === 0 && a.input[i] === a.output[i]);

/** Pairs of strided walks over `samples` samples of x and of the columns: one, or one a kernel element. */
const movesOf = (a: ConvolutionAttrs, s: Sizes, samples: number, at: Columns, inOne: boolean): Move[] => {
  const [xs, ks, ys] = [a.input, a.kernel, a.output].map(stridesOf);
  const steps = a.stride.map((stride, i) => stride * xs[i]);
  const image = [s.cin * s.inner, s.inner];
  const columns = [at.sample, at.channel];
  if (inOne) {
    return [
      {
        shape: [samples, s.cin, ...a.kernel, ...a.output],
        image: [...image, ...a.dilation.map((d, i) => d * xs[i]), ...steps],
        imageOffset: -a.before.reduce((sum, b, i) => sum + b * xs[i], 0),
        columns: [...columns, ...ks.map((k) => k * at.tap), ...ys],
        columnsOffset: 0,
      },
    ];
  }
  return Array.from({ length: s.taps }, (_, tap) => {
    let imageOffset = 0;
    let columnsOffset = tap * at.tap;
    const lengths = a.kernel.map((k, i) => {
      const r = Math.floor(tap / ks[i]) % k;
      const [low, high] = insideRange(a, i, r);
      imageOffset += (low * a.stride[i] - a.before[i] + r * a.dilation[i]) * xs[i];
      columnsOffset += low * ys[i];
      return high - low;
    });
    return {
      shape: [samples, s.cin, ...lengths],
      image: [...image, ...steps],
      imageOffset,
      columns: [...columns, ...ys],
      columnsOffset,
    };
  }).filter(({ shape }) => !shape.includes(0));
};

export const zero = (at: CpuOperand, n: number): CpuCall => call('fill', [at], { n, offset: 0, bits: 0 });

export const unfold = (
  a: ConvolutionAttrs,
  s: Sizes,
  x: CpuOperand,
  to: CpuOperand,
  first: number,
  n: number,
  at: Columns,
) =>
  movesOf(a, s, n, at, unclipped(a)).map((m) =>
    call('copy', [x, to], {
      shape: m.shape,
      inStrides: m.image,
      inOffset: m.imageOffset + first * s.cin * s.inner,
      outStrides: m.columns,
      outOffset: m.columnsOffset,
    }),
  );

/** `once`: no element of x is met twice, in any block. */
export const fold = (
  a: ConvolutionAttrs,
  s: Sizes,
  once: boolean,
  from: CpuOperand,
  x: CpuOperand,
  first: number,
  n: number,
  at: Columns,
): CpuCall[] =>
  movesOf(a, s, n, at, once && unclipped(a)).map((m) =>
    call(once ? 'copy' : 'addStrided', [from, x], {
      shape: m.shape,
      inStrides: m.columns,
      inOffset: m.columnsOffset,
      outStrides: m.image,
      outOffset: m.imageOffset + first * s.cin * s.inner,
    }),
  );

/** Samples `first` to `first + n`, or some rows (positions of the first spatial axis of y) of one sample. */
export interface Block {
  readonly first: number;
  readonly n: number;
  /** Of these rows alone: as if x began where they begin. */
  readonly attrs: ConvolutionAttrs;
  /** Places of y in the block, and ahead of it, in one channel. */
  readonly places: number;
  readonly offset: number;
}

export const sampleBlocks = (a: ConvolutionAttrs, s: Sizes, most: number): Block[] => {
  const blocks: Block[] = [];
  for (let first = 0; first < s.batch; first += most) {
    blocks.push({ first, n: Math.min(most, s.batch - first), attrs: a, places: s.places, offset: 0 });
  }
  return blocks;
};

export const blocksOf = (a: ConvolutionAttrs, s: Sizes): Block[] => {
  const [allRows] = a.output;
  const row = s.places / allRows;
  const perRow = s.cin * s.taps * row;
  if (perRow * allRows <= blockElements || allRows === 1) {
    return sampleBlocks(a, s, Math.max(1, Math.min(s.batch, Math.floor(blockElements / (perRow * allRows)))));
  }
  // Blocks of one size, or nearly: a short last one would cost as many calls.
  const count = Math.ceil(allRows / Math.max(1, Math.floor(blockElements / perRow)));
  const rows = Math.ceil(allRows / count);
  const blocks: Block[] = [];
  for (let first = 0; first < s.batch; first++) {
    for (let low = 0; low < allRows; low += rows) {
      const n = Math.min(rows, allRows - low);
      const attrs = {
        ...a,
        output: [n, ...a.output.slice(1)],
        before: [a.before[0] - low * a.stride[0], ...a.before.slice(1)],
      };
      blocks.push({ first, n: 1, attrs, places: n * row, offset: low * row });
    }
  }
  return blocks;
};

/** Zeros where the copies of a block leave its border alone. Blocks of samples have one border: only the first is cleared. */
export const clearBorder = (block: Block, s: Sizes, elements: number): CpuCall[] =>
  unclipped(block.attrs) || (block.places === s.places && block.first > 0) ? [] : [zero(scratch(0), elements)];

/** Samples apart, each [cin, taps, places]. */
export const sampleColumns = (s: Sizes, places: number): Columns => ({
  sample: s.cin * s.taps * places,
  channel: s.taps * places,
  tap: places,
});
