import { ArgumentError } from '../../errors.ts';
import { apply, defineOp } from '../../op.ts';
import { scope } from '../../scope.ts';
import { normalizeAxis, type Shape, showShape, stridesOf } from '../../shape.ts';
import type { Tensor } from '../../tensor.ts';
import { copyIn, referenceCopy } from '../families/movement.ts';
import { place } from '../pad/pad.ts';
import { reshape } from '../reshape/reshape.ts';

/** One entry an axis: element i of the result is element starts + i · steps of x. */
export interface SliceAttrs {
  readonly starts: readonly number[];
  readonly steps: readonly number[];
  readonly lengths: readonly number[];
}

/** Strides and offset that read a contiguous `shape` from `starts` in `steps`. */
const readAs = (shape: Shape, { starts, steps }: SliceAttrs) => {
  const own = stridesOf(shape);
  return {
    strides: own.map((s, i) => s * steps[i]),
    offset: own.reduce((sum, s, i) => sum + s * starts[i], 0),
  };
};

export const sliceOp = defineOp<SliceAttrs>({
  name: 'slice',
  infer: ([x], { lengths }) => [{ shape: lengths, dtype: x.dtype }],
  saves: { inputs: [], outputs: [] },
  vjp: (c, g) => [() => place(g, { ...c.attrs, shape: c.specs[0].shape })],
  reference: ([x], [out], attrs) => {
    const { strides, offset } = readAs(x.shape, attrs);
    referenceCopy(x, out, strides, offset);
  },
  cpu: ([x], [out], attrs) => {
    const { strides, offset } = readAs(x.shape, attrs);
    return copyIn(out.shape, strides, offset);
  },
});

/** Part of an axis, as `start:end:step` of NumPy but that positions outside the axis are errors. */
export interface RangeOptions {
  /** First element; negative from the back. Default the first, or the last where step < 0. */
  readonly start?: number;
  /** Exclusive; negative from the back. Default behind the last element, or before the first where step < 0. */
  readonly end?: number;
  /** Any whole number but 0. Default 1. */
  readonly step?: number;
}

interface Range {
  readonly start: number;
  readonly step: number;
  readonly length: number;
}

const rangeOf = (op: string, options: RangeOptions, axis: number, size: number): Range => {
  // A list, as other engines take positions, would pass for a range without start or end.
  if (typeof options !== 'object' || Array.isArray(options)) {
    throw new ArgumentError(op, `a range is { start, end, step }, came ${JSON.stringify(options)}`);
  }
  const { start, end, step = 1 } = options;
  if (!Number.isInteger(step) || step === 0) {
    throw new ArgumentError(op, `step ${step} of axis ${axis} must be a whole number other than 0`);
  }
  const at = (p: number): number => (p < 0 ? p + size : p);
  const from = start === undefined ? (step > 0 ? 0 : size - 1) : at(start);
  const to = end === undefined ? (step > 0 ? size : -1) : at(end);
  const inside = step > 0 ? from >= 0 && from <= to && to <= size : from < size && to <= from && to >= -1;
  if (!(Number.isInteger(from) && Number.isInteger(to) && inside)) {
    const by = step === 1 ? '' : ` in steps of ${step}`;
    const [first, last] = [start ?? (step > 0 ? 0 : 'the end'), end ?? (step > 0 ? 'the end' : 'the beginning')];
    throw new ArgumentError(op, `${first} to ${last}${by} is outside axis ${axis}, which has ${size} elements`);
  }
  // + 0, because ceil gives -0 for nothing backwards
  return { start: from, step, length: Math.ceil((to - from) / step) + 0 };
};

const applyRanges = (x: Tensor, ranges: readonly Range[]): Tensor =>
  apply(sliceOp, [x], {
    starts: ranges.map((r) => r.start),
    steps: ranges.map((r) => r.step),
    lengths: ranges.map((r) => r.length),
  });

const wholeAxis = (length: number): Range => ({ start: 0, step: 1, length });

/**
 * Elements `start` (inclusive) to `end` (exclusive) of `axis` (default 0), every `step`-th; negative positions count from
 * the back. A negative step walks from the last element to the first. Throws ArgumentError for positions outside the axis.
 */
export const slice = (x: Tensor, options: { readonly axis?: number } & RangeOptions): Tensor => {
  const { axis = 0 } = options;
  const a = normalizeAxis('slice', axis, x.rank);
  const range = rangeOf('slice', options, axis, x.shape[a]);
  return applyRanges(
    x,
    x.shape.map((d, i) => (i === a ? range : wholeAxis(d))),
  );
};

/**
 * Several axes at once, as `x[2, 1:5, :, ::-1]` of NumPy: one entry for each leading axis, where a number takes that element
 * and drops the axis, and null (or nothing) leaves the axis whole. `sliceAxes(x, [2, { start: 1, end: 5 }, null, { step: -1 }])`.
 */
export const sliceAxes = (x: Tensor, parts: readonly (RangeOptions | number | null)[]): Tensor => {
  if (parts.length > x.rank) {
    throw new ArgumentError(
      'sliceAxes',
      `came with ${parts.length} ranges for ${showShape(x.shape)} of rank ${x.rank}`,
    );
  }
  const ranges = x.shape.map((d, i): Range => {
    const part = parts[i] ?? null;
    if (part === null) return wholeAxis(d);
    if (typeof part !== 'number') return rangeOf('sliceAxes', part, i, d);
    return { start: indexOf('sliceAxes', part, i, d), step: 1, length: 1 };
  });
  return scope(() => {
    const out = applyRanges(x, ranges);
    return reshape(
      out,
      out.shape.filter((_, i) => typeof parts[i] !== 'number'),
    );
  });
};

const indexOf = (op: string, index: number, axis: number, size: number): number => {
  const i = index < 0 ? index + size : index;
  if (!Number.isInteger(i) || i < 0 || i >= size) {
    throw new ArgumentError(op, `index ${index} is outside axis ${axis}, which has ${size} elements`);
  }
  return i;
};

/** `length` elements of `axis` from `start` on, as torch.narrow. */
export const narrow = (
  x: Tensor,
  { axis, start, length }: { readonly axis: number; readonly start: number; readonly length: number },
): Tensor => {
  const a = normalizeAxis('narrow', axis, x.rank);
  const size = x.shape[a];
  const from = start < 0 ? start + size : start;
  if (!(Number.isInteger(from) && Number.isInteger(length) && from >= 0 && length >= 0 && from + length <= size)) {
    throw new ArgumentError(
      'narrow',
      `${length} elements from ${start} are outside axis ${axis}, which has ${size} elements`,
    );
  }
  return slice(x, { axis: a, start: from, end: from + length });
};

/** Element `index` of `axis`, which is dropped, as torch.select; negative indices count from the back. */
export const select = (x: Tensor, { axis, index }: { readonly axis: number; readonly index: number }): Tensor => {
  const a = normalizeAxis('select', axis, x.rank);
  const start = indexOf('select', index, axis, x.shape[a]);
  return scope(() =>
    reshape(
      slice(x, { axis: a, start, end: start + 1 }),
      x.shape.filter((_, i) => i !== a),
    ),
  );
};

/** Cuts `axis` into neighbours of the given sizes, which must add up. */
export const split = (x: Tensor, sizes: readonly number[], axis = -1): Tensor[] => {
  const a = normalizeAxis('split', axis, x.rank);
  if (!sizes.every((n) => Number.isInteger(n) && n >= 0)) {
    throw new ArgumentError('split', `sizes [${sizes.join(', ')}] must be whole numbers >= 0`);
  }
  const total = sizes.reduce((s, n) => s + n, 0);
  if (total !== x.shape[a]) {
    throw new ArgumentError('split', `sizes [${sizes.join(', ')}] add up to ${total}, axis ${axis} has ${x.shape[a]}`);
  }
  let start = 0;
  return sizes.map((n) => {
    const part = slice(x, { axis: a, start, end: start + n });
    start += n;
    return part;
  });
};

/** Cuts `axis` (default 0) into at most `count` neighbours of ceil(size / count) elements, the last one shorter, as torch.chunk. */
export const chunk = (x: Tensor, count: number, { axis = 0 }: { readonly axis?: number } = {}): Tensor[] => {
  const a = normalizeAxis('chunk', axis, x.rank);
  if (!Number.isInteger(count) || count < 1) {
    throw new ArgumentError('chunk', `count ${count} must be a whole number >= 1`);
  }
  const size = x.shape[a];
  const each = Math.ceil(size / count);
  // An axis without elements gives `count` empty parts, as in PyTorch.
  const parts = each === 0 ? count : Math.ceil(size / each);
  return split(
    x,
    Array.from({ length: parts }, (_, i) => Math.min(each, size - i * each)),
    a,
  );
};

/** The elements of `axis` (default 0) one by one, without that axis: what stack() joins. */
export const unstack = (x: Tensor, { axis = 0 }: { readonly axis?: number } = {}): Tensor[] => {
  const a = normalizeAxis('unstack', axis, x.rank);
  return Array.from({ length: x.shape[a] }, (_, index) => select(x, { axis: a, index }));
};
