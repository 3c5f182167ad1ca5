// How far a result may be from the reference, in one table by dtype and kind of op.

import type { FloatDType } from '../dtype.ts';
import { type ArrayTolerance, roundoff } from './compare.ts';

/**
 * exact: moves, selects or compares elements. rounded: one correctly rounded operation. function: an approximation.
 * reduction: sums along axes. product: sums of products. rows: a row is normalised, so errors follow its largest value.
 */
export type OpClass = 'exact' | 'rounded' | 'function' | 'reduction' | 'product' | 'rows';

interface Row {
  /** Roundings (half units of the last place) allowed, of the element or of the largest element. */
  readonly element: number;
  readonly largest: number;
}

const rows: { readonly [C in OpClass | 'gradient']: Row } = {
  exact: { element: 0, largest: 0 },
  rounded: { element: 2, largest: 0 },
  function: { element: 8, largest: 0 },
  reduction: { element: 2, largest: 1 },
  product: { element: 2, largest: 1 },
  rows: { element: 2, largest: 2 },
  // A rule is a chain of kernels.
  gradient: { element: 8, largest: 16 },
};

/** Below this an absolute error means nothing: the smallest normal number. */
const tiny: { readonly [D in FloatDType]: number } = { f32: 2 ** -126, f64: 2 ** -1022 };

export const toleranceFor = (
  dtype: FloatDType,
  row: OpClass | 'gradient',
  {
    reduces = 1,
    factor = 1,
    terms = 0,
  }: { readonly reduces?: number; readonly factor?: number; readonly terms?: number } = {},
): ArrayTolerance => {
  const { element, largest } = rows[row];
  const unit = roundoff[dtype] * factor;
  const accumulated = largest * unit * Math.sqrt(Math.max(1, reduces));
  return {
    relative: element * unit,
    ofLargest: accumulated,
    absolute: element + largest === 0 ? 0 : tiny[dtype] + accumulated * terms,
    dtype,
  };
};
