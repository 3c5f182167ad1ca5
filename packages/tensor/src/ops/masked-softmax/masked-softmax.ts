import type { TensorSpec } from '../../backend.ts';
import { call, cpuPlan, input, output, scratch } from '../../cpu-plan.ts';
import { DTypeError, ShapeError } from '../../errors.ts';
import { apply, defineOp, floatOnly } from '../../op.ts';
import { broadcastShapes, broadcastStrides, coalesce, type Shape, sameShape, showShape, sizeOf } from '../../shape.ts';
import type { Tensor } from '../../tensor.ts';
import { cast } from '../cast/cast.ts';
import { type NoAttrs, noAttrs, walk } from '../families/elementwise.ts';
import { mul } from '../mul/mul.ts';
import { softmax } from '../softmax/softmax.ts';
import { softmaxBackward } from '../softmax-backward/softmax-backward.ts';
import { where } from '../where/where.ts';

/** Rows of x that share a row of the mask, where its rows follow those of x; null where it must be spread out first. */
const rowsPerMask = (x: Shape, mask: Shape): number | null => {
  const lead = x.length - mask.length;
  const own = x.slice(0, -1).map((d, i) => (i < lead ? 1 : mask[i - lead]) === d);
  if (mask.length === 0 || mask[mask.length - 1] !== x[x.length - 1]) return null;
  // [B, H, T] against [B, 1, 1]: own axes first, then repeated ones. Axes of size 1 are both.
  let end = own.length;
  while (end > 0 && (!own[end - 1] || x[end - 1] === 1)) end--;
  return own.slice(0, end).every(Boolean) ? sizeOf(x.slice(end, -1)) : null;
};

// y = softmax over the elements whose mask is true, 0 elsewhere; a row without any is all 0. dx = y · (g - Σ y g)
export const maskedSoftmaxOp = defineOp<NoAttrs>({
  name: 'maskedSoftmax',
  infer: ([x, mask]: readonly TensorSpec[]) => {
    floatOnly('maskedSoftmax', x);
    if (mask.dtype !== 'bool') {
      throw new DTypeError('maskedSoftmax', `the mask must be bool, came ${mask.dtype}; compare or cast() it`);
    }
    if (x.shape.length === 0) throw new ShapeError('maskedSoftmax', 'x is a scalar: there is no axis; reshape() it');
    if (!sameShape(broadcastShapes('maskedSoftmax', x.shape, mask.shape), x.shape)) {
      throw new ShapeError(
        'maskedSoftmax',
        `the mask ${showShape(mask.shape)} does not expand to x ${showShape(x.shape)}`,
      );
    }
    return [{ shape: x.shape, dtype: x.dtype }];
  },
  saves: { inputs: [], outputs: [0] },
  vjp: (c, g) => [() => softmaxBackward(c.output(0), g), null],
  // A large finite number, not -Infinity: a row with nothing shown must stay finite before it is zeroed.
  composite: ([x, mask]) => mul(softmax(where(mask, x, -1e30)), cast(mask, x.dtype)),
  reference: ([x, mask], [out]) => {
    const n = x.shape[x.shape.length - 1];
    const shown = new Uint8Array(x.data.length);
    walk(x.shape, [broadcastStrides(mask.shape, x.shape)], (i, [at]) => {
      shown[i] = mask.data[at] === 0 ? 0 : 1;
    });
    for (let start = 0; start < x.data.length; start += n) {
      let top = -Infinity;
      for (let i = start; i < start + n; i++) if (shown[i] === 1) top = Math.max(top, x.data[i]);
      let total = 0;
      for (let i = start; i < start + n; i++) {
        const e = shown[i] === 1 ? Math.exp(x.data[i] - top) : 0;
        out.data[i] = e;
        total += e;
      }
      // A NaN among those shown makes the whole row NaN.
      if (total !== 0) for (let i = start; i < start + n; i++) out.data[i] /= total;
    }
  },
  cpu: ([x, mask]) => {
    const n = x.shape[x.shape.length - 1];
    const size = sizeOf(x.shape);
    if (size === 0) return cpuPlan([]);
    const args = { rows: size / n, n, scale: 1 };
    const shared = rowsPerMask(x.shape, mask.shape);
    if (shared !== null) {
      return cpuPlan([call('softmax', [input(0), input(1), output(0)], { ...args, rowsPerMask: shared })]);
    }
    const { shape, strides } = coalesce(x.shape, [
      broadcastStrides(mask.shape, x.shape),
      broadcastStrides(x.shape, x.shape),
    ]);
    return cpuPlan(
      [
        call('copy', [input(1), scratch(0)], {
          shape,
          inStrides: strides[0],
          inOffset: 0,
          outStrides: strides[1],
          outOffset: 0,
        }),
        call('softmax', [input(0), scratch(0), output(0)], { ...args, rowsPerMask: 1 }),
      ],
      [size * 4],
    );
  },
});

/**
 * Softmax along the last axis over the elements whose `mask` is true: bool, broadcast to x. The others give 0 and get
 * gradient 0, whatever they are; a row with none left is all 0, without NaN.
 */
export const maskedSoftmax = (x: Tensor, mask: Tensor): Tensor => apply(maskedSoftmaxOp, [x, mask], noAttrs);
