// out[p, d, h, w] = the largest of a window of plane p, and its flat position in x: the first of equals in row-major order, NaN being
// largest; -infinity and -1 for a window without elements. One invocation a window, 256 in a workgroup.
// Bytes: 4 an element of a window, mostly from cache, and 8 a window.

//!include lib/grid.wgsl
//!include index/host-keys.wgsl
//!include index/host-windows.wgsl

struct Uniforms {
  outputs: u32,
  unused1: u32,
  unused2: u32,
  unused3: u32,
  depth: WindowAxis,
  height: WindowAxis,
  width: WindowAxis,
}

@group(0) @binding(0) var<uniform> u: Uniforms;
@group(0) @binding(1) var<storage, read> x: array<u32>;
@group(0) @binding(2) var<storage, read_write> out: array<u32>;
@group(0) @binding(3) var<storage, read_write> positions: array<i32>;

@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) id: vec3<u32>,
  @builtin(num_workgroups) count: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let o = workgroupNumber(id, count) * 256u + lane;
  if (o >= u.outputs) { return; }
  let w = windowOf(u.width, o % u.width.windows);
  let above = o / u.width.windows;
  let h = windowOf(u.height, above % u.height.windows);
  let slab = above / u.height.windows;
  let d = windowOf(u.depth, slab % u.depth.windows);
  let plane = slab / u.depth.windows;
  var best = 0u;
  var place = -1;
  for (var i = 0u; i < d.count; i++) {
    let deep = (plane * u.depth.size + d.start + i * u.depth.step) * u.height.size + h.start;
    for (var j = 0u; j < h.count; j++) {
      let row = (deep + j * u.height.step) * u.width.size + w.start;
      for (var k = 0u; k < w.count; k++) {
        let at = row + k * u.width.step;
        let key = keyOf(x[at], 0u);
        if (place < 0 || key > best) {
          best = key;
          place = i32(at);
        }
      }
    }
  }
  positions[o] = place;
  if (place < 0) {
    out[o] = 0xff800000u;
  } else {
    out[o] = x[place];
  }
}
