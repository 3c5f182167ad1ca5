// One number a column of x [outer, n, inner], over the middle axis: the body of reduce/columns.wgsl and
// reduce/argmax-columns.wgsl, which say what becomes of the elements. Columns are those of all outer indices in a row. A
// workgroup has SIZE / LANES columns side by side, so that its reads are too, and LANES invocations down each of them, TILE
// loads under way at once: 1 on a processor, which gains nothing by that.

//!include lib/grid.wgsl

struct Uniforms {
  // outer · inner
  columns: u32,
  n: u32,
  inner: u32,
  // parts of a column, and elements of a part
  parts: u32,
  length: u32,
  divisor: f32,
}

// Results are those of parts, for scratch: those of a column side by side.
const PARTIAL: bool = false;
const TILE: u32 = 8;

@group(0) @binding(0) var<uniform> u: Uniforms;

fn reduceColumns(number: u32, index: u32) {
  const COLUMNS = SIZE / LANES;
  let block = number / u.parts;
  let part = number - block * u.parts;
  let column = block * COLUMNS + index % COLUMNS;
  let lane = index / COLUMNS;
  let present = column < u.columns;
  let outer = column / u.inner;
  let start = outer * u.n * u.inner + (column - outer * u.inner);
  let begin = part * u.length;
  let end = select(begin, min(begin + u.length, u.n), present);
  var mine = nothingYet();
  if (TILE == 1u) {
    for (var i = begin + lane; i < end; i += LANES) {
      mine = take(mine, x[start + i * u.inner], i);
    }
  } else {
    for (var i = begin + lane; i < end; i += LANES * TILE) {
      var values: array<f32, TILE>;
      for (var k = 0u; k < TILE; k++) {
        values[k] = identity();
        if (i + k * LANES < end) {
          values[k] = x[start + (i + k * LANES) * u.inner];
        }
      }
      for (var k = 0u; k < TILE; k++) {
        mine = take(mine, values[k], i + k * LANES);
      }
    }
  }
  // the lanes of a column side by side
  let all = joinLanes(mine, index % COLUMNS * LANES + lane);
  if (present && lane == 0u) {
    if (PARTIAL) {
      storePartial(column * u.parts + part, all);
    } else {
      storeResult(column, all, u.divisor);
    }
  }
}
