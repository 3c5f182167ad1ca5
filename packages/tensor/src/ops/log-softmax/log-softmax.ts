import { call, cpuPlan, input, output } from '../../cpu-plan.ts';
import { apply, defineOp, floatOnly } from '../../op.ts';
import { normalizeAxis, sizeOf } from '../../shape.ts';
import type { Tensor } from '../../tensor.ts';
import { exp } from '../exp/exp.ts';
import { type NoAttrs, noAttrs } from '../families/elementwise.ts';
import { lastAxisFirst, logSumExpRow, rowsOver } from '../families/rows.ts';
import { log } from '../log/log.ts';
import { logSoftmaxBackward } from '../log-softmax-backward/log-softmax-backward.ts';
import { max } from '../max/max.ts';
import { stopGradient } from '../stop-gradient/stop-gradient.ts';
import { sub } from '../sub/sub.ts';
import { sum } from '../sum/sum.ts';

export const logSoftmaxOp = defineOp<NoAttrs>({
  name: 'logSoftmax',
  infer: ([x]) => {
    floatOnly('logSoftmax', x);
    return [{ shape: x.shape, dtype: x.dtype }];
  },
  saves: { inputs: [], outputs: [0] },
  vjp: (c, g) => [() => logSoftmaxBackward(c.output(0), g)],
  composite: ([x]) => {
    const shifted = sub(x, stopGradient(max(x, { axes: -1, keepDims: true })));
    return sub(shifted, log(sum(exp(shifted), { axes: -1, keepDims: true })));
  },
  reference: ([x], [out]) =>
    rowsOver(x, (start, n) => {
      const lse = logSumExpRow(x.data, start, n);
      for (let i = start; i < start + n; i++) out.data[i] = x.data[i] - lse;
    }),
  cpu: ([x]) => {
    const n = x.shape[x.shape.length - 1] ?? 1;
    return cpuPlan([call('logSoftmax', [input(0), output(0)], { rows: sizeOf(x.shape) / Math.max(1, n), n })]);
  },
});

/** Logarithm of softmax along `axis` (default the last), without overflow. */
export const logSoftmax = (x: Tensor, { axis = -1 }: { readonly axis?: number } = {}): Tensor =>
  lastAxisFirst(x, normalizeAxis('logSoftmax', axis, x.rank), (y) => apply(logSoftmaxOp, [y], noAttrs));
