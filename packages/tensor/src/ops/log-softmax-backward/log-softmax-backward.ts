import { call, cpuPlan, input, output } from '../../cpu-plan.ts';
import { apply, defineOp, notDifferentiable } from '../../op.ts';
import { sizeOf } from '../../shape.ts';
import type { Tensor } from '../../tensor.ts';
import { type NoAttrs, noAttrs } from '../families/elementwise.ts';
import { rowsOver } from '../families/rows.ts';

// dx = g - e^y · Σ g
export const logSoftmaxBackwardOp = defineOp<NoAttrs>({
  name: 'logSoftmaxBackward',
  infer: ([y]) => [{ shape: y.shape, dtype: y.dtype }],
  saves: { inputs: [], outputs: [] },
  vjp: notDifferentiable('second derivatives go through the composite of logSoftmax'),
  reference: ([y, g], [out]) =>
    rowsOver(y, (start, n) => {
      let total = 0;
      for (let i = start; i < start + n; i++) total += g.data[i];
      for (let i = start; i < start + n; i++) out.data[i] = g.data[i] - Math.exp(y.data[i]) * total;
    }),
  cpu: ([y]) => {
    const n = y.shape[y.shape.length - 1] ?? 1;
    const rows = sizeOf(y.shape) / Math.max(1, n);
    return cpuPlan([call('logSoftmaxBackward', [input(0), input(1), output(0)], { rows, n })]);
  },
});

/** Gradient of logSoftmax over the last axis, from its result y. */
export const logSoftmaxBackward = (y: Tensor, g: Tensor): Tensor => apply(logSoftmaxBackwardOp, [y, g], noAttrs);
