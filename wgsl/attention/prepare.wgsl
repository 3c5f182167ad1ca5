// rows[1 + r] = (m, 1 / l, delta, 0) of every query r of [batch, heads, queries] as bits, delta = sum over d of g · out, in one chain of products
// like that of g vT; rows[0] is the key of dropout.
// Layout: g and out by steps of batch, head and token. One invocation makes a query.
// Bytes: 8 valueDim + 24 a query; FLOPs: 2 valueDim.
//!include lib/grid.wgsl

override ALIGNED: bool = true;

struct Uniforms {
  g: vec4<u32>,
  out: vec4<u32>,
  heads: u32,
  queries: u32,
  valueDim: u32,
  count: u32,
}

@group(0) @binding(0) var<uniform> u: Uniforms;
@group(0) @binding(1) var<storage, read> g: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> out: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read> statistics: array<u32>;
@group(0) @binding(4) var<storage, read> key: array<u32>;
@group(0) @binding(5) var<storage, read_write> rows: array<vec4<u32>>;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) id: vec3<u32>,
  @builtin(num_workgroups) workgroups: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let row = workgroupNumber(id, workgroups) * 64u + local;
  if (row == 0u) { rows[0] = vec4(key[0], key[1], 0u, 0u); }
  if (row >= u.count) { return; }
  let token = row % u.queries;
  let head = row / u.queries % u.heads;
  let batch = row / u.queries / u.heads;
  let atG = u.g.x + batch * u.g.y + head * u.g.z + token * u.g.w;
  let atOut = u.out.x + batch * u.out.y + head * u.out.z + token * u.out.w;
  var delta = 0.0;
  if (ALIGNED) {
    for (var d = 0u; d < u.valueDim; d += 4u) {
      let a = g[(atG + d) / 4u];
      let b = out[(atOut + d) / 4u];
      delta = fma(a.w, b.w, fma(a.z, b.z, fma(a.y, b.y, fma(a.x, b.x, delta))));
    }
  } else {
    for (var d = 0u; d < u.valueDim; d++) {
      delta = fma(g[(atG + d) / 4u][(atG + d) % 4u], out[(atOut + d) / 4u][(atOut + d) % 4u], delta);
    }
  }
  rows[1u + row] = vec4(statistics[row], statistics[u.count + row], bitcast<u32>(delta), 0u);
}
