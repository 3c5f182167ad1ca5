// Circular functions, their inverses and those of the hyperbolic ones, on four f32 lanes. Polynomials as in math.ts.

import { type FunctionBuilder, f32x4, f64x2, i32x4, type Local, type V128, v128 } from '../emitter/index.ts';
import { between, log, log1p, magnitudeOf, polynomial, withSign } from './math.ts';

const { add, sub, mul, div } = f32x4;

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

/** x = r + q · π/2: sin r, cos r and q. Exact to a few ULP for |x| <= 2^23; beyond that the angle itself loses bits. */
const sinAndCos = (
  f: FunctionBuilder,
  value: V128,
): { sine: Local<'v128'>; cosine: Local<'v128'>; q: Local<'v128'> } => {
  const x = f.let(value);
  const low = quarterTurns(f, x);
  const high = quarterTurns(f, v128.shuffle32(x, x, [2, 3, 2, 3]));
  // Far beyond 2^23 the remainder is noise; within its bounds the results stay those of some angle.
  const r = f.let(between(f, v128.shuffle32(low.r, high.r, [0, 1, 4, 5]), -Math.PI / 4, Math.PI / 4));
  const q = f.let(lowWords(f, low.q, high.q));
  const r2 = f.let(mul(r, r));
  const sine = f.let(add(mul(mul(polynomial(f, r2, sinPoly), r2), r), r));
  const cosine = f.let(add(sub(mul(mul(polynomial(f, r2, cosPoly), r2), r2), mul(r2, f.constant(0.5))), f.constant(1)));
  return { sine, cosine, q };
};

const isOdd = (f: FunctionBuilder, q: V128): V128 => i32x4.ne(v128.and(q, f.constantBits(1)), i32x4.const(0));

/** sin(x + turns · π/2) */
const sinTurned = (f: FunctionBuilder, x: V128, turns: number): V128 => {
  const { sine, cosine, q: quarters } = sinAndCos(f, x);
  const q = f.let(i32x4.add(quarters, f.constantBits(turns)));
  const odd = isOdd(f, q);
  const sign = i32x4.shl(v128.and(q, f.constantBits(2)), 30);
  return f.let(v128.xor(v128.bitselect(cosine, sine, odd), sign));
};

export const sin = (f: FunctionBuilder, x: V128): V128 => sinTurned(f, x, 0);
export const cos = (f: FunctionBuilder, x: V128): V128 => sinTurned(f, x, 1);

/** sin r / cos r, or -cos r / sin r after an odd number of quarter turns. */
export const tan = (f: FunctionBuilder, x: V128): V128 => {
  const { sine, cosine, q } = sinAndCos(f, x);
  const odd = f.let(isOdd(f, q));
  const ratio = div(v128.bitselect(cosine, sine, odd), v128.bitselect(sine, cosine, odd));
  return f.let(v128.xor(ratio, i32x4.shl(q, 31)));
};

// (atan t / t - 1) / t² in t², |t| <= tan(π/8), relative error 2.8e-9
const atanPoly = [
  -0.33333316445350647, 0.19998471438884735, -0.142435222864151, 0.10593726485967636, -0.06077990308403969,
];
const halfPiLow32 = Math.PI / 2 - Math.fround(Math.PI / 2);

/** atan a = π/2 + atan(-1/a) from tan(3π/8) on, π/4 + atan((a - 1) / (a + 1)) from tan(π/8) on, for a = |x|. */
export const atan = (f: FunctionBuilder, value: V128): V128 => {
  const x = f.let(value);
  const a = f.let(magnitudeOf(f, x));
  const large = f.let(f32x4.gt(a, f.constant(Math.SQRT2 + 1)));
  const middle = f.let(v128.andnot(f32x4.gt(a, f.constant(Math.SQRT2 - 1)), large));
  const plain = f.let(v128.or(large, middle));
  const one = f.constant(1);
  const above = v128.bitselect(f.constant(-1), v128.bitselect(sub(a, one), a, middle), large);
  const below = v128.bitselect(v128.bitselect(add(a, one), a, middle), one, plain);
  const t = f.let(div(above, below));
  const t2 = f.let(mul(t, t));
  const near = add(mul(mul(polynomial(f, t2, atanPoly), t2), t), t);
  const share = v128.bitselect(one, v128.and(f.constant(0.5), middle), large);
  const whole = f.let(share);
  const sum = add(add(near, mul(whole, f.constant(halfPiLow32))), mul(whole, f.constant(Math.PI / 2)));
  return f.let(withSign(f, sum, x));
};

/** (1 - x) · (1 + x) = 1 - x², with its digits near ±1 */
const oneLessSquare = (f: FunctionBuilder, x: V128): V128 => mul(sub(f.constant(1), x), add(x, f.constant(1)));

/** atan(x / √(1 - x²)) */
export const asin = (f: FunctionBuilder, value: V128): V128 => {
  const x = f.let(value);
  return atan(f, div(x, f32x4.sqrt(oneLessSquare(f, x))));
};

/** 2 · atan(√((1 - x) / (1 + x))) */
export const acos = (f: FunctionBuilder, value: V128): V128 => {
  const x = f.let(value);
  const half = atan(f, f32x4.sqrt(div(sub(f.constant(1), x), add(x, f.constant(1)))));
  return f.let(add(half, half));
};

/** ln(2a), where a² would overflow and a is all that counts */
const logOfDouble = (f: FunctionBuilder, a: V128): V128 => add(log(f, a), f.constant(Math.LN2));
const hugeRoot = 1e4;

/** ln(a + √(a² + 1)) = ln(1 + a + a² / (1 + √(a² + 1))), a = |x| */
export const asinh = (f: FunctionBuilder, value: V128): V128 => {
  const x = f.let(value);
  const a = f.let(magnitudeOf(f, x));
  const a2 = f.let(mul(a, a));
  const root = f32x4.sqrt(add(a2, f.constant(1)));
  const y = log1p(f, add(div(a2, add(root, f.constant(1))), a));
  const all = v128.bitselect(logOfDouble(f, a), y, f32x4.gt(a, f.constant(hugeRoot)));
  return f.let(withSign(f, all, x));
};

/** ln(x + √(x² - 1)) = ln(1 + t + √(2t + t²)), t = x - 1 */
export const acosh = (f: FunctionBuilder, value: V128): V128 => {
  const x = f.let(value);
  const t = f.let(sub(x, f.constant(1)));
  const y = log1p(f, add(f32x4.sqrt(mul(t, add(t, f.constant(2)))), t));
  const all = v128.bitselect(logOfDouble(f, x), y, f32x4.gt(x, f.constant(hugeRoot)));
  return f.let(v128.or(all, f32x4.lt(x, f.constant(1))));
};

/** ln(1 + 2a / (1 - a)) / 2, a = |x| */
export const atanh = (f: FunctionBuilder, value: V128): V128 => {
  const x = f.let(value);
  const a = f.let(magnitudeOf(f, x));
  const y = log1p(f, div(add(a, a), sub(f.constant(1), a)));
  return f.let(withSign(f, mul(y, f.constant(0.5)), x));
};
