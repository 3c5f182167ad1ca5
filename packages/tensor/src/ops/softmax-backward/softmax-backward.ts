import { call, cpuPlan, input, output } from '../../cpu-plan.ts';
import { apply, defineOp, notDifferentiable } from '../../op.ts';
import { sizeOf } from '../../shape.ts';
import type { Tensor } from '../../tensor.ts';
import { type NoAttrs, noAttrs } from '../families/elementwise.ts';
import { rowsOver } from '../families/rows.ts';

// dx = y · (g - Σ y g)
export const softmaxBackwardOp = defineOp<NoAttrs>({
  name: 'softmaxBackward',
  infer: ([y]) => [{ shape: y.shape, dtype: y.dtype }],
  saves: { inputs: [], outputs: [] },
  vjp: notDifferentiable('second derivatives go through the composite of softmax'),
  reference: ([y, g], [out]) =>
    rowsOver(y, (start, n) => {
      let dot = 0;
      for (let i = start; i < start + n; i++) dot += y.data[i] * g.data[i];
      for (let i = start; i < start + n; i++) out.data[i] = y.data[i] * (g.data[i] - dot);
    }),
  cpu: ([y]) => {
    const n = y.shape[y.shape.length - 1] ?? 1;
    const rows = sizeOf(y.shape) / Math.max(1, n);
    return cpuPlan([call('softmaxBackward', [input(0), input(1), output(0)], { rows, n, scale: 1 })]);
  },
});

/** Gradient of softmax over the last axis, from its result y. */
export const softmaxBackward = (y: Tensor, g: Tensor): Tensor => apply(softmaxBackwardOp, [y, g], noAttrs);
