import type { ReferenceArray } from '../../backend.ts';
import { deviceCall, hostPlan, wordType } from '../../cpu-plan.ts';
import { applyAll, defineOp, type KernelOp } from '../../op.ts';
import { scope } from '../../scope.ts';
import { normalizeAxis } from '../../shape.ts';
import type { Tensor } from '../../tensor.ts';
import { type NoAttrs, noAttrs } from '../families/elementwise.ts';
import { rowsLayout, rowsOver } from '../families/rows.ts';
import { toWhereItStood } from '../families/standing.ts';
import { permute } from '../permute/permute.ts';

export interface CumulativeExtremeResult {
  readonly values: Tensor;
  /** i32: where along the axis each value stood. */
  readonly indices: Tensor;
}

/** `beats(a, b)`: whether a later a takes the place of b. */
const defineRunning = (
  name: string,
  fn: 'max' | 'min',
  beats: (a: number, b: number) => boolean,
): KernelOp<NoAttrs> => {
  const reference = ([x]: readonly ReferenceArray[], [values, indices]: readonly ReferenceArray[]): void =>
    rowsOver(x, (start, n) => {
      let best = 0;
      for (let i = 0; i < n; i++) {
        const [next, held] = [x.data[start + i], x.data[start + best]];
        if (Number.isNaN(next) || (!Number.isNaN(held) && beats(next, held))) best = i;
        values.data[start + i] = x.data[start + best];
        indices.data[start + i] = best;
      }
    });
  return defineOp<NoAttrs>({
    name,
    infer: ([x]) => [
      { shape: x.shape, dtype: x.dtype },
      { shape: x.shape, dtype: 'i32' },
    ],
    saves: { inputs: [], outputs: [1] },
    vjp: toWhereItStood,
    reference,
    cpu: (inputs, outputs, attrs) =>
      hostPlan(
        reference,
        inputs,
        outputs,
        attrs,
        deviceCall('scan', { fn, type: wordType(inputs[0].dtype), ...rowsLayout(inputs[0].shape), reverse: false }),
      ),
  });
};

export const cummaxOp = defineRunning('cummax', 'max', (a, b) => a >= b);
export const cumminOp = defineRunning('cummin', 'min', (a, b) => a <= b);

const alongAxis = (op: KernelOp<NoAttrs>, x: Tensor, axis: number): CumulativeExtremeResult => {
  const along = normalizeAxis(op.name, axis, x.rank);
  const last = x.rank - 1;
  const axes = Array.from({ length: x.rank }, (_, i) => i);
  [axes[along], axes[last]] = [axes[last], axes[along]];
  return scope(() => {
    const [values, indices] = applyAll(op, [along === last ? x : permute(x, axes)], noAttrs);
    return along === last ? { values, indices } : { values: permute(values, axes), indices: permute(indices, axes) };
  });
};

/**
 * Running maximum along `axis` (default the last), of any dtype, and the i32 indices where each stood: the last of equal
 * ones, as in PyTorch. From a NaN on it is NaN. The gradient of a value goes to the element it is.
 */
export const cummax = (x: Tensor, { axis = -1 }: { readonly axis?: number } = {}): CumulativeExtremeResult =>
  alongAxis(cummaxOp, x, axis);

/** Running minimum along `axis`, otherwise as cummax. */
export const cummin = (x: Tensor, { axis = -1 }: { readonly axis?: number } = {}): CumulativeExtremeResult =>
  alongAxis(cumminOp, x, axis);
