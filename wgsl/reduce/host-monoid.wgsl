// What a scan or a fold joins, as four words; `combine(a, b)` with a the earlier. FUNCTION:
//   0 sum of f32          two floats (lib/compensated.wgsl)
//   1 sum of words        the word
//   2 product of f32      (m0, m1, e): (m0 + m1) · 2^e with 1 <= |m0| < 2, or 0, infinity or NaN in m0
//   3 product of words    the word
//   4 maximum, 5 minimum  (key, position, present, word): the later of equals
//   6 log Σ e^x           (M, s0, s1): M + log(s0 + s1), M the largest
//   7 affine map          (a0, a1, b0, b1): s -> (a0 + a1) · s + (b0 + b1), the earlier first

//!include elementwise/host-wide.wgsl
//!include index/host-keys.wgsl

override FUNCTION: u32 = 0;

fn pairOf(x: vec2<u32>) -> vec2<f32> {
  return bitcast<vec2<f32>>(x);
}

fn identity() -> vec4<u32> {
  switch (FUNCTION) {
    case 2u, 7u: { return vec4(0x3f800000u, 0u, 0u, 0u); }
    case 3u: { return vec4(1u, 0u, 0u, 0u); }
    case 6u: { return vec4(0xff800000u, 0u, 0u, 0u); }
    default: { return vec4(0u); }
  }
}

// Products of mantissas are under 4.
fn normalised(m: vec2<f32>, e: i32) -> vec4<u32> {
  let magnitude = bitcast<u32>(m.x) & 0x7fffffffu;
  if (magnitude == 0u || magnitude >= 0x7f800000u) { return vec4(bitcast<u32>(m.x), 0u, bitcast<u32>(e), 0u); }
  let large = magnitude >= 0x40000000u;
  let y = m * select(1.0, 0.5, large);
  return vec4(bitcast<vec2<u32>>(y), bitcast<u32>(e + select(0, 1, large)), 0u);
}

// `kind` of index/host-keys.wgsl.
fn leaf(word: u32, position: u32, kind: u32) -> vec4<u32> {
  switch (FUNCTION) {
    case 2u: {
      let exponent = (word >> 23u) & 0xffu;
      if (exponent == 0u || exponent == 255u) { return vec4(word, 0u, 0u, 0u); }
      return vec4((word & 0x807fffffu) | 0x3f800000u, 0u, exponent - 127u, 0u);
    }
    case 4u: { return vec4(keyOf(word, kind), position, 1u, word); }
    case 5u: {
      // NaN stays the largest key
      let key = keyOf(word, kind);
      return vec4(select(~key, key, kind == 0u && key == 0xffffffffu), position, 1u, word);
    }
    case 6u: { return vec4(word, 0x3f800000u, 0u, 0u); }
    default: { return vec4(word, 0u, 0u, 0u); }
  }
}

fn combineLogSums(a: vec4<u32>, b: vec4<u32>) -> vec4<u32> {
  let p = bitcast<f32>(a.x);
  let q = bitcast<f32>(b.x);
  let most = maxNan(p, q);
  if (isNan(most) || isInf(most)) { return vec4(bitcast<u32>(most), 0x3f800000u, 0u, 0u); }
  var s = vec2(0.0);
  if (!isInf(p)) { s = mulWide(pairOf(a.yz), expWide(twoSum(p, -most))); }
  if (!isInf(q)) { s = addCompensated(s, mulWide(pairOf(b.yz), expWide(twoSum(q, -most)))); }
  return vec4(bitcast<u32>(most), bitcast<vec2<u32>>(s), 0u);
}

fn combine(a: vec4<u32>, b: vec4<u32>) -> vec4<u32> {
  switch (FUNCTION) {
    case 0u: { return vec4(bitcast<vec2<u32>>(addCompensated(pairOf(a.xy), pairOf(b.xy))), 0u, 0u); }
    case 1u: { return vec4(a.x + b.x, 0u, 0u, 0u); }
    case 2u: {
      return normalised(mulWide(pairOf(a.xy), pairOf(b.xy)), bitcast<i32>(a.z) + bitcast<i32>(b.z));
    }
    case 3u: { return vec4(a.x * b.x, 0u, 0u, 0u); }
    case 6u: { return combineLogSums(a, b); }
    case 7u: {
      let first = pairOf(a.zw);
      let slope = pairOf(b.xy);
      let moved = addCompensated(mulWide(slope, first), pairOf(b.zw));
      return vec4(bitcast<vec2<u32>>(mulWide(slope, pairOf(a.xy))), bitcast<vec2<u32>>(moved));
    }
    default: {
      if (b.z == 0u || (a.z == 1u && b.x < a.x)) { return a; }
      return b;
    }
  }
}

// x · 2^e, in steps that a float holds and that no compiler may join: infinity times the whole, which may be 0, would be NaN.
fn scaled(x: f32, e: i32) -> f32 {
  let c = clamp(e, -360, 360);
  let third = c / 3;
  let step = bitcast<f32>(u32(third + 127) << 23u);
  return settled(settled(x * step) * step) * bitcast<f32>(u32(c - 2 * third + 127) << 23u);
}

fn valueOf(s: vec4<u32>) -> u32 {
  switch (FUNCTION) {
    case 0u: {
      let y = pairOf(s.xy);
      return bitcast<u32>(y.x + y.y);
    }
    case 2u: {
      let m = pairOf(s.xy);
      return bitcast<u32>(scaled(m.x + m.y, bitcast<i32>(s.z)));
    }
    case 4u, 5u: { return s.w; }
    case 6u: {
      let most = bitcast<f32>(s.x);
      if (isNan(most) || isInf(most)) { return s.x; }
      let y = addFloat(logWide(pairOf(s.yz)), most);
      return bitcast<u32>(y.x + y.y);
    }
    case 7u: {
      let y = pairOf(s.zw);
      return bitcast<u32>(y.x + y.y);
    }
    default: { return s.x; }
  }
}
