// Gradient of softmax, scale · y · (g - Σ y g), or log softmax, g - e^y Σ g, over rows too long for registers, by `parts` of
// each row. `sums` leaves the sum of each part in scratch; `main` joins those of its row and writes one part of it. A workgroup
// is a part. Bytes: 12 an element, in two readings 20; FLOPs: 6 (log softmax 15). Limits: rows · n below 2^32.

//!include lib/grid.wgsl
//!include lib/math.wgsl
//!include lib/workgroup-reduce.wgsl

struct Uniforms {
  rows: u32,
  n: u32,
  parts: u32,
  length: u32,
  scale: f32,
}

const TILE: u32 = 8;
// 0 softmax, 1 log softmax
const FUNCTION: u32 = 0;

@group(0) @binding(0) var<uniform> u: Uniforms;
@group(0) @binding(1) var<storage, read> y: array<f32>;
@group(0) @binding(2) var<storage, read> g: array<f32>;
// of sums
@group(0) @binding(3) var<storage, read_write> sumsOut: array<f32>;
// of main
@group(0) @binding(3) var<storage, read> sumsIn: array<f32>;
@group(0) @binding(4) var<storage, read_write> out: array<f32>;

@compute @workgroup_size(SIZE)
fn sums(
  @builtin(workgroup_id) id: vec3<u32>,
  @builtin(num_workgroups) count: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let unit = workgroupNumber(id, count);
  let present = unit < u.rows * u.parts;
  let row = unit / u.parts;
  let begin = (unit - row * u.parts) * u.length;
  let end = select(begin, min(begin + u.length, u.n), present);
  var sum = vec2(0.0);
  for (var i = begin + lane; i < end; i += SIZE * TILE) {
    var tile = 0.0;
    for (var k = 0u; k < TILE; k++) {
      let at = i + k * SIZE;
      if (at < end) {
        let gradient = g[row * u.n + at];
        if (FUNCTION == 0u) {
          tile += y[row * u.n + at] * gradient;
        } else {
          tile += gradient;
        }
      }
    }
    sum = addFloat(sum, tile);
  }
  let all = wideSumOfLanes(sum, lane, 1u);
  if (present && lane == 0u) {
    sumsOut[unit] = all.x + all.y;
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
  let row = unit / u.parts;
  var mine = 0.0;
  for (var part = lane; present && part < u.parts; part += SIZE) {
    mine += sumsIn[row * u.parts + part];
  }
  let sum = sumOfLanes(vec2(mine, 0.0), lane, 1u).x;
  let begin = (unit - row * u.parts) * u.length;
  let end = select(begin, min(begin + u.length, u.n), present);
  for (var i = begin + lane; i < end; i += SIZE) {
    let at = row * u.n + i;
    if (FUNCTION == 0u) {
      out[at] = y[at] * u.scale * (g[at] - sum);
    } else {
      out[at] = g[at] - expOf(y[at]) * sum;
    }
  }
}
