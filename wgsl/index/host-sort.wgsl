// The first k of each row of n in order, and where they stood. Bitonic networks (Batcher 1968) on pairs of key and position, which are
// all different, so the order is stable. Rows are filled up to `width`, a power of two.
//   `short`   rows of width up to 1024, whole ones in a workgroup
//   `block`   keys of 1024 elements, sorted within a workgroup; `apart` compares pairs `distance` apart in stage `stage`;
//   `near`    the rest of the stage, distances up to 512; `finish` writes the first k
// One workgroup takes 1024 pairs. Bytes: 8 an element and dispatch; log²(width) / 2 comparisons an element.

//!include lib/grid.wgsl
//!include index/host-keys.wgsl

struct Uniforms {
  rows: u32,
  n: u32,
  k: u32,
  width: u32,
  stage: u32,
  distance: u32,
  // of the rows of this call: x and the results hold more
  firstRow: u32,
  // of index/host-keys.wgsl
  kind: u32,
  descending: u32,
}

@group(0) @binding(0) var<uniform> u: Uniforms;
// of block, apart and near
@group(0) @binding(1) var<storage, read_write> pairs: array<vec2<u32>>;
@group(0) @binding(2) var<storage, read> keys: array<u32>;
// of short and finish
@group(0) @binding(1) var<storage, read> x: array<u32>;
@group(0) @binding(2) var<storage, read_write> values: array<u32>;
@group(0) @binding(3) var<storage, read_write> positions: array<u32>;
@group(0) @binding(4) var<storage, read> sorted: array<vec2<u32>>;

const size: u32 = 1024u;

var<workgroup> held: array<vec2<u32>, 1024>;

fn pairOf(word: u32, i: u32) -> vec2<u32> {
  let key = keyOf(word, u.kind);
  return vec2(select(key, ~key, u.descending == 1u), i);
}

fn isAfter(a: vec2<u32>, b: vec2<u32>) -> bool {
  return a.x > b.x || (a.x == b.x && a.y > b.y);
}

// Number of the lower element of comparison t at a distance that is a power of two.
fn lowerOf(t: u32, distance: u32) -> u32 {
  return (t & ~(distance - 1u)) * 2u + (t & (distance - 1u));
}

// Distances from `distance` down to 1 of a stage, on the elements in workgroup memory; `first` is the number of held[0] in its row.
fn nearDistances(lane: u32, stage: u32, distance: u32, first: u32) {
  for (var d = distance; d > 0u; d /= 2u) {
    for (var t = lane; t < size / 2u; t += 256u) {
      let i = lowerOf(t, d);
      let falls = ((first + i) & stage) != 0u;
      let a = held[i];
      let b = held[i + d];
      if (isAfter(a, b) != falls) {
        held[i] = b;
        held[i + d] = a;
      }
    }
    workgroupBarrier();
  }
}

@compute @workgroup_size(256)
fn short(
  @builtin(workgroup_id) id: vec3<u32>,
  @builtin(num_workgroups) count: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let firstRow = workgroupNumber(id, count) * (size / u.width);
  for (var s = lane; s < size; s += 256u) {
    let row = firstRow + s / u.width;
    let i = s % u.width;
    var pair = vec2(0xffffffffu, i);
    if (row < u.rows && i < u.n) {
      pair = pairOf(x[row * u.n + i], i);
    }
    held[s] = pair;
  }
  workgroupBarrier();
  for (var stage = 2u; stage <= u.width; stage *= 2u) {
    // the last stage rises in every row
    nearDistances(lane, select(stage, 0u, stage == u.width), stage / 2u, 0u);
  }
  for (var s = lane; s < size; s += 256u) {
    let row = firstRow + s / u.width;
    let i = s % u.width;
    if (row < u.rows && i < u.k) {
      let place = held[s].y;
      values[row * u.k + i] = x[row * u.n + place];
      positions[row * u.k + i] = place;
    }
  }
}

@compute @workgroup_size(256)
fn block(
  @builtin(workgroup_id) id: vec3<u32>,
  @builtin(num_workgroups) count: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let start = workgroupNumber(id, count) * size;
  let row = start / u.width;
  let first = start % u.width;
  for (var s = lane; s < size; s += 256u) {
    let i = first + s;
    var pair = vec2(0xffffffffu, i);
    if (row < u.rows && i < u.n) {
      pair = pairOf(keys[(u.firstRow + row) * u.n + i], i);
    }
    held[s] = pair;
  }
  workgroupBarrier();
  for (var stage = 2u; stage <= size; stage *= 2u) {
    nearDistances(lane, stage, stage / 2u, first);
  }
  for (var s = lane; s < size; s += 256u) {
    if (row < u.rows) {
      pairs[start + s] = held[s];
    }
  }
}

@compute @workgroup_size(256)
fn apart(
  @builtin(workgroup_id) id: vec3<u32>,
  @builtin(num_workgroups) count: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let start = workgroupNumber(id, count) * (size / 2u);
  for (var t = start + lane; t < start + size / 2u; t += 256u) {
    let i = lowerOf(t, u.distance);
    if (i < u.rows * u.width) {
      let falls = ((i % u.width) & u.stage) != 0u;
      let a = pairs[i];
      let b = pairs[i + u.distance];
      if (isAfter(a, b) != falls) {
        pairs[i] = b;
        pairs[i + u.distance] = a;
      }
    }
  }
}

@compute @workgroup_size(256)
fn near(
  @builtin(workgroup_id) id: vec3<u32>,
  @builtin(num_workgroups) count: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let start = workgroupNumber(id, count) * size;
  let inside = start < u.rows * u.width;
  for (var s = lane; s < size; s += 256u) {
    if (inside) { held[s] = pairs[start + s]; }
  }
  workgroupBarrier();
  nearDistances(lane, u.stage, size / 2u, start % u.width);
  for (var s = lane; s < size; s += 256u) {
    if (inside) { pairs[start + s] = held[s]; }
  }
}

@compute @workgroup_size(256)
fn finish(
  @builtin(workgroup_id) id: vec3<u32>,
  @builtin(num_workgroups) count: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let start = workgroupNumber(id, count) * size;
  for (var s = start + lane; s < start + size; s += 256u) {
    if (s < u.rows * u.k) {
      let row = s / u.k;
      let place = sorted[row * u.width + s % u.k].y;
      let at = u.firstRow * u.k + s;
      values[at] = x[(u.firstRow + row) * u.n + place];
      positions[at] = place;
    }
  }
}
