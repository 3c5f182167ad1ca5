// C as product.wgsl says, on adapters that compute on a processor, whose subgroups are the four lanes of its vectors. One workgroup makes a
// tile of C of one batch and one split of k. A quad of invocations makes ROWS rows of it, 4 · COLUMNS wide: its lanes take every fourth
// column, each reads an element of A of every fourth row, and hands it to the others, for a load costs such an adapter five times as much.
// Bytes: (ROWS / 4 + COLUMNS) / (ROWS · COLUMNS) of an element a multiply-add, from caches; FLOPs: 2 m n k. Sums are chains of f32
// multiply-adds in order of k. Sums live in memory, for the processor has few registers: DEPTH products are added between two visits.
enable subgroups;

//!include lib/grid.wgsl
//!include matmul/product.wgsl
//!include matmul/work.wgsl

// Quads below each other.
const HIGH: u32 = 4u;
const ROWS: u32 = 16u;
const COLUMNS: u32 = 16u;
// Of k, between two visits of the sums.
const DEPTH: u32 = 8u;

const SIZE = 4u * HIGH;
const TILE_M = HIGH * ROWS;
const TILE_N = 4u * COLUMNS;
const SUMS = ROWS * COLUMNS;
const SHARES = ROWS / 4u;

@group(0) @binding(1) var<storage, read> elementsA: array<f32>;
@group(0) @binding(2) var<storage, read> elementsB: array<f32>;

// Where element k of any row lies behind the first of A, and of any column of B.
fn stepA(k: u32) -> u32 {
  if (WALK_A) { return offsets[u.k + u.n + k]; }
  if (TRANS_A) { return k * u.lda; }
  return k;
}

fn stepB(k: u32) -> u32 {
  if (WALK_B) { return offsets[k]; }
  if (TRANS_B) { return k; }
  return k * u.ldb;
}

// Row and column of C of a quad's first element.
fn cornerOf(work: Work, local: u32) -> vec2<u32> {
  return vec2(work.tileRow * TILE_M + local / 4u * ROWS, work.tileColumn * TILE_N + local % 4u);
}

fn sumsOf(work: Work, local: u32) -> array<f32, SUMS> {
  let corner = cornerOf(work, local);
  // past the last row or column: the last one, whose sums nobody stores
  var rows: array<u32, SHARES>;
  for (var q = 0u; q < SHARES; q++) { //!unroll always
    let row = min(corner.x + 4u * q + local % 4u, u.m - 1u);
    rows[q] = work.base.a + select(row * u.lda, row, TRANS_A);
  }
  var columns: array<u32, COLUMNS>;
  for (var q = 0u; q < COLUMNS; q++) { //!unroll always
    let column = min(corner.y + 4u * q, u.n - 1u);
    columns[q] = work.base.b;
    if (WALK_B) { columns[q] += offsets[u.k + column]; } else { columns[q] += select(column, column * u.ldb, TRANS_B); }
  }
  var sums: array<f32, SUMS>;
  var k = work.k;
  for (; k + DEPTH <= work.end; k += DEPTH) {
    var share: array<f32, SHARES * DEPTH>;
    var y: array<f32, COLUMNS * DEPTH>;
    for (var d = 0u; d < DEPTH; d++) { //!unroll always
      let toA = stepA(k + d);
      let toB = stepB(k + d);
      for (var q = 0u; q < SHARES; q++) { //!unroll always
        share[q * DEPTH + d] = elementsA[rows[q] + toA];
      }
      for (var c = 0u; c < COLUMNS; c++) { //!unroll always
        y[c * DEPTH + d] = elementsB[columns[c] + toB];
      }
    }
    for (var q = 0u; q < SHARES; q++) { //!unroll always
      for (var i = 0u; i < 4u; i++) { //!unroll always
        var x: array<f32, DEPTH>;
        for (var d = 0u; d < DEPTH; d++) { //!unroll always
          x[d] = quadBroadcast(share[q * DEPTH + d], i);
        }
        for (var c = 0u; c < COLUMNS; c++) { //!unroll always
          var sum = sums[(4u * q + i) * COLUMNS + c];
          for (var d = 0u; d < DEPTH; d++) { //!unroll always
            sum = fma(x[d], y[c * DEPTH + d], sum);
          }
          sums[(4u * q + i) * COLUMNS + c] = sum;
        }
      }
    }
  }
  for (; k < work.end; k++) {
    let toA = stepA(k);
    let toB = stepB(k);
    var y: array<f32, COLUMNS>;
    for (var c = 0u; c < COLUMNS; c++) { //!unroll always
      y[c] = elementsB[columns[c] + toB];
    }
    for (var q = 0u; q < SHARES; q++) { //!unroll always
      let share = elementsA[rows[q] + toA];
      for (var i = 0u; i < 4u; i++) { //!unroll always
        let x = quadBroadcast(share, i);
        for (var c = 0u; c < COLUMNS; c++) { //!unroll always
          sums[(4u * q + i) * COLUMNS + c] = fma(x, y[c], sums[(4u * q + i) * COLUMNS + c]);
        }
      }
    }
  }
  return sums;
}

@compute @workgroup_size(SIZE)
fn main(
  @builtin(local_invocation_index) local: u32,
  @builtin(workgroup_id) id: vec3<u32>,
  @builtin(num_workgroups) count: vec3<u32>,
) {
  let number = workgroupNumber(id, count);
  if (number >= u.count) { return; }
  let work = workOf(number);
  var sums = sumsOf(work, local);
  let corner = cornerOf(work, local);
  for (var i = 0u; i < SUMS; i++) {
    let place = corner + vec2(i / COLUMNS, 4u * (i % COLUMNS));
    if (place.x >= u.m || place.y >= u.n) { continue; }
    let at = work.base.c + place.x * u.ldc + place.y;
    c[at] = result(preActivation(sums[i], place.y), at);
  }
}

@compute @workgroup_size(SIZE)
fn mainBefore(
  @builtin(local_invocation_index) local: u32,
  @builtin(workgroup_id) id: vec3<u32>,
  @builtin(num_workgroups) count: vec3<u32>,
) {
  let number = workgroupNumber(id, count);
  if (number >= u.count) { return; }
  let work = workOf(number);
  var sums = sumsOf(work, local);
  let corner = cornerOf(work, local);
  for (var i = 0u; i < SUMS; i++) {
    let place = corner + vec2(i / COLUMNS, 4u * (i % COLUMNS));
    if (place.x >= u.m || place.y >= u.n) { continue; }
    let at = work.base.c + place.x * u.ldc + place.y;
    let x = preActivation(sums[i], place.y);
    before[at] = x;
    c[at] = result(x, at);
  }
}
