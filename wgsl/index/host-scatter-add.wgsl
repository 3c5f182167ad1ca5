// out[p] = x[p] + Σ source[i] over the ids that lead to p = walk(i) + ids[i] · step (x being 0 in `addToZeros`):
//   `clear`  heads[p] = -1
//   `link`   a list for each p of the i that lead there, in the order of execution
//   `add`    the sum of each list, exactly and rounded once: so it is the same in any order
// A sum is a fixed-point number of 320 bits from 2^-149 up. One workgroup takes 1024 elements of `clear` and `link`, 256 of `add`.
// Bytes: 20 an id and 12 an element; lists of one element cost no more. A list is walked by one invocation.

//!include lib/grid.wgsl
//!include lib/numbers.wgsl
//!include index/host-walk.wgsl

struct Uniforms {
  n: u32,
  ids: u32,
  step: u32,
  unused: u32,
  shape: Axes,
  strides: Axes,
}

@group(0) @binding(0) var<uniform> u: Uniforms;
// of clear and link
@group(0) @binding(1) var<storage, read_write> heads: array<atomic<i32>>;
@group(0) @binding(2) var<storage, read> ids: array<i32>;
@group(0) @binding(3) var<storage, read_write> nextOf: array<i32>;
// of add
@group(0) @binding(1) var<storage, read> source: array<f32>;
@group(0) @binding(2) var<storage, read> firstOf: array<i32>;
@group(0) @binding(3) var<storage, read> following: array<i32>;
@group(0) @binding(4) var<storage, read_write> out: array<f32>;
@group(0) @binding(5) var<storage, read> x: array<f32>;

const limbs: u32 = 10u;

struct Exact {
  // two's complement, the lowest first
  limb: array<u32, 10>,
  // 1 for infinity, 2 for -infinity, 4 for NaN
  special: u32,
}

fn addExact(sum: ptr<function, Exact>, value: f32) {
  let bits = bitcast<u32>(value);
  let exponent = (bits >> 23u) & 0xffu;
  let fraction = bits & 0x007fffffu;
  if (exponent == 255u) {
    (*sum).special |= select(select(1u, 2u, bits >= 0x80000000u), 4u, fraction != 0u);
    return;
  }
  let mantissa = select(fraction | 0x00800000u, fraction, exponent == 0u);
  let place = max(exponent, 1u) - 1u;
  let shift = place & 31u;
  var at = place >> 5u;
  // two limbs of the mantissa, then what is carried or borrowed
  var part = mantissa << shift;
  var upper = 0u;
  if (shift > 8u) { upper = mantissa >> (32u - shift); }
  var carry = 0u;
  for (var k = 0u; at < limbs && (k < 2u || carry != 0u); k++) {
    let held = (*sum).limb[at];
    // part + carry does not wrap: of the upper limb it is small, later it is 1
    let change = part + carry;
    let wraps = change < carry;
    if (bits < 0x80000000u) {
      let now = held + change;
      (*sum).limb[at] = now;
      carry = select(0u, 1u, now < held || wraps);
    } else {
      (*sum).limb[at] = held - change;
      carry = select(0u, 1u, held < change || wraps);
    }
    part = upper;
    upper = 0u;
    at++;
  }
}

// Rounded to nearest, ties to even.
fn roundExact(sum: ptr<function, Exact>) -> f32 {
  let special = (*sum).special;
  if (special >= 3u) { return notANumber(); }
  if (special > 0u) { return select(infinity(), -infinity(), special == 2u); }
  let negative = ((*sum).limb[limbs - 1u] >> 31u) == 1u;
  if (negative) {
    var carry = 1u;
    for (var k = 0u; k < limbs; k++) {
      let turned = ~(*sum).limb[k] + carry;
      carry = select(0u, 1u, carry == 1u && turned == 0u);
      (*sum).limb[k] = turned;
    }
  }
  var top = limbs;
  while (top > 0u && (*sum).limb[top - 1u] == 0u) { top--; }
  if (top == 0u) { return 0.0; }
  top--;
  let high = (*sum).limb[top];
  let zeros = countLeadingZeros(high);
  let highest = top * 32u + 31u - zeros;
  var result: u32;
  if (highest < 24u) {
    // the bits as they are
    result = high;
  } else {
    var low = 0u;
    if (top > 0u) { low = (*sum).limb[top - 1u]; }
    var lead = high;
    var rest = low;
    if (zeros > 0u) {
      lead = (high << zeros) | (low >> (32u - zeros));
      rest = low << zeros;
    }
    for (var k = 0u; k + 1u < top; k++) { rest |= (*sum).limb[k]; }
    var mantissa = lead >> 8u;
    let below = lead & 0xffu;
    if (below > 128u || (below == 128u && (rest != 0u || (mantissa & 1u) == 1u))) { mantissa++; }
    // a mantissa of 2^24 moves the exponent by itself
    result = min(((highest - 23u) << 23u) + mantissa, 0x7f800000u);
  }
  return bitcast<f32>(result | select(0u, 0x80000000u, negative));
}

fn sumOf(p: u32, base: f32) -> f32 {
  let first = firstOf[p];
  if (first < 0) { return base; }
  var next = following[first];
  if (next < 0) { return base + source[first]; }
  var sum: Exact;
  addExact(&sum, base);
  addExact(&sum, source[first]);
  while (next >= 0) {
    addExact(&sum, source[next]);
    next = following[next];
  }
  return roundExact(&sum);
}

@compute @workgroup_size(256)
fn clear(
  @builtin(workgroup_id) id: vec3<u32>,
  @builtin(num_workgroups) count: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let start = workgroupNumber(id, count) * 1024u;
  for (var k = 0u; k < 4u; k++) {
    let p = start + k * 256u + lane;
    if (p < u.n) {
      atomicStore(&heads[p], -1);
    }
  }
}

@compute @workgroup_size(256)
fn link(
  @builtin(workgroup_id) id: vec3<u32>,
  @builtin(num_workgroups) count: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let start = workgroupNumber(id, count) * 1024u;
  for (var k = 0u; k < 4u; k++) {
    let i = start + k * 256u + lane;
    if (i < u.ids && ids[i] >= 0) {
      let p = walkOffset(u.shape, u.strides, i) + u32(ids[i]) * u.step;
      nextOf[i] = atomicExchange(&heads[p], i32(i));
    }
  }
}

@compute @workgroup_size(256)
fn add(
  @builtin(workgroup_id) id: vec3<u32>,
  @builtin(num_workgroups) count: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let p = workgroupNumber(id, count) * 256u + lane;
  if (p < u.n) {
    out[p] = sumOf(p, x[p]);
  }
}

@compute @workgroup_size(256)
fn addToZeros(
  @builtin(workgroup_id) id: vec3<u32>,
  @builtin(num_workgroups) count: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let p = workgroupNumber(id, count) * 256u + lane;
  if (p < u.n) {
    out[p] = sumOf(p, 0.0);
  }
}
