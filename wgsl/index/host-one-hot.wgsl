// out[i, c] = ids[i] == c ? 1 : 0 for c < classes. One workgroup takes 1024 elements. Bytes: 4 an element.

//!include lib/grid.wgsl

struct Uniforms {
  size: u32,
  classes: u32,
}

@group(0) @binding(0) var<uniform> u: Uniforms;
@group(0) @binding(1) var<storage, read> ids: array<u32>;
@group(0) @binding(2) var<storage, read_write> out: array<f32>;

@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) id: vec3<u32>,
  @builtin(num_workgroups) count: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let start = workgroupNumber(id, count) * 1024u;
  for (var k = 0u; k < 4u; k++) {
    let i = start + k * 256u + lane;
    if (i < u.size) {
      out[i] = select(0.0, 1.0, ids[i / u.classes] == i % u.classes);
    }
  }
}
