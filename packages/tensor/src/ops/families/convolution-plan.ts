// CPU plans of convolutions: x unfolded into columns (im2col: Chellapilla, Puri, Simard 2006) by strided copies, then one matrix
// product a group and sample. The backward passes run the same moves: columns of x for the weight, columns back into x.

import { type CpuCall, type CpuOperand, type CpuPlan, call, cpuPlan, input, output, scratch } from '../../cpu-plan.ts';
import { type Shape, sizeOf, stridesOf } from '../../shape.ts';
import { type ConvolutionAttrs, insideRange } from './convolution.ts';

/** Elements of one block of columns; a single sample may need more. */
const blockElements = 2 ** 18;
/** From here on a 1x1 kernel's product over the places of one sample is long enough to take x as it lies. */
const longProduct = 256;

interface Sizes {
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

const sizesOf = (a: ConvolutionAttrs, batch: number, weight: Shape): Sizes => ({
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
interface Columns {
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
const unclipped = (a: ConvolutionAttrs): boolean =>
  a.kernel.every((k, i) =>
    [0, k - 1].every((r) => {
      const [low, high] = insideRange(a, i, r);
      return low === 0 && high === a.output[i];
    }),
  );

/** No element of x is read twice. */
const disjoint = (a: ConvolutionAttrs): boolean =>
  a.kernel.every((k, i) => a.output[i] === 1 || a.stride[i] >= a.dilation[i] * (k - 1) + 1);

/** Columns are x itself. */
const plain = (a: ConvolutionAttrs): boolean =>
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
        imageOffset: 0,
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

const zero = (at: CpuOperand, n: number): CpuCall => call('fill', [at], { n, offset: 0, bits: 0 });

const unfold = (a: ConvolutionAttrs, s: Sizes, x: CpuOperand, to: CpuOperand, first: number, n: number, at: Columns) =>
  movesOf(a, s, n, at, unclipped(a)).map((m) =>
    call('copy', [x, to], {
      shape: m.shape,
      inStrides: m.image,
      inOffset: m.imageOffset + first * s.cin * s.inner,
      outStrides: m.columns,
      outOffset: m.columnsOffset,
    }),
  );

const fold = (
  a: ConvolutionAttrs,
  s: Sizes,
  from: CpuOperand,
  x: CpuOperand,
  first: number,
  n: number,
  at: Columns,
) => {
  const once = disjoint(a);
  return movesOf(a, s, n, at, once && unclipped(a)).map((m) =>
    call(once ? 'copy' : 'copyAdd', [from, x], {
      shape: m.shape,
      inStrides: m.columns,
      inOffset: m.columnsOffset,
      outStrides: m.image,
      outOffset: m.imageOffset + first * s.cin * s.inner,
    }),
  );
};

/** Calls `visit` for every block of samples; a block never holds more than `most`. */
const eachBlock = (batch: number, most: number, visit: (first: number, n: number) => void): void => {
  for (let first = 0; first < batch; first += most) visit(first, Math.min(most, batch - first));
};

const samplesOfBlock = (s: Sizes): number =>
  Math.max(1, Math.min(s.batch, Math.floor(blockElements / (s.cin * s.taps * s.places))));

/** y = w · columns(x), per sample and group: [co, ci · taps] x [ci · taps, places]. */
export const convolutionPlan = (a: ConvolutionAttrs, x: Shape, w: Shape): CpuPlan => {
  const s = sizesOf(a, x[0], w);
  if (s.batch * s.cout * s.places === 0) return cpuPlan([]);
  const depth = s.ci * s.taps;
  if (s.cin === 0) return cpuPlan([zero(output(0), s.batch * s.cout * s.places)]);
  const at = { sample: s.cin * s.taps * s.places, channel: s.taps * s.places, tap: s.places };
  const product = (columns: CpuOperand, first: number, n: number): CpuCall =>
    call('matmul', [input(1), columns, output(0)], {
      m: s.co,
      n: s.places,
      k: depth,
      transA: false,
      transB: false,
      lda: depth,
      ldb: s.places,
      ldc: s.places,
      aOffset: 0,
      bOffset: 0,
      cOffset: first * s.cout * s.places,
      batch: {
        outer: n,
        inner: s.groups,
        a: [0, s.co * depth],
        b: [at.sample, depth * s.places],
        c: [s.cout * s.places, s.co * s.places],
      },
      alpha: 1,
      bias: false,
    });
  if (plain(a)) return cpuPlan([product(input(0), 0, s.batch)]);
  const most = samplesOfBlock(s);
  // Copies leave the border alone, so its zeros serve every block.
  const calls: CpuCall[] = unclipped(a) ? [] : [zero(scratch(0), most * at.sample)];
  eachBlock(s.batch, most, (first, n) => {
    calls.push(...unfold(a, s, input(0), scratch(0), first, n, at), product(scratch(0), first, n));
  });
  return cpuPlan(calls, [most * at.sample * 4]);
};

/** x = fold(wᵀ · y), per sample and group: [ci · taps, co] x [co, places], added where places overlap. */
export const inputBackwardPlan = (a: ConvolutionAttrs, y: Shape, w: Shape): CpuPlan => {
  const s = sizesOf(a, y[0], w);
  const size = s.batch * s.cin * s.inner;
  if (size === 0) return cpuPlan([]);
  if (s.cout * s.places === 0) return cpuPlan([zero(output(0), size)]);
  const depth = s.ci * s.taps;
  const at = { sample: s.cin * s.taps * s.places, channel: s.taps * s.places, tap: s.places };
  const product = (columns: CpuOperand, first: number, n: number): CpuCall =>
    call('matmul', [input(1), input(0), columns], {
      m: depth,
      n: s.places,
      k: s.co,
      transA: true,
      transB: false,
      lda: depth,
      ldb: s.places,
      ldc: s.places,
      aOffset: 0,
      bOffset: first * s.cout * s.places,
      cOffset: 0,
      batch: {
        outer: n,
        inner: s.groups,
        a: [0, s.co * depth],
        b: [s.cout * s.places, s.co * s.places],
        c: [at.sample, depth * s.places],
      },
      alpha: 1,
      bias: false,
    });
  if (plain(a)) return cpuPlan([product(output(0), 0, s.batch)]);
  const most = samplesOfBlock(s);
  const writesAll = disjoint(a) && unclipped(a) && s.taps * s.places === s.inner;
  const calls: CpuCall[] = writesAll ? [] : [zero(output(0), size)];
  eachBlock(s.batch, most, (first, n) => {
    calls.push(product(scratch(0), first, n), ...fold(a, s, scratch(0), output(0), first, n, at));
  });
  return cpuPlan(calls, [most * at.sample * 4]);
};

/** w = y · columns(x)ᵀ, per group, the samples of a block side by side: [co, n · places] x [n · places, ci · taps]. */
export const weightBackwardPlan = (a: ConvolutionAttrs, x: Shape, w: Shape): CpuPlan => {
  const s = sizesOf(a, x[0], w);
  const size = sizeOf(w);
  if (size === 0) return cpuPlan([]);
  if (s.batch * s.places === 0) return cpuPlan([zero(output(0), size)]);
  const depth = s.ci * s.taps;
  const direct = plain(a) && (s.places >= longProduct || s.batch === 1);
  const most = direct ? 1 : samplesOfBlock(s);
  const row = most * s.places;
  const at = { sample: s.places, channel: s.taps * row, tap: row };
  const calls: CpuCall[] = direct || unclipped(a) ? [] : [zero(scratch(0), s.cin * s.taps * row)];
  eachBlock(s.batch, most, (first, n) => {
    if (!direct) calls.push(...unfold(a, s, input(0), scratch(0), first, n, at));
    if (most > 1) {
      // [n, cout, places] -> [cout, n, places]
      calls.push(
        call('copy', [input(1), scratch(1)], {
          shape: [s.cout, n, s.places],
          inStrides: [s.places, s.cout * s.places, 1],
          inOffset: first * s.cout * s.places,
          outStrides: [row, s.places, 1],
          outOffset: 0,
        }),
      );
    }
    const to = first === 0 ? output(0) : scratch(2);
    calls.push(
      call('matmul', [most > 1 ? scratch(1) : input(1), direct ? input(0) : scratch(0), to], {
        m: s.co,
        n: depth,
        k: n * s.places,
        transA: false,
        transB: true,
        lda: row,
        ldb: row,
        ldc: depth,
        aOffset: most > 1 ? 0 : first * s.cout * s.places,
        bOffset: direct ? first * s.cin * s.inner : 0,
        cOffset: 0,
        batch: {
          outer: 1,
          inner: s.groups,
          a: [0, s.co * row],
          b: [0, depth * row],
          c: [0, s.co * depth],
        },
        alpha: 1,
        bias: false,
      }),
    );
    if (first > 0) calls.push(call('accumulate', [scratch(2), output(0)], { n: size, yOffset: 0 }));
  });
  return cpuPlan(calls, [
    direct ? 4 : s.cin * s.taps * row * 4,
    most > 1 ? s.cout * row * 4 : 4,
    s.batch > most ? size * 4 : 4,
  ]);
};
