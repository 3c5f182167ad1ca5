// The second dispatch of softmax and log softmax of rows too long for registers. Maximum and Σ e^(x - maximum) of the `parts` of
// each row stand in scratch (softmax/statistics.wgsl). A workgroup joins those of its row and writes one part of it. Bytes: 8 an
// element, in two readings 12; FLOPs: about 20. Limits: rows · n below 2^32.

//!include lib/grid.wgsl
//!include softmax/online.wgsl

struct Uniforms {
  rows: u32,
  n: u32,
  parts: u32,
  length: u32,
  rowsPerMask: u32,
  scale: f32,
}

// as softmax/rows-body.wgsl
const FUNCTION: u32 = 0;

@group(0) @binding(0) var<uniform> u: Uniforms;
@group(0) @binding(1) var<storage, read> x: array<f32>;
// bound to x where there is no mask
@group(0) @binding(2) var<storage, read> mask: array<u32>;
@group(0) @binding(3) var<storage, read> partials: array<vec2<f32>>;
@group(0) @binding(4) var<storage, read_write> out: array<f32>;

@compute @workgroup_size(SIZE)
fn main(
  @builtin(workgroup_id) id: vec3<u32>,
  @builtin(num_workgroups) count: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let unit = workgroupNumber(id, count);
  let present = unit < u.rows * u.parts;
  let row = unit / u.parts;
  var mine = vec2(-infinity(), 0.0);
  for (var part = lane; present && part < u.parts; part += SIZE) {
    let other = partials[row * u.parts + part];
    let top = maxNan(mine.x, other.x);
    mine = vec2(top, rescaled(mine, top) + rescaled(other, top));
  }
  let all = joinOnline(mine, lane);
  let top = all.x;
  // -infinity alone has no shares, unless nothing is shown at all
  let inverse = select(1.0 / all.y, notANumber(), FUNCTION == 1u && isInf(top) && all.y != 0.0);
  let hidden = select(0.0, inverse, isNan(inverse));
  let logSum = logOf(all.y);
  let begin = (unit - row * u.parts) * u.length;
  let end = select(begin, min(begin + u.length, u.n), present);
  let maskRow = row / u.rowsPerMask * u.n;
  for (var i = begin + lane; i < end; i += SIZE * TILE) {
    var values: array<f32, TILE>;
    var shown: array<bool, TILE>;
    for (var k = 0u; k < TILE; k++) {
      let at = i + k * SIZE;
      shown[k] = false;
      if (at < end) {
        values[k] = u.scale * x[row * u.n + at] - top;
        shown[k] = FUNCTION != 1u || mask[maskRow + at] != 0u;
      }
    }
    for (var k = 0u; k < TILE; k++) {
      let at = i + k * SIZE;
      if (at < end) {
        if (FUNCTION == 2u) {
          out[row * u.n + at] = values[k] - logSum;
        } else {
          out[row * u.n + at] = select(hidden, expNegative(values[k]) * inverse, shown[k]);
        }
      }
    }
  }
}
