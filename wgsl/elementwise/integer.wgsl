// out[i] = a[i] + b[i], a[i] - b[i] or a[i] · b[i] on 32-bit integers, signed or not; a and b are walked by strides.
// Layout and workgroups: elementwise/walk.wgsl. What shares the last vec4 with element n - 1 stays as it is.
// Bytes: 12 an element, less where an operand repeats. One operation an element.

//!include elementwise/walk.wgsl

// 0 add, 1 subtract, 2 multiply
override FUNCTION: u32 = 0;

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

fn valuesOf(x: vec4<u32>, y: vec4<u32>) -> vec4<u32> {
  switch (FUNCTION) {
    case 0u: { return x + y; }
    case 1u: { return x - y; }
    default: { return x * y; }
  }
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
