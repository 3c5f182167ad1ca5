// Elementary functions on four f32 lanes: polynomials in mul and add, no tables, the same bytes on every engine. Errors in
// ULP are measured in test/math.test.ts. Polynomials are minimax fits of relative error (Lawson iteration on Chebyshev nodes,
// 30 digits), computed for this file on the intervals named below.

import { type FunctionBuilder, f32x4, f64x2, i32x4, type Local, type V128, v128 } from '../emitter/index.ts';

const { add, sub, mul, div } = f32x4;

/** c[0] + x · (c[1] + x · (...)) */
const horner = (f: FunctionBuilder, x: V128, c: readonly number[]): V128 => {
  const sum = f.let(f32x4.const(c[c.length - 1]));
  for (let i = c.length - 2; i >= 0; i--) f.set(sum, add(mul(sum, x), f32x4.const(c[i])));
  return sum;
};

const log2e = Math.LOG2E;
/** ln 2 in two parts; the first has 9 bits, so n · ln2High is exact. */
const ln2High = 0.693359375;
const ln2Low = Math.LN2 - ln2High;
/** Adding 1.5 · 2^23 rounds to an integer and leaves it in the low bits. */
const roundMagic = 12582912;

// (e^r - 1 - r) / r² on |r| <= ln 2 / 2, relative error of e^r 3e-9
const expPoly = [
  0.49999994039535522, 0.16666519641876221, 0.041668400168418884, 0.008368851616978645, 0.0013814318226650357,
];

/** e^x = 2^n · e^r with n = round(x / ln 2): e^r, and n as integers (garbage where x is NaN; e^r is NaN there). */
const expParts = (f: FunctionBuilder, x: V128): { mantissa: Local<'v128'>; n: Local<'v128'> } => {
  const shifted = f.let(add(mul(x, f32x4.const(log2e)), f32x4.const(roundMagic)));
  const whole = f.let(sub(shifted, f32x4.const(roundMagic)));
  const r = f.let(sub(sub(x, mul(whole, f32x4.const(ln2High))), mul(whole, f32x4.const(ln2Low))));
  const p = horner(f, r, expPoly);
  const mantissa = f.let(add(add(mul(mul(p, r), r), r), f32x4.const(1)));
  const n = f.let(i32x4.sub(shifted, i32x4.const(0x4b400000)));
  return { mantissa, n };
};

const powerOfTwo = (n: V128): V128 => i32x4.shl(i32x4.add(n, i32x4.const(127)), 23);

/** e^x everywhere: two scalings, so that denormal results and the last factor of two before infinity come out right. */
export const exp = (f: FunctionBuilder, x: V128): V128 => {
  const clamped = f.let(f32x4.pmin(f32x4.pmax(x, f32x4.const(-104)), f32x4.const(89)));
  const { mantissa, n } = expParts(f, clamped);
  const half = f.let(i32x4.shrS(n, 1));
  return f.let(mul(mul(mantissa, powerOfTwo(half)), powerOfTwo(i32x4.sub(n, half))));
};

/** e^x for x <= 88: one scaling; results under 2^-126.5 are 0. */
export const expNegative = (f: FunctionBuilder, x: V128): V128 => {
  const clamped = f.let(f32x4.pmax(x, f32x4.const(-88)));
  const { mantissa, n } = expParts(f, clamped);
  return f.let(mul(mantissa, powerOfTwo(n)));
};

// (ln(1 + t) - t + t²/2) / t³ on 1/√2 - 1 <= t <= √2 - 1, relative error of ln 8e-10
const logPoly = [
  0.3333331346511841, -0.25000008940696716, 0.2000211924314499, -0.1666799634695053, 0.14219550788402557,
  -0.12405591458082199, 0.11888174712657928, -0.11675640940666199, 0.06746601313352585,
];

/** ln x: x = 2^e · m with m in [1/√2, √2). ln 0 = -infinity, ln of a negative number is NaN; denormals count. */
export const log = (f: FunctionBuilder, value: V128): V128 => {
  const x = f.let(value);
  const tiny = f.let(f32x4.lt(x, f32x4.const(2 ** -126)));
  const scaled = f.let(v128.bitselect(mul(x, f32x4.const(2 ** 23)), x, tiny));
  // subtracting the bits of 1/√2 makes the exponent field count from there
  const offset = f.let(i32x4.sub(scaled, i32x4.const(0x3f3504f3)));
  const e = f.let(sub(f32x4.convertI32x4S(i32x4.shrS(offset, 23)), v128.and(tiny, f32x4.const(23))));
  const m = i32x4.add(v128.and(offset, i32x4.const(0x007fffff)), i32x4.const(0x3f3504f3));
  const t = f.let(sub(m, f32x4.const(1)));
  const t2 = f.let(mul(t, t));
  const p = horner(f, t, logPoly);
  const tail = add(sub(mul(mul(p, t), t2), mul(t2, f32x4.const(0.5))), mul(e, f32x4.const(ln2Low)));
  const y = f.let(add(add(tail, t), mul(e, f32x4.const(ln2High))));
  // x = +infinity and NaN give themselves; 0 gives -infinity; x < 0 gives NaN
  f.set(y, v128.bitselect(y, x, f32x4.lt(x, f32x4.const(Infinity))));
  f.set(y, v128.bitselect(f32x4.const(-Infinity), y, f32x4.eq(x, f32x4.const(0))));
  return f.let(v128.or(y, f32x4.lt(x, f32x4.const(0))));
};

/** ln(1 + e) for 0 <= e <= 1; what rounding 1 + e loses is put back. */
const log1pUnit = (f: FunctionBuilder, e: V128): V128 => {
  const u = f.let(add(e, f32x4.const(1)));
  const lost = sub(e, sub(u, f32x4.const(1)));
  return add(log(f, u), div(lost, u));
};

const signBit = i32x4.const(0x80000000);
const withSign = (magnitude: V128, sign: V128): V128 => v128.or(magnitude, v128.and(sign, signBit));

// (tanh x / x - 1) / x² in x², |x| <= 0.625, relative error 1.5e-10
const tanhPoly = [
  -0.3333333134651184, 0.13333210349082947, -0.05394720286130905, 0.021702967584133148, -0.008182673715054989,
  0.0021475369576364756,
];

/** Polynomial near 0, 1 - 2 / (e^2|x| + 1) elsewhere. */
export const tanh = (f: FunctionBuilder, value: V128): V128 => {
  const x = f.let(value);
  const a = f.let(f32x4.abs(x));
  const x2 = f.let(mul(x, x));
  const near = f.let(add(mul(mul(horner(f, x2, tanhPoly), x2), x), x));
  // tanh is 1 in f32 from 9.02 on, so e^20 is enough and cannot overflow
  const e = expNegative(f, f32x4.pmin(add(a, a), f32x4.const(20)));
  const far = withSign(sub(f32x4.const(1), div(f32x4.const(2), add(e, f32x4.const(1)))), x);
  return f.let(v128.bitselect(near, far, f32x4.lt(a, f32x4.const(0.625))));
};

/** 1 / (1 + e^-x) */
export const sigmoid = (f: FunctionBuilder, x: V128): V128 =>
  f.let(div(f32x4.const(1), add(exp(f, f32x4.neg(x)), f32x4.const(1))));

export const silu = (f: FunctionBuilder, value: V128): V128 => {
  const x = f.let(value);
  return f.let(div(x, add(exp(f, f32x4.neg(x)), f32x4.const(1))));
};

/** max(x, 0) + ln(1 + e^-|x|) */
export const softplus = (f: FunctionBuilder, value: V128): V128 => {
  const x = f.let(value);
  const e = f.let(expNegative(f, f32x4.neg(f32x4.abs(x))));
  return f.let(add(f32x4.max(x, f32x4.const(0)), log1pUnit(f, e)));
};

/** max(x, 0) (1 - t) + max(-x, 0) t + ln(1 + e^-|x|) */
export const logisticLoss = (f: FunctionBuilder, value: V128, target: V128): V128 => {
  const x = f.let(value);
  const t = f.let(target);
  const e = f.let(expNegative(f, f32x4.neg(f32x4.abs(x))));
  const zero = f32x4.const(0);
  const outside = add(mul(f32x4.max(x, zero), sub(f32x4.const(1), t)), mul(f32x4.max(f32x4.neg(x), zero), t));
  return f.let(add(outside, log1pUnit(f, e)));
};

// erf x / x in x², |x| <= 1, relative error 1.2e-9
const erfPoly = [
  1.1283791065216064, -0.3761262595653534, 0.1128358542919159, -0.026853810995817184, 0.005188327748328447,
  -0.0008010192541405559, 0.00007853857096051797,
];
// e^(t²) · erfc(t) / u in u = 1 / (1 + 0.4 t), 0 <= t <= 10.2, relative error 6.4e-8
const erfcxPoly = [
  0.22563695907592773, 0.22639702260494232, 0.20221395790576935, 0.19212767481803894, 0.08270341157913208,
  0.08373262733221054, 0.08765734732151031, -0.1420818269252777, 0.0416128933429718,
];

/** e^(t²) · erfc(t) for t >= 0 */
const erfcx = (f: FunctionBuilder, t: V128): V128 => {
  const u = f.let(div(f32x4.const(1), add(mul(t, f32x4.const(0.4)), f32x4.const(1))));
  return mul(horner(f, u, erfcxPoly), u);
};

export const erf = (f: FunctionBuilder, value: V128): V128 => {
  const x = f.let(value);
  const a = f.let(f32x4.pmin(f32x4.abs(x), f32x4.const(9)));
  const x2 = f.let(mul(a, a));
  const near = f.let(mul(horner(f, x2, erfPoly), x));
  const tail = mul(erfcx(f, a), expNegative(f, f32x4.neg(x2)));
  const far = withSign(sub(f32x4.const(1), tail), x);
  return f.let(v128.bitselect(near, far, f32x4.lt(f32x4.abs(x), f32x4.const(1))));
};

/** Φ(x), the normal distribution function, and e^(-x²/2). The lower tail keeps its relative accuracy. */
const normal = (f: FunctionBuilder, x: V128): { cdf: Local<'v128'>; bell: Local<'v128'> } => {
  const bell = f.let(expNegative(f, mul(mul(x, x), f32x4.const(-0.5))));
  // beyond 14 the bell is 0; the clamp keeps infinity · 0 away
  const t = mul(f32x4.pmin(f32x4.abs(x), f32x4.const(14)), f32x4.const(Math.SQRT1_2));
  const lower = f.let(mul(mul(erfcx(f, f.let(t)), bell), f32x4.const(0.5)));
  const cdf = f.let(v128.bitselect(lower, sub(f32x4.const(1), lower), f32x4.lt(x, f32x4.const(0))));
  return { cdf, bell };
};

/** x · Φ(x) = 0.5 · x · (1 + erf(x / √2)) */
export const gelu = (f: FunctionBuilder, value: V128): V128 => {
  const x = f.let(value);
  return f.let(mul(x, normal(f, x).cdf));
};

/** d gelu / dx = Φ(x) + x · e^(-x²/2) / √(2π) */
export const geluDerivative = (f: FunctionBuilder, value: V128): V128 => {
  // beyond 14 both terms are at their limits
  const x = f.let(f32x4.pmin(f32x4.pmax(value, f32x4.const(-14)), f32x4.const(14)));
  const { cdf, bell } = normal(f, x);
  return f.let(add(cdf, mul(mul(x, bell), f32x4.const(1 / Math.sqrt(2 * Math.PI)))));
};

// (sin r / r - 1) / r² and (cos r - 1 + r²/2) / r⁴ in r², |r| <= π/4, relative errors 4e-9 and 1e-10
const sinPoly = [-0.16666655242443085, 0.008332173340022564, -0.00019516654720064253];
const cosPoly = [0.04166664555668831, -0.001388736185617745, 0.000024437727915938012];
/** π/2 in two parts; the first has 30 bits, so that q · high is exact for |q| < 2^23. */
const halfPiHigh = Math.round((Math.PI / 2) * 2 ** 29) / 2 ** 29;
const halfPiLow = 6.123233995736766e-17 + (Math.PI / 2 - halfPiHigh);

/** r = x - q · π/2 in f64 for lanes 0 and 1 of x: r as two f32 and q as two doubles. */
const quarterTurns = (f: FunctionBuilder, x: V128): { r: V128; q: Local<'v128'> } => {
  const wide = f.let(f64x2.promoteLowF32x4(x));
  const q = f.let(f64x2.nearest(f64x2.mul(wide, f64x2.const(2 / Math.PI))));
  const r = f64x2.sub(f64x2.sub(wide, f64x2.mul(q, f64x2.const(halfPiHigh))), f64x2.mul(q, f64x2.const(halfPiLow)));
  return { r: f.let(f32x4.demoteF64x2Zero(r)), q };
};

/** The low word of a double near 1.5 · 2^52 is the integer that was added. */
const lowWords = (f: FunctionBuilder, low: V128, high: V128): V128 => {
  const magic = f64x2.const(1.5 * 2 ** 52);
  return f.let(v128.shuffle32(f64x2.add(low, magic), f64x2.add(high, magic), [0, 2, 4, 6]));
};

/** sin(x + turns · π/2). Exact to a few ULP for |x| <= 2^23; beyond that the angle itself loses bits. */
const sinTurned = (f: FunctionBuilder, value: V128, turns: number): V128 => {
  const x = f.let(value);
  const low = quarterTurns(f, x);
  const high = quarterTurns(f, v128.shuffle32(x, x, [2, 3, 2, 3]));
  const r = f.let(v128.shuffle32(low.r, high.r, [0, 1, 4, 5]));
  const q = f.let(i32x4.add(lowWords(f, low.q, high.q), i32x4.const(turns)));
  const r2 = f.let(mul(r, r));
  const sine = f.let(add(mul(mul(horner(f, r2, sinPoly), r2), r), r));
  const cosine = f.let(add(sub(mul(mul(horner(f, r2, cosPoly), r2), r2), mul(r2, f32x4.const(0.5))), f32x4.const(1)));
  const odd = i32x4.ne(v128.and(q, i32x4.const(1)), i32x4.const(0));
  const sign = i32x4.shl(v128.and(q, i32x4.const(2)), 30);
  return f.let(v128.xor(v128.bitselect(cosine, sine, odd), sign));
};

export const sin = (f: FunctionBuilder, x: V128): V128 => sinTurned(f, x, 0);
export const cos = (f: FunctionBuilder, x: V128): V128 => sinTurned(f, x, 1);

/** Signum; ±0 and NaN give themselves. */
export const sign = (f: FunctionBuilder, value: V128): V128 => {
  const x = f.let(value);
  const nonzero = v128.or(f32x4.lt(x, f32x4.const(0)), f32x4.gt(x, f32x4.const(0)));
  return f.let(v128.bitselect(withSign(f32x4.const(1), x), x, nonzero));
};
