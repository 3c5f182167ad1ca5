import { ArgumentError } from '../../errors.ts';
import { apply, defineOp } from '../../op.ts';
import { normalizeAxis, stridesOf } from '../../shape.ts';
import type { Tensor } from '../../tensor.ts';
import { copyIn, referenceCopy } from '../families/movement.ts';
import { pad } from '../pad/pad.ts';

export interface SliceAttrs {
  readonly axis: number;
  readonly start: number;
  readonly length: number;
}

export const sliceOp = defineOp<SliceAttrs>({
  name: 'slice',
  infer: ([x], { axis, length }) => [{ shape: x.shape.map((d, i) => (i === axis ? length : d)), dtype: x.dtype }],
  saves: { inputs: [], outputs: [] },
  vjp: (c, g) => {
    const { axis, start, length } = c.attrs;
    return [() => pad(g, { axis, before: start, after: c.specs[0].shape[axis] - start - length })];
  },
  reference: ([x], [out], { axis, start }) => {
    const strides = stridesOf(x.shape);
    referenceCopy(x, out, strides, start * strides[axis]);
  },
  cpu: ([x], [out], { axis, start }) => {
    const strides = stridesOf(x.shape);
    return copyIn(out.shape, strides, start * strides[axis]);
  },
});

/** Elements `start` (inclusive) to `end` (exclusive, default the end) of `axis`; negative positions count from the back. */
export const slice = (
  x: Tensor,
  { axis = 0, start = 0, end }: { readonly axis?: number; readonly start?: number; readonly end?: number },
): Tensor => {
  const a = normalizeAxis('slice', axis, x.rank);
  const size = x.shape[a];
  const from = start < 0 ? start + size : start;
  const to = end === undefined ? size : end < 0 ? end + size : end;
  if (!(Number.isInteger(from) && Number.isInteger(to) && from >= 0 && from <= to && to <= size)) {
    throw new ArgumentError(
      'slice',
      `${start} to ${end ?? 'the end'} is outside axis ${axis}, which has ${size} elements`,
    );
  }
  return apply(sliceOp, [x], { axis: a, start: from, length: to - from });
};

/** Cuts `axis` into neighbours of the given sizes, which must add up. */
export const split = (x: Tensor, sizes: readonly number[], axis = -1): Tensor[] => {
  const a = normalizeAxis('split', axis, x.rank);
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
