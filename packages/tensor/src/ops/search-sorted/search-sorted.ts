import { deviceCall, hostPlan, wordType } from '../../cpu-plan.ts';
import { DTypeError, ShapeError } from '../../errors.ts';
import { apply, defineOp, endsGradient, type KernelOp, sameDType } from '../../op.ts';
import { sameShape, showShape, sizeOf } from '../../shape.ts';
import type { Tensor } from '../../tensor.ts';
import { rowsLayout } from '../families/rows.ts';

export const searchSortedOp: KernelOp<{ readonly right: boolean }> = defineOp<{ readonly right: boolean }>({
  name: 'searchSorted',
  infer: ([sorted, values]) => {
    if (sameDType('searchSorted', [sorted, values]) === 'bool') {
      throw new DTypeError('searchSorted', 'is not defined for bool; cast() to a float type');
    }
    const rank = sorted.shape.length;
    if (rank !== 1 && !(rank > 1 && sameShape(sorted.shape.slice(0, -1), values.shape.slice(0, -1)))) {
      throw new ShapeError(
        'searchSorted',
        `expected sorted [n], or sorted [..., n] and values [..., k], came ${showShape(sorted.shape)} and ${showShape(values.shape)}`,
      );
    }
    return [{ shape: values.shape, dtype: 'i32' }];
  },
  saves: { inputs: [], outputs: [] },
  vjp: endsGradient('positions are whole numbers'),
  reference: ([sorted, values], [out], { right }) => {
    const n = sorted.shape[sorted.shape.length - 1];
    const perRow = sorted.shape.length === 1 ? out.data.length : values.shape[values.shape.length - 1];
    for (let i = 0; i < out.data.length; i++) {
      const start = Math.floor(i / perRow) * n;
      const value = values.data[i];
      let [low, high] = [0, n];
      while (low < high) {
        const middle = (low + high) >>> 1;
        const held = sorted.data[start + middle];
        // NaN is above everything, as in NumPy.
        const isAfter = Number.isNaN(value) ? !right && Number.isNaN(held) : right ? !(held <= value) : !(held < value);
        if (isAfter) high = middle;
        else low = middle + 1;
      }
      out.data[i] = low;
    }
  },
  cpu: (inputs, outputs, attrs) => {
    const [sorted, values] = inputs;
    const { rows, n } = rowsLayout(sorted.shape);
    const count = sizeOf(values.shape);
    return hostPlan(
      searchSortedOp.reference,
      inputs,
      outputs,
      attrs,
      deviceCall('searchSorted', {
        type: wordType(sorted.dtype),
        count,
        perList: rows === 0 ? 0 : count / rows,
        n,
        right: attrs.right,
      }),
    );
  },
});

export interface SearchSortedOptions {
  /** 'left' (default): before equal elements, sorted[i - 1] < v <= sorted[i]. 'right': after them. */
  readonly side?: 'left' | 'right';
}

/**
 * Where each value belongs in an ascending list, as i32 from 0 to n: sorted [n] and values of any shape, or sorted [..., n]
 * and values [..., k] -> the shape of values. As numpy.searchsorted; torch.bucketize(values, boundaries) with the
 * arguments in the other order. The order of `sorted` is not checked.
 */
export const searchSorted = (sorted: Tensor, values: Tensor, { side = 'left' }: SearchSortedOptions = {}): Tensor =>
  apply(searchSortedOp, [sorted, values], { right: side === 'right' });
