import type { ReferenceArray } from '../../backend.ts';
import { deviceCall, hostPlan, wordType } from '../../cpu-plan.ts';
import { isFloat } from '../../dtype.ts';
import { apply, defineOp } from '../../op.ts';
import { normalizeAxis } from '../../shape.ts';
import type { Tensor } from '../../tensor.ts';
import { cumprodBackward } from '../cumprod-backward/cumprod-backward.ts';
import { type NoAttrs, noAttrs } from '../families/elementwise.ts';
import { lastAxisFirst, rowsLayout, rowsOver } from '../families/rows.ts';
import { mul } from '../mul/mul.ts';
import { pad } from '../pad/pad.ts';
import { slice } from '../slice/slice.ts';

const reference = ([x]: readonly ReferenceArray[], [out]: readonly ReferenceArray[]): void => {
  const whole = !isFloat(out.dtype);
  rowsOver(x, (start, n) => {
    let product = 1;
    for (let i = start; i < start + n; i++) {
      product = whole ? Math.imul(product, x.data[i]) : product * x.data[i];
      out.data[i] = product;
    }
  });
};

/** Each element times the product that ends before it, over twice the distance each round (Hillis and Steele, 1986). */
const byDoubling = (x: Tensor): Tensor => {
  const n = x.shape[x.rank - 1];
  let y = mul(x, 1);
  for (let distance = 1; distance < n; distance *= 2) {
    const earlier = slice(y, { axis: -1, start: 0, end: n - distance });
    y = mul(y, pad(earlier, { axis: -1, before: distance, after: 0, value: 1 }));
  }
  return y;
};

export const cumprodOp = defineOp<NoAttrs>({
  name: 'cumprod',
  infer: ([x]) => [{ shape: x.shape, dtype: x.dtype === 'bool' ? 'i32' : x.dtype }],
  saves: { inputs: [0], outputs: [] },
  vjp: (c, g) => [() => cumprodBackward(c.input(0), g)],
  composite: ([x]) => byDoubling(x),
  reference,
  cpu: (inputs, outputs, attrs) =>
    hostPlan(
      reference,
      inputs,
      outputs,
      attrs,
      deviceCall('scan', {
        fn: 'prod',
        type: wordType(outputs[0].dtype),
        ...rowsLayout(inputs[0].shape),
        reverse: false,
      }),
    ),
});

/**
 * Running product along `axis` (default the last), in float64 between the elements. The gradient is right where elements
 * are 0. Integers wrap at 32 bits; bool gives i32.
 */
export const cumprod = (x: Tensor, { axis = -1 }: { readonly axis?: number } = {}): Tensor =>
  lastAxisFirst(x, normalizeAxis('cumprod', axis, x.rank), (y) => apply(cumprodOp, [y], noAttrs));
