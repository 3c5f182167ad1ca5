// out[g, i, :] = table[g, ids[g, i], :], rows of any 32-bit type. Ids were checked by the host.
// Layout: dense; `scalars` moves elements, `vectors` vec4s, which `width` counts then.
// One workgroup: 1024 units, four an invocation, 256 apart, so that neighbours move neighbours. Bytes: 8 an element, and the ids.

//!include lib/grid.wgsl

struct Uniforms {
  n: u32,
  rows: u32,
  tableRows: u32,
  width: u32,
}

@group(0) @binding(0) var<uniform> u: Uniforms;
@group(0) @binding(1) var<storage, read> table: array<u32>;
@group(0) @binding(1) var<storage, read> tableVectors: array<vec4<u32>>;
@group(0) @binding(2) var<storage, read> ids: array<u32>;
@group(0) @binding(3) var<storage, read_write> out: array<u32>;
@group(0) @binding(3) var<storage, read_write> outVectors: array<vec4<u32>>;

// Where unit i of out lies in the table.
fn placeOf(i: u32) -> u32 {
  let row = i / u.width;
  return ((row / u.rows) * u.tableRows + ids[row]) * u.width + (i - row * u.width);
}

@compute @workgroup_size(256)
fn scalars(
  @builtin(workgroup_id) id: vec3<u32>,
  @builtin(num_workgroups) count: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let first = workgroupNumber(id, count) * 1024u + local;
  for (var k = 0u; k < 4u; k++) {
    let i = first + k * 256u;
    if (i < u.n) { out[i] = table[placeOf(i)]; }
  }
}

@compute @workgroup_size(256)
fn vectors(
  @builtin(workgroup_id) id: vec3<u32>,
  @builtin(num_workgroups) count: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let first = workgroupNumber(id, count) * 1024u + local;
  for (var k = 0u; k < 4u; k++) {
    let i = first + k * 256u;
    if (i < u.n) { outVectors[i] = tableVectors[placeOf(i)]; }
  }
}
