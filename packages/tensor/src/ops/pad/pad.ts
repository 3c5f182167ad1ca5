import { call, cpuPlan, input, output } from '../../cpu-plan.ts';
import { bitsOf } from '../../create.ts';
import { ArgumentError } from '../../errors.ts';
import { apply, defineOp } from '../../op.ts';
import { coalesce, normalizeAxis, sizeOf, stridesOf } from '../../shape.ts';
import type { Tensor } from '../../tensor.ts';
import { walk } from '../families/elementwise.ts';
import { slice } from '../slice/slice.ts';

export interface PadAttrs {
  readonly axis: number;
  readonly before: number;
  readonly after: number;
  readonly value: number;
}

export const padOp = defineOp<PadAttrs>({
  name: 'pad',
  infer: ([x], { axis, before, after }) => [
    { shape: x.shape.map((d, i) => (i === axis ? before + d + after : d)), dtype: x.dtype },
  ],
  saves: { inputs: [], outputs: [] },
  vjp: (c, g) => {
    const { axis, before } = c.attrs;
    return [() => slice(g, { axis, start: before, end: before + c.specs[0].shape[axis] })];
  },
  reference: ([x], [out], { axis, before, value }) => {
    out.data.fill(value);
    const strides = stridesOf(out.shape);
    walk(x.shape, [strides], (i, [at]) => {
      out.data[at + before * strides[axis]] = x.data[i];
    });
  },
  cpu: ([x], [out], { axis, before, value }) => {
    const fill = call('fill', [output(0)], { n: sizeOf(out.shape), offset: 0, bits: bitsOf(out.dtype, value) });
    if (sizeOf(x.shape) === 0) return cpuPlan([fill]);
    const outStrides = stridesOf(out.shape);
    const merged = coalesce(x.shape, [stridesOf(x.shape), outStrides]);
    return cpuPlan([
      fill,
      call('copy', [input(0), output(0)], {
        shape: merged.shape,
        inStrides: merged.strides[0],
        inOffset: 0,
        outStrides: merged.strides[1],
        outOffset: before * outStrides[axis],
      }),
    ]);
  },
});

/** Puts `before` and `after` copies of `value` (default 0) round `axis`. */
export const pad = (
  x: Tensor,
  options: { readonly axis: number; readonly before?: number; readonly after?: number; readonly value?: number },
): Tensor => {
  const { before = 0, after = 0, value = 0 } = options;
  if (!(Number.isInteger(before) && Number.isInteger(after) && before >= 0 && after >= 0)) {
    throw new ArgumentError(
      'pad',
      `before ${before} and after ${after} must be whole numbers >= 0; slice() removes elements`,
    );
  }
  if (before === 0 && after === 0) return x;
  return apply(padOp, [x], { axis: normalizeAxis('pad', options.axis, x.rank), before, after, value });
};
