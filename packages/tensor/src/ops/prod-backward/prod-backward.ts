import type { ReferenceArray } from '../../backend.ts';
import { deviceCall, hostPlan } from '../../cpu-plan.ts';
import { apply, defineOp, notDifferentiable } from '../../op.ts';
import type { Tensor } from '../../tensor.ts';
import { type NoAttrs, noAttrs } from '../families/elementwise.ts';
import { rowsLayout } from '../families/rows.ts';

// dx[i] = g · (x[0] ··· x[i-1]) · (x[i+1] ··· x[n-1]): no division, so zeros do no harm
const reference = ([x, g]: readonly ReferenceArray[], [out]: readonly ReferenceArray[]): void => {
  const { rows, n } = rowsLayout(x.shape);
  const before = new Float64Array(n);
  for (let r = 0; r < rows; r++) {
    const from = r * n;
    let product = 1;
    for (let i = 0; i < n; i++) {
      before[i] = product;
      product *= x.data[from + i];
    }
    let after = 1;
    for (let i = n - 1; i >= 0; i--) {
      out.data[from + i] = g.data[r] * (before[i] * after);
      after *= x.data[from + i];
    }
  }
};

export const prodBackwardOp = defineOp<NoAttrs>({
  name: 'prodBackward',
  infer: ([x]) => [{ shape: x.shape, dtype: x.dtype }],
  saves: { inputs: [], outputs: [] },
  vjp: notDifferentiable('second derivatives go through the composite of prod'),
  reference,
  cpu: (inputs, outputs, attrs) =>
    hostPlan(
      reference,
      inputs,
      outputs,
      attrs,
      deviceCall('scanBackward', { fn: 'prod', ...rowsLayout(inputs[0].shape) }),
    ),
});

/** internal: gradient of prod over the last axis, from its input [..., n] and g [...]. */
export const prodBackward = (x: Tensor, g: Tensor): Tensor => apply(prodBackwardOp, [x, g], noAttrs);
