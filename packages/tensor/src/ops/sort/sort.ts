import { deviceCall, hostPlan, wordType } from '../../cpu-plan.ts';
import { ArgumentError } from '../../errors.ts';
import { applyAll, defineOp } from '../../op.ts';
import { scope } from '../../scope.ts';
import { normalizeAxis, showShape } from '../../shape.ts';
import type { Tensor } from '../../tensor.ts';
import { rowsLayout, rowsShape } from '../families/rows.ts';
import { type SortAttrs, sortByComparison, sortByRadix } from '../families/sorting.ts';
import { toWhereItStood } from '../families/standing.ts';
import { permute } from '../permute/permute.ts';

export interface SortOptions {
  /** Negative from the back. Default the last. */
  readonly axis?: number;
  /** Largest first. Default false. */
  readonly descending?: boolean;
}

export interface TopKOptions {
  /** How many. */
  readonly k: number;
  /** Negative from the back. Default the last. */
  readonly axis?: number;
  /** The largest, or else the smallest. Default true. */
  readonly largest?: boolean;
  /** Whether the order matters; the result is in order in any case. Default true. */
  readonly sorted?: boolean;
}

export interface SortResult {
  readonly values: Tensor;
  /** i32: where along the axis each value stood. */
  readonly indices: Tensor;
}

export const sortOp = defineOp<SortAttrs>({
  name: 'sort',
  infer: ([x], { k }) => {
    const shape = [...rowsShape(x.shape), k];
    return [
      { shape, dtype: x.dtype },
      { shape, dtype: 'i32' },
    ];
  },
  saves: { inputs: [], outputs: [1] },
  vjp: toWhereItStood,
  reference: sortByComparison,
  cpu: (inputs, outputs, attrs) =>
    hostPlan(
      sortByRadix,
      inputs,
      outputs,
      attrs,
      deviceCall('sortRows', { type: wordType(inputs[0].dtype), ...rowsLayout(inputs[0].shape), ...attrs }),
    ),
});

const sortRows = (x: Tensor, axis: number, attrs: SortAttrs): SortResult =>
  scope(() => {
    const axes = Array.from({ length: x.rank }, (_, i) => i);
    [axes[axis], axes[x.rank - 1]] = [axes[x.rank - 1], axes[axis]];
    const last = axis === x.rank - 1;
    const [values, indices] = applyAll(sortOp, [last ? x : permute(x, axes)], attrs);
    return last ? { values, indices } : { values: permute(values, axes), indices: permute(indices, axes) };
  });

/**
 * Sorts along `axis`, of any dtype: values and the i32 indices where they stood. Stable in both orders: equal elements keep
 * theirs. NaN counts as larger than every number, as in PyTorch. The gradient of a value goes to the element it is.
 */
export const sort = (x: Tensor, { axis = -1, descending = false }: SortOptions = {}): SortResult => {
  const along = normalizeAxis('sort', axis, x.rank);
  return sortRows(x, along, { descending, k: x.shape[along] });
};

/** The i32 indices that sort x along `axis`: the `indices` of sort. */
export const argsort = (x: Tensor, { axis = -1, descending = false }: SortOptions = {}): Tensor => {
  const along = normalizeAxis('argsort', axis, x.rank);
  return scope(() => sortRows(x, along, { descending, k: x.shape[along] }).indices);
};

/**
 * The k largest (or smallest) elements along `axis` and the i32 indices where they stood, in order. Of equal elements the
 * first come first; NaN counts as larger than every number. Throws ArgumentError for a k that is no whole number from 0 to
 * the size of the axis.
 */
export const topK = (x: Tensor, { k, axis = -1, largest = true }: TopKOptions): SortResult => {
  const along = normalizeAxis('topK', axis, x.rank);
  const n = x.shape[along];
  if (!Number.isInteger(k) || k < 0 || k > n) {
    throw new ArgumentError(
      'topK',
      `k ${k} is not a whole number from 0 to ${n}, the size of axis ${along} of ${showShape(x.shape)}`,
    );
  }
  return sortRows(x, along, { descending: largest, k });
};
