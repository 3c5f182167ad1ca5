import { call, cpuPlan, input, output } from '../../cpu-plan.ts';
import { apply, defineOp, floatOnly } from '../../op.ts';
import type { Tensor } from '../../tensor.ts';
import { equal } from '../equal/equal.ts';
import { exp } from '../exp/exp.ts';
import { type NoAttrs, noAttrs } from '../families/elementwise.ts';
import type { ReduceOptions } from '../families/reduction.ts';
import { besideRows, logSumExpRow, overReducedRows, rowsLayout, rowsShape } from '../families/rows.ts';
import { mul } from '../mul/mul.ts';
import { sub } from '../sub/sub.ts';
import { where } from '../where/where.ts';

export const logSumExpOp = defineOp<NoAttrs>({
  name: 'logSumExp',
  infer: ([x]) => {
    floatOnly('logSumExp', x);
    return [{ shape: rowsShape(x.shape), dtype: x.dtype }];
  },
  saves: { inputs: [0], outputs: [0] },
  // dx = g e^(x - y). A row of -Infinity has no share to give: beside 0 its exponentials are 0.
  vjp: (c, g) => [
    () => {
      const y = c.output(0);
      const beside = besideRows(where(equal(y, -Infinity), 0, y));
      return mul(exp(sub(c.input(0), beside)), besideRows(g));
    },
  ],
  reference: ([x], [out]) => {
    const { rows, n } = rowsLayout(x.shape);
    for (let r = 0; r < rows; r++) out.data[r] = logSumExpRow(x.data, r * n, n);
  },
  cpu: ([x]) => cpuPlan([call('logSumExp', [input(0), output(0)], rowsLayout(x.shape))]),
});

/**
 * log Σ e^x over `axes`, without overflow. Of nothing, and of -Infinity alone, it is -Infinity, and the gradient there is 0
 * (PyTorch: NaN), so that a masked row is harmless. With +Infinity it is +Infinity; the gradient of those elements is NaN,
 * of the others 0, as in PyTorch.
 */
export const logSumExp = (x: Tensor, options: ReduceOptions = {}): Tensor =>
  overReducedRows('logSumExp', x, options, (rows) => apply(logSumExpOp, [rows], noAttrs));
