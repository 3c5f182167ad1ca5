// Gradient of cross entropy over rows that the registers of their LANES invocations hold: the body of loss/backward.wgsl and
// loss/backward-subgroups.wgsl, which say how lanes add up.

//!include lib/grid.wgsl
//!include lib/math.wgsl

struct Uniforms {
  rows: u32,
  n: u32,
  ignored: i32,
  // 1 - s, s / n
  onTarget: f32,
  everywhere: f32,
}

const HELD: u32 = 16;

@group(0) @binding(0) var<uniform> u: Uniforms;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> ids: array<i32>;
@group(0) @binding(3) var<storage, read> lse: array<f32>;
@group(0) @binding(4) var<storage, read> g: array<f32>;
@group(0) @binding(5) var<storage, read_write> dx: array<f32>;

fn crossEntropyBackwardRows(number: u32, place: u32, subgroup: u32) {
  let row = number * (SIZE / LANES) + place / LANES;
  let lane = place % LANES;
  let present = row < u.rows;
  let end = select(0u, u.n, present);
  let start = row * u.n;
  let other = select(0u, row, present);
  let id = ids[other];
  let logSum = lse[other];
  let gradient = g[other];
  var held: array<f32, HELD>;
  var mine = 0.0;
  for (var k = 0u; k < HELD; k++) {
    if (k * LANES < u.n) {
      let i = k * LANES + lane;
      if (i < end) {
        held[k] = expOf(x[start + i] - logSum);
        mine += held[k];
      }
    }
  }
  let inverse = 1.0 / sumOfLanes(vec2(mine, 0.0), place, subgroup).x;
  for (var k = 0u; k < HELD; k++) {
    if (k * LANES < u.n) {
      let i = k * LANES + lane;
      if (i < end) {
        let aim = u.everywhere + select(0.0, u.onTarget, i32(i) == id);
        dx[start + i] = select(gradient * (held[k] * inverse - aim), 0.0, id == u.ignored);
      }
    }
  }
}
