// Elementary functions on four f32 lanes: polynomials in mul and add, no tables, the same bytes on every engine. Errors in
// ULP are measured in test/math.test.ts. Polynomials are minimax fits of relative error (Lawson iteration on Chebyshev nodes,
// 30 digits), computed for this file on the intervals named below.

import { type FunctionBuilder, f32x4, i32x4, type Local, type V128, v128 } from '../emitter/index.ts';

const { add, sub, mul, div } = f32x4;

/**
 * c[0] + x · (c[1] + x · (...)) in the tree of Estrin: neighbours first, then pairs of them by x², pairs of those by x⁴. A loop waits for
 * the longest chain of its body, and this one grows with the logarithm of the degree.
 */
export const polynomial = (f: FunctionBuilder, x: V128, c: readonly number[]): V128 => {
  let terms = c.map((value) => f.constant(value));
  let power = x;
  while (terms.length > 1) {
    const pairs: V128[] = [];
    for (let i = 0; i < terms.length; i += 2) {
      pairs.push(i + 1 < terms.length ? f.let(f.mulAdd(terms[i + 1], power, terms[i])) : terms[i]);
    }
    terms = pairs;
    if (terms.length > 1) power = f.let(mul(power, power));
  }
  return terms[0];
};

const signBits = (f: FunctionBuilder): V128 => f.constantBits(0x80000000);
export const withSign = (f: FunctionBuilder, magnitude: V128, sign: V128): V128 =>
  v128.or(magnitude, v128.and(sign, signBits(f)));
/** |x| and -x in one instruction, where f32x4.abs and neg make their mask anew. */
export const magnitudeOf = (f: FunctionBuilder, x: V128): V128 => v128.andnot(x, signBits(f));
const negated = (f: FunctionBuilder, x: V128): V128 => v128.xor(x, signBits(f));

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

/** e^r - 1 for |r| <= ln 2 / 2 */
const expm1Near = (f: FunctionBuilder, r: V128): V128 => f.mulAdd(polynomial(f, r, expPoly), f.let(mul(r, r)), r);

/** x = r + n · ln 2 with n = round(x / ln 2): r, and a float whose low bits are n (garbage where x is NaN; r is NaN there). */
const reduced = (f: FunctionBuilder, x: V128): { r: Local<'v128'>; shifted: Local<'v128'> } => {
  const shifted = f.let(f.mulAdd(x, f.constant(log2e), f.constant(roundMagic)));
  const whole = f.let(sub(shifted, f.constant(roundMagic)));
  const high = f.mulAdd(whole, f.constant(-ln2High), x);
  return { r: f.let(f.mulAdd(whole, f.constant(-ln2Low), high)), shifted };
};

/** e^r - 1, and n as integers. */
const expm1Parts = (f: FunctionBuilder, x: V128): { less1: Local<'v128'>; n: Local<'v128'> } => {
  const { r, shifted } = reduced(f, x);
  return { less1: f.let(expm1Near(f, r)), n: f.let(i32x4.sub(shifted, f.constant(roundMagic))) };
};

const expParts = (f: FunctionBuilder, x: V128): { mantissa: Local<'v128'>; n: Local<'v128'> } => {
  const { less1, n } = expm1Parts(f, x);
  return { mantissa: f.let(add(less1, f.constant(1))), n };
};

const powerOfTwo = (f: FunctionBuilder, n: V128): V128 => i32x4.shl(i32x4.add(n, f.constantBits(127)), 23);

/** mantissa · 2^n in two scalings, so that denormal results and the last factor of two before infinity come out right. */
const scaled = (f: FunctionBuilder, mantissa: V128, n: V128): V128 => {
  const half = f.let(i32x4.shrS(n, 1));
  return f.let(mul(mul(mantissa, powerOfTwo(f, half)), powerOfTwo(f, i32x4.sub(n, half))));
};

export const between = (f: FunctionBuilder, x: V128, low: number, high: number): V128 =>
  f32x4.pmin(f32x4.pmax(x, f.constant(low)), f.constant(high));

/** e^x everywhere. */
export const exp = (f: FunctionBuilder, x: V128): V128 => {
  const { mantissa, n } = expParts(f, f.let(between(f, x, -104, 89)));
  return scaled(f, mantissa, n);
};

/** 2^x = 2^n · e^(r ln 2) with n = round(x): exact for whole x. */
export const exp2 = (f: FunctionBuilder, value: V128): V128 => {
  const x = f.let(between(f, value, -151, 129));
  const whole = f.let(f32x4.nearest(x));
  const r = f.let(mul(sub(x, whole), f.constant(Math.LN2)));
  return scaled(f, f.let(add(expm1Near(f, r), f.constant(1))), f.let(i32x4.truncSatF32x4S(whole)));
};

/** e^x - 1 = 2 · (s · (e^r - 1) + (s - 1/2)) with s = 2^(n-1): half of it, so that s stays finite. */
export const expm1 = (f: FunctionBuilder, x: V128): V128 => {
  // below -18 the result is -1
  const { less1, n } = expm1Parts(f, f.let(between(f, x, -18, 89)));
  const s = f.let(powerOfTwo(f, i32x4.sub(n, f.constantBits(1))));
  const half = f.let(add(mul(s, less1), sub(s, f.constant(0.5))));
  return f.let(add(half, half));
};

/** e^|x| / 2, which is finite wherever sinh and cosh are. */
const halfExpOfMagnitude = (f: FunctionBuilder, magnitude: V128): V128 => {
  const { mantissa, n } = expParts(f, f.let(f32x4.pmin(magnitude, f.constant(90))));
  return scaled(f, mantissa, f.let(i32x4.sub(n, f.constantBits(1))));
};

/** h + 1 / 4h with h = e^|x| / 2 */
export const cosh = (f: FunctionBuilder, x: V128): V128 => {
  const h = halfExpOfMagnitude(f, f.let(magnitudeOf(f, x)));
  return f.let(add(h, div(f.constant(0.25), h)));
};

/** The series for |x| < 1 (its next term is 1.6e-10 of the sum), h - 1 / 4h with h = e^|x| / 2 elsewhere. */
export const sinh = (f: FunctionBuilder, value: V128): V128 => {
  const x = f.let(value);
  const a = f.let(magnitudeOf(f, x));
  const x2 = f.let(mul(x, x));
  const near = f.let(add(mul(mul(polynomial(f, x2, [1 / 6, 1 / 120, 1 / 5040, 1 / 362880, 1 / 39916800]), x2), x), x));
  const h = halfExpOfMagnitude(f, a);
  const far = withSign(f, sub(h, div(f.constant(0.25), h)), x);
  return f.let(v128.bitselect(near, far, f32x4.lt(a, f.constant(1))));
};

/** e^x for x <= 88: one scaling; results under 2^-126.5 are 0. */
export const expNegative = (f: FunctionBuilder, x: V128): V128 => {
  const { r, shifted } = reduced(f, f.let(f32x4.pmax(x, f.constant(-88))));
  const mantissa = add(expm1Near(f, r), f.constant(1));
  // n << 23 + the bits of 1: the upper bits of `shifted` fall out
  const power = i32x4.add(i32x4.shl(shifted, 23), f.constant(1));
  return f.let(mul(mantissa, power));
};

// (ln(1 + t) - t + t²/2) / t³ on 1/√2 - 1 <= t <= √2 - 1, relative error of ln 8e-10
const logPoly = [
  0.3333331346511841, -0.25000008940696716, 0.2000211924314499, -0.1666799634695053, 0.14219550788402557,
  -0.12405591458082199, 0.11888174712657928, -0.11675640940666199, 0.06746601313352585,
];

/** x = 2^e · m with m in [1/√2, √2): e, t = m - 1, and ln m - t, for positive x; denormals count. */
const logParts = (f: FunctionBuilder, x: V128): { e: V128; t: V128; rest: V128 } => {
  const tiny = f.let(f32x4.lt(x, f.constant(2 ** -126)));
  const normal = f.let(v128.bitselect(mul(x, f.constant(2 ** 23)), x, tiny));
  // subtracting the bits of 1/√2 makes the exponent field count from there
  const offset = f.let(i32x4.sub(normal, f.constantBits(0x3f3504f3)));
  const e = f.let(sub(f32x4.convertI32x4S(i32x4.shrS(offset, 23)), v128.and(tiny, f.constant(23))));
  const m = i32x4.add(v128.and(offset, f.constantBits(0x007fffff)), f.constantBits(0x3f3504f3));
  const t = f.let(sub(m, f.constant(1)));
  const t2 = f.let(mul(t, t));
  const p = polynomial(f, t, logPoly);
  return { e, t, rest: f.mulAdd(mul(p, t), t2, mul(t2, f.constant(-0.5))) };
};

/** x = +infinity and NaN give themselves; 0 gives -infinity; x < 0 gives NaN. */
const logLimits = (f: FunctionBuilder, x: V128, value: V128): V128 => {
  const y = f.let(v128.bitselect(value, x, f32x4.lt(x, f.constant(Infinity))));
  f.set(y, v128.bitselect(f.constant(-Infinity), y, f32x4.eq(x, f32x4.const(0))));
  return f.let(v128.or(y, f32x4.lt(x, f32x4.const(0))));
};

/** ln x */
export const log = (f: FunctionBuilder, value: V128): V128 => {
  const x = f.let(value);
  const { e, t, rest } = logParts(f, x);
  const tail = f.mulAdd(e, f.constant(ln2Low), rest);
  return logLimits(f, x, f.mulAdd(e, f.constant(ln2High), add(tail, t)));
};

/** log2 x = e + ln m · log2 e: exact for powers of two. */
export const log2 = (f: FunctionBuilder, value: V128): V128 => {
  const x = f.let(value);
  const { e, t, rest } = logParts(f, x);
  return logLimits(f, x, f.mulAdd(add(rest, t), f.constant(log2e), e));
};

/** log10 2 in two parts; the first has 7 bits, so e · log10Of2High is exact. */
const log10Of2High = 77 / 256;
const log10Of2Low = Math.log10(2) - log10Of2High;

export const log10 = (f: FunctionBuilder, value: V128): V128 => {
  const x = f.let(value);
  const { e, t, rest } = logParts(f, x);
  const small = add(mul(add(rest, t), f.constant(Math.LOG10E)), mul(e, f.constant(log10Of2Low)));
  return logLimits(f, x, add(small, mul(e, f.constant(log10Of2High))));
};

/** ln(1 + x); what rounding 1 + x loses is put back, where that is a number and not 0. */
export const log1p = (f: FunctionBuilder, value: V128): V128 => {
  const x = f.let(value);
  const u = f.let(add(x, f.constant(1)));
  const lost = f.let(sub(x, sub(u, f.constant(1))));
  const more = v128.and(div(lost, u), f32x4.gt(f32x4.abs(lost), f32x4.const(0)));
  return f.let(add(log(f, u), more));
};

/** ln(1 + e) for 0 <= e <= 1. */
const log1pUnit = (f: FunctionBuilder, e: V128): V128 => {
  const u = f.let(add(e, f.constant(1)));
  const lost = sub(e, sub(u, f.constant(1)));
  return add(log(f, u), div(lost, u));
};

// (tanh x / x - 1) / x² in x², |x| <= 0.625, relative error 1.5e-10
const tanhPoly = [
  -0.3333333134651184, 0.13333210349082947, -0.05394720286130905, 0.021702967584133148, -0.008182673715054989,
  0.0021475369576364756,
];

/** Polynomial near 0, 1 - 2 / (e^2|x| + 1) elsewhere. */
export const tanh = (f: FunctionBuilder, value: V128): V128 => {
  const x = f.let(value);
  const a = f.let(magnitudeOf(f, x));
  const x2 = f.let(mul(x, x));
  const near = f.let(f.mulAdd(mul(polynomial(f, x2, tanhPoly), x2), x, x));
  // tanh is 1 in f32 from 9.02 on, so e^20 is enough and cannot overflow
  const e = expNegative(f, f32x4.pmin(add(a, a), f.constant(20)));
  const far = withSign(f, sub(f.constant(1), div(f.constant(2), add(e, f.constant(1)))), x);
  return f.let(v128.bitselect(near, far, f32x4.lt(a, f.constant(0.625))));
};

/** 1 / (1 + e^-x) */
export const sigmoid = (f: FunctionBuilder, x: V128): V128 =>
  f.let(div(f.constant(1), add(exp(f, negated(f, x)), f.constant(1))));

export const silu = (f: FunctionBuilder, value: V128): V128 => {
  const x = f.let(value);
  return f.let(div(x, add(exp(f, negated(f, x)), f.constant(1))));
};

/** s = sigmoid(x) and 1 - s, both with all their digits. */
const sigmoidAndRest = (f: FunctionBuilder, x: V128): { s: V128; rest: V128 } => {
  const t = f.let(exp(f, v128.or(x, signBits(f))));
  const large = f.let(div(f.constant(1), add(t, f.constant(1))));
  const small = f.let(mul(t, large));
  const negative = f.let(f32x4.lt(x, f32x4.const(0)));
  return { s: v128.bitselect(small, large, negative), rest: v128.bitselect(large, small, negative) };
};

/** d silu / dx = s · (1 + x · (1 - s)), s = sigmoid(x) */
export const siluDerivative = (f: FunctionBuilder, value: V128): V128 => {
  // beyond 104 it is at its limits; the clamp keeps infinity · 0 away
  const x = f.let(between(f, value, -104, 104));
  const { s, rest } = sigmoidAndRest(f, x);
  return f.let(mul(s, add(mul(x, rest), f.constant(1))));
};

// 2u = √(8/π) · (x + 0.044715 x³), so that 0.5 · (1 + tanh u) = sigmoid(2u)
const tanhFormLinear = Math.sqrt(8 / Math.PI);
const tanhFormCubic = 0.044715 * tanhFormLinear;

/** x · sigmoid(2u) = 0.5 · x · (1 + tanh u); the lower tail keeps its digits. */
export const geluTanh = (f: FunctionBuilder, value: V128): V128 => {
  const x = f.let(value);
  const z = mul(x, add(mul(mul(x, x), f.constant(tanhFormCubic)), f.constant(tanhFormLinear)));
  return f.let(div(x, add(exp(f, negated(f, z)), f.constant(1))));
};

/** d = s + x · s · (1 - s) · d(2u)/dx, s = sigmoid(2u) */
export const geluTanhDerivative = (f: FunctionBuilder, value: V128): V128 => {
  // beyond 12 it is at its limits; the clamp keeps infinity · 0 away
  const x = f.let(between(f, value, -12, 12));
  const x2 = f.let(mul(x, x));
  const z = f.let(mul(x, add(mul(x2, f.constant(tanhFormCubic)), f.constant(tanhFormLinear))));
  const { s, rest } = sigmoidAndRest(f, z);
  const slope = add(mul(x2, f.constant(3 * tanhFormCubic)), f.constant(tanhFormLinear));
  return f.let(mul(s, add(mul(mul(x, rest), slope), f.constant(1))));
};

/** max(x, 0) + ln(1 + e^-|x|) */
export const softplus = (f: FunctionBuilder, value: V128): V128 => {
  const x = f.let(value);
  const e = f.let(expNegative(f, v128.or(x, signBits(f))));
  return f.let(add(f32x4.max(x, f32x4.const(0)), log1pUnit(f, e)));
};

/** max(x, 0) (1 - t) + max(-x, 0) t + ln(1 + e^-|x|) */
export const logisticLoss = (f: FunctionBuilder, value: V128, target: V128): V128 => {
  const x = f.let(value);
  const t = f.let(target);
  const e = f.let(expNegative(f, v128.or(x, signBits(f))));
  const zero = f32x4.const(0);
  const outside = add(mul(f32x4.max(x, zero), sub(f.constant(1), t)), mul(f32x4.max(negated(f, x), zero), t));
  return f.let(add(outside, log1pUnit(f, e)));
};

// erf x / x - 1 in x², |x| <= 1, relative error of erf 1.2e-9
const erfPoly = [
  0.1283791065216064, -0.3761262595653534, 0.1128358542919159, -0.026853810995817184, 0.005188327748328447,
  -0.0008010192541405559, 0.00007853857096051797,
];
// e^(t²) · erfc(t) / u in u = 1 / (1 + 0.4 t), 0 <= t <= 10.2, relative error 6.4e-8
const erfcxPoly = [
  0.22563695907592773, 0.22639702260494232, 0.20221395790576935, 0.19212767481803894, 0.08270341157913208,
  0.08373262733221054, 0.08765734732151031, -0.1420818269252777, 0.0416128933429718,
];

/** e^(t²) · erfc(t) for t >= 0; `factor` is a part of the argument, as t = factor · a. */
const erfcx = (f: FunctionBuilder, a: V128, factor = 1): V128 => {
  const u = f.let(div(f.constant(1), f.mulAdd(a, f.constant(0.4 * factor), f.constant(1))));
  return mul(polynomial(f, u, erfcxPoly), u);
};

export const erf = (f: FunctionBuilder, value: V128): V128 => {
  const x = f.let(value);
  const a = f.let(f32x4.pmin(magnitudeOf(f, x), f.constant(9)));
  const x2 = f.let(mul(a, a));
  const near = f.let(f.mulAdd(polynomial(f, x2, erfPoly), x, x));
  const tail = mul(erfcx(f, a), expNegative(f, negated(f, x2)));
  const far = withSign(f, sub(f.constant(1), tail), x);
  return f.let(v128.bitselect(near, far, f32x4.lt(magnitudeOf(f, x), f.constant(1))));
};

/** Φ(-a) = erfc(a / √2) / 2 for a >= 0 with its relative accuracy, from `bell` = e^(-a²/2). */
const normalTail = (f: FunctionBuilder, a: V128, bell: V128): V128 =>
  f.let(mul(mul(erfcx(f, a, Math.SQRT1_2), f.constant(0.5)), bell));

const bellOf = (f: FunctionBuilder, x: V128): V128 => f.let(expNegative(f, mul(mul(x, x), f.constant(-0.5))));

/** x · Φ(x) = max(x, 0) - |x| · Φ(-|x|) */
export const gelu = (f: FunctionBuilder, value: V128): V128 => {
  const x = f.let(value);
  // From 14 on the tail is 0: the bound keeps 0 · infinity away, but for x = -infinity, which gives NaN as its product with 0 does.
  const a = f.let(magnitudeOf(f, f32x4.pmin(x, f.constant(14))));
  const tail = normalTail(f, a, bellOf(f, x));
  // pmax keeps NaN in its first operand
  return f.let(sub(f32x4.pmax(x, f32x4.const(0)), mul(a, tail)));
};

/** d gelu / dx = Φ(x) + x · e^(-x²/2) / √(2π) */
export const geluDerivative = (f: FunctionBuilder, value: V128): V128 => {
  // beyond 14 both terms are at their limits
  const x = f.let(f32x4.pmin(f32x4.pmax(value, f.constant(-14)), f.constant(14)));
  const bell = bellOf(f, x);
  const tail = normalTail(f, f.let(magnitudeOf(f, x)), bell);
  const cdf = v128.bitselect(tail, sub(f.constant(1), tail), f32x4.lt(x, f32x4.const(0)));
  return f.let(f.mulAdd(mul(x, bell), f.constant(1 / Math.sqrt(2 * Math.PI)), cdf));
};

/** Signum; ±0 and NaN give themselves. */
export const sign = (f: FunctionBuilder, value: V128): V128 => {
  const x = f.let(value);
  const nonzero = v128.or(f32x4.lt(x, f32x4.const(0)), f32x4.gt(x, f32x4.const(0)));
  return f.let(v128.bitselect(withSign(f, f.constant(1), x), x, nonzero));
};
