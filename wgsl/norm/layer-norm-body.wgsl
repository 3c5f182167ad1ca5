// Layer norm of rows that the registers of their LANES invocations hold: the body of norm/layer-norm.wgsl and
// norm/layer-norm-subgroups.wgsl, which say how lanes add up.

//!include lib/grid.wgsl
//!include norm/rstd.wgsl

struct Uniforms {
  rows: u32,
  n: u32,
  eps: f32,
}

const HELD: u32 = 16;

@group(0) @binding(0) var<uniform> u: Uniforms;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> gamma: array<f32>;
@group(0) @binding(3) var<storage, read> beta: array<f32>;
@group(0) @binding(4) var<storage, read_write> out: array<f32>;
@group(0) @binding(5) var<storage, read_write> mean: array<f32>;
@group(0) @binding(6) var<storage, read_write> rstd: array<f32>;

fn layerNormRows(number: u32, place: u32, subgroup: u32) {
  let row = number * (SIZE / LANES) + place / LANES;
  let lane = place % LANES;
  let end = select(0u, u.n, row < u.rows);
  let start = row * u.n;
  let n = f32(u.n);
  // beside the first element: equal elements have no spread, and a large mean costs no digits
  let first = x[select(0u, start, row < u.rows)];
  var held: array<f32, HELD>;
  var mine = vec2(0.0);
  for (var k = 0u; k < HELD; k++) {
    if (k * LANES < u.n) {
      let i = k * LANES + lane;
      if (i < end) {
        held[k] = x[start + i] - first;
        mine.x += held[k];
      }
    }
  }
  let offset = sumOfLanes(mine, place, subgroup).x / n;
  mine = vec2(0.0);
  for (var k = 0u; k < HELD; k++) {
    if (k * LANES < u.n) {
      if (k * LANES + lane < end) {
        held[k] -= offset;
        mine += vec2(held[k], held[k] * held[k]);
      }
    }
  }
  // the rounding of the offset comes off
  let sums = sumOfLanes(mine, place, subgroup);
  let rest = sums.x / n;
  let r = rstdOf((sums.y - sums.x * rest) / n, u.eps);
  for (var k = 0u; k < HELD; k++) {
    if (k * LANES < u.n) {
      let i = k * LANES + lane;
      if (i < end) {
        out[start + i] = (held[k] - rest) * r * gamma[i] + beta[i];
      }
    }
  }
  if (row < u.rows && lane == 0u) {
    mean[row] = first + (offset + rest);
    rstd[row] = r;
  }
}
