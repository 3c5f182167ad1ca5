// out[i] = condition[i] != 0 ? a[i] : b[i] on 32 bits of any type; all three are walked by strides.
// Layout and workgroups: elementwise/walk.wgsl. What shares the last vec4 with element n - 1 stays as it is.
// Bytes: 16 an element, less where an operand repeats. One operation an element.

//!include elementwise/walk.wgsl

@group(0) @binding(1) var<storage, read> condition: array<vec4<u32>>;
@group(0) @binding(2) var<storage, read> a: array<vec4<u32>>;
@group(0) @binding(3) var<storage, read> b: array<vec4<u32>>;
@group(0) @binding(4) var<storage, read_write> out: array<vec4<u32>>;

fn conditionAt(i: u32) -> u32 {
  return condition[i >> 2u][i & 3u];
}

fn aAt(i: u32) -> u32 {
  return a[i >> 2u][i & 3u];
}

fn bAt(i: u32) -> u32 {
  return b[i >> 2u][i & 3u];
}

fn conditionOf(at: vec4<u32>) -> vec4<u32> {
  switch (kindOf(0u)) {
    case dense: { return condition[at.x >> 2u]; }
    case repeated: { return vec4(conditionAt(at.x)); }
    default: { return vec4(conditionAt(at.x), conditionAt(at.y), conditionAt(at.z), conditionAt(at.w)); }
  }
}

fn aOf(at: vec4<u32>) -> vec4<u32> {
  switch (kindOf(1u)) {
    case dense: { return a[at.x >> 2u]; }
    case repeated: { return vec4(aAt(at.x)); }
    default: { return vec4(aAt(at.x), aAt(at.y), aAt(at.z), aAt(at.w)); }
  }
}

fn bOf(at: vec4<u32>) -> vec4<u32> {
  switch (kindOf(2u)) {
    case dense: { return b[at.x >> 2u]; }
    case repeated: { return vec4(bAt(at.x)); }
    default: { return vec4(bAt(at.x), bAt(at.y), bAt(at.z), bAt(at.w)); }
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
      let z = select(bOf(places.c), aOf(places.b), conditionOf(places.a) != vec4(0u));
      if (u.n - i * 4u >= 4u) { out[i] = z; }
      else { out[i] = select(out[i], z, within(i)); }
    }
  }
}
