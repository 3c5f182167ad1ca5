// out[i] = x[i] from one type to another: to bool x != 0; float to integer truncates and saturates, NaN gives 0; between integers
// what does not fit saturates. FROM and TO: 0 f32, 1 i32, 2 u32, 3 bool (u32 0 or 1).
// Layout: contiguous, by vec4; what shares the last vec4 with element n - 1 stays as it is. One workgroup: 2048 elements.
// Bytes: 8 an element.

//!include lib/grid.wgsl

override FROM: u32 = 0;
override TO: u32 = 0;

struct Uniforms {
  n: u32,
}

@group(0) @binding(0) var<uniform> u: Uniforms;
@group(0) @binding(1) var<storage, read> x: array<vec4<u32>>;
@group(0) @binding(2) var<storage, read_write> out: array<vec4<u32>>;

fn signedOf(bits: u32) -> u32 {
  let size = bits & 0x7fffffffu;
  if (size > 0x7f800000u) { return 0u; }
  // from 2^31 on
  if (size >= 0x4f000000u) { return select(0x7fffffffu, 0x80000000u, bits > size); }
  return bitcast<u32>(i32(bitcast<f32>(bits)));
}

fn unsignedOf(bits: u32) -> u32 {
  let size = bits & 0x7fffffffu;
  if (size > 0x7f800000u || bits > size) { return 0u; }
  // from 2^32 on
  if (size >= 0x4f800000u) { return 0xffffffffu; }
  return u32(bitcast<f32>(bits));
}

fn castOf(x: vec4<u32>) -> vec4<u32> {
  if (TO == 3u) {
    let magnitude = select(x, x & vec4(0x7fffffffu), FROM == 0u);
    return select(vec4(0u), vec4(1u), magnitude != vec4(0u));
  }
  if (TO == 0u) {
    if (FROM == 0u) { return x; }
    if (FROM == 1u) { return bitcast<vec4<u32>>(vec4<f32>(bitcast<vec4<i32>>(x))); }
    return bitcast<vec4<u32>>(vec4<f32>(x));
  }
  if (FROM == 0u) {
    if (TO == 1u) { return vec4(signedOf(x.x), signedOf(x.y), signedOf(x.z), signedOf(x.w)); }
    return vec4(unsignedOf(x.x), unsignedOf(x.y), unsignedOf(x.z), unsignedOf(x.w));
  }
  if (FROM == 1u && TO == 2u) { return select(x, vec4(0u), x > vec4(0x7fffffffu)); }
  if (FROM == 2u && TO == 1u) { return min(x, vec4(0x7fffffffu)); }
  return x;
}

@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) id: vec3<u32>,
  @builtin(num_workgroups) count: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let first = workgroupNumber(id, count) * 512u + local;
  for (var k = 0u; k < 2u; k++) {
    let i = first + k * 256u;
    if (i * 4u < u.n) {
      let y = castOf(x[i]);
      if (u.n - i * 4u >= 4u) { out[i] = y; }
      else { out[i] = select(out[i], y, vec4(0u, 1u, 2u, 3u) < vec4(u.n - i * 4u)); }
    }
  }
}
