import type { ReferenceArray } from '../../backend.ts';
import { hostPlan } from '../../cpu-plan.ts';
import { isFloat } from '../../dtype.ts';
import { apply, defineOp, type KernelOp } from '../../op.ts';
import { normalizeAxis } from '../../shape.ts';
import type { Tensor } from '../../tensor.ts';
import { lastAxisFirst, rowsOver } from '../families/rows.ts';

export interface CumsumOptions {
  /** Negative from the back. Default the last. */
  readonly axis?: number;
  /** Sums from the end instead of from the start. Default false. */
  readonly reverse?: boolean;
}

type CumsumAttrs = { readonly reverse: boolean };

const reference = (
  [x]: readonly ReferenceArray[],
  [out]: readonly ReferenceArray[],
  { reverse }: CumsumAttrs,
): void => {
  const whole = !isFloat(out.dtype);
  rowsOver(x, (start, n) => {
    let total = 0;
    for (let k = 0; k < n; k++) {
      const i = reverse ? start + n - 1 - k : start + k;
      total = whole ? (total + x.data[i]) | 0 : total + x.data[i];
      out.data[i] = total;
    }
  });
};

export const cumsumOp: KernelOp<CumsumAttrs> = defineOp({
  name: 'cumsum',
  infer: ([x]) => [{ shape: x.shape, dtype: x.dtype === 'bool' ? 'i32' : x.dtype }],
  saves: { inputs: [], outputs: [] },
  // x[i] is in every sum from i on
  vjp: (c, g) => [() => cumsum(g, { reverse: !c.attrs.reverse })],
  reference,
  cpu: (inputs, outputs, attrs) => hostPlan(reference, inputs, outputs, attrs),
});

/** Running sum along `axis`, in float64 between the elements. Integers wrap at 32 bits; bool counts as i32. */
export const cumsum = (x: Tensor, { axis = -1, reverse = false }: CumsumOptions = {}): Tensor =>
  lastAxisFirst(x, normalizeAxis('cumsum', axis, x.rank), (y) => apply(cumsumOp, [y], { reverse }));
