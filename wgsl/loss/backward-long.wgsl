// Gradient of cross entropy (loss/backward.wgsl) over rows too long for registers, by `parts` of each row; a workgroup is a
// part. `sums` leaves Σ e^(x - lse) of each part in scratch; `main` joins those of its row and writes one part of it. Bytes: 8
// an element, in two readings 12; FLOPs: about 40. Limits: rows · n below 2^32.

//!include lib/grid.wgsl
//!include lib/math.wgsl
//!include lib/workgroup-reduce.wgsl

struct Uniforms {
  rows: u32,
  n: u32,
  parts: u32,
  length: u32,
  ignored: i32,
  onTarget: f32,
  everywhere: f32,
}

const TILE: u32 = 8;

@group(0) @binding(0) var<uniform> u: Uniforms;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> ids: array<i32>;
@group(0) @binding(3) var<storage, read> lse: array<f32>;
@group(0) @binding(4) var<storage, read> g: array<f32>;
// of sums
@group(0) @binding(5) var<storage, read_write> sumsOut: array<f32>;
// of main
@group(0) @binding(5) var<storage, read> sumsIn: array<f32>;
@group(0) @binding(6) var<storage, read_write> dx: array<f32>;

@compute @workgroup_size(SIZE)
fn sums(
  @builtin(workgroup_id) id: vec3<u32>,
  @builtin(num_workgroups) count: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let unit = workgroupNumber(id, count);
  let present = unit < u.rows * u.parts;
  let row = select(0u, unit / u.parts, present);
  let begin = unit % u.parts * u.length;
  let end = select(begin, min(begin + u.length, u.n), present);
  let logSum = lse[row];
  var mine = 0.0;
  for (var i = begin + lane; i < end; i += SIZE * TILE) {
    var tile = 0.0;
    for (var k = 0u; k < TILE; k++) {
      let at = i + k * SIZE;
      if (at < end) {
        tile += expOf(x[row * u.n + at] - logSum);
      }
    }
    mine += tile;
  }
  let sum = sumOfLanes(vec2(mine, 0.0), lane, 1u).x;
  if (present && lane == 0u) {
    sumsOut[unit] = sum;
  }
}

@compute @workgroup_size(SIZE)
fn main(
  @builtin(workgroup_id) id: vec3<u32>,
  @builtin(num_workgroups) count: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let unit = workgroupNumber(id, count);
  let present = unit < u.rows * u.parts;
  let row = select(0u, unit / u.parts, present);
  let begin = unit % u.parts * u.length;
  let end = select(begin, min(begin + u.length, u.n), present);
  let logSum = lse[row];
  let gradient = g[row];
  let wanted = ids[row];
  var mine = 0.0;
  for (var part = lane; part < u.parts; part += SIZE) {
    mine += sumsIn[row * u.parts + part];
  }
  let inverse = 1.0 / sumOfLanes(vec2(mine, 0.0), lane, 1u).x;
  for (var i = begin + lane; i < end; i += SIZE) {
    let p = expOf(x[row * u.n + i] - logSum) * inverse;
    let aim = u.everywhere + select(0.0, u.onTarget, i32(i) == wanted);
    dx[row * u.n + i] = select(gradient * (p - aim), 0.0, wanted == u.ignored);
  }
}
