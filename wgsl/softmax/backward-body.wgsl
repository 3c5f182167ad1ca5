// Gradient of softmax or log softmax over rows that the registers of their LANES invocations hold: the body of
// softmax/backward.wgsl and softmax/backward-subgroups.wgsl, which say how lanes add up.

//!include lib/grid.wgsl
//!include lib/math.wgsl

struct Uniforms {
  rows: u32,
  n: u32,
  scale: f32,
}

const HELD: u32 = 16;
// 0 softmax, 1 log softmax
const FUNCTION: u32 = 0;

@group(0) @binding(0) var<uniform> u: Uniforms;
@group(0) @binding(1) var<storage, read> y: array<f32>;
@group(0) @binding(2) var<storage, read> g: array<f32>;
@group(0) @binding(3) var<storage, read_write> out: array<f32>;

fn softmaxBackwardRows(number: u32, place: u32, subgroup: u32) {
  let row = number * (SIZE / LANES) + place / LANES;
  let lane = place % LANES;
  let end = select(0u, u.n, row < u.rows);
  let start = row * u.n;
  var heldY: array<f32, HELD>;
  var heldG: array<f32, HELD>;
  var part = 0.0;
  for (var k = 0u; k < HELD; k++) {
    if (k * LANES < u.n) {
      let i = k * LANES + lane;
      if (i < end) {
        heldY[k] = y[start + i];
        heldG[k] = g[start + i];
        part += select(heldG[k], heldY[k] * heldG[k], FUNCTION == 0u);
      }
    }
  }
  let sum = sumOfLanes(vec2(part, 0.0), place, subgroup).x;
  for (var k = 0u; k < HELD; k++) {
    if (k * LANES < u.n) {
      let i = k * LANES + lane;
      if (i < end) {
        if (FUNCTION == 0u) {
          out[start + i] = heldY[k] * u.scale * (heldG[k] - sum);
        } else {
          out[start + i] = heldG[k] - expOf(heldY[k]) * sum;
        }
      }
    }
  }
}
