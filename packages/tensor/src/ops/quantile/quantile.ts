import { ArgumentError } from '../../errors.ts';
import { compose, defineComposite, floatOnly } from '../../op.ts';
import { normalizeAxis, reducedShape, showShape } from '../../shape.ts';
import type { Tensor } from '../../tensor.ts';
import { add } from '../add/add.ts';
import { mul } from '../mul/mul.ts';
import { notEqual } from '../not-equal/not-equal.ts';
import { reshape } from '../reshape/reshape.ts';
import { slice } from '../slice/slice.ts';
import { sort } from '../sort/sort.ts';
import { sub } from '../sub/sub.ts';
import { where } from '../where/where.ts';

export interface MedianOptions {
  /** Negative from the back. Default the last. */
  readonly axis?: number;
  /** Keep the reduced axis as size 1. Default false. */
  readonly keepDims?: boolean;
}

export interface QuantileOptions extends MedianOptions {
  /** From 0 (the minimum) to 1 (the maximum). */
  readonly q: number;
}

/** Elements `below` and `below + 1` of the sorted rows, and the share of the second. */
type Place = { readonly below: number; readonly share: number };

type PlaceAttrs = { readonly axis: number; readonly keepDims: boolean; readonly place: (n: number) => Place };

const definePlace = (name: string) =>
  defineComposite<PlaceAttrs>({
    name,
    infer: ([x], { axis, keepDims }) => {
      floatOnly(name, x);
      if (x.shape[axis] === 0) throw new ArgumentError(name, `axis ${axis} of ${showShape(x.shape)} is empty`);
      return [{ shape: reducedShape(x.shape, [axis], keepDims), dtype: x.dtype }];
    },
    compose: ([x], { axis, keepDims, place }) => {
      const n = x.shape[axis];
      const { values } = sort(x, { axis });
      const at = (i: number): Tensor => slice(values, { axis, start: i, end: i + 1 });
      const { below, share } = place(n);
      const low = at(below);
      const value = share === 0 ? low : add(low, mul(sub(at(below + 1), low), share));
      // NaN stands last: a row with one is NaN.
      const last = at(n - 1);
      return reshape(where(notEqual(last, last), last, value), reducedShape(x.shape, [axis], keepDims));
    },
  });

export const quantileOp = definePlace('quantile');
export const medianOp = definePlace('median');

/**
 * Quantile along one axis, between neighbours linearly (PyTorch's and NumPy's default); NaN where there is one. `q: 0.5` is
 * NumPy's median. Throws ArgumentError for a q outside 0 to 1 and for an empty axis.
 */
export const quantile = (x: Tensor, { q, axis = -1, keepDims = false }: QuantileOptions): Tensor => {
  if (!(q >= 0 && q <= 1)) throw new ArgumentError('quantile', `q ${q} is outside 0 to 1`);
  const place = (n: number): Place => {
    const below = Math.floor(q * (n - 1));
    return { below, share: q * (n - 1) - below };
  };
  return compose(quantileOp, [x], { axis: normalizeAxis('quantile', axis, x.rank), keepDims, place });
};

/** The middle element along one axis, the lower of two, as in PyTorch; NaN where there is one. */
export const median = (x: Tensor, { axis = -1, keepDims = false }: MedianOptions = {}): Tensor => {
  const place = (n: number): Place => ({ below: (n - 1) >> 1, share: 0 });
  return compose(medianOp, [x], { axis: normalizeAxis('median', axis, x.rank), keepDims, place });
};
