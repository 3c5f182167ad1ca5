// log Σ e^x of row r of x [rows, n], contiguous, or, with PARTIAL, maximum and Σ e^(scale · x - maximum) of each of its parts for
// scratch. -infinity for n = 0, an infinite maximum itself, NaN where any element is. With MASKED, lanes whose mask is 0 do not
// count. `main`: LANES invocations a row or part, one reading. `finish`: joins the parts of each row by a workgroup.
// Bytes: 4 an element; FLOPs: about 25. Limits: rows · n below 2^32.

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

const PARTIAL: bool = false;
const MASKED: bool = false;

@group(0) @binding(0) var<uniform> u: Uniforms;
@group(0) @binding(1) var<storage, read> x: array<f32>;
// bound to x where there is no mask
@group(0) @binding(2) var<storage, read> mask: array<u32>;
@group(0) @binding(3) var<storage, read_write> out: array<f32>;
// of finish
@group(0) @binding(1) var<storage, read> partials: array<vec2<f32>>;
@group(0) @binding(2) var<storage, read_write> result: array<f32>;

fn logOfState(state: vec2<f32>) -> f32 {
  if (isNan(state.x) || isInf(state.x)) { return state.x; }
  return state.x + logOf(state.y);
}

@compute @workgroup_size(SIZE)
fn main(
  @builtin(workgroup_id) id: vec3<u32>,
  @builtin(num_workgroups) count: vec3<u32>,
  @builtin(local_invocation_index) place: u32,
) {
  let unit = workgroupNumber(id, count) * (SIZE / LANES) + place / LANES;
  let lane = place % LANES;
  let present = unit < u.rows * u.parts;
  let row = unit / u.parts;
  let begin = (unit - row * u.parts) * u.length;
  let end = select(begin, min(begin + u.length, u.n), present);
  let maskRow = row / u.rowsPerMask * u.n;
  var mine = vec2(-infinity(), 0.0);
  var shown = false;
  for (var i = begin + lane; i < end; i += LANES * TILE) {
    var values: array<f32, TILE>;
    for (var k = 0u; k < TILE; k++) {
      let at = i + k * LANES;
      values[k] = -infinity();
      if (at < end) {
        if (!MASKED || mask[maskRow + at] != 0u) {
          values[k] = u.scale * x[row * u.n + at];
          shown = true;
        }
      }
    }
    mine = takeTile(mine, &values);
  }
  // a row of which nothing is shown is not one of -infinity
  if (MASKED && shown && isLowest(mine.x)) {
    mine.y = 1.0;
  }
  let all = joinOnline(mine, place);
  if (present && lane == 0u) {
    if (PARTIAL) {
      out[2u * unit] = all.x;
      out[2u * unit + 1u] = all.y;
    } else {
      out[unit] = logOfState(all);
    }
  }
}

@compute @workgroup_size(SIZE)
fn finish(
  @builtin(workgroup_id) id: vec3<u32>,
  @builtin(num_workgroups) count: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let row = workgroupNumber(id, count);
  let end = select(0u, u.parts, row < u.rows);
  var mine = vec2(-infinity(), 0.0);
  for (var part = lane; part < end; part += SIZE) {
    let other = partials[row * u.parts + part];
    let top = maxNan(mine.x, other.x);
    mine = vec2(top, rescaled(mine, top) + rescaled(other, top));
  }
  let all = joinOnline(mine, lane);
  if (row < u.rows && lane == 0u) {
    result[row] = logOfState(all);
  }
}
