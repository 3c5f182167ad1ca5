// erf in float64 to a few roundings, for the reference backend. Not fast.

/**
 * |x| < 3:  erf(x) = 2/√π · e^(-x²) · Σ 2^n x^(2n+1) / (2n+1)!!   (all terms of one sign: no cancellation)
 * |x| >= 3: erfc(x) = e^(-x²)/√π · 1/(x + 1/2/(x + 2/2/(x + 3/2/(x + …))))   (Laplace's continued fraction)
 */
export const erfFloat64 = (x: number): number => {
  if (Number.isNaN(x)) return x;
  const a = Math.abs(x);
  if (a > 6) return Math.sign(x);
  if (a < 3) {
    let term = a;
    let total = a;
    for (let n = 1; term > total * 1e-17; n++) {
      term *= (2 * a * a) / (2 * n + 1);
      total += term;
    }
    return Math.sign(x) * (2 / Math.sqrt(Math.PI)) * Math.exp(-a * a) * total;
  }
  return Math.sign(x) * (1 - erfcTail(a));
};

const erfcTail = (a: number): number => {
  let fraction = a;
  for (let n = 80; n >= 1; n--) fraction = a + n / 2 / fraction;
  return Math.exp(-a * a) / Math.sqrt(Math.PI) / fraction;
};

/** 1 - erf x. From 1.5 on by the fraction, whose terms then fall fast enough; below that 1 - erf x loses one digit. */
export const erfcFloat64 = (x: number): number => (x >= 1.5 ? erfcTail(Math.min(x, 40)) : 1 - erfFloat64(x));
