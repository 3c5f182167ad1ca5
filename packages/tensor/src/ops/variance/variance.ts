import { call, cpuPlan, input, output } from '../../cpu-plan.ts';
import { ArgumentError } from '../../errors.ts';
import { apply, defineOp, floatOnly } from '../../op.ts';
import type { Tensor } from '../../tensor.ts';
import type { ReduceOptions } from '../families/reduction.ts';
import { besideRows, overReducedRows, rowsLayout, rowsShape } from '../families/rows.ts';
import { mean } from '../mean/mean.ts';
import { mul } from '../mul/mul.ts';
import { sub } from '../sub/sub.ts';

export interface VarianceOptions extends ReduceOptions {
  /** Taken off the number of elements that divides: 0 for the mean of the squares, 1 for the unbiased estimate. Default 0. */
  readonly correction?: number;
}

/** The number that divides; 0 where nothing is left, as in PyTorch and NumPy. */
const divisorOf = (n: number, correction: number): number => Math.max(0, n - correction);

/** x minus the mean of its rows. The second pass takes off the rounding of the first, which 1e4 times its spread needs. */
const centred = (x: Tensor): Tensor => {
  const once = sub(x, mean(x, { axes: -1, keepDims: true }));
  return sub(once, mean(once, { axes: -1, keepDims: true }));
};

export const varianceOp = defineOp<{ readonly correction: number }>({
  name: 'variance',
  infer: ([x]) => {
    floatOnly('variance', x);
    return [{ shape: rowsShape(x.shape), dtype: x.dtype }];
  },
  saves: { inputs: [0], outputs: [] },
  // dx = 2 g (x - mean) / (n - correction)
  vjp: (c, g) => [
    () => {
      const { n } = rowsLayout(c.specs[0].shape);
      return mul(centred(c.input(0)), besideRows(mul(g, 2 / divisorOf(n, c.attrs.correction))));
    },
  ],
  reference: ([x], [out], { correction }) => {
    const { rows, n } = rowsLayout(x.shape);
    for (let r = 0; r < rows; r++) {
      const from = r * n;
      // Beside the first element, so that equal ones have no variance at all.
      let total = 0;
      for (let i = 0; i < n; i++) total += x.data[from + i] - x.data[from];
      const average = x.data[from] + total / n;
      let squares = 0;
      let rest = 0;
      for (let i = 0; i < n; i++) {
        const d = x.data[from + i] - average;
        rest += d;
        squares += d * d;
      }
      const sum = n === 0 ? 0 : Math.max(0, squares - (rest * rest) / n);
      out.data[r] = sum / divisorOf(n, correction);
    }
  },
  cpu: ([x], _outputs, { correction }) => {
    const { rows, n } = rowsLayout(x.shape);
    return cpuPlan([call('variance', [input(0), output(0)], { rows, n, divisor: divisorOf(n, correction) })]);
  },
});

/** internal: correction is a finite number. */
export const checkCorrection = (op: string, correction: number): void => {
  if (!Number.isFinite(correction)) {
    throw new ArgumentError(op, `correction ${correction} is not a finite number; 0 and 1 are the usual ones`);
  }
};

/**
 * Variance over `axes`: the sum of (x - mean)² over n - correction, in two passes, so that a large mean costs no digits.
 * Where n - correction is not above 0 the divisor is 0: NaN for equal elements (one alone too), else Infinity, as in
 * PyTorch; the gradient is NaN or infinite there.
 */
export const variance = (x: Tensor, { correction = 0, ...options }: VarianceOptions = {}): Tensor => {
  checkCorrection('variance', correction);
  return overReducedRows('variance', x, options, (rows) => apply(varianceOp, [rows], { correction }));
};
