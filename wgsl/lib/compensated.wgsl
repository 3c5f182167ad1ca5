// Sums as two floats: `x` the sum, `y` what its rounding lost, together good to about 48 bits. Knuth's two-sum and Dekker's
// product (1971); the parts of the product come from the bits, so that no compiler can undo them. An infinite sum loses
// nothing, so that it stays infinite.
// WGSL has no word for arithmetic that must not be simplified, and drivers do make b of (a + b) - a (NVIDIA's does): settled() gives back
// what it is given, in a way that hides where it came from.

//!include lib/numbers.wgsl

// x, for every x that arithmetic gives: the bits are those of a signalling NaN.
fn settled(x: f32) -> f32 {
  return select(x, 0.0, bitcast<u32>(x) == 0x7f812345u);
}

// s + e = a + b exactly.
fn twoSum(a: f32, b: f32) -> vec2<f32> {
  let s = settled(a + b);
  let t = settled(s - a);
  let e = settled(a - settled(s - t)) + settled(b - t);
  return vec2(s, select(e, 0.0, isInf(s)));
}

// The same where |a| >= |b|.
fn fastTwoSum(a: f32, b: f32) -> vec2<f32> {
  let s = settled(a + b);
  return vec2(s, select(b - settled(s - a), 0.0, isInf(s)));
}

// p + e = a · b but for what is too small.
fn twoProduct(a: f32, b: f32) -> vec2<f32> {
  let p = settled(a * b);
  let ah = bitcast<f32>(bitcast<u32>(a) & 0xfffff000u);
  let bh = bitcast<f32>(bitcast<u32>(b) & 0xfffff000u);
  let al = settled(a - ah);
  let bl = settled(b - bh);
  let e = ((settled(ah * bh) - p) + ah * bl + al * bh) + al * bl;
  return vec2(p, select(e, 0.0, isInf(p)));
}

fn addCompensated(a: vec2<f32>, b: vec2<f32>) -> vec2<f32> {
  let s = twoSum(a.x, b.x);
  return fastTwoSum(s.x, s.y + (a.y + b.y));
}

fn addFloat(a: vec2<f32>, b: f32) -> vec2<f32> {
  let s = twoSum(a.x, b);
  return fastTwoSum(s.x, s.y + a.y);
}
