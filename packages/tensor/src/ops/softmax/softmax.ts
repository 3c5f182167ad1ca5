import { call, cpuPlan, input, output } from '../../cpu-plan.ts';
import { apply, defineOp, floatOnly } from '../../op.ts';
import { normalizeAxis, sizeOf } from '../../shape.ts';
import type { Tensor } from '../../tensor.ts';
import { div } from '../div/div.ts';
import { exp } from '../exp/exp.ts';
import { type NoAttrs, noAttrs } from '../families/elementwise.ts';
import { lastAxisFirst, rowsOver, softmaxRow } from '../families/rows.ts';
import { max } from '../max/max.ts';
import { softmaxBackward } from '../softmax-backward/softmax-backward.ts';
import { stopGradient } from '../stop-gradient/stop-gradient.ts';
import { sub } from '../sub/sub.ts';
import { sum } from '../sum/sum.ts';

export const softmaxOp = defineOp<NoAttrs>({
  name: 'softmax',
  infer: ([x]) => {
    floatOnly('softmax', x);
    return [{ shape: x.shape, dtype: x.dtype }];
  },
  saves: { inputs: [], outputs: [0] },
  vjp: (c, g) => [() => softmaxBackward(c.output(0), g)],
  // The shift by the maximum changes nothing but overflow, so it is a constant to the gradient.
  composite: ([x]) => {
    const e = exp(sub(x, stopGradient(max(x, { axes: -1, keepDims: true }))));
    return div(e, sum(e, { axes: -1, keepDims: true }));
  },
  reference: ([x], [out]) => rowsOver(x, (start, n) => softmaxRow(x.data, start, n, out.data)),
  cpu: ([x]) => {
    const n = x.shape[x.shape.length - 1] ?? 1;
    const rows = sizeOf(x.shape) / Math.max(1, n);
    return cpuPlan([call('softmax', [input(0), output(0)], { rows, n, scale: 1, rowsPerMask: 1 })]);
  },
});

/** Softmax along `axis` (default the last), shifted by the maximum so that it does not overflow. */
export const softmax = (x: Tensor, { axis = -1 }: { readonly axis?: number } = {}): Tensor =>
  lastAxisFirst(x, normalizeAxis('softmax', axis, x.rank), (y) => apply(softmaxOp, [y], noAttrs));
