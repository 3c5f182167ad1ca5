import type { ReferenceArray } from '../../backend.ts';
import { deviceCall, hostPlan } from '../../cpu-plan.ts';
import { apply, defineOp, notDifferentiable } from '../../op.ts';
import type { Tensor } from '../../tensor.ts';
import { type NoAttrs, noAttrs } from '../families/elementwise.ts';
import { rowsLayout, rowsOver } from '../families/rows.ts';

// dx[i] = (x[0] ··· x[i-1]) · s[i],  s[i] = g[i] + x[i+1] · s[i+1]: no division, so zeros do no harm
const reference = ([x, g]: readonly ReferenceArray[], [out]: readonly ReferenceArray[]): void => {
  rowsOver(x, (start, n) => {
    const before = new Float64Array(n);
    let product = 1;
    for (let i = 0; i < n; i++) {
      before[i] = product;
      product *= x.data[start + i];
    }
    let s = 0;
    for (let i = n - 1; i >= 0; i--) {
      s = g.data[start + i] + (i + 1 < n ? x.data[start + i + 1] * s : 0);
      out.data[start + i] = before[i] * s;
    }
  });
};

export const cumprodBackwardOp = defineOp<NoAttrs>({
  name: 'cumprodBackward',
  infer: ([x]) => [{ shape: x.shape, dtype: x.dtype }],
  saves: { inputs: [], outputs: [] },
  vjp: notDifferentiable('second derivatives go through the composite of cumprod'),
  reference,
  cpu: (inputs, outputs, attrs) =>
    hostPlan(
      reference,
      inputs,
      outputs,
      attrs,
      deviceCall('scanBackward', { fn: 'cumprod', ...rowsLayout(inputs[0].shape) }),
    ),
});

/** internal: gradient of cumprod over the last axis, from its input and g. */
export const cumprodBackward = (x: Tensor, g: Tensor): Tensor => apply(cumprodBackwardOp, [x, g], noAttrs);
