// out[i] = x[i] · scale where the random number of element i is at least the threshold, and 0 elsewhere: the upper 24 bits of word
// i mod 4 of the Philox block at counter i / 4 under `key`.
// Layout: contiguous, by vec4, a block each; what shares the last vec4 with element n - 1 stays as it is.
// One workgroup: 2048 elements, two vec4s an invocation. Bytes: 8 an element. About 60 integer operations an element.

//!include lib/grid.wgsl
//!include lib/philox.wgsl

struct Uniforms {
  n: u32,
  threshold: u32,
  scale: f32,
}

@group(0) @binding(0) var<uniform> u: Uniforms;
@group(0) @binding(1) var<storage, read> x: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> key: array<u32>;
@group(0) @binding(3) var<storage, read_write> out: array<vec4<f32>>;

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
      let words = philox(i, vec2(key[0], key[1])) >> vec4(8u);
      let y = select(vec4(0.0), x[i] * u.scale, words >= vec4(u.threshold));
      if (u.n - i * 4u >= 4u) { out[i] = y; }
      else { out[i] = select(out[i], y, vec4(0u, 1u, 2u, 3u) < vec4(u.n - i * 4u)); }
    }
  }
}
