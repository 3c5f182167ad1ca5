// Elementary functions on f32 with known errors, for every argument: NaN gives NaN, infinities give their limits. The builtins of
// WGSL promise neither (exp may be off by 3 + 2|x| ULP, tanh(89) may be NaN). Results under 2^-126 may be 0.
// NaN is told by its bits and put back at the end, infinities are compared by their bits, rounding is round(), scaling by powers of
// two adds to the exponent's bits: a compiler that takes f32 for real numbers changes nothing but last places.
// Polynomials are minimax fits of relative error, shared with packages/cpu/src/kernels/math.ts. Largest errors in ULP, measured in
// packages/webgpu/test/math.test.ts where fma rounds twice and division is correct (SwiftShader):
//   exp 0.9  exp2 1.0  expm1 1.2  log 0.8  log1p 1.3  log2 1.7  log10 2.0  tanh 1.2  erf 2.0  sigmoid 2.1  softplus 1.5
//   quotient and sqrt 0.501; relative, down to -8: gelu 4.4e-7 (and erfc), geluTanh 7.3e-6, silu 1.9e-7

//!include lib/numbers.wgsl

const log2E: f32 = 1.4426950408889634;
const log10E: f32 = 0.4342944819032518;
const ln2: f32 = 0.6931471805599453;
// ln 2 in two parts; the first has 9 bits, so that n · ln2High is exact
const ln2High: f32 = 0.693359375;
const ln2Low: f32 = -0.00021219444005469057;

// x, or NaN where `given` is NaN: for results of arithmetic that may have lost it.
fn keepNan(x: f32, given: f32) -> f32 {
  return select(x, given, isNan(given));
}

fn withSign(magnitude: f32, sign: f32) -> f32 {
  return bitcast<f32>((bitcast<u32>(magnitude) & 0x7fffffffu) | (bitcast<u32>(sign) & 0x80000000u));
}

// n - a · b exactly where n is that product but for a few last places. Products of halves of 12 bits are exact, whether fma rounds
// once or twice.
fn productRest(n: f32, a: f32, b: f32) -> f32 {
  let ah = bitcast<f32>(bitcast<u32>(a) & 0xfffff000u);
  let bh = bitcast<f32>(bitcast<u32>(b) & 0xfffff000u);
  let al = a - ah;
  let bl = b - bh;
  return (((n - ah * bh) - ah * bl) - al * bh) - al * bl;
}

// e^r - 1 for |r| <= ln 2 / 2, relative error of e^r 3e-9
fn expm1Near(r: f32) -> f32 {
  var p = fma(0.0013814318226650357, r, 0.008368851616978645);
  p = fma(p, r, 0.041668400168418884);
  p = fma(p, r, 0.16666519641876221);
  p = fma(p, r, 0.49999994039535522);
  return fma(p, r * r, r);
}

// m · 2^n for 0.5 < m < 2 and -180 <= n <= 128. Where the result is under 2^-126 a product makes it, which may give 0.
fn scaleByPower(m: f32, n: i32) -> f32 {
  let small = n < -124;
  let bits = bitcast<i32>(m) + ((n + select(0, 64, small)) << 23u);
  // above the largest number lie the bits of infinity
  let y = bitcast<f32>(min(max(bits, 0), 0x7f800000));
  return select(y, y * 5.421010862427522e-20, small);
}

struct ExpParts {
  // e^r - 1
  less1: f32,
  n: i32,
}

// x = r + n · ln 2, n = round(x / ln 2)
fn expParts(x: f32) -> ExpParts {
  let n = round(x * log2E);
  return ExpParts(expm1Near(fma(n, -ln2Low, fma(n, -ln2High, x))), i32(n));
}

fn expOf(x: f32) -> f32 {
  let parts = expParts(clamp(x, -104.0, 89.0));
  return keepNan(scaleByPower(1.0 + parts.less1, parts.n), x);
}

// e^x for x <= 0 (NaN included); results under 2^-126 are 0. Half the work of expOf, for sums of exponentials.
fn expNegative(x: f32) -> f32 {
  let parts = expParts(max(x, -88.0));
  let bits = bitcast<i32>(1.0 + parts.less1) + (parts.n << 23u);
  return keepNan(bitcast<f32>(select(bits, 0, parts.n < -125)), x);
}

// 2^n · e^(r ln 2) with n = round(x): exact for whole x.
fn exp2Of(x: f32) -> f32 {
  let c = clamp(x, -151.0, 128.0);
  let n = round(c);
  return keepNan(scaleByPower(1.0 + expm1Near((c - n) * ln2), i32(n)), x);
}

// e^x - 1 = 2 · (s · (e^r - 1) + (s - 1/2)) with s = 2^(n-1): half of it, so that s stays finite.
fn expm1Of(x: f32) -> f32 {
  // below -18 the result is -1
  let parts = expParts(clamp(x, -18.0, 89.0));
  let s = bitcast<f32>((parts.n + 126) << 23u);
  let half = fma(s, parts.less1, s - 0.5);
  return keepNan(select(half + half, parts.less1, parts.n == 0), x);
}

struct LogParts {
  e: f32,
  // m - 1
  t: f32,
  // ln m - t
  rest: f32,
}

// ln(1 + t) - t on 1/√2 - 1 <= t <= √2 - 1, relative error of ln 8e-10
fn logRest(t: f32) -> f32 {
  var p = fma(0.06746601313352585, t, -0.11675640940666199);
  p = fma(p, t, 0.11888174712657928);
  p = fma(p, t, -0.12405591458082199);
  p = fma(p, t, 0.14219550788402557);
  p = fma(p, t, -0.1666799634695053);
  p = fma(p, t, 0.2000211924314499);
  p = fma(p, t, -0.25000008940696716);
  p = fma(p, t, 0.3333331346511841);
  let t2 = t * t;
  return fma(p * t, t2, -0.5 * t2);
}

// x = 2^e · m with m in [1/√2, √2), for finite x > 0. Numbers under 2^-126 count: their bits are read as integers.
fn logParts(x: f32) -> LogParts {
  let given = bitcast<u32>(x);
  let tiny = given < 0x00800000u;
  let bits = select(given, bitcast<u32>(f32(given)), tiny);
  // taking away the bits of 1/√2 makes the exponent field count from there
  let offset = bits - 0x3f3504f3u;
  let e = (bitcast<i32>(offset) >> 23u) - select(0, 149, tiny);
  let t = bitcast<f32>((offset & 0x007fffffu) + 0x3f3504f3u) - 1.0;
  return LogParts(f32(e), t, logRest(t));
}

// y where x is a positive number; infinity and NaN give themselves, 0 gives -infinity, x < 0 NaN.
fn logLimits(x: f32, y: f32) -> f32 {
  let bits = bitcast<u32>(x);
  if (bits - 1u < 0x7f7fffffu) { return y; }
  if ((bits << 1u) == 0u) { return -infinity(); }
  if (bits > 0x80000000u && bits <= 0xff800000u) { return notANumber(); }
  return x;
}

fn logOf(x: f32) -> f32 {
  let parts = logParts(x);
  let tail = fma(parts.e, ln2Low, parts.rest);
  return logLimits(x, fma(parts.e, ln2High, tail + parts.t));
}

// e + ln m · log2 e: exact for powers of two.
fn log2Of(x: f32) -> f32 {
  let parts = logParts(x);
  return logLimits(x, fma(parts.rest + parts.t, log2E, parts.e));
}

fn log10Of(x: f32) -> f32 {
  let parts = logParts(x);
  // log10 2 in two parts; the first, 77/256, has 7 bits
  let small = fma(parts.rest + parts.t, log10E, parts.e * 0.00024874566398119521);
  return logLimits(x, fma(parts.e, 0.30078125, small));
}

// ln(1 + x) with 1 + x = 2^e · m: m - 1 = x · 2^-e + (2^-e - 1) loses nothing of x, which 1 + x does.
fn log1pOf(x: f32) -> f32 {
  let u = 1.0 + x;
  let offset = bitcast<u32>(u) - 0x3f3504f3u;
  let e = bitcast<i32>(offset) >> 23u;
  // from 2^25 on the 1 is nothing, and 2^-e may be under the smallest number
  let large = x > 33554432.0;
  let scale = bitcast<f32>(select(u32(127 - e) << 23u, 0x3f800000u, large));
  let m = bitcast<f32>((offset & 0x007fffffu) + 0x3f3504f3u);
  let t = select(fma(x, scale, scale - 1.0), m - 1.0, large);
  let y = fma(f32(e), ln2High, fma(f32(e), ln2Low, logRest(t)) + t);
  return keepNan(logLimits(u, y), x);
}

// Polynomial near 0 (relative error 1.5e-10 up to 0.625), 1 - 2 / (e^2|x| + 1) elsewhere; from 9.02 on that is 1.
fn tanhOf(x: f32) -> f32 {
  let a = abs(x);
  let x2 = x * x;
  var p = fma(0.0021475369576364756, x2, -0.008182673715054989);
  p = fma(p, x2, 0.021702967584133148);
  p = fma(p, x2, -0.05394720286130905);
  p = fma(p, x2, 0.13333210349082947);
  p = fma(p, x2, -0.3333333134651184);
  let near = fma(p * x2, x, x);
  let far = 1.0 - 2.0 / (expOf(min(a + a, 20.0)) + 1.0);
  return keepNan(select(withSign(far, x), near, a < 0.625), x);
}

struct Sigmoid {
  s: f32,
  // 1 - s
  rest: f32,
}

// s = 1 / (1 + e^-x) and 1 - s, both with all their digits.
fn sigmoidParts(x: f32) -> Sigmoid {
  let t = expOf(-abs(x));
  let large = 1.0 / (1.0 + t);
  let small = t * large;
  return Sigmoid(select(large, small, x < 0.0), select(small, large, x < 0.0));
}

fn sigmoidOf(x: f32) -> f32 {
  let t = expOf(-abs(x));
  return select(1.0, t, x < 0.0) / (1.0 + t);
}

fn siluOf(x: f32) -> f32 {
  return x * sigmoidOf(x);
}

// s · (1 + x · (1 - s)), s = sigmoid(x)
fn siluDerivative(x: f32) -> f32 {
  // beyond 104 it is at its limits; the bound keeps infinity · 0 away
  let c = clamp(x, -104.0, 104.0);
  let parts = sigmoidParts(c);
  return keepNan(parts.s * fma(c, parts.rest, 1.0), x);
}

fn siluBackward(x: f32, g: f32) -> f32 {
  return g * siluDerivative(x);
}

// max(x, 0) + ln(1 + e^-|x|)
fn softplusOf(x: f32) -> f32 {
  return max(x, 0.0) + log1pOf(expOf(-abs(x)));
}

// (1 - t) · ln(1 + e^x) + t · ln(1 + e^-x)
fn logisticLoss(x: f32, t: f32) -> f32 {
  return fma(max(x, 0.0), 1.0 - t, max(-x, 0.0) * t) + log1pOf(expOf(-abs(x)));
}

// e^(t²) · erfc(t) for t >= 0, of polynomial in u = 1 / (1 + 0.4 t); relative error 6.4e-8 up to 10.2
fn erfcxOf(t: f32) -> f32 {
  let u = 1.0 / fma(t, 0.4, 1.0);
  var p = fma(0.0416128933429718, u, -0.1420818269252777);
  p = fma(p, u, 0.08765734732151031);
  p = fma(p, u, 0.08373262733221054);
  p = fma(p, u, 0.08270341157913208);
  p = fma(p, u, 0.19212767481803894);
  p = fma(p, u, 0.20221395790576935);
  p = fma(p, u, 0.22639702260494232);
  p = fma(p, u, 0.22563695907592773);
  return p * u;
}

// e^(-c · a²) for finite a and c = 1 or 1/2; what rounding the square loses is put back.
fn bellOf(a: f32, c: f32) -> f32 {
  let square = a * a;
  let e = expOf(-c * square);
  return fma(c * productRest(square, a, a), e, e);
}

fn erfcOf(x: f32) -> f32 {
  let a = min(abs(x), 10.3);
  let tail = erfcxOf(a) * bellOf(a, 1.0);
  return keepNan(select(tail, 2.0 - tail, x < 0.0), x);
}

// Polynomial up to 1 (relative error 1.2e-9), 1 - erfc elsewhere.
fn erfOf(x: f32) -> f32 {
  let a = min(abs(x), 9.0);
  let x2 = a * a;
  var p = fma(0.00007853857096051797, x2, -0.0008010192541405559);
  p = fma(p, x2, 0.005188327748328447);
  p = fma(p, x2, -0.026853810995817184);
  p = fma(p, x2, 0.1128358542919159);
  p = fma(p, x2, -0.3761262595653534);
  p = fma(p, x2, 0.1283791065216064);
  let far = 1.0 - erfcxOf(a) * expOf(-x2);
  return keepNan(select(withSign(far, x), fma(p, x, x), abs(x) < 1.0), x);
}

// Φ(-a) = erfc(a / √2) / 2 for a >= 0 with its relative accuracy, from `bell` = e^(-a²/2).
fn normalTail(a: f32, bell: f32) -> f32 {
  return 0.5 * erfcxOf(a * 0.7071067811865476) * bell;
}

// x · Φ(x) = max(x, 0) - |x| · Φ(-|x|)
fn geluOf(x: f32) -> f32 {
  // From 15 on the tail is 0: the bound keeps 0 · infinity away, but for -infinity, which gives NaN as its product with 0 does.
  let a = min(abs(x), 15.0);
  let tail = normalTail(a, bellOf(a, 0.5));
  return keepNan(fma(-abs(min(x, 15.0)), tail, max(x, 0.0)), x);
}

// Φ(x) + x · e^(-x²/2) / √(2π)
fn geluDerivative(x: f32) -> f32 {
  // beyond 15 both terms are at their limits
  let c = clamp(x, -15.0, 15.0);
  let bell = bellOf(c, 0.5);
  let tail = normalTail(abs(c), bell);
  return keepNan(fma(c * bell, 0.3989422804014327, select(1.0 - tail, tail, c < 0.0)), x);
}

fn geluBackward(x: f32, g: f32) -> f32 {
  return g * geluDerivative(x);
}

// 2u = √(8/π) · (x + 0.044715 x³), so that (1 + tanh u) / 2 = sigmoid(2u)
const geluTanhLinear: f32 = 1.5957691216057308;
const geluTanhCubic: f32 = 0.07135481627260025;

// x · sigmoid(2u): the lower tail keeps its digits.
fn geluTanhOf(x: f32) -> f32 {
  return x * sigmoidOf(x * fma(x * x, geluTanhCubic, geluTanhLinear));
}

// s + x · s · (1 - s) · d(2u)/dx, s = sigmoid(2u)
fn geluTanhDerivative(x: f32) -> f32 {
  // beyond 12 it is at its limits
  let c = clamp(x, -12.0, 12.0);
  let c2 = c * c;
  let parts = sigmoidParts(c * fma(c2, geluTanhCubic, geluTanhLinear));
  let slope = fma(c2, 3.0 * geluTanhCubic, geluTanhLinear);
  return keepNan(parts.s * fma(c * parts.rest, slope, 1.0), x);
}

fn geluTanhBackward(x: f32, g: f32) -> f32 {
  return g * geluTanhDerivative(x);
}

// a / b to the last place, nearly always: division may be off by 2.5 ULP, and more for b beyond 2^126. Of the mantissas, and then
// scaled.
fn quotient(a: f32, b: f32) -> f32 {
  let ab = bitcast<u32>(a);
  let bb = bitcast<u32>(b);
  let ea = (ab >> 23u) & 0xffu;
  let eb = (bb >> 23u) & 0xffu;
  // 0, infinities, NaN, and numbers under 2^-126
  if (ea - 1u >= 254u || eb - 1u >= 254u) { return a / b; }
  let n = bitcast<f32>((ab & 0x007fffffu) | 0x3f800000u);
  let d = bitcast<f32>((bb & 0x007fffffu) | 0x3f800000u);
  let q = n / d;
  let better = fma(productRest(n, q, d), 1.0 / d, q);
  let y = scaleByPower(better, clamp(i32(ea) - i32(eb), -160, 128));
  return bitcast<f32>(bitcast<u32>(y) | ((ab ^ bb) & 0x80000000u));
}

// The root to the last place; NaN for x < 0. x = m · 4^k with m in [1, 4).
fn sqrtOf(x: f32) -> f32 {
  let bits = bitcast<u32>(x);
  if (bits - 0x00800000u >= 0x7f000000u) {
    // 0, infinity and NaN are their own roots
    return select(sqrt(x), select(x, notANumber(), bits > 0x80000000u && bits <= 0xff800000u), bits > 0x007fffffu);
  }
  let e = bits >> 23u;
  let m = bitcast<f32>((bits & 0x007fffffu) | ((127u + ((e + 1u) & 1u)) << 23u));
  let s = sqrt(m);
  return fma(productRest(m, s, s), 0.5 / s, s) * bitcast<f32>((((e + 1u) >> 1u) + 63u) << 23u);
}
