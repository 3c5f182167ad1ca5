// a^b on f32 lanes through f64: 2^(b · log2 a) keeps f32 accuracy although b · log2 a may reach 150.
// Rules of IEEE 754: a^0 = 1^b = 1, NaN or not; a negative base needs a whole exponent; 0^b and infinities take their limits.

import { type FunctionBuilder, f32x4, f64x2, i32x4, i64x2, type V128, v128 } from '../emitter/index.ts';

const horner = (f: FunctionBuilder, x: V128, c: readonly number[]): V128 => {
  const sum = f.let(f64x2.const(c[c.length - 1]));
  for (let i = c.length - 2; i >= 0; i--) f.set(sum, f64x2.add(f64x2.mul(sum, x), f64x2.const(c[i])));
  return sum;
};

/** log2 x = e + (2 / ln 2) · (s + s³/3 + s⁵/5 + ...), s = (m - 1) / (m + 1), for finite x > 0 that came from f32. */
const log2 = (f: FunctionBuilder, x: V128): V128 => {
  const sqrtHalf = 0x3fe6a09e667f3bcdn;
  const offset = f.let(i64x2.sub(x, i64x2.const(sqrtHalf)));
  // an arithmetic shift of the high words; i64x2.shrU would lose the sign
  const e = f.let(i32x4.shrS(v128.shuffle32(offset, offset, [1, 3, 1, 3]), 20));
  const exponent = f.let(f64x2ConvertLow(f, e));
  const m = f.let(i64x2.add(v128.and(offset, i64x2.const(0x000fffffffffffffn)), i64x2.const(sqrtHalf)));
  const s = f.let(f64x2.div(f64x2.sub(m, f64x2.const(1)), f64x2.add(m, f64x2.const(1))));
  const s2 = f.let(f64x2.mul(s, s));
  const series = horner(
    f,
    s2,
    [1, 1 / 3, 1 / 5, 1 / 7, 1 / 9, 1 / 11, 1 / 13, 1 / 15].map((c) => c * 2 * Math.LOG2E),
  );
  return f.let(f64x2.add(exponent, f64x2.mul(series, s)));
};

/** Lanes 0 and 1, small signed integers, as doubles: place them in the low word of 1.5 · 2^52. */
const f64x2ConvertLow = (f: FunctionBuilder, lanes: V128): V128 => {
  const biased = f.let(i32x4.add(lanes, i32x4.const(0x40000000)));
  const words = v128.shuffle32(biased, i32x4.const(0x43300000), [0, 4, 1, 5]);
  return f64x2.sub(words, f64x2.const(2 ** 52 + 0x40000000));
};

/** 2^y for |y| <= 1000. */
const exp2 = (f: FunctionBuilder, y: V128): V128 => {
  const magic = 1.5 * 2 ** 52;
  const shifted = f.let(f64x2.add(y, f64x2.const(magic)));
  const r = f.let(f64x2.mul(f64x2.sub(y, f64x2.sub(shifted, f64x2.const(magic))), f64x2.const(Math.LN2)));
  const terms: number[] = [1];
  for (let n = 1; n <= 11; n++) terms.push(terms[n - 1] / n);
  const scale = i64x2.shl(i64x2.add(shifted, i64x2.const(1023n)), 52);
  return f.let(f64x2.mul(horner(f, r, terms), scale));
};

/** |a|^b for lanes 0 and 1, a finite and not 0. */
const positivePower = (f: FunctionBuilder, a: V128, b: V128): V128 => {
  const y = f64x2.mul(log2(f, f.let(f64x2.promoteLowF32x4(a))), f64x2.promoteLowF32x4(b));
  // f32 overflows at 2^128 and vanishes at 2^-150
  const clamped = f.let(f64x2.pmin(f64x2.pmax(y, f64x2.const(-300)), f64x2.const(300)));
  return f.let(f32x4.demoteF64x2Zero(exp2(f, clamped)));
};

export const pow = (f: FunctionBuilder, base: V128, exponent: V128): V128 => {
  const a = f.let(base);
  const b = f.let(exponent);
  const magnitude = f.let(f32x4.abs(a));
  const high = (x: V128): V128 => v128.shuffle32(x, x, [2, 3, 2, 3]);
  const low = positivePower(f, magnitude, b);
  const y = f.let(v128.shuffle32(low, positivePower(f, f.let(high(magnitude)), f.let(high(b))), [0, 1, 4, 5]));
  const zero = f32x4.const(0);
  const infinity = f32x4.const(Infinity);

  // |a| = 0 or infinity: 0, or infinity, by the sign of b
  const isZero = f.let(f32x4.eq(a, zero));
  const isInfinite = f.let(f32x4.eq(magnitude, infinity));
  const grows = v128.bitselect(f32x4.gt(b, zero), f32x4.lt(b, zero), isInfinite);
  f.set(y, v128.bitselect(v128.and(infinity, grows), y, v128.or(isZero, isInfinite)));

  // a < 0 (or -0): a whole exponent gives the sign, another gives NaN
  const whole = f.let(f32x4.eq(f32x4.nearest(b), b));
  const half = f.let(f32x4.mul(b, f32x4.const(0.5)));
  const odd = f.let(v128.and(whole, f32x4.ne(f32x4.nearest(half), half)));
  f.set(y, v128.xor(y, v128.and(v128.and(odd, a), i32x4.const(0x80000000))));
  const negative = v128.and(f32x4.lt(a, zero), f32x4.gt(a, f32x4.const(-Infinity)));
  f.set(y, v128.or(y, v128.andnot(negative, whole)));

  // b infinite: 1 for |a| = 1, where Math.pow has NaN
  const bInfinite = f.let(f32x4.eq(f32x4.abs(b), infinity));
  const bigBase = f.let(f32x4.gt(magnitude, f32x4.const(1)));
  const up = v128.not(v128.xor(bigBase, f32x4.gt(b, zero)));
  const limit = v128.bitselect(f32x4.const(1), v128.and(infinity, up), f32x4.eq(magnitude, f32x4.const(1)));
  f.set(y, v128.bitselect(limit, y, bInfinite));

  // NaN in either, then a^0 = 1 whatever a is, and 1^b
  f.set(y, v128.or(y, v128.or(f32x4.ne(a, a), f32x4.ne(b, b))));
  return f.let(v128.bitselect(f32x4.const(1), y, v128.or(f32x4.eq(b, zero), f32x4.eq(a, f32x4.const(1)))));
};
