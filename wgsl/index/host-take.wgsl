// out[i] = x[walk(i) + ids[i] · step] for every id, 0 where the id is below 0. Words of any type; ids are checked by the caller.
// One workgroup takes 1024 ids. Bytes: 12 an id.

//!include lib/grid.wgsl
//!include index/host-walk.wgsl

struct Uniforms {
  n: u32,
  step: u32,
  unused1: u32,
  unused2: u32,
  shape: Axes,
  strides: Axes,
}

@group(0) @binding(0) var<uniform> u: Uniforms;
@group(0) @binding(1) var<storage, read> x: array<u32>;
@group(0) @binding(2) var<storage, read> ids: array<i32>;
@group(0) @binding(3) var<storage, read_write> out: array<u32>;

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
      var word = 0u;
      if (ids[i] >= 0) {
        word = x[walkOffset(u.shape, u.strides, i) + u32(ids[i]) * u.step];
      }
      out[i] = word;
    }
  }
}
