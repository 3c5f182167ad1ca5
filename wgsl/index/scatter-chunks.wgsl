// chunks[c, :] = Σ x[order[j], :] over chunk c of 128 rows in order of their keys, where all of them have one key; other chunks are left
// as they are: index/scatter-sums.wgsl reads those of rows that many ids name.
// Layout: dense; `scalars` adds elements, `vectors` vec4s, which `width` counts then. One workgroup: 256 units of chunks, in order of
// columns. Bytes: 4 an element of x at most.

//!include lib/grid.wgsl

struct Uniforms {
  // units of all full chunks
  n: u32,
  width: u32,
}

@group(0) @binding(0) var<uniform> u: Uniforms;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> xVectors: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> order: array<u32>;
@group(0) @binding(3) var<storage, read> keys: array<u32>;
@group(0) @binding(4) var<storage, read_write> chunks: array<f32>;
@group(0) @binding(4) var<storage, read_write> chunkVectors: array<vec4<f32>>;

@compute @workgroup_size(256)
fn scalars(
  @builtin(workgroup_id) id: vec3<u32>,
  @builtin(num_workgroups) count: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let i = workgroupNumber(id, count) * 256u + local;
  if (i >= u.n) { return; }
  let chunk = i / u.width;
  let column = i - chunk * u.width;
  if (keys[chunk * 128u] != keys[chunk * 128u + 127u]) { return; }
  var total = 0.0;
  for (var j = chunk * 128u; j < chunk * 128u + 128u; j++) { total += x[order[j] * u.width + column]; }
  chunks[i] = total;
}

@compute @workgroup_size(256)
fn vectors(
  @builtin(workgroup_id) id: vec3<u32>,
  @builtin(num_workgroups) count: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let i = workgroupNumber(id, count) * 256u + local;
  if (i >= u.n) { return; }
  let chunk = i / u.width;
  let column = i - chunk * u.width;
  if (keys[chunk * 128u] != keys[chunk * 128u + 127u]) { return; }
  var total = vec4(0.0);
  for (var j = chunk * 128u; j < chunk * 128u + 128u; j++) { total += xVectors[order[j] * u.width + column]; }
  chunkVectors[i] = total;
}
