// out[i] = bits for begin <= i < end, any 32-bit type; all other elements stay as they are.
// Layout: contiguous, by vec4. One workgroup: 2048 elements, from vec4 begin / 4 on. Bytes: 4 an element.

//!include lib/grid.wgsl

struct Uniforms {
  begin: u32,
  end: u32,
  bits: u32,
}

@group(0) @binding(0) var<uniform> u: Uniforms;
@group(0) @binding(1) var<storage, read_write> out: array<vec4<u32>>;

@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) id: vec3<u32>,
  @builtin(num_workgroups) count: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let first = u.begin / 4u + workgroupNumber(id, count) * 512u + local;
  for (var k = 0u; k < 2u; k++) {
    let i = first + k * 256u;
    let at = vec4(i * 4u) + vec4(0u, 1u, 2u, 3u);
    if (at.x >= u.begin && at.w < u.end) { out[i] = vec4(u.bits); }
    else if (at.x < u.end) { out[i] = select(out[i], vec4(u.bits), (at >= vec4(u.begin)) & (at < vec4(u.end))); }
  }
}
