// One number a row (or a part of a row) of x [rows, n]: the body of reduce/rows.wgsl and reduce/argmax-rows.wgsl, which say what
// becomes of the elements. LANES invocations walk a row, TILE loads under way at once.

//!include lib/grid.wgsl

struct Uniforms {
  rows: u32,
  n: u32,
  // parts of a row, and elements of a part
  parts: u32,
  length: u32,
  divisor: f32,
}

// Results are those of parts, for scratch.
const PARTIAL: bool = false;
const TILE: u32 = 8;

@group(0) @binding(0) var<uniform> u: Uniforms;

fn reduceRows(number: u32, place: u32) {
  let unit = number * (SIZE / LANES) + place / LANES;
  let lane = place % LANES;
  let present = unit < u.rows * u.parts;
  let row = unit / u.parts;
  let begin = (unit - row * u.parts) * u.length;
  let end = select(begin, min(begin + u.length, u.n), present);
  var mine = nothingYet();
  for (var i = begin + lane; i < end; i += LANES * TILE) {
    var values: array<f32, TILE>;
    for (var k = 0u; k < TILE; k++) {
      values[k] = identity();
      if (i + k * LANES < end) {
        values[k] = x[row * u.n + i + k * LANES];
      }
    }
    for (var k = 0u; k < TILE; k++) {
      mine = take(mine, values[k], i + k * LANES);
    }
  }
  let all = joinLanes(mine, place);
  if (present && lane == 0u) {
    if (PARTIAL) {
      storePartial(unit, all);
    } else {
      storeResult(unit, all, u.divisor);
    }
  }
}
