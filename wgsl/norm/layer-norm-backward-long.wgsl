// dx = rstd · (h - mean(h) - z · mean(h z)) with h = g · gamma, z = (x - mean) · rstd, over rows too long for registers, by
// `parts` of each row; a workgroup is a part. `sums` leaves Σ h and Σ h z of each part in scratch; `main` joins those of its row
// and writes one part. Bytes: 12 an element, in two readings 20; FLOPs: about 15. Limits: rows · n below 2^32.

//!include lib/grid.wgsl
//!include lib/workgroup-reduce.wgsl

struct Uniforms {
  rows: u32,
  n: u32,
  parts: u32,
  length: u32,
}

const TILE: u32 = 8;

@group(0) @binding(0) var<uniform> u: Uniforms;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> gamma: array<f32>;
@group(0) @binding(3) var<storage, read> mean: array<f32>;
@group(0) @binding(4) var<storage, read> rstd: array<f32>;
@group(0) @binding(5) var<storage, read> g: array<f32>;
// of sums
@group(0) @binding(6) var<storage, read_write> sumsOut: array<vec2<f32>>;
// of main
@group(0) @binding(6) var<storage, read> sumsIn: array<vec2<f32>>;
@group(0) @binding(7) var<storage, read_write> dx: array<f32>;

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
  let m = mean[row];
  let r = rstd[row];
  var mine = vec2(0.0);
  for (var i = begin + lane; i < end; i += SIZE * TILE) {
    var tile = vec2(0.0);
    for (var k = 0u; k < TILE; k++) {
      let at = i + k * SIZE;
      if (at < end) {
        let h = g[row * u.n + at] * gamma[at];
        tile += vec2(h, h * ((x[row * u.n + at] - m) * r));
      }
    }
    mine += tile;
  }
  let all = sumOfLanes(mine, lane, 1u);
  if (present && lane == 0u) {
    sumsOut[unit] = all;
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
  let m = mean[row];
  let r = rstd[row];
  var mine = vec2(0.0);
  for (var part = lane; part < u.parts; part += SIZE) {
    mine += sumsIn[row * u.parts + part];
  }
  let means = sumOfLanes(mine, lane, 1u) / f32(u.n);
  for (var i = begin + lane; i < end; i += SIZE) {
    let at = row * u.n + i;
    let z = (x[at] - m) * r;
    dx[at] = r * (g[at] * gamma[i] - means.x - z * means.y);
  }
}
