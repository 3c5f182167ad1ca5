// out[i] = 1 where a[i] = b[i], or another relation by FUNCTION, and 0 elsewhere; operands of TYPE, walked by strides. Floats are
// compared by their bits as integers: numbers under 2^-126 count, and NaN is unequal to everything.
// Layout and workgroups: elementwise/walk.wgsl. What shares the last vec4 with element n - 1 stays as it is.
// Bytes: 12 an element, less where an operand repeats. One operation an element.

//!include elementwise/walk.wgsl

// 0 =, 1 !=, 2 <, 3 <=, 4 >, 5 >=
override FUNCTION: u32 = 0;
// 0 f32, 1 i32, 2 u32
override TYPE: u32 = 0;

@group(0) @binding(1) var<storage, read> a: array<vec4<u32>>;
@group(0) @binding(2) var<storage, read> b: array<vec4<u32>>;
@group(0) @binding(3) var<storage, read_write> out: array<vec4<u32>>;

fn aAt(i: u32) -> u32 {
  return a[i >> 2u][i & 3u];
}

fn bAt(i: u32) -> u32 {
  return b[i >> 2u][i & 3u];
}

fn aOf(at: vec4<u32>) -> vec4<u32> {
  switch (kindOf(0u)) {
    case dense: { return a[at.x >> 2u]; }
    case repeated: { return vec4(aAt(at.x)); }
    default: { return vec4(aAt(at.x), aAt(at.y), aAt(at.z), aAt(at.w)); }
  }
}

fn bOf(at: vec4<u32>) -> vec4<u32> {
  switch (kindOf(1u)) {
    case dense: { return b[at.x >> 2u]; }
    case repeated: { return vec4(bAt(at.x)); }
    default: { return vec4(bAt(at.x), bAt(at.y), bAt(at.z), bAt(at.w)); }
  }
}

// Signed integers in the order of the numbers; both zeros are 0.
fn orderOf(x: vec4<u32>) -> vec4<i32> {
  switch (TYPE) {
    case 0u: {
      let size = bitcast<vec4<i32>>(x & vec4(0x7fffffffu));
      return select(size, -size, x > vec4(0x7fffffffu));
    }
    case 1u: { return bitcast<vec4<i32>>(x); }
    default: { return bitcast<vec4<i32>>(x ^ vec4(0x80000000u)); }
  }
}

fn areNan(x: vec4<u32>) -> vec4<bool> {
  return (x & vec4(0x7fffffffu)) > vec4(0x7f800000u);
}

fn relation(x: vec4<i32>, y: vec4<i32>) -> vec4<bool> {
  switch (FUNCTION) {
    case 0u: { return x == y; }
    case 1u: { return x != y; }
    case 2u: { return x < y; }
    case 3u: { return x <= y; }
    case 4u: { return x > y; }
    default: { return x >= y; }
  }
}

fn valuesOf(x: vec4<u32>, y: vec4<u32>) -> vec4<u32> {
  let holds = select(vec4(0u), vec4(1u), relation(orderOf(x), orderOf(y)));
  if (TYPE > 0u) { return holds; }
  return select(holds, vec4(select(0u, 1u, FUNCTION == 1u)), areNan(x) | areNan(y));
}

@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) id: vec3<u32>,
  @builtin(num_workgroups) count: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let first = firstVector(id, count, local);
  for (var k = 0u; k < 2u; k++) {
    let i = first + k * 256u;
    if (i * 4u < u.n) {
      let places = placesOf(i * 4u);
      let z = valuesOf(aOf(places.a), bOf(places.b));
      if (u.n - i * 4u >= 4u) { out[i] = z; }
      else { out[i] = select(out[i], z, within(i)); }
    }
  }
}
