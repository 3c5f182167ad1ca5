import type { ReferenceArray } from '../../backend.ts';
import { deviceCall, hostPlan } from '../../cpu-plan.ts';
import { apply, defineOp, notDifferentiable } from '../../op.ts';
import type { Tensor } from '../../tensor.ts';
import { type NoAttrs, noAttrs } from '../families/elementwise.ts';
import { rowsLayout, rowsOver } from '../families/rows.ts';

/** internal: log(e^a + e^b), -Infinity and Infinity included. */
export const logAddExp = (a: number, b: number): number => {
  const top = Math.max(a, b);
  return Number.isFinite(top) ? top + Math.log1p(Math.exp(-Math.abs(a - b))) : top;
};

/** e^(a - b) for a <= b; nothing has no share of nothing. */
const share = (a: number, b: number): number => (b === -Infinity ? 0 : Math.exp(a - b));

// y is worked out again in float64, for its float32 rounding would show in the exponentials:
// dx[i] = e^(x[i] - y[i]) · s[i],  s[i] = g[i] + e^(y[i] - y[i+1]) · s[i+1]
const reference = ([x, g]: readonly ReferenceArray[], [out]: readonly ReferenceArray[]): void => {
  rowsOver(x, (start, n) => {
    const y = new Float64Array(n);
    let running = -Infinity;
    for (let i = 0; i < n; i++) {
      running = logAddExp(running, x.data[start + i]);
      y[i] = running;
    }
    let s = 0;
    for (let i = n - 1; i >= 0; i--) {
      s = g.data[start + i] + (i + 1 < n ? share(y[i], y[i + 1]) * s : 0);
      out.data[start + i] = share(x.data[start + i], y[i]) * s;
    }
  });
};

export const logCumsumExpBackwardOp = defineOp<NoAttrs>({
  name: 'logCumsumExpBackward',
  infer: ([x]) => [{ shape: x.shape, dtype: x.dtype }],
  saves: { inputs: [], outputs: [] },
  vjp: notDifferentiable('second derivatives go through the composite of logCumsumExp'),
  reference,
  cpu: (inputs, outputs, attrs) =>
    hostPlan(
      reference,
      inputs,
      outputs,
      attrs,
      deviceCall('scanBackward', { fn: 'logSumExp', ...rowsLayout(inputs[0].shape) }),
    ),
});

/** internal: gradient of logCumsumExp over the last axis, from its input and g. */
export const logCumsumExpBackward = (x: Tensor, g: Tensor): Tensor => apply(logCumsumExpBackwardOp, [x, g], noAttrs);
