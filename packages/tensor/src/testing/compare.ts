// Comparing arrays of numbers. NaN equals only NaN, an infinity only itself; 0 and -0 are the same.

import type { FloatDType } from '../dtype.ts';

export interface ArrayTolerance {
  /** Allowed share of the element's own wanted size. */
  readonly relative?: number;
  /** Allowed share of the largest finite wanted value. */
  readonly ofLargest?: number;
  /** Allowed anyway. */
  readonly absolute?: number;
  /** Whose roundings the report counts. Default f64. */
  readonly dtype?: FloatDType;
}

export interface Comparison {
  readonly ok: boolean;
  /** Elements outside the tolerance, and the worst one (the largest error beside what is allowed). */
  readonly failures: number;
  readonly index: number;
  readonly got: number;
  readonly want: number;
  readonly absolute: number;
  readonly relative: number;
  /** The error in units of the last place of the wanted value. */
  readonly ulps: number;
  readonly allowed: number;
}

const bits = new DataView(new ArrayBuffer(8));

/** Distance from |x| to the next larger number of the type. */
export const ulpOf = (x: number, dtype: FloatDType): number => {
  bits.setFloat64(0, Math.abs(x));
  const exponent = ((bits.getUint32(0) >>> 20) & 0x7ff) - 1023;
  return dtype === 'f32' ? 2 ** (Math.max(exponent, -126) - 23) : 2 ** Math.max(exponent - 52, -1074);
};

/** Unit roundoff: half the distance from 1 to the next number. */
export const roundoff: { readonly [D in FloatDType]: number } = { f32: 2 ** -24, f64: 2 ** -53 };

const errorOf = (got: number, want: number): number => {
  if (Object.is(got, want) || got === want) return 0;
  const difference = Math.abs(got - want);
  return Number.isNaN(difference) ? Infinity : difference;
};

/** Compares element by element; the lengths must agree. */
export const compareArrays = (
  got: ArrayLike<number>,
  want: ArrayLike<number>,
  { relative = 0, ofLargest = 0, absolute = 0, dtype = 'f64' }: ArrayTolerance,
): Comparison => {
  if (got.length !== want.length)
    throw new Error(`compareArrays: ${got.length} elements came, ${want.length} were wanted`);
  let largest = 0;
  for (let i = 0; i < want.length; i++) if (Number.isFinite(want[i])) largest = Math.max(largest, Math.abs(want[i]));
  let failures = 0;
  let worst = 0;
  let worstShare = -1;
  let worstAllowed = 0;
  for (let i = 0; i < want.length; i++) {
    const size = Number.isFinite(want[i]) ? Math.abs(want[i]) : 0;
    const allowed = absolute + relative * size + ofLargest * largest;
    const error = errorOf(got[i], want[i]);
    if (error > allowed || error === Infinity) failures++;
    const share = error === 0 ? 0 : error / allowed;
    if (share > worstShare) [worst, worstShare, worstAllowed] = [i, share, allowed];
  }
  const error = want.length === 0 ? 0 : errorOf(got[worst], want[worst]);
  return {
    ok: failures === 0,
    failures,
    index: worst,
    got: got[worst] ?? Number.NaN,
    want: want[worst] ?? Number.NaN,
    absolute: error,
    relative: error === 0 ? 0 : error / Math.abs(want[worst]),
    ulps: error === 0 ? 0 : error / ulpOf(want[worst], dtype),
    allowed: worstAllowed,
  };
};

/** Throws when an element is outside the tolerance, and reports the worst one. */
export const assertClose = (
  what: string,
  got: ArrayLike<number>,
  want: ArrayLike<number>,
  tolerance: ArrayTolerance,
): void => {
  const c = compareArrays(got, want, tolerance);
  if (c.ok) return;
  const number = (x: number): string => x.toPrecision(3);
  throw new Error(
    `${what}: ${c.failures} of ${want.length} elements differ; worst at ${c.index}: got ${c.got}, want ${c.want}, ` +
      `abs ${number(c.absolute)}, rel ${number(c.relative)}, ${number(c.ulps)} ulp, allowed ${number(c.allowed)}`,
  );
};
