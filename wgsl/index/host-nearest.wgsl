// out[g, i] = the first j with the least Σ (a[g, i] - b[g, j])², or the first where that is NaN; rows of b with mask 0 are left out, and
// 0 stands for none. Distances are two floats (lib/compensated.wgsl). 32 invocations share a row of a, a workgroup holds 8 of them.
// Bytes: rows of b come from cache; FLOPs: about 45 a pair and column.

//!include lib/grid.wgsl
//!include lib/compensated.wgsl

struct Uniforms {
  rows: u32,
  // rows of a in a group, rows of b in a group
  n: u32,
  m: u32,
  width: u32,
}

@group(0) @binding(0) var<uniform> u: Uniforms;
@group(0) @binding(1) var<storage, read> a: array<f32>;
@group(0) @binding(2) var<storage, read> b: array<f32>;
@group(0) @binding(3) var<storage, read_write> out: array<u32>;
@group(0) @binding(4) var<storage, read> mask: array<u32>;

struct Nearest {
  distance: vec2<f32>,
  // 0xffffffff for none
  j: u32,
}

var<workgroup> lanes: array<Nearest, 256>;

// NaN comes first, then the smaller distance, then the smaller j.
fn nearer(p: Nearest, q: Nearest) -> bool {
  if (q.j == 0xffffffffu) { return true; }
  if (p.j == 0xffffffffu) { return false; }
  let pNan = isNan(p.distance.x);
  let qNan = isNan(q.distance.x);
  if (pNan != qNan) { return pNan; }
  if (!pNan) {
    if (p.distance.x != q.distance.x) { return p.distance.x < q.distance.x; }
    if (p.distance.y != q.distance.y) { return p.distance.y < q.distance.y; }
  }
  return p.j < q.j;
}

fn distanceOf(rowA: u32, rowB: u32) -> vec2<f32> {
  var sum = vec2(0.0);
  for (var k = 0u; k < u.width; k++) {
    let d = twoSum(a[rowA + k], -b[rowB + k]);
    let square = twoProduct(d.x, d.x);
    let rest = select(2.0 * d.x * d.y, 0.0, isInf(square.x));
    sum = addCompensated(sum, vec2(square.x, square.y + rest));
  }
  return sum;
}

fn search(place: u32, row: u32) {
  let lane = place % 32u;
  var best = Nearest(vec2(0.0), 0xffffffffu);
  if (row < u.rows) {
    let start = row / u.n * u.m;
    for (var j = lane; j < u.m; j += 32u) {
      let next = Nearest(distanceOf(row * u.width, (start + j) * u.width), j);
      if (nearer(next, best)) { best = next; }
    }
  }
  lanes[place] = best;
}

fn searchMasked(place: u32, row: u32) {
  let lane = place % 32u;
  var best = Nearest(vec2(0.0), 0xffffffffu);
  if (row < u.rows) {
    let start = row / u.n * u.m;
    for (var j = lane; j < u.m; j += 32u) {
      if (mask[start + j] != 0u) {
        let next = Nearest(distanceOf(row * u.width, (start + j) * u.width), j);
        if (nearer(next, best)) { best = next; }
      }
    }
  }
  lanes[place] = best;
}

fn join(place: u32, row: u32) {
  let lane = place % 32u;
  workgroupBarrier();
  for (var half = 16u; half > 0u; half /= 2u) {
    if (lane < half && nearer(lanes[place + half], lanes[place])) {
      lanes[place] = lanes[place + half];
    }
    workgroupBarrier();
  }
  if (lane == 0u && row < u.rows) {
    let j = lanes[place].j;
    out[row] = select(j, 0u, j == 0xffffffffu);
  }
}

@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) id: vec3<u32>,
  @builtin(num_workgroups) count: vec3<u32>,
  @builtin(local_invocation_index) place: u32,
) {
  let row = workgroupNumber(id, count) * 8u + place / 32u;
  search(place, row);
  join(place, row);
}

@compute @workgroup_size(256)
fn masked(
  @builtin(workgroup_id) id: vec3<u32>,
  @builtin(num_workgroups) count: vec3<u32>,
  @builtin(local_invocation_index) place: u32,
) {
  let row = workgroupNumber(id, count) * 8u + place / 32u;
  searchMasked(place, row);
  join(place, row);
}
