import { call, cpuPlan, input, output } from '../../cpu-plan.ts';
import { ShapeError } from '../../errors.ts';
import { apply, defineOp, floatOnly } from '../../op.ts';
import { showShape } from '../../shape.ts';
import type { Tensor } from '../../tensor.ts';
import { add } from '../add/add.ts';
import { crossEntropyRowsBackward } from '../cross-entropy-rows-backward/cross-entropy-rows-backward.ts';
import { checkClassOptions } from '../families/classes.ts';
import { checkIds } from '../families/ids.ts';
import { logSumExpRow, rowsOver } from '../families/rows.ts';
import { gatherRows } from '../gather-rows/gather-rows.ts';
import { logSoftmax } from '../log-softmax/log-softmax.ts';
import { mean } from '../mean/mean.ts';
import { mul } from '../mul/mul.ts';
import { neg } from '../neg/neg.ts';
import { notEqual } from '../not-equal/not-equal.ts';
import { reshape } from '../reshape/reshape.ts';
import { where } from '../where/where.ts';

export interface CrossEntropyAttrs {
  readonly ignoreIndex: number;
  readonly smoothing: number;
}

// loss = lse(x) - (1 - s) x[id] - s mean(x), lse = log Σ e^x; 0 where id = ignoreIndex
export const crossEntropyRowsOp = defineOp<CrossEntropyAttrs>({
  name: 'crossEntropyRows',
  infer: ([logits, ids]) => {
    floatOnly('crossEntropyRows', logits);
    if (logits.shape.length !== 2 || ids.shape.length !== 1 || ids.shape[0] !== logits.shape[0]) {
      throw new ShapeError(
        'crossEntropyRows',
        `expected logits [rows, classes] and ids [rows], came ${showShape(logits.shape)} and ${showShape(ids.shape)}`,
      );
    }
    const rows = { shape: ids.shape, dtype: logits.dtype };
    return [rows, rows];
  },
  saves: { inputs: [0, 1], outputs: [1] },
  vjp: (c, g) => [() => crossEntropyRowsBackward([c.input(0), c.input(1), c.output(1), g], c.attrs), null],
  composite: ([logits, ids], { ignoreIndex, smoothing }) => {
    const [rows, classes] = logits.shape;
    const logp = logSoftmax(logits);
    const valid = notEqual(ids, ignoreIndex);
    const safe = where(valid, ids, 0);
    // [rows, classes] -> [rows, classes, 1]; ids [rows] -> [rows, 1]
    const picked = gatherRows(reshape(logp, [rows, classes, 1]), reshape(safe, [rows, 1]));
    const nll = neg(mul(reshape(picked, [rows]), 1 - smoothing));
    // Without smoothing a class of logit -Infinity must not reach the mean: 0 · Infinity is NaN.
    const loss = smoothing === 0 ? nll : add(nll, mul(mean(logp, { axes: -1 }), -smoothing));
    return where(valid, loss, 0);
  },
  reference: ([logits, ids], [loss, lses], { ignoreIndex, smoothing }) =>
    rowsOver(logits, (start, n, row) => {
      const lse = logSumExpRow(logits.data, start, n);
      lses.data[row] = lse;
      const id = ids.data[row];
      if (id === ignoreIndex) {
        loss.data[row] = 0;
        return;
      }
      let total = 0;
      for (let i = start; i < start + n; i++) total += logits.data[i];
      const spread = smoothing === 0 ? 0 : (smoothing * total) / n;
      loss.data[row] = lse - (1 - smoothing) * logits.data[start + id] - spread;
    }),
  cpu: ([logits], _outputs, attrs) => {
    const [rows, n] = logits.shape;
    return cpuPlan([call('crossEntropy', [input(0), input(1), output(0), output(1)], { rows, n, ...attrs })]);
  },
});

/**
 * Cross entropy of each row: logits [rows, classes], ids i32 [rows] -> [rows]. Rows whose id is `ignoreIndex` (default
 * -100) give 0. `labelSmoothing` is from 0 to 1. Ids are checked on the host.
 */
export const crossEntropyRows = (
  logits: Tensor,
  ids: Tensor,
  { ignoreIndex = -100, labelSmoothing = 0 }: { readonly ignoreIndex?: number; readonly labelSmoothing?: number } = {},
): Tensor => {
  checkClassOptions('crossEntropyRows', ignoreIndex, labelSmoothing);
  checkIds('crossEntropyRows', ids, logits.shape[1], ignoreIndex);
  return apply(crossEntropyRowsOp, [logits, ids], { ignoreIndex, smoothing: labelSmoothing });
};
