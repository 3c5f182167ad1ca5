// out[r] = index of the best of the `parts` keys and indices that stand side by side in scratch for result r. A workgroup holds
// 256 / LANES results. Bytes: 8 a part.

//!include lib/grid.wgsl
//!include lib/workgroup-reduce.wgsl
//!include reduce/argmax-lanes.wgsl

struct Uniforms {
  results: u32,
  parts: u32,
}

@group(0) @binding(0) var<uniform> u: Uniforms;
@group(0) @binding(1) var<storage, read> partials: array<vec2<u32>>;
@group(0) @binding(2) var<storage, read_write> out: array<u32>;

@compute @workgroup_size(SIZE)
fn main(
  @builtin(workgroup_id) id: vec3<u32>,
  @builtin(num_workgroups) count: vec3<u32>,
  @builtin(local_invocation_index) place: u32,
) {
  let result = workgroupNumber(id, count) * (SIZE / LANES) + place / LANES;
  let present = result < u.results;
  var mine = vec2(0u);
  for (var part = place % LANES; present && part < u.parts; part += LANES) {
    mine = better(mine, partials[result * u.parts + part]);
  }
  let all = joinLanes(mine, place);
  if (present && place % LANES == 0u) {
    out[result] = all.y;
  }
}
