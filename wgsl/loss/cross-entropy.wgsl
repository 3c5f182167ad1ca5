// Per row of x [rows, n], contiguous, with the class id: lse = log Σ e^x, loss = lse - (1 - s) · x[id] - s · mean(x), s the
// smoothing; 0 where id is the ignored one. As (1 - s) · (maximum - x[id]) + s · (maximum - mean) + log Σ e^(x - maximum), so
// that large logits cancel; the mean is that of differences from the first element. One reading. `main`: LANES invocations a
// row, or, with PARTIAL, a part of a row, whose maximum, Σ e^(x - maximum) and Σ (x - first) go to scratch; `finish` joins the
// parts of each row by a workgroup. Bytes: 4 an element; FLOPs: about 25. Limits: rows · n below 2^32.

//!include lib/grid.wgsl
//!include softmax/online.wgsl

struct Uniforms {
  rows: u32,
  n: u32,
  parts: u32,
  length: u32,
  ignored: i32,
  smoothing: f32,
}

const PARTIAL: bool = false;
// The mean is wanted.
const SMOOTHED: bool = false;

@group(0) @binding(0) var<uniform> u: Uniforms;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> ids: array<i32>;
// of main: vec4s of parts with PARTIAL
@group(0) @binding(3) var<storage, read_write> loss: array<f32>;
@group(0) @binding(4) var<storage, read_write> lse: array<f32>;
// of finish
@group(0) @binding(3) var<storage, read> partials: array<vec4<f32>>;
@group(0) @binding(4) var<storage, read_write> lossOfParts: array<f32>;
@group(0) @binding(5) var<storage, read_write> lseOfParts: array<f32>;

struct Ends {
  loss: f32,
  lse: f32,
}

// What differences are taken from; an infinity gives none.
fn pivotOf(row: u32) -> f32 {
  let first = x[row * u.n];
  return select(first, 0.0, isInf(first));
}

fn endsOf(row: u32, state: vec2<f32>, differences: f32) -> Ends {
  // an infinite maximum has no share: e^(x - maximum) is none
  let logSum = select(logOf(state.y), notANumber(), isInf(state.x));
  let lse = state.x + logSum;
  let id = ids[row];
  if (id == u.ignored) { return Ends(0.0, lse); }
  var loss = (1.0 - u.smoothing) * (state.x - x[row * u.n + u32(id)]) + logSum;
  if (SMOOTHED) {
    loss += u.smoothing * (state.x - pivotOf(row) - differences / f32(u.n));
  }
  return Ends(loss, lse);
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
  let row = select(0u, unit / u.parts, present);
  let begin = unit % u.parts * u.length;
  let end = select(begin, min(begin + u.length, u.n), present);
  let pivot = pivotOf(row);
  var mine = vec2(-infinity(), 0.0);
  var differences = 0.0;
  for (var i = begin + lane; i < end; i += LANES * TILE) {
    var values: array<f32, TILE>;
    var tile = 0.0;
    for (var k = 0u; k < TILE; k++) {
      let at = i + k * LANES;
      values[k] = -infinity();
      if (at < end) {
        values[k] = x[row * u.n + at];
        if (SMOOTHED) {
          tile += values[k] - pivot;
        }
      }
    }
    mine = takeTile(mine, &values);
    differences += tile;
  }
  let all = joinOnline(mine, place);
  if (SMOOTHED) {
    differences = sumOfLanes(vec2(differences, 0.0), place, 1u).x;
  }
  if (present && lane == 0u) {
    if (PARTIAL) {
      loss[4u * unit] = all.x;
      loss[4u * unit + 1u] = all.y;
      loss[4u * unit + 2u] = differences;
    } else {
      let ends = endsOf(row, all, differences);
      loss[row] = ends.loss;
      lse[row] = ends.lse;
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
  var differences = 0.0;
  for (var part = lane; part < end; part += SIZE) {
    let other = partials[row * u.parts + part];
    let top = maxNan(mine.x, other.x);
    mine = vec2(top, rescaled(mine, top) + rescaled(other.xy, top));
    differences += other.z;
  }
  let all = joinOnline(mine, lane);
  differences = sumOfLanes(vec2(differences, 0.0), lane, 1u).x;
  if (row < u.rows && lane == 0u) {
    let ends = endsOf(row, all, differences);
    lossOfParts[row] = ends.loss;
    lseOfParts[row] = ends.lse;
  }
}
