import type { ReferenceArray } from '../../backend.ts';
import { deviceCall, hostPlan, wordType } from '../../cpu-plan.ts';
import { isFloat } from '../../dtype.ts';
import { apply, defineOp, type KernelOp } from '../../op.ts';
import { normalizeAxis } from '../../shape.ts';
import type { Tensor } from '../../tensor.ts';
import { lastAxisFirst, rowsLayout, rowsOver } from '../families/rows.ts';

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
  const [from, to] = [x.data, out.data];
  const step = reverse ? -1 : 1;
  rowsOver(x, (start, n) => {
    const first = reverse ? start + n - 1 : start;
    let total = 0;
    if (isFloat(out.dtype)) {
      for (let k = 0, i = first; k < n; k++, i += step) {
        total += from[i];
        to[i] = total;
      }
    } else {
      for (let k = 0, i = first; k < n; k++, i += step) {
        total = (total + from[i]) | 0;
        to[i] = total;
      }
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
  cpu: (inputs, outputs, attrs) =>
    hostPlan(
      reference,
      inputs,
      outputs,
      attrs,
      deviceCall('scan', {
        fn: 'sum',
        type: wordType(outputs[0].dtype),
        ...rowsLayout(inputs[0].shape),
        reverse: attrs.reverse,
      }),
    ),
});

/** Running sum along `axis`, in float64 between the elements. Integers wrap at 32 bits; bool counts as i32. */
export const cumsum = (x: Tensor, { axis = -1, reverse = false }: CumsumOptions = {}): Tensor =>
  lastAxisFirst(x, normalizeAxis('cumsum', axis, x.rank), (y) => apply(cumsumOp, [y], { reverse }));
