// to[at + i] = from[i] for i < n: masks, bias and the like end to end, where a kernel may bind too few buffers for each of them.
// Layout: words. One workgroup copies 1024. Bytes: 8 a word.
//!include lib/grid.wgsl

struct Uniforms {
  n: u32,
  at: u32,
}

@group(0) @binding(0) var<uniform> u: Uniforms;
@group(0) @binding(1) var<storage, read> words: array<u32>;
@group(0) @binding(2) var<storage, read_write> to: array<u32>;

@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) id: vec3<u32>,
  @builtin(num_workgroups) workgroups: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let first = workgroupNumber(id, workgroups) * 1024u + local;
  for (var i = first; i < min(u.n, first + 1024u); i += 256u) { to[u.at + i] = words[i]; }
}
