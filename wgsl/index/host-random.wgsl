// Random numbers as functions of a key and their position, from the words of Philox (lib/philox.wgsl); see DeviceDistribution for the
// formulas. KIND: 0 uniform, 1 bernoulli, 2 words (for a permutation), 3 normal, 4 truncated normal, 5 integers. What float64 does on
// the host, two floats do here, so the numbers are those of the host but for a rare last place; uniform, bernoulli, words and
// integers are the same bits. One invocation draws a block: four numbers, or two of kinds 4 and 5; 256 in a workgroup.
// Bytes: 4 a number; FLOPs: 100 integer operations a block, and 500 to 1000 for the normal ones.

//!include lib/grid.wgsl
//!include lib/philox.wgsl
//!include elementwise/host-wide.wgsl

override KIND: u32 = 0;

struct Uniforms {
  n: u32,
  // of bernoulli: p · 2^24; of integers: high - low, 0 for 2^32
  bound: u32,
  // of integers
  low: i32,
  mirrored: u32,
  // of truncated normal, in two floats each
  mean: vec2<f32>,
  deviation: vec2<f32>,
  start: vec2<f32>,
  share: vec2<f32>,
  least: f32,
  most: f32,
}

@group(0) @binding(0) var<uniform> u: Uniforms;
@group(0) @binding(1) var<storage, read> key: array<u32>;
@group(0) @binding(2) var<storage, read_write> out: array<u32>;

// Coefficients of Wichura's rational approximations (AS 241, Applied Statistics 37, 1988), the constant ones first.
const centreTop = array<vec2<f32>, 8>(
  vec2(3.3871328830718994, -1.0275533313119922e-8),
  vec2(133.14166259765625, 0.000005294128186505986),
  vec2(1971.5909423828125, 0.000007923738849058282),
  vec2(13731.693359375, 0.00040613446617498994),
  vec2(45921.953125, 0.000806549855042249),
  vec2(67265.7734375, -0.002510491292923689),
  vec2(33430.57421875, 0.0013648380991071463),
  vec2(2509.080810546875, 0.00011818324855994433),
);
const centreBottom = array<vec2<f32>, 8>(
  vec2(1.0, 0.0),
  vec2(42.313331604003906, -9.024029736792727e-7),
  vec2(687.18701171875, -0.000004226691999065224),
  vec2(5394.19580078125, 0.00022064350196160376),
  vec2(21213.794921875, -0.0006202884251251817),
  vec2(39307.89453125, 0.0012688427232205868),
  vec2(28729.0859375, -0.0002017780498135835),
  vec2(5226.4951171875, 0.00016166536079254001),
);
const tailTop = array<vec2<f32>, 8>(
  vec2(1.4234371185302734, -7.780590394190767e-9),
  vec2(4.630337715148926, 1.3100762430440227e-7),
  vec2(5.769497394561768, -1.7310107125467766e-7),
  vec2(3.64784836769104, -4.292783728487848e-8),
  vec2(1.2704582214355469, 3.101682111150694e-8),
  vec2(0.24178072810173035, -2.9242797072726034e-9),
  vec2(0.022723844274878502, 7.143906577411485e-10),
  vec2(0.000774545012973249, 1.3050924273574904e-12),
);
const tailBottom = array<vec2<f32>, 8>(
  vec2(1.0, 0.0),
  vec2(2.053191661834717, -3.519695823683833e-8),
  vec2(1.6763848066329956, 2.3550807526362405e-8),
  vec2(0.6897673606872559, -2.5702155070916888e-8),
  vec2(0.1481039822101593, -5.78267922435316e-9),
  vec2(0.015198666602373123, -3.875666454433713e-11),
  vec2(0.0005475938087329268, -2.333922985431336e-13),
  vec2(1.0507500425305238e-9, 2.911389220822469e-17),
);
const farTailTop = array<vec2<f32>, 8>(
  vec2(6.657904624938965, 1.8562138492939084e-8),
  vec2(5.463784694671631, 2.1649248083122075e-7),
  vec2(1.7848265171051025, 2.2812189470755584e-8),
  vec2(0.2965605854988098, -1.3670304888080409e-8),
  vec2(0.026532189920544624, -3.939684967146917e-10),
  vec2(0.0012426609173417091, 3.004636817127704e-11),
  vec2(0.00002711555498535745, 7.020774478276592e-13),
  vec2(2.010334441138184e-7, -4.184589669540368e-15),
);
const farTailBottom = array<vec2<f32>, 8>(
  vec2(1.0, 0.0),
  vec2(0.5998321771621704, 2.939371768206911e-8),
  vec2(0.13692988455295563, -3.6302199024618176e-9),
  vec2(0.014875361695885658, -4.0503503329070156e-10),
  vec2(0.0007868691463954747, -1.5249862136967884e-11),
  vec2(0.0000184631826414261, 5.336744501177604e-13),
  vec2(1.4215117971616564e-7, -3.884521048195481e-15),
  vec2(2.0442631962214186e-15, -9.28314789412896e-23),
);

fn horner(r: vec2<f32>, c: array<vec2<f32>, 8>) -> vec2<f32> {
  var coefficients = c;
  var y = coefficients[7];
  for (var k = 7u; k > 0u; k--) {
    y = addCompensated(mulWide(y, r), coefficients[k - 1u]);
  }
  return y;
}

// The x below which a standard normal number lies with probability p.
fn inverseNormal(p: vec2<f32>) -> vec2<f32> {
  let q = addFloat(p, -0.5);
  if (abs(q.x) <= 0.425) {
    let r = addCompensated(vec2(0.18062500655651093, -6.556510889765832e-9), -mulWide(q, q));
    return divWide(mulWide(q, horner(r, centreTop)), horner(r, centreBottom));
  }
  var tailShare = p;
  if (q.x > 0.0) { tailShare = addFloat(-p, 1.0); }
  let r = sqrtWide(-logWide(tailShare));
  var x: vec2<f32>;
  if (r.x <= 5.0) {
    let s = addCompensated(r, vec2(-1.600000023841858, 2.384185793236071e-8));
    x = divWide(horner(s, tailTop), horner(s, tailBottom));
  } else {
    let s = addFloat(r, -5.0);
    x = divWide(horner(s, farTailTop), horner(s, farTailBottom));
  }
  return select(x, -x, q.x < 0.0);
}

// cos and sin of 2π · k · 2^-24, in xy and zw.
fn circle(k: u32) -> vec4<f32> {
  // the nearest quarter turn, and the rest in [-1/8, 1/8) turns
  let quarter = (k + 0x200000u) >> 22u;
  let rest = f32(i32(k) - i32(quarter << 22u)) * 5.960464477539063e-8;
  let r = mulFloat(vec2(6.2831854820251465, -1.7484556025237907e-7), rest);
  let r2 = mulWide(r, r);
  let f = r2.x;
  // sin r / r = 1 - r²/6 + r⁴/120 - ..., terms from r⁶ on in f32
  var p = fma(fma(-2.505210838544172e-8, f, 2.7557319223985893e-6), f, -0.0001984126984126984) * f;
  var s = addFloat(vec2(0.008333333767950535, -4.3461720333759047e-10), p);
  s = addCompensated(mulWide(s, r2), vec2(-0.1666666716337204, 4.967053740534411e-9));
  s = mulWide(addFloat(mulWide(s, r2), 1.0), r);
  p = fma(fma(fma(2.08767569878681e-9, f, -2.755731922398589e-7), f, 2.48015873015873e-5), f, -0.001388888888888889) * f;
  var c = addFloat(vec2(0.0416666679084301, -1.2417634351336027e-9), p);
  c = addFloat(mulWide(c, r2), -0.5);
  c = addFloat(mulWide(c, r2), 1.0);
  switch (quarter & 3u) {
    case 0u: { return vec4(c, s); }
    case 1u: { return vec4(-s, c); }
    case 2u: { return vec4(-c, -s); }
    default: { return vec4(s, -c); }
  }
}

fn normals(first: u32, second: u32) -> vec2<f32> {
  let v = wide(f32((first >> 8u) + 1u) * 5.960464477539063e-8);
  let radius = sqrtWide(-2.0 * logWide(v));
  let direction = circle(second >> 8u);
  let x = mulWide(radius, direction.xy);
  let y = mulWide(radius, direction.zw);
  return vec2(x.x + x.y, y.x + y.y);
}

// ((first >>> 6) · 2^26 + (second >>> 6) + 1/2) · 2^-52
fn wideUniform(first: u32, second: u32) -> vec2<f32> {
  let a = first >> 6u;
  let b = second >> 6u;
  // words of 26 bits in parts that floats hold
  let high = addFloat(wide(f32(a >> 13u) * 8192.0), f32(a & 0x1fffu));
  let low = addFloat(wide(f32(b >> 13u) * 8192.0), f32(b & 0x1fffu) + 0.5);
  return addCompensated(high * 1.4901161193847656e-8, low * 2.220446049250313e-16);
}

fn truncatedNormal(first: u32, second: u32) -> f32 {
  var x = inverseNormal(addCompensated(u.start, mulWide(u.share, wideUniform(first, second))));
  if (u.mirrored == 1u) { x = -x; }
  let y = addCompensated(u.mean, mulWide(u.deviation, x));
  return min(u.most, max(u.least, y.x + y.y));
}

// floor of U · span · 2^-53, the product being rounded to 53 bits as float64 rounds it; U = 2 · (a · 2^26 + b) + 1.
fn wholeBelow(first: u32, second: u32) -> u32 {
  let a = first >> 6u;
  let low = (a << 27u) | ((second >> 6u) << 1u) | 1u;
  let high = a >> 5u;
  // 96 bits of the product
  var p0 = 0u;
  var p1 = low;
  var p2 = high;
  if (u.bound != 0u) {
    p0 = low * u.bound;
    let middle = upperProduct(low, u.bound);
    p1 = middle + high * u.bound;
    p2 = upperProduct(high, u.bound) + select(0u, 1u, p1 < middle);
  }
  let whole = (p2 << 11u) | (p1 >> 21u);
  if (whole == 0u) { return 0u; }
  // The last place of the rounded product is 2^s, s the bits of the whole: the part after the point is rounded up to 1 where
  // no more than half of that is missing.
  let half = 1u << (31u - countLeadingZeros(whole));
  let up = (p1 & 0x1fffffu) == 0x1fffffu && p0 != 0u && 0u - p0 <= half;
  return whole + select(0u, 1u, up);
}

fn put(i: u32, word: u32) {
  if (i < u.n) {
    out[i] = word;
  }
}

fn drawn(word: u32) -> u32 {
  switch (KIND) {
    case 0u: { return bitcast<u32>(f32(word >> 8u) * 5.960464477539063e-8); }
    case 1u: { return select(0u, 1u, (word >> 8u) < u.bound); }
    default: { return word; }
  }
}

@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) id: vec3<u32>,
  @builtin(num_workgroups) count: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let number = workgroupNumber(id, count) * 256u + lane;
  if (KIND < 4u && number > u.n / 4u) { return; }
  if (KIND >= 4u && number > u.n / 2u) { return; }
  let words = philox(number, vec2(key[0], key[1]));
  switch (KIND) {
    case 0u, 1u, 2u: {
      for (var k = 0u; k < 4u; k++) { put(4u * number + k, drawn(words[k])); }
    }
    case 3u: {
      let p = bitcast<vec2<u32>>(normals(words.x, words.y));
      let q = bitcast<vec2<u32>>(normals(words.z, words.w));
      put(4u * number, p.x);
      put(4u * number + 1u, p.y);
      put(4u * number + 2u, q.x);
      put(4u * number + 3u, q.y);
    }
    case 4u: {
      put(2u * number, bitcast<u32>(truncatedNormal(words.x, words.y)));
      put(2u * number + 1u, bitcast<u32>(truncatedNormal(words.z, words.w)));
    }
    default: {
      put(2u * number, bitcast<u32>(u.low) + wholeBelow(words.x, words.y));
      put(2u * number + 1u, bitcast<u32>(u.low) + wholeBelow(words.z, words.w));
    }
  }
}
