// Circular functions, their inverses and those of the hyperbolic ones, as in lib/math.wgsl. Angles are exact to a few ULP however
// large they are. Largest errors in ULP, measured as there:
//   sin 1.6  cos 1.7  tan 3.0  asin 2.2  acos 2.5  atan 1.9  sinh 1.2  cosh 1.3  asinh 1.4  acosh 2.0  atanh 1.8

//!include lib/math.wgsl
//!include lib/wide.wgsl

struct Angle {
  // x = r + q · π/2, |r| <= π/4
  r: f32,
  q: u32,
}

// 2/π in words of 32 bits after the point, with a word of 0 ahead.
fn twoOverPi(word: u32) -> u32 {
  switch (word) {
    case 1u: { return 0xa2f9836eu; }
    case 2u: { return 0x4e441529u; }
    case 3u: { return 0xfc2757d1u; }
    case 4u: { return 0xf534ddc0u; }
    case 5u: { return 0xdb629599u; }
    case 6u: { return 0x3c439041u; }
    case 7u: { return 0xfe5163abu; }
    default: { return 0u; }
  }
}

// x · 2/π modulo 4 in fixed point (Payne and Hanek 1983), for finite |x| >= 1: three words of 2/π from the first that counts.
fn exactAngle(x: f32) -> Angle {
  let bits = bitcast<u32>(x);
  let mantissa = (bits & 0x007fffffu) | 0x00800000u;
  // |x| = mantissa · 2^(e - 23). Bits of 2/π from e - 24 on make numbers under 4, the first of them 2.
  let e = ((bits >> 23u) & 0xffu) - 127u;
  let start = e + 7u;
  let word = start >> 5u;
  let shift = start & 31u;
  var w: array<u32, 4>;
  for (var i = 0u; i < 4u; i++) { w[i] = twoOverPi(word + i); }
  if (shift > 0u) {
    for (var i = 0u; i < 3u; i++) { w[i] = (w[i] << shift) | (w[i + 1u] >> (32u - shift)); }
  }
  // the upper two words of mantissa · w modulo 2^96, the topmost bit being worth 2 quarter turns
  let low = mantissa * w[1] + upperProduct(mantissa, w[2]);
  let carry = select(0u, 1u, low < mantissa * w[1]);
  let high = mantissa * w[0] + upperProduct(mantissa, w[1]) + carry;
  var q = high >> 30u;
  // the fraction of a quarter turn in 62 bits, as a signed number around the nearest quarter
  var f1 = (high << 2u) | (low >> 30u);
  var f0 = low << 2u;
  let above = f1 >= 0x80000000u;
  if (above) {
    q += 1u;
    f1 = ~f1 + select(0u, 1u, f0 == 0u);
    f0 = ~f0 + 1u;
  }
  // 32 bits of it from the first that is set
  let zeros = select(countLeadingZeros(f1), 32u + countLeadingZeros(f0), f1 == 0u);
  var lead = f1;
  if (zeros >= 32u) { lead = f0 << (zeros & 31u); }
  else if (zeros > 0u) { lead = (f1 << zeros) | (f0 >> (32u - zeros)); }
  // times π/2 = 0xc90fdaa2 · 2^-31, and rounded once
  let scale = bitcast<f32>((96u - min(zeros, 64u)) << 23u);
  let r = f32(upperProduct(lead, 0xc90fdaa2u)) * scale;
  let negative = (bits >> 31u) == 1u;
  return Angle(select(r, -r, above != negative), select(q, 0u - q, negative));
}

fn angleOf(x: f32) -> Angle {
  if (abs(x) > 4000.0) { return exactAngle(x); }
  let q = round(x * 0.6366197723675814);
  // π/2 in four parts; the first three have 11 bits, so that their products with q are exact
  let r = fma(q, -7.549533620476723e-8, fma(q, -4.837512969970703e-4, fma(q, -1.5703125, x)));
  return Angle(fma(q, -2.563344151594519e-12, r), bitcast<u32>(i32(q)));
}

// sin r and cos r for |r| <= π/4, relative errors 4e-9 and 1e-10
fn sinNear(r: f32) -> f32 {
  let r2 = r * r;
  let p = fma(fma(-0.00019516654720064253, r2, 0.008332173340022564), r2, -0.16666655242443085);
  return fma(p * r2, r, r);
}

fn cosNear(r: f32) -> f32 {
  let r2 = r * r;
  let p = fma(fma(0.000024437727915938012, r2, -0.001388736185617745), r2, 0.04166664555668831);
  return fma(r2, fma(p, r2, -0.5), 1.0);
}

// sin(x + turns · π/2)
fn sinTurned(x: f32, turns: u32) -> f32 {
  if (isInf(x)) { return notANumber(); }
  let angle = angleOf(x);
  let q = angle.q + turns;
  let y = select(sinNear(angle.r), cosNear(angle.r), (q & 1u) == 1u);
  return keepNan(bitcast<f32>(bitcast<u32>(y) ^ ((q & 2u) << 30u)), x);
}

fn sinOf(x: f32) -> f32 {
  return sinTurned(x, 0u);
}

fn cosOf(x: f32) -> f32 {
  return sinTurned(x, 1u);
}

// sin r / cos r, or -cos r / sin r after an odd number of quarter turns.
fn tanOf(x: f32) -> f32 {
  if (isInf(x)) { return notANumber(); }
  let angle = angleOf(x);
  let odd = (angle.q & 1u) == 1u;
  let s = sinNear(angle.r);
  let c = cosNear(angle.r);
  return keepNan(quotient(select(s, -c, odd), select(c, s, odd)), x);
}

// atan a = π/2 + atan(-1/a) from tan(3π/8) on, π/4 + atan((a - 1) / (a + 1)) from tan(π/8) on, for a = |x|.
// (atan t / t - 1) / t² in t², |t| <= tan(π/8), has relative error 2.8e-9.
fn atanOf(x: f32) -> f32 {
  let a = abs(x);
  let large = a > 2.414213562373095;
  let middle = a > 0.41421356237309503 && !large;
  let t = quotient(select(select(a, a - 1.0, middle), -1.0, large), select(select(1.0, a + 1.0, middle), a, large));
  let t2 = t * t;
  var p = fma(-0.06077990308403969, t2, 0.10593726485967636);
  p = fma(p, t2, -0.142435222864151);
  p = fma(p, t2, 0.19998471438884735);
  p = fma(p, t2, -0.33333316445350647);
  let near = fma(p * t2, t, t);
  let whole = select(select(0.0, 0.5, middle), 1.0, large);
  // π/2 in two parts
  let y = fma(whole, 1.5707963267948966, fma(whole, -4.371139000186241e-8, near));
  return keepNan(withSign(y, x), x);
}

// atan(x / √(1 - x²)), with the digits of 1 - x² near ±1
fn asinOf(x: f32) -> f32 {
  if (abs(x) == 1.0) { return withSign(1.5707963267948966, x); }
  return atanOf(quotient(x, sqrtOf((1.0 - x) * (1.0 + x))));
}

// 2 · atan(√((1 - x) / (1 + x)))
fn acosOf(x: f32) -> f32 {
  if (x == -1.0) { return 3.141592653589793; }
  let y = atanOf(sqrtOf(quotient(1.0 - x, 1.0 + x)));
  return y + y;
}

// e^|x| / 2, which is finite wherever sinh and cosh are.
fn halfExpOfMagnitude(x: f32) -> f32 {
  let parts = expParts(min(abs(x), 90.0));
  return scaleByPower(1.0 + parts.less1, parts.n - 1);
}

// The series for |x| < 1 (its next term is 1.6e-10 of the sum), h - 1 / 4h with h = e^|x| / 2 elsewhere.
fn sinhOf(x: f32) -> f32 {
  let x2 = x * x;
  var p = fma(2.505210838544172e-8, x2, 2.7557319223985893e-6);
  p = fma(p, x2, 0.0001984126984126984);
  p = fma(p, x2, 0.008333333333333333);
  p = fma(p, x2, 0.16666666666666666);
  let h = halfExpOfMagnitude(x);
  return keepNan(select(withSign(h - 0.25 / h, x), fma(p * x2, x, x), abs(x) < 1.0), x);
}

// h + 1 / 4h
fn coshOf(x: f32) -> f32 {
  let h = halfExpOfMagnitude(x);
  return keepNan(h + 0.25 / h, x);
}

// ln(a + √(a² + 1)) = ln(1 + a + a² / (1 + √(a² + 1))), a = |x|; ln(2a) where a² would overflow and a is all that counts
fn asinhOf(x: f32) -> f32 {
  let a = abs(x);
  let a2 = a * a;
  if (a > 1e4) { return withSign(logOf(a) + ln2, x); }
  return keepNan(withSign(log1pOf(a + quotient(a2, 1.0 + sqrtOf(a2 + 1.0))), x), x);
}

// ln(x + √(x² - 1)) = ln(1 + t + √(2t + t²)), t = x - 1
fn acoshOf(x: f32) -> f32 {
  if (x < 1.0) { return notANumber(); }
  if (x > 1e4) { return logOf(x) + ln2; }
  let t = x - 1.0;
  return keepNan(log1pOf(t + sqrtOf(t * (t + 2.0))), x);
}

// ln(1 + 2a / (1 - a)) / 2, a = |x|
fn atanhOf(x: f32) -> f32 {
  let a = abs(x);
  if (a == 1.0) { return withSign(infinity(), x); }
  if (a > 1.0) { return notANumber(); }
  return keepNan(withSign(0.5 * log1pOf(quotient(a + a, 1.0 - a)), x), x);
}
