// y[offset + i] += x[i] for i < n: a gradient into its slot of an arena.
// One workgroup takes 1024 elements. Bytes: 12 an element; FLOPs: 1.

//!include lib/grid.wgsl

struct Uniforms {
  n: u32,
  offset: u32,
}

@group(0) @binding(0) var<uniform> u: Uniforms;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;

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
      y[u.offset + i] += x[i];
    }
  }
}
