// Functions of numbers that are two floats each (lib/compensated.wgsl), good to about 40 bits: what a loop on the host has in
// float64. Arguments are finite but for products; logarithms are of positive numbers.

//!include lib/math.wgsl
//!include lib/compensated.wgsl

fn wide(x: f32) -> vec2<f32> {
  return vec2(x, 0.0);
}

fn mulWide(a: vec2<f32>, b: vec2<f32>) -> vec2<f32> {
  let p = twoProduct(a.x, b.x);
  if (isInf(p.x)) { return p; }
  return fastTwoSum(p.x, p.y + (a.x * b.y + a.y * b.x));
}

fn mulFloat(a: vec2<f32>, b: f32) -> vec2<f32> {
  let p = twoProduct(a.x, b);
  if (isInf(p.x)) { return p; }
  return fastTwoSum(p.x, p.y + a.y * b);
}

fn divWide(a: vec2<f32>, b: vec2<f32>) -> vec2<f32> {
  let q = a.x / b.x;
  let rest = addCompensated(a, -mulFloat(b, q));
  let second = rest.x / b.x;
  let third = addCompensated(rest, -mulFloat(b, second)).x / b.x;
  return addFloat(fastTwoSum(q, second), third);
}

fn sqrtWide(a: vec2<f32>) -> vec2<f32> {
  if (a.x <= 0.0) { return vec2(0.0); }
  let s = sqrtOf(a.x);
  return fastTwoSum(s, (productRest(a.x, s, s) + a.y) / (2.0 * s));
}

struct WideExp {
  // e^x = m · 2^n
  m: vec2<f32>,
  n: i32,
}

fn expPartsWide(x: vec2<f32>) -> WideExp {
  let n = round(x.x * log2E);
  // ln 2 in three parts; the first has 9 bits, so that n · ln2High is exact
  var r = addFloat(x, -n * ln2High);
  r = addCompensated(r, -twoProduct(n, -0.00021219444170128554));
  r = addFloat(r, -n * 1.646594969748061e-12);
  // terms from r^5 / 5! on in f32
  let f = r.x;
  var q = fma(2.7557319223985893e-6, f, 2.48015873015873e-5);
  q = fma(q, f, 0.0001984126984126984);
  q = fma(q, f, 0.001388888888888889);
  q = fma(q, f, 0.008333333333333333) * f;
  var p = addFloat(vec2(0.0416666679084301, -1.2417634351336027e-9), q);
  p = addCompensated(mulWide(p, r), vec2(0.1666666716337204, -4.967053740534411e-9));
  p = addFloat(mulWide(p, r), 0.5);
  p = addFloat(mulWide(p, r), 1.0);
  p = addFloat(mulWide(p, r), 1.0);
  return WideExp(p, i32(n));
}

fn expWide(x: vec2<f32>) -> vec2<f32> {
  if (x.x < -104.0) { return vec2(0.0); }
  if (x.x > 89.0) { return vec2(infinity(), 0.0); }
  let parts = expPartsWide(x);
  let half = parts.n / 2;
  let a = bitcast<f32>(u32(half + 127) << 23u);
  let b = bitcast<f32>(u32(parts.n - half + 127) << 23u);
  let y = vec2(settled(parts.m.x * a), settled(parts.m.y * a)) * b;
  return vec2(y.x, select(y.y, 0.0, isInf(y.x)));
}

// n · ln 2
fn timesLn2(n: f32) -> vec2<f32> {
  let high = addCompensated(vec2(n * ln2High, 0.0), twoProduct(n, -0.00021219444170128554));
  return addFloat(high, n * 1.646594969748061e-12);
}

// x = m · 2^n; one step of Newton from the f32 logarithm of m: y + (m · e^-y - 1) - (...)² / 2
fn logWide(x: vec2<f32>) -> vec2<f32> {
  let parts = logParts(x.x);
  let scale = bitcast<f32>(u32(clamp(127 - i32(parts.e), 1, 254)) << 23u);
  // under 2^-126 the float alone counts
  let m = select(vec2(parts.t + 1.0, 0.0), vec2(x.x * scale, x.y * scale), abs(parts.e) < 126.0);
  let y = parts.t + parts.rest;
  let e = expPartsWide(vec2(-y, 0.0));
  let power = bitcast<f32>(u32(e.n + 127) << 23u);
  let t = addFloat(mulWide(m, e.m * power), -1.0);
  let better = addFloat(addFloat(t, y), -0.5 * t.x * t.x);
  return addCompensated(timesLn2(parts.e), better);
}
