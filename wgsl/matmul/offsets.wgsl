// Tables of the offsets of up to three walks, one after the other: out[i] = Σ over axes of index · stride, indices in row-major order.
// Layout: a walk is six axes (sizes 1 at the front where there are fewer), the last in `y` of the second vec4; strides wrap if negative.
// One invocation an offset. Bytes: 4 an offset. Limits: six axes.

//!include lib/grid.wgsl

struct Walk {
  shape: array<vec4<u32>, 2>,
  strides: array<vec4<u32>, 2>,
}

struct Uniforms {
  // Where each table ends.
  ends: vec4<u32>,
  walks: array<Walk, 3>,
}

@group(0) @binding(0) var<uniform> u: Uniforms;
@group(0) @binding(1) var<storage, read_write> out: array<u32>;

@compute @workgroup_size(256)
fn main(
  @builtin(local_invocation_index) local: u32,
  @builtin(workgroup_id) id: vec3<u32>,
  @builtin(num_workgroups) count: vec3<u32>,
) {
  let i = workgroupNumber(id, count) * 256u + local;
  if (i >= u.ends.z) { return; }
  let walk = select(select(2u, 1u, i < u.ends.y), 0u, i < u.ends.x);
  var rest = i - select(select(u.ends.y, u.ends.x, walk == 1u), 0u, walk == 0u);
  var offset = 0u;
  for (var axis = 6u; axis > 0u; axis--) {
    let at = axis - 1u;
    let size = u.walks[walk].shape[at >> 2u][at & 3u];
    offset += (rest % size) * u.walks[walk].strides[at >> 2u][at & 3u];
    rest /= size;
  }
  out[i] = offset;
}
