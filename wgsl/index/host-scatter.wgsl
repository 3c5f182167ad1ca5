// Puts source[i] where id i leads, p = walk(i) + ids[i] · step; of several the last i wins, whatever the order of execution:
//   `clear`   from[p] = -1
//   `mark`    from[p] = the largest i that leads there
//   `choose`  out[p] = source[from[p]], or x[p] where nothing leads
// Words of any type. One workgroup takes 1024 elements. Bytes: 24 an element.

//!include lib/grid.wgsl
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
// of clear and mark
@group(0) @binding(1) var<storage, read_write> last: array<atomic<i32>>;
@group(0) @binding(2) var<storage, read> ids: array<i32>;
// of choose
@group(0) @binding(1) var<storage, read> x: array<u32>;
@group(0) @binding(2) var<storage, read> source: array<u32>;
@group(0) @binding(3) var<storage, read> places: array<i32>;
@group(0) @binding(4) var<storage, read_write> out: array<u32>;

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
      atomicStore(&last[p], -1);
    }
  }
}

@compute @workgroup_size(256)
fn mark(
  @builtin(workgroup_id) id: vec3<u32>,
  @builtin(num_workgroups) count: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let start = workgroupNumber(id, count) * 1024u;
  for (var k = 0u; k < 4u; k++) {
    let i = start + k * 256u + lane;
    if (i < u.ids && ids[i] >= 0) {
      atomicMax(&last[walkOffset(u.shape, u.strides, i) + u32(ids[i]) * u.step], i32(i));
    }
  }
}

@compute @workgroup_size(256)
fn choose(
  @builtin(workgroup_id) id: vec3<u32>,
  @builtin(num_workgroups) count: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let start = workgroupNumber(id, count) * 1024u;
  for (var k = 0u; k < 4u; k++) {
    let p = start + k * 256u + lane;
    if (p < u.n) {
      let place = places[p];
      if (place < 0) {
        out[p] = x[p];
      } else {
        out[p] = source[place];
      }
    }
  }
}
