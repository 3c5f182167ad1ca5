// C as product.wgsl says, without workgroup memory. One workgroup makes a tile of C of one batch and one split of k; an invocation makes
// ROWS x COLUMNS blocks of 4 x 4 of it, and reads what it needs from A and B itself, four k at a time.
// Layout: A4 and B4 as blocks.wgsl says. The entries main and mainBefore want the same of n, ldc, offsets and batches of C; scalar and
// scalarBefore do not.
// Bytes: (ROWS + COLUMNS) / (ROWS · COLUMNS) a multiply-add, from caches; FLOPs: 2 m n k. Sums are chains of f32 multiply-adds in order
// of k. For adapters whose workgroup memory is no faster than their caches, as those that compute on a processor.

//!include lib/grid.wgsl
//!include matmul/product.wgsl
//!include matmul/blocks.wgsl

// Invocations along n and m.
const WIDE: u32 = 4u;
const HIGH: u32 = 4u;
// Blocks of an invocation along m: 1 or 2, and n: 1, 2 or 4.
const ROWS: u32 = 2u;
const COLUMNS: u32 = 4u;

const SIZE = WIDE * HIGH;
const TILE_M = 4u * HIGH * ROWS;
const TILE_N = 4u * WIDE * COLUMNS;
// Quads of C of an invocation.
const QUADS = 4u * ROWS * COLUMNS;

fn blockOf(local: u32) -> vec2<u32> {
  return vec2(local % WIDE, local / WIDE);
}

// Row and column in the tile of quad i of an invocation.
fn placeOfQuad(block: vec2<u32>, i: u32) -> vec2<u32> {
  let right = (i / 4u) % COLUMNS;
  let down = i / (4u * COLUMNS);
  return vec2(4u * (block.y + down * HIGH) + i % 4u, 4u * (block.x + right * WIDE));
}

fn addBlock(sums: ptr<function, mat4x4<f32>>, x: mat4x4<f32>, y: mat4x4<f32>) {
  addProduct(sums, x[0], y[0]);
  addProduct(sums, x[1], y[1]);
  addProduct(sums, x[2], y[2]);
  addProduct(sums, x[3], y[3]);
}

// Sums of the quads of an invocation.
fn sumsOf(work: Work, local: u32) -> array<vec4<f32>, QUADS> {
  let block = blockOf(local);
  let row = work.tileRow * TILE_M + 4u * block.y;
  let column = work.tileColumn * TILE_N + 4u * block.x;
  var c00 = mat4x4<f32>();
  var c01 = mat4x4<f32>();
  var c02 = mat4x4<f32>();
  var c03 = mat4x4<f32>();
  var c10 = mat4x4<f32>();
  var c11 = mat4x4<f32>();
  var c12 = mat4x4<f32>();
  var c13 = mat4x4<f32>();
  for (var k = work.k; k < work.end; k += 4u) {
    let y0 = byRowsB(loadB(work.base.b, column, k, work.end), k, work.end);
    var y1 = mat4x4<f32>();
    var y2 = mat4x4<f32>();
    var y3 = mat4x4<f32>();
    if (COLUMNS > 1u) { y1 = byRowsB(loadB(work.base.b, column + 4u * WIDE, k, work.end), k, work.end); }
    if (COLUMNS > 2u) {
      y2 = byRowsB(loadB(work.base.b, column + 8u * WIDE, k, work.end), k, work.end);
      y3 = byRowsB(loadB(work.base.b, column + 12u * WIDE, k, work.end), k, work.end);
    }
    let x0 = byRowsA(loadA(work.base.a, row, k, work.end), k, work.end);
    addBlock(&c00, x0, y0);
    if (COLUMNS > 1u) { addBlock(&c01, x0, y1); }
    if (COLUMNS > 2u) {
      addBlock(&c02, x0, y2);
      addBlock(&c03, x0, y3);
    }
    if (ROWS > 1u) {
      let x1 = byRowsA(loadA(work.base.a, row + 4u * HIGH, k, work.end), k, work.end);
      addBlock(&c10, x1, y0);
      if (COLUMNS > 1u) { addBlock(&c11, x1, y1); }
      if (COLUMNS > 2u) {
        addBlock(&c12, x1, y2);
        addBlock(&c13, x1, y3);
      }
    }
  }
  // an index that is no constant would keep the blocks out of registers
  var sums = array<vec4<f32>, QUADS>();
  sums[0] = c00[0];
  sums[1] = c00[1];
  sums[2] = c00[2];
  sums[3] = c00[3];
  if (COLUMNS > 1u) {
    sums[4u % QUADS] = c01[0];
    sums[5u % QUADS] = c01[1];
    sums[6u % QUADS] = c01[2];
    sums[7u % QUADS] = c01[3];
  }
  if (COLUMNS > 2u) {
    sums[8u % QUADS] = c02[0];
    sums[9u % QUADS] = c02[1];
    sums[10u % QUADS] = c02[2];
    sums[11u % QUADS] = c02[3];
    sums[12u % QUADS] = c03[0];
    sums[13u % QUADS] = c03[1];
    sums[14u % QUADS] = c03[2];
    sums[15u % QUADS] = c03[3];
  }
  if (ROWS > 1u) {
    sums[(4u * COLUMNS + 0u) % QUADS] = c10[0];
    sums[(4u * COLUMNS + 1u) % QUADS] = c10[1];
    sums[(4u * COLUMNS + 2u) % QUADS] = c10[2];
    sums[(4u * COLUMNS + 3u) % QUADS] = c10[3];
    if (COLUMNS > 1u) {
      sums[(4u * COLUMNS + 4u) % QUADS] = c11[0];
      sums[(4u * COLUMNS + 5u) % QUADS] = c11[1];
      sums[(4u * COLUMNS + 6u) % QUADS] = c11[2];
      sums[(4u * COLUMNS + 7u) % QUADS] = c11[3];
    }
    if (COLUMNS > 2u) {
      sums[(4u * COLUMNS + 8u) % QUADS] = c12[0];
      sums[(4u * COLUMNS + 9u) % QUADS] = c12[1];
      sums[(4u * COLUMNS + 10u) % QUADS] = c12[2];
      sums[(4u * COLUMNS + 11u) % QUADS] = c12[3];
      sums[(4u * COLUMNS + 12u) % QUADS] = c13[0];
      sums[(4u * COLUMNS + 13u) % QUADS] = c13[1];
      sums[(4u * COLUMNS + 14u) % QUADS] = c13[2];
      sums[(4u * COLUMNS + 15u) % QUADS] = c13[3];
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
  for (var i = 0u; i < QUADS; i++) {
    let place = vec2(work.tileRow * TILE_M, work.tileColumn * TILE_N) + placeOfQuad(blockOf(local), i);
    if (place.x >= u.m || place.y >= u.n) { continue; }
    let at = work.base.c + place.x * u.ldc + place.y;
    c4[at >> 2u] = result4(preActivation4(sums[i], place.y), at);
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
  for (var i = 0u; i < QUADS; i++) {
    let place = vec2(work.tileRow * TILE_M, work.tileColumn * TILE_N) + placeOfQuad(blockOf(local), i);
    if (place.x >= u.m || place.y >= u.n) { continue; }
    let at = work.base.c + place.x * u.ldc + place.y;
    let x = preActivation4(sums[i], place.y);
    before4[at >> 2u] = x;
    c4[at >> 2u] = result4(x, at);
  }
}

@compute @workgroup_size(SIZE)
fn scalar(
  @builtin(local_invocation_index) local: u32,
  @builtin(workgroup_id) id: vec3<u32>,
  @builtin(num_workgroups) count: vec3<u32>,
) {
  let number = workgroupNumber(id, count);
  if (number >= u.count) { return; }
  let work = workOf(number);
  var sums = sumsOf(work, local);
  for (var i = 0u; i < QUADS; i++) {
    let place = vec2(work.tileRow * TILE_M, work.tileColumn * TILE_N) + placeOfQuad(blockOf(local), i);
    if (place.x >= u.m) { continue; }
    for (var j = 0u; j < 4u && place.y + j < u.n; j++) {
      let at = work.base.c + place.x * u.ldc + place.y + j;
      c[at] = result(preActivation(sums[i][j], place.y + j), at);
    }
  }
}

@compute @workgroup_size(SIZE)
fn scalarBefore(
  @builtin(local_invocation_index) local: u32,
  @builtin(workgroup_id) id: vec3<u32>,
  @builtin(num_workgroups) count: vec3<u32>,
) {
  let number = workgroupNumber(id, count);
  if (number >= u.count) { return; }
  let work = workOf(number);
  var sums = sumsOf(work, local);
  for (var i = 0u; i < QUADS; i++) {
    let place = vec2(work.tileRow * TILE_M, work.tileColumn * TILE_N) + placeOfQuad(blockOf(local), i);
    if (place.x >= u.m) { continue; }
    for (var j = 0u; j < 4u && place.y + j < u.n; j++) {
      let at = work.base.c + place.x * u.ldc + place.y + j;
      let x = preActivation(sums[i][j], place.y + j);
      before[at] = x;
      c[at] = result(x, at);
    }
  }
}
