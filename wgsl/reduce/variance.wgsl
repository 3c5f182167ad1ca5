// out[r] = Σ (x - mean)² / divisor over row r of x [rows, n], contiguous, two-pass. The mean is that of differences from the first
// element, so that equal elements have none; the squares are of differences scaled by the power of two that makes the largest 1 to
// 2, so that none overflows or vanishes; what the rounding of the mean left is taken off. Sums are compensated.
// `main`: LANES invocations a row. Few long rows go by parts of `length`: `sums`, `squares` and `finish`, each joining the results
// of the parts that the one before left in scratch. Bytes: 8 an element, 4 of them mostly from a cache; FLOPs: about 30.

//!include lib/grid.wgsl
//!include lib/workgroup-reduce.wgsl

struct Uniforms {
  rows: u32,
  n: u32,
  parts: u32,
  length: u32,
  // divisor = mantissa · 2^exponent
  mantissa: f32,
  exponent: i32,
}

const TILE: u32 = 8;

@group(0) @binding(0) var<uniform> u: Uniforms;
@group(0) @binding(1) var<storage, read> x: array<f32>;
// of main
@group(0) @binding(2) var<storage, read_write> out: array<f32>;
// of sums: the sum in two floats and the largest difference
@group(0) @binding(2) var<storage, read_write> sumsOut: array<vec4<f32>>;
// of squares: the sum and the sum of squares, two floats each
@group(0) @binding(2) var<storage, read> sumsIn: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read_write> squaresOut: array<vec4<f32>>;
// of finish
@group(0) @binding(3) var<storage, read> squaresIn: array<vec4<f32>>;
@group(0) @binding(4) var<storage, read_write> result: array<f32>;

const shrink: f32 = 2.3283064365386963e-10; // 2^-32: no sum of differences overflows

struct Span {
  // of the row in x
  row: u32,
  begin: u32,
  end: u32,
  present: bool,
}

struct Sums {
  // of (x - first) · 2^-32
  sum: vec2<f32>,
  largest: f32,
}

struct Squares {
  // of differences from the mean, scaled
  sum: vec2<f32>,
  squares: vec2<f32>,
}

// The differences are (x - mean) · 2^-32 · scale.
struct Centre {
  mean: f32,
  scale: f32,
  // scale = 2^-exponent
  exponent: i32,
  // not a number, or equal elements: no scale
  special: bool,
}

fn grow(sum: vec2<f32>, value: f32) -> vec2<f32> {
  let s = twoSum(sum.x, value);
  return vec2(s.x, sum.y + s.y);
}

fn sumsOf(span: Span, lane: u32) -> Sums {
  var result = Sums(vec2(0.0), 0.0);
  let start = span.row * u.n;
  let first = x[start] * shrink;
  for (var i = span.begin + lane; i < span.end; i += LANES * TILE) {
    var values: array<f32, TILE>;
    for (var k = 0u; k < TILE; k++) {
      values[k] = 0.0;
      if (i + k * LANES < span.end) {
        values[k] = x[start + i + k * LANES] * shrink - first;
      }
    }
    for (var k = 0u; k < TILE; k++) {
      result.sum = grow(result.sum, values[k]);
      result.largest = maxNan(result.largest, abs(values[k]));
    }
  }
  return result;
}

fn joinSums(mine: Sums, place: u32) -> Sums {
  return Sums(wideSumOfLanes(mine.sum, place, 1u), maxOfLanes(mine.largest, place, 1u));
}

fn centreOf(sums: Sums, row: u32) -> Centre {
  let exponentBits = bitcast<u32>(sums.largest) >> 23u;
  let mean = x[row * u.n] * shrink + (sums.sum.x + sums.sum.y) / f32(u.n);
  let special = exponentBits == 0u || exponentBits >= 254u;
  // sizes as they are, the largest difference is 2^129 · 2^-32
  let bits = select(254u - exponentBits, 127u, special) << 23u;
  return Centre(mean, bitcast<f32>(bits), i32(exponentBits) - 127, special);
}

fn squaresOf(span: Span, lane: u32, centre: Centre) -> Squares {
  var result = Squares(vec2(0.0), vec2(0.0));
  let start = span.row * u.n;
  let mean = centre.mean * centre.scale;
  for (var i = span.begin + lane; i < span.end; i += LANES * TILE) {
    var values: array<f32, TILE>;
    for (var k = 0u; k < TILE; k++) {
      values[k] = 0.0;
      if (i + k * LANES < span.end) {
        values[k] = x[start + i + k * LANES] * shrink * centre.scale - mean;
      }
    }
    for (var k = 0u; k < TILE; k++) {
      result.sum = grow(result.sum, values[k]);
      result.squares = grow(result.squares, values[k] * values[k]);
    }
  }
  return result;
}

fn joinSquares(mine: Squares, place: u32) -> Squares {
  return Squares(wideSumOfLanes(mine.sum, place, 1u), wideSumOfLanes(mine.squares, place, 1u));
}

fn powerOfTwo(exponent: i32) -> f32 {
  return bitcast<f32>(u32(exponent + 127) << 23u);
}

fn varianceOf(largest: f32, centre: Centre, squares: Squares) -> f32 {
  // an infinity has no mean
  if (isNan(largest) || isInf(largest)) { return notANumber(); }
  let rest = squares.sum.x + squares.sum.y;
  let all = squares.squares.x + squares.squares.y;
  let spread = max(all - rest * rest / max(f32(u.n), 1.0), 0.0);
  if (u.mantissa == 0.0) {
    // nothing divides: as 0 / 0 and 1 / 0
    if (centre.special) { return notANumber(); }
    return infinity();
  }
  if (centre.special) { return 0.0; }
  // by steps that no float exceeds
  let exponent = 2 * centre.exponent + 64 - u.exponent;
  let third = clamp(exponent / 3, -126, 126);
  let two = clamp(exponent - 2 * third, -126, 126);
  return spread / u.mantissa * powerOfTwo(third) * powerOfTwo(third) * powerOfTwo(two);
}

@compute @workgroup_size(SIZE)
fn main(
  @builtin(workgroup_id) id: vec3<u32>,
  @builtin(num_workgroups) count: vec3<u32>,
  @builtin(local_invocation_index) place: u32,
) {
  let row = workgroupNumber(id, count) * (SIZE / LANES) + place / LANES;
  let lane = place % LANES;
  let present = row < u.rows;
  let span = Span(select(0u, row, present), 0u, select(0u, u.n, present), present);
  let sums = joinSums(sumsOf(span, lane), place);
  let centre = centreOf(sums, span.row);
  let squares = joinSquares(squaresOf(span, lane, centre), place);
  if (present && lane == 0u) {
    out[row] = varianceOf(sums.largest, centre, squares);
  }
}

// From here on a workgroup is one part of a row, or one row, and LANES is SIZE.
fn partSpan(unit: u32) -> Span {
  let row = unit / u.parts;
  let begin = (unit - row * u.parts) * u.length;
  let present = unit < u.rows * u.parts;
  return Span(select(0u, row, present), begin, select(begin, min(begin + u.length, u.n), present), present);
}

fn sumsOfParts(row: u32, lane: u32) -> Sums {
  var result = Sums(vec2(0.0), 0.0);
  for (var part = lane; part < u.parts; part += SIZE) {
    let other = sumsIn[row * u.parts + part];
    result = Sums(addCompensated(result.sum, other.xy), maxNan(result.largest, other.z));
  }
  return joinSums(result, lane);
}

@compute @workgroup_size(SIZE)
fn sums(
  @builtin(workgroup_id) id: vec3<u32>,
  @builtin(num_workgroups) count: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let unit = workgroupNumber(id, count);
  let span = partSpan(unit);
  let sums = joinSums(sumsOf(span, lane), lane);
  if (span.present && lane == 0u) {
    sumsOut[unit] = vec4(sums.sum, sums.largest, 0.0);
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
  let centre = centreOf(sumsOfParts(span.row, lane), span.row);
  let squares = joinSquares(squaresOf(span, lane, centre), lane);
  if (span.present && lane == 0u) {
    squaresOut[unit] = vec4(squares.sum, squares.squares);
  }
}

@compute @workgroup_size(SIZE)
fn finish(
  @builtin(workgroup_id) id: vec3<u32>,
  @builtin(num_workgroups) count: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let unit = workgroupNumber(id, count);
  let present = unit < u.rows;
  let row = select(0u, unit, present);
  let sums = sumsOfParts(row, lane);
  var mine = Squares(vec2(0.0), vec2(0.0));
  for (var part = lane; part < u.parts; part += SIZE) {
    let other = squaresIn[row * u.parts + part];
    mine = Squares(addCompensated(mine.sum, other.xy), addCompensated(mine.squares, other.zw));
  }
  let squares = joinSquares(mine, lane);
  if (present && lane == 0u) {
    result[row] = varianceOf(sums.largest, centreOf(sums, row), squares);
  }
}
