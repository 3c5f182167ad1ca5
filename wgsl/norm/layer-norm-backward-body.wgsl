// dx of layer norm over rows that the registers of their LANES invocations hold: the body of norm/layer-norm-backward.wgsl and
// norm/layer-norm-backward-subgroups.wgsl, which say how lanes add up.

//!include lib/grid.wgsl

struct Uniforms {
  rows: u32,
  n: u32,
}

const HELD: u32 = 16;

@group(0) @binding(0) var<uniform> u: Uniforms;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> gamma: array<f32>;
@group(0) @binding(3) var<storage, read> mean: array<f32>;
@group(0) @binding(4) var<storage, read> rstd: array<f32>;
@group(0) @binding(5) var<storage, read> g: array<f32>;
@group(0) @binding(6) var<storage, read_write> dx: array<f32>;

fn layerNormBackwardRows(number: u32, place: u32, subgroup: u32) {
  let row = number * (SIZE / LANES) + place / LANES;
  let lane = place % LANES;
  let end = select(0u, u.n, row < u.rows);
  let start = row * u.n;
  let m = mean[min(row, u.rows - 1u)];
  let r = rstd[min(row, u.rows - 1u)];
  var heldH: array<f32, HELD>;
  var heldZ: array<f32, HELD>;
  var mine = vec2(0.0);
  for (var k = 0u; k < HELD; k++) {
    if (k * LANES < u.n) {
      let i = k * LANES + lane;
      if (i < end) {
        heldH[k] = g[start + i] * gamma[i];
        heldZ[k] = (x[start + i] - m) * r;
        mine += vec2(heldH[k], heldH[k] * heldZ[k]);
      }
    }
  }
  let means = sumOfLanes(mine, place, subgroup) / f32(u.n);
  for (var k = 0u; k < HELD; k++) {
    if (k * LANES < u.n) {
      let i = k * LANES + lane;
      if (i < end) {
        dx[start + i] = r * (heldH[k] - means.x - heldZ[k] * means.y);
      }
    }
  }
}
