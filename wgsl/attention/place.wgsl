// to[layout of (batch, head, token) + column] = x[batch, head, token, column]: a gradient into its part of a tensor.
// Layout: x dense, `to` by steps of batch, head and token. One workgroup copies 1024. Bytes: 8 an element.
//!include lib/grid.wgsl

struct Uniforms {
  to: vec4<u32>,
  heads: u32,
  tokens: u32,
  columns: u32,
  n: u32,
}

@group(0) @binding(0) var<uniform> u: Uniforms;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read_write> to: array<f32>;

@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) id: vec3<u32>,
  @builtin(num_workgroups) workgroups: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let first = workgroupNumber(id, workgroups) * 1024u + local;
  for (var i = first; i < min(u.n, first + 1024u); i += 256u) {
    let row = i / u.columns;
    let token = row % u.tokens;
    let head = row / u.tokens % u.heads;
    let batch = row / u.tokens / u.heads;
    to[u.to.x + batch * u.to.y + head * u.to.z + token * u.to.w + i % u.columns] = x[i];
  }
}
