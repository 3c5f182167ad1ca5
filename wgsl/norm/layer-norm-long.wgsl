// Layer norm of rows too long for registers, by `parts` of each row; a workgroup is a part. `sums` leaves Σ (x - first) of each
// part in scratch, `squares` Σ d and Σ d² of d = x - mean, and `main` writes (x - mean) · rstd · gamma + beta, mean and rstd;
// each joins what the one before left of its row. Bytes: 8 an element, in three readings 16; FLOPs: about 12. Limits: rows · n
// below 2^32.

//!include lib/grid.wgsl
//!include lib/workgroup-reduce.wgsl
//!include norm/rstd.wgsl

struct Uniforms {
  rows: u32,
  n: u32,
  parts: u32,
  length: u32,
  eps: f32,
}

const TILE: u32 = 8;

@group(0) @binding(0) var<uniform> u: Uniforms;
@group(0) @binding(1) var<storage, read> x: array<f32>;
// of sums
@group(0) @binding(2) var<storage, read_write> sumsOut: array<f32>;
// of squares
@group(0) @binding(2) var<storage, read> sumsIn: array<f32>;
@group(0) @binding(3) var<storage, read_write> squaresOut: array<vec2<f32>>;
// of main
@group(0) @binding(3) var<storage, read> squaresIn: array<vec2<f32>>;
@group(0) @binding(4) var<storage, read> gamma: array<f32>;
@group(0) @binding(5) var<storage, read> beta: array<f32>;
@group(0) @binding(6) var<storage, read_write> out: array<f32>;
@group(0) @binding(7) var<storage, read_write> mean: array<f32>;
@group(0) @binding(8) var<storage, read_write> rstd: array<f32>;

struct Span {
  row: u32,
  begin: u32,
  end: u32,
  present: bool,
}

fn partSpan(unit: u32) -> Span {
  let present = unit < u.rows * u.parts;
  let row = select(0u, unit / u.parts, present);
  let begin = unit % u.parts * u.length;
  return Span(row, begin, select(begin, min(begin + u.length, u.n), present), present);
}

// The mean of x - first.
fn offsetOf(row: u32, lane: u32) -> f32 {
  var mine = vec2(0.0);
  for (var part = lane; part < u.parts; part += SIZE) {
    mine.x += sumsIn[row * u.parts + part];
  }
  return sumOfLanes(mine, lane, 1u).x / f32(u.n);
}

@compute @workgroup_size(SIZE)
fn sums(
  @builtin(workgroup_id) id: vec3<u32>,
  @builtin(num_workgroups) count: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let unit = workgroupNumber(id, count);
  let span = partSpan(unit);
  let start = span.row * u.n;
  let first = x[start];
  var mine = vec2(0.0);
  for (var i = span.begin + lane; i < span.end; i += SIZE * TILE) {
    var tile = 0.0;
    for (var k = 0u; k < TILE; k++) {
      if (i + k * SIZE < span.end) {
        tile += x[start + i + k * SIZE] - first;
      }
    }
    mine.x += tile;
  }
  let sum = sumOfLanes(mine, lane, 1u).x;
  if (span.present && lane == 0u) {
    sumsOut[unit] = sum;
  }
}

@compute @workgroup_size(SIZE)
fn squares(
  @builtin(workgroup_id) id: vec3<u32>,
  @builtin(num_workgroups) count: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let unit = workgroupNumber(id, count);
  let span = partSpan(unit);
  let start = span.row * u.n;
  let first = x[start];
  let offset = offsetOf(span.row, lane);
  var mine = vec2(0.0);
  for (var i = span.begin + lane; i < span.end; i += SIZE * TILE) {
    var tile = vec2(0.0);
    for (var k = 0u; k < TILE; k++) {
      if (i + k * SIZE < span.end) {
        let d = x[start + i + k * SIZE] - first - offset;
        tile += vec2(d, d * d);
      }
    }
    mine += tile;
  }
  let all = sumOfLanes(mine, lane, 1u);
  if (span.present && lane == 0u) {
    squaresOut[unit] = all;
  }
}

@compute @workgroup_size(SIZE)
fn main(
  @builtin(workgroup_id) id: vec3<u32>,
  @builtin(num_workgroups) count: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let unit = workgroupNumber(id, count);
  let span = partSpan(unit);
  let start = span.row * u.n;
  let first = x[start];
  let offset = offsetOf(span.row, lane);
  var mine = vec2(0.0);
  for (var part = lane; part < u.parts; part += SIZE) {
    mine += squaresIn[span.row * u.parts + part];
  }
  let all = sumOfLanes(mine, lane, 1u);
  let rest = all.x / f32(u.n);
  let r = rstdOf((all.y - all.x * rest) / f32(u.n), u.eps);
  for (var i = span.begin + lane; i < span.end; i += SIZE) {
    out[start + i] = (x[start + i] - first - offset - rest) * r * gamma[i] + beta[i];
  }
  if (span.present && span.begin == 0u && lane == 0u) {
    mean[span.row] = first + (offset + rest);
    rstd[span.row] = r;
  }
}
