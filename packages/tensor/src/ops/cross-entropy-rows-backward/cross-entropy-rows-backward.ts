import { call, cpuPlan, input, output } from '../../cpu-plan.ts';
import { apply, defineOp, notDifferentiable } from '../../op.ts';
import type { Tensor } from '../../tensor.ts';
import type { CrossEntropyAttrs } from '../cross-entropy-rows/cross-entropy-rows.ts';
import { rowsOver } from '../families/rows.ts';

// dx = g · (softmax(x) - (1 - s) onehot(id) - s / n), 0 for ignored rows
export const crossEntropyRowsBackwardOp = defineOp<CrossEntropyAttrs>({
  name: 'crossEntropyRowsBackward',
  infer: ([logits]) => [{ shape: logits.shape, dtype: logits.dtype }],
  saves: { inputs: [], outputs: [] },
  vjp: notDifferentiable('second derivatives go through the composite of crossEntropyRows'),
  reference: ([logits, ids, lses, g], [out], { ignoreIndex, smoothing }) =>
    rowsOver(logits, (start, n, row) => {
      const id = ids.data[row];
      for (let i = 0; i < n; i++) {
        const p = Math.exp(logits.data[start + i] - lses.data[row]);
        const target = (i === id ? 1 - smoothing : 0) + smoothing / n;
        out.data[start + i] = id === ignoreIndex ? 0 : g.data[row] * (p - target);
      }
    }),
  cpu: ([logits], _outputs, attrs) => {
    const [rows, n] = logits.shape;
    const operands = [0, 1, 2, 3].map(input);
    return cpuPlan([call('crossEntropyBackward', [...operands, output(0)], { rows, n, ...attrs })]);
  },
});

/** Gradient of crossEntropyRows from [logits, ids, logsumexp, g]. */
export const crossEntropyRowsBackward = (inputs: readonly Tensor[], attrs: CrossEntropyAttrs): Tensor =>
  apply(crossEntropyRowsBackwardOp, inputs, attrs);
