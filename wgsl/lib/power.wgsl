// a^b on f32: 2^(b · log2 a) with b · log2 a in two floats, 36 bits, since it may reach 150. Products are of halves of 12 bits, which
// are exact. Relative error 1.6e-7 for results from 2^-120 to 2^120 (measured in packages/webgpu/test/strided.test.ts).
// Rules of IEEE 754: a^0 = 1^b = 1, NaN or not; a negative base needs a whole exponent; 0^b and infinities take their limits.

//!include lib/math.wgsl

fn upperHalf(x: f32) -> f32 {
  return bitcast<f32>(bitcast<u32>(x) & 0xfffff000u);
}

struct TwoFloats {
  // 12 bits
  high: f32,
  low: f32,
}

// log2 x for a finite x > 0, x = 2^e · m: e + K · (s + s³/3 + s⁵/5 + ...), s = (m - 1) / (m + 1), K = 2 / ln 2
fn log2Parts(x: f32) -> TwoFloats {
  let parts = logParts(x);
  let t = parts.t;
  // s in two parts, from t - s · (2 + t)
  let high = upperHalf(t / (2.0 + t));
  let th = upperHalf(t);
  let low = (((t - 2.0 * high) - high * th) - high * (t - th)) / (2.0 + t);
  let s = high + low;
  let s2 = s * s;
  var p = fma(0.2623081892525388, s2, 0.3205988979753252);
  p = fma(p, s2, 0.4121985831111324);
  p = fma(p, s2, 0.5770780163555853);
  p = fma(p, s2, 0.9617966939259756);
  // K in two parts, the first of 12 bits
  let rest = fma(p * s2, s, fma(2.884765625, low, 0.000624456777926774 * s));
  let product = 2.884765625 * high;
  let sum = upperHalf(parts.e + product);
  return TwoFloats(sum, (product - (sum - parts.e)) + rest);
}

// a^b for a finite a > 0 and a finite b.
fn positivePower(a: f32, b: f32) -> f32 {
  let logarithm = log2Parts(a);
  let rough = b * (logarithm.high + logarithm.low);
  let bh = upperHalf(b);
  let y = bh * logarithm.high;
  let rest = fma(b, logarithm.low, (b - bh) * logarithm.high);
  let n = round(y + rest);
  let r = ((y - n) + rest) * ln2;
  let z = scaleByPower(1.0 + expm1Near(r), i32(clamp(n, -160.0, 128.0)));
  if (rough > 129.0) { return infinity(); }
  return select(z, 0.0, rough < -151.0);
}

fn powOf(a: f32, b: f32) -> f32 {
  if ((bitcast<u32>(b) << 1u) == 0u || bitcast<u32>(a) == 0x3f800000u) { return 1.0; }
  if (isNan(a)) { return a; }
  if (isNan(b)) { return b; }
  let magnitude = abs(a);
  let bits = bitcast<u32>(magnitude);
  if (isInf(b)) {
    if (magnitude == 1.0) { return 1.0; }
    return select(0.0, infinity(), (magnitude > 1.0) == (b > 0.0));
  }
  // numbers from 2^24 on are whole and even
  let whole = floor(b) == b;
  let odd = whole && abs(b) < 16777216.0 && (i32(clamp(b, -16777216.0, 16777216.0)) & 1) == 1;
  var y: f32;
  if (bits == 0u || bits == 0x7f800000u) {
    y = select(0.0, infinity(), (bits == 0u) != (b > 0.0));
  } else {
    if (bitcast<u32>(a) > 0x80000000u && !whole) { return notANumber(); }
    y = positivePower(magnitude, b);
  }
  return select(y, withSign(y, a), odd);
}
