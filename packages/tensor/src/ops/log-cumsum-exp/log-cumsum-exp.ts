import type { ReferenceArray } from '../../backend.ts';
import { deviceCall, hostPlan } from '../../cpu-plan.ts';
import { apply, defineOp, floatOnly } from '../../op.ts';
import { normalizeAxis } from '../../shape.ts';
import { type Tensor, tensor } from '../../tensor.ts';
import { type NoAttrs, noAttrs } from '../families/elementwise.ts';
import { lastAxisFirst, rowsLayout, rowsOver } from '../families/rows.ts';
import { logAddExp, logCumsumExpBackward } from '../log-cumsum-exp-backward/log-cumsum-exp-backward.ts';
import { logSumExp } from '../log-sum-exp/log-sum-exp.ts';
import { reshape } from '../reshape/reshape.ts';
import { where } from '../where/where.ts';

const reference = ([x]: readonly ReferenceArray[], [out]: readonly ReferenceArray[]): void => {
  rowsOver(x, (start, n) => {
    let running = -Infinity;
    for (let i = start; i < start + n; i++) {
      running = logAddExp(running, x.data[i]);
      out.data[i] = running;
    }
  });
};

/** logSumExp over the rows of a triangle; n² elements, for second derivatives only. */
const byTriangle = (x: Tensor): Tensor => {
  const n = x.shape[x.rank - 1];
  const upTo = new Uint32Array(n * n).map((_, at) => (at % n <= Math.floor(at / n) ? 1 : 0));
  const mask = tensor(upTo, [n, n], { dtype: 'bool', backend: x.backend });
  // [..., n] -> [..., 1, n] -> [..., n, n]
  const rows = reshape(x, [...x.shape.slice(0, -1), 1, n]);
  return logSumExp(where(mask, rows, -Infinity), { axes: -1 });
};

export const logCumsumExpOp = defineOp<NoAttrs>({
  name: 'logCumsumExp',
  infer: ([x]) => {
    floatOnly('logCumsumExp', x);
    return [{ shape: x.shape, dtype: x.dtype }];
  },
  saves: { inputs: [0], outputs: [] },
  vjp: (c, g) => [() => logCumsumExpBackward(c.input(0), g)],
  composite: ([x]) => {
    // The triangle has an axis more: rows go in one axis, so that rank 6 stays.
    const n = x.shape[x.rank - 1];
    return reshape(byTriangle(reshape(x, [x.size / Math.max(1, n), n])), x.shape);
  },
  reference,
  cpu: (inputs, outputs, attrs) =>
    hostPlan(
      reference,
      inputs,
      outputs,
      attrs,
      deviceCall('scan', { fn: 'logSumExp', type: 'f32', ...rowsLayout(inputs[0].shape), reverse: false }),
    ),
});

/**
 * Logarithm of the running sum of e^x along `axis` (default the last), without overflow. While there is only -Infinity it is
 * -Infinity with gradient 0, as logSumExp.
 */
export const logCumsumExp = (x: Tensor, { axis = -1 }: { readonly axis?: number } = {}): Tensor =>
  lastAxisFirst(x, normalizeAxis('logCumsumExp', axis, x.rank), (y) => apply(logCumsumExpOp, [y], noAttrs));
