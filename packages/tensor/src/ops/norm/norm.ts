import type { ReferenceArray } from '../../backend.ts';
import { deviceCall, hostPlan } from '../../cpu-plan.ts';
import { zeros } from '../../create.ts';
import { ArgumentError } from '../../errors.ts';
import { apply, defineOp, floatOnly } from '../../op.ts';
import { normalizeAxes, showShape } from '../../shape.ts';
import type { Tensor } from '../../tensor.ts';
import { abs } from '../abs/abs.ts';
import { cast } from '../cast/cast.ts';
import { div } from '../div/div.ts';
import { equal } from '../equal/equal.ts';
import { exp } from '../exp/exp.ts';
import type { ReduceOptions } from '../families/reduction.ts';
import { besideRows, overReducedRows, rowsLayout, rowsShape } from '../families/rows.ts';
import { log } from '../log/log.ts';
import { mul } from '../mul/mul.ts';
import { notEqual } from '../not-equal/not-equal.ts';
import { sign } from '../sign/sign.ts';
import { sum } from '../sum/sum.ts';
import { where } from '../where/where.ts';

export interface NormOptions extends ReduceOptions {
  /** Any number, Infinity and -Infinity too. Default 2. */
  readonly p?: number;
}

type NormAttrs = { readonly p: number };

/** Powers of elements beside the one that counts most, so that none of them overflows. */
const normOfRow = (x: ReferenceArray['data'], from: number, n: number, p: number): number => {
  let result = 0;
  if (p === 0) {
    for (let i = from; i < from + n; i++) if (x[i] !== 0) result++;
    return result;
  }
  let most = p > 0 ? 0 : Infinity;
  if (p > 0) for (let i = from; i < from + n; i++) most = Math.max(most, Math.abs(x[i]));
  else for (let i = from; i < from + n; i++) most = Math.min(most, Math.abs(x[i]));
  if (Math.abs(p) === Infinity || !(most > 0 && most < Infinity)) return most;
  if (p === 1) for (let i = from; i < from + n; i++) result += Math.abs(x[i]) / most;
  else if (p === 2) for (let i = from; i < from + n; i++) result += (x[i] / most) ** 2;
  else for (let i = from; i < from + n; i++) result += (Math.abs(x[i]) / most) ** p;
  return most * (p === 1 ? result : p === 2 ? Math.sqrt(result) : result ** (1 / p));
};

const reference = ([x]: readonly ReferenceArray[], [out]: readonly ReferenceArray[], { p }: NormAttrs): void => {
  const { rows, n } = rowsLayout(x.shape);
  for (let r = 0; r < rows; r++) out.data[r] = normOfRow(x.data, r * n, n, p);
};

/** sign(x) (|x| / y)^(p - 1), and 0 where x or y is 0. */
const slope = (x: Tensor, y: Tensor, p: number): Tensor => {
  const none = equal(y, 0);
  const beside = where(none, 1, y);
  if (p === 2) return div(x, beside);
  const share = where(none, 0, div(abs(x), beside));
  const is = notEqual(share, 0);
  return mul(sign(x), where(is, exp(mul(log(where(is, share, 1)), p - 1)), 0));
};

export const normOp = defineOp<NormAttrs>({
  name: 'norm',
  infer: ([x]) => {
    floatOnly('norm', x);
    return [{ shape: rowsShape(x.shape), dtype: x.dtype }];
  },
  saves: { inputs: [0], outputs: [0] },
  vjp: (c, g) => [
    () => {
      const { p } = c.attrs;
      const x = c.input(0);
      if (p === 0) return zeros(x.shape, { dtype: x.dtype, backend: x.backend });
      if (p === 1) return mul(sign(x), besideRows(g));
      const y = besideRows(c.output(0));
      if (Number.isFinite(p)) return mul(slope(x, y, p), besideRows(g));
      const hits = cast(equal(abs(x), y), g.dtype);
      return mul(mul(sign(x), hits), div(besideRows(g), sum(hits, { axes: -1, keepDims: true })));
    },
  ],
  reference,
  cpu: (inputs, outputs, attrs) =>
    hostPlan(reference, inputs, outputs, attrs, deviceCall('norm', { ...rowsLayout(inputs[0].shape), p: attrs.p })),
});

/**
 * Vector norm over `axes`, (Σ |x|^p)^(1/p), without overflow: p = Infinity and -Infinity give the largest and smallest |x|,
 * 0 the number of elements that are not 0. The gradient follows PyTorch: 0 for elements that are 0 and for the zero vector,
 * shared evenly by equal extremes, 0 for p = 0. Of nothing it is 0; for p below 0 and Infinity that is an ArgumentError.
 */
export const norm = (x: Tensor, { p = 2, ...options }: NormOptions = {}): Tensor => {
  if (Number.isNaN(p)) throw new ArgumentError('norm', 'p is NaN; 1, 2 and Infinity are the usual ones');
  const axes = normalizeAxes('norm', options.axes, x.rank);
  if ((p < 0 || p === Infinity) && axes.some((a) => x.shape[a] === 0)) {
    throw new ArgumentError('norm', `there is no norm with p = ${p} of nothing: ${showShape(x.shape)} is empty`);
  }
  return overReducedRows('norm', x, options, (rows) => apply(normOp, [rows], { p }));
};
