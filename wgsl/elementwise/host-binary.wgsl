// out[i] = f(a[..], b[..]) of functions that have no CPU kernel. FUNCTION: 0 remainder, 1 fmod, 2 floorDivide, 3 maximum, 4 minimum,
// 5 atan2, 6 logAddExp; TYPE: 0 f32, 1 i32, 2 u32. out is contiguous, a and b are walked by strides (0 repeats an axis).
// One workgroup takes 1024 elements. Bytes: 12 an element; FLOPs: at most 300.

//!include lib/grid.wgsl
//!include lib/trigonometry.wgsl
//!include elementwise/host-wide.wgsl
//!include index/host-walk.wgsl

override FUNCTION: u32 = 0;
override TYPE: u32 = 0;

struct Uniforms {
  n: u32,
  unused1: u32,
  unused2: u32,
  unused3: u32,
  shape: Axes,
  aStrides: Axes,
  bStrides: Axes,
}

@group(0) @binding(0) var<uniform> u: Uniforms;
@group(0) @binding(1) var<storage, read> a: array<u32>;
@group(0) @binding(2) var<storage, read> b: array<u32>;
@group(0) @binding(3) var<storage, read_write> out: array<u32>;

const infinityBits: u32 = 0x7f800000u;
const nanBits: u32 = 0x7fc00000u;

fn mantissaOf(bits: u32) -> u32 {
  return (bits & 0x007fffffu) | select(0u, 0x00800000u, bits >= 0x00800000u);
}

struct Division {
  // |x| = whole · |y| + rest as bits; the whole modulo 2^32
  rest: u32,
  whole: u32,
  // of the exponents: the whole is under 2^(steps + 2)
  steps: u32,
}

// Long division of the bits of finite |x| >= |y| > 0, eight bits of the quotient at a time.
fn divide(x: u32, y: u32) -> Division {
  let ey = max(y >> 23u, 1u);
  let steps = max(x >> 23u, 1u) - ey;
  let m = mantissaOf(y);
  var r = mantissaOf(x);
  var whole = r / m;
  r %= m;
  var left = steps;
  while (left > 0u) {
    let s = min(left, 8u);
    r <<= s;
    whole = (whole << s) + r / m;
    r %= m;
    left -= s;
  }
  if (r == 0u) { return Division(0u, whole, steps); }
  // back to 24 bits, as far as the exponent goes
  let shift = min(countLeadingZeros(r) - 8u, ey - 1u);
  r <<= shift;
  let exponent = select(0u, ey - shift, r >= 0x00800000u);
  return Division((exponent << 23u) | (r & 0x007fffffu), whole, steps);
}

// x - y · trunc(x / y), exactly, with the sign of x.
fn fmodOf(x: u32, y: u32) -> u32 {
  let ax = x & 0x7fffffffu;
  let ay = y & 0x7fffffffu;
  if (ax >= infinityBits || ay > infinityBits || ay == 0u) { return nanBits; }
  if (ax < ay) { return x; }
  return divide(ax, ay).rest | (x & 0x80000000u);
}

// Whether a remainder that is not 0 has another sign than the divisor.
fn turns(rest: u32, y: u32) -> bool {
  return (rest << 1u) != 0u && ((rest ^ y) >> 31u) == 1u;
}

fn remainderOf(x: u32, y: u32) -> u32 {
  let rest = fmodOf(x, y);
  if ((rest & 0x7fffffffu) > infinityBits || !turns(rest, y)) { return rest; }
  return bitcast<u32>(bitcast<f32>(rest) + bitcast<f32>(y));
}

fn floorDivideOf(x: u32, y: u32) -> f32 {
  let ax = x & 0x7fffffffu;
  let ay = y & 0x7fffffffu;
  if (ax > infinityBits || ay > infinityBits) { return notANumber(); }
  let negative = ((x ^ y) >> 31u) == 1u;
  if (ay == 0u) {
    if (ax == 0u) { return notANumber(); }
    return select(infinity(), -infinity(), negative);
  }
  if (ax == infinityBits) { return notANumber(); }
  if (ax < ay) { return select(0.0, -1.0, negative && ax != 0u); }
  let division = divide(ax, ay);
  if (division.steps > 29u) {
    // beyond 2^24 all floats are whole
    let direct = bitcast<f32>(x) / bitcast<f32>(y);
    if (isInf(direct)) { return direct; }
    return quotient(bitcast<f32>(x), bitcast<f32>(y));
  }
  let whole = division.whole + select(0u, 1u, negative && division.rest != 0u);
  return select(f32(whole), -f32(whole), negative);
}

fn atan2Of(y: f32, x: f32) -> f32 {
  if (isNan(x) || isNan(y)) { return notANumber(); }
  let a = abs(y);
  let c = abs(x);
  let steep = a > c;
  let large = max(a, c);
  var t = quotient(min(a, c), large);
  if (large == 0.0) { t = 0.0; }
  if (isInf(large)) { t = select(0.0, 1.0, isInf(min(a, c))); }
  var angle = atanOf(t);
  // π/2 and π in two parts
  if (steep) { angle = 1.5707963705062866 - (angle + 4.371139000186241e-8); }
  if ((bitcast<u32>(x) >> 31u) == 1u) { angle = 3.1415927410125732 - (angle + 8.742278000372482e-8); }
  return withSign(angle, y);
}

fn logAddExpOf(p: f32, q: f32) -> f32 {
  if (isNan(p) || isNan(q)) { return notANumber(); }
  let most = max(p, q);
  if (isInf(most)) { return most; }
  let least = min(p, q);
  if (isInf(least)) { return most; }
  // log(1 + e^-d), whose digits count where it meets a maximum of the other sign
  let e = expWide(twoSum(least, -most));
  let y = addFloat(logWide(addFloat(e, 1.0)), most);
  return y.x + y.y;
}

fn floats(x: u32, y: u32) -> u32 {
  switch (FUNCTION) {
    case 0u: { return remainderOf(x, y); }
    case 1u: { return fmodOf(x, y); }
    case 2u: { return bitcast<u32>(floorDivideOf(x, y)); }
    case 3u: { return bitcast<u32>(maxNan(bitcast<f32>(x), bitcast<f32>(y))); }
    case 4u: { return bitcast<u32>(minNan(bitcast<f32>(x), bitcast<f32>(y))); }
    case 5u: { return bitcast<u32>(atan2Of(bitcast<f32>(x), bitcast<f32>(y))); }
    default: { return bitcast<u32>(logAddExpOf(bitcast<f32>(x), bitcast<f32>(y))); }
  }
}

// Divisors are not 0.
fn integers(x: i32, y: i32) -> i32 {
  let rest = x % y;
  let turned = rest != 0 && (rest < 0) != (y < 0);
  switch (FUNCTION) {
    case 0u: { return rest + select(0, y, turned); }
    case 1u: { return rest; }
    case 2u: { return x / y - select(0, 1, turned); }
    case 3u: { return max(x, y); }
    default: { return min(x, y); }
  }
}

fn unsignedOf(x: u32, y: u32) -> u32 {
  switch (FUNCTION) {
    case 0u, 1u: { return x % y; }
    case 2u: { return x / y; }
    case 3u: { return max(x, y); }
    default: { return min(x, y); }
  }
}

@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) id: vec3<u32>,
  @builtin(num_workgroups) count: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let start = workgroupNumber(id, count) * 1024u;
  for (var k = 0u; k < 4u; k++) {
    let i = start + k * 256u + lane;
    if (i < u.n) {
      let x = a[walkOffset(u.shape, u.aStrides, i)];
      let y = b[walkOffset(u.shape, u.bStrides, i)];
      switch (TYPE) {
        case 0u: { out[i] = floats(x, y); }
        case 1u: { out[i] = bitcast<u32>(integers(bitcast<i32>(x), bitcast<i32>(y))); }
        default: { out[i] = unsignedOf(x, y); }
      }
    }
  }
}
