// C as product.wgsl says, by the matrix units of an adapter: operands rounded to f16, products and sums in f32. One workgroup makes a tile of
// C of one batch and one split of k; a subgroup makes UNITS_M x UNITS_N matrices of 16 x 16 of it, each a chain of 16 x 16 x 16 products in
// order of k. DEPTH of k at a time lie in workgroup memory; while they are multiplied, the next ones travel into registers.
// Layout: A4 and B4 as blocks.wgsl says, the entries as tiles.wgsl says. In workgroup memory A is [TILE_M, DEPTH] and B [DEPTH, TILE_N], rows
// 16 bytes longer than that, which keeps neighbouring rows of a matrix out of each other's banks. The k past the end are 0 in both.
// Rounding: operands as in tiled-half.wgsl, but for those from 65520 on: infinity where f16() rounds to the nearest, 65504 where it cuts off.
// Matrix units may add in an order, and with roundings, of their own.
// Bytes: 4 k (TILE_M + TILE_N) a tile; FLOPs: 2 m n k.
// Limits: subgroups of SUBGROUP invocations; TILE_M · DEPTH / 16 and TILE_N · DEPTH / 16 multiples of the workgroup, DEPTH of 16.
// The extension is Chromium's, and experimental. The file compiles and its numbers were checked with loops in place of the units; no GPU has
// run it.

enable f16;
enable subgroups;
enable chromium_experimental_subgroup_matrix;

//!include lib/grid.wgsl
//!include matmul/product.wgsl
//!include matmul/blocks.wgsl

const SUBGROUP: u32 = 32u;
// Subgroups along m and n, and matrices of each.
const ROWS: u32 = 2u;
const COLUMNS: u32 = 4u;
const UNITS_M: u32 = 4u;
const UNITS_N: u32 = 2u;
const DEPTH: u32 = 32u;

const SUBGROUPS = ROWS * COLUMNS;
const SIZE = SUBGROUP * SUBGROUPS;
const UNITS = UNITS_M * UNITS_N;
const TILE_M = 16u * ROWS * UNITS_M;
const TILE_N = 16u * COLUMNS * UNITS_N;
// 4 x 4 blocks of the tiles of A and B that an invocation loads.
const LOADS_A = TILE_M * DEPTH / 16u / SIZE;
const LOADS_B = TILE_N * DEPTH / 16u / SIZE;
const STEP_A = DEPTH + 8u;
const STEP_B = TILE_N + 8u;

// A load may claim whole rows from its first element on: hence the elements at the ends.
var<workgroup> tileA: array<f16, TILE_M * STEP_A + DEPTH>;
var<workgroup> tileB: array<f16, DEPTH * STEP_B + TILE_N>;
// One matrix of each subgroup on its way out.
var<workgroup> staged: array<f32, SUBGROUPS * 256u>;

// The quad and the k / 4 of block i of a tile of `quads` quads: neighbours read along the axis that is contiguous.
fn placeOfLoad(i: u32, quads: u32, alongK: bool) -> vec2<u32> {
  if (alongK) { return vec2(i / (DEPTH / 4u), i % (DEPTH / 4u)); }
  return vec2(i % quads, i / quads);
}

fn placeOfLoadA(i: u32) -> vec2<u32> {
  return placeOfLoad(i, TILE_M / 4u, !TRANS_A);
}

fn placeOfLoadB(i: u32) -> vec2<u32> {
  return placeOfLoad(i, TILE_N / 4u, TRANS_B);
}

fn nextA(work: Work, i: u32, k: u32) -> mat4x4<f32> {
  let place = placeOfLoadA(i);
  return loadA(work.base.a, work.tileRow * TILE_M + 4u * place.x, k + 4u * place.y, work.end);
}

fn nextB(work: Work, i: u32, k: u32) -> mat4x4<f32> {
  let place = placeOfLoadB(i);
  return loadB(work.base.b, work.tileColumn * TILE_N + 4u * place.x, k + 4u * place.y, work.end);
}

fn writeA(at: u32, row: vec4<f32>) {
  tileA[at] = f16(row.x);
  tileA[at + 1u] = f16(row.y);
  tileA[at + 2u] = f16(row.z);
  tileA[at + 3u] = f16(row.w);
}

fn writeB(at: u32, row: vec4<f32>) {
  tileB[at] = f16(row.x);
  tileB[at + 1u] = f16(row.y);
  tileB[at + 2u] = f16(row.z);
  tileB[at + 3u] = f16(row.w);
}

fn stageA(x: mat4x4<f32>, i: u32, k: u32, end: u32) {
  let place = placeOfLoadA(i);
  let rows = transpose(byRowsA(x, k + 4u * place.y, end));
  let at = 4u * (place.x * STEP_A + place.y);
  writeA(at, rows[0]);
  writeA(at + STEP_A, rows[1]);
  writeA(at + 2u * STEP_A, rows[2]);
  writeA(at + 3u * STEP_A, rows[3]);
}

fn stageB(x: mat4x4<f32>, i: u32, k: u32, end: u32) {
  let place = placeOfLoadB(i);
  let rows = byRowsB(x, k + 4u * place.y, end);
  let at = 4u * (place.y * STEP_B + place.x);
  writeB(at, rows[0]);
  writeB(at + STEP_B, rows[1]);
  writeB(at + 2u * STEP_B, rows[2]);
  writeB(at + 3u * STEP_B, rows[3]);
}

// Adds the products of a tile to the matrices of a subgroup.
fn addProducts(sums: ptr<function, array<subgroup_matrix_result<f32, 16, 16>, UNITS>>, work: Work, local: u32, subgroup: u32) {
  let row = 16u * UNITS_M * (subgroup / COLUMNS);
  let column = 16u * UNITS_N * (subgroup % COLUMNS);
  var a4: array<mat4x4<f32>, LOADS_A>;
  var b4: array<mat4x4<f32>, LOADS_B>;
  for (var i = 0u; i < LOADS_A; i++) { //!unroll
    a4[i] = nextA(work, local + i * SIZE, work.k);
  }
  for (var i = 0u; i < LOADS_B; i++) { //!unroll
    b4[i] = nextB(work, local + i * SIZE, work.k);
  }
  for (var k = work.k; k < work.end; k += DEPTH) {
    // the tile before was read
    workgroupBarrier();
    for (var i = 0u; i < LOADS_A; i++) { //!unroll
      stageA(a4[i], local + i * SIZE, k, work.end);
    }
    for (var i = 0u; i < LOADS_B; i++) { //!unroll
      stageB(b4[i], local + i * SIZE, k, work.end);
    }
    workgroupBarrier();
    if (k + DEPTH < work.end) {
      for (var i = 0u; i < LOADS_A; i++) { //!unroll
        a4[i] = nextA(work, local + i * SIZE, k + DEPTH);
      }
      for (var i = 0u; i < LOADS_B; i++) { //!unroll
        b4[i] = nextB(work, local + i * SIZE, k + DEPTH);
      }
    }
    for (var step = 0u; step < DEPTH / 16u; step++) { //!unroll
      var right: array<subgroup_matrix_right<f16, 16, 16>, UNITS_N>;
      for (var j = 0u; j < UNITS_N; j++) { //!unroll
        let at = 16u * step * STEP_B + column + 16u * j;
        right[j] = subgroupMatrixLoad<subgroup_matrix_right<f16, 16, 16>, row_major>(&tileB, at, STEP_B);
      }
      for (var i = 0u; i < UNITS_M; i++) { //!unroll
        let at = (row + 16u * i) * STEP_A + 16u * step;
        let left = subgroupMatrixLoad<subgroup_matrix_left<f16, 16, 16>, row_major>(&tileA, at, STEP_A);
        for (var j = 0u; j < UNITS_N; j++) { //!unroll
          (*sums)[i * UNITS_N + j] = subgroupMatrixMultiplyAccumulate(left, right[j], (*sums)[i * UNITS_N + j]);
        }
      }
    }
  }
}

// Gives a matrix of each subgroup to the workgroup.
fn stageSums(sums: subgroup_matrix_result<f32, 16, 16>, subgroup: u32) {
  // the ones before were read
  workgroupBarrier();
  subgroupMatrixStore<row_major>(&staged, 256u * subgroup, sums, 16u);
  workgroupBarrier();
}

// Row and column in C of quad `item` of what is staged, where every subgroup gave its matrix `unit`.
fn placeOfQuad(work: Work, unit: u32, item: u32) -> vec2<u32> {
  let subgroup = item / 64u;
  let row = 16u * (UNITS_M * (subgroup / COLUMNS) + unit / UNITS_N) + (item % 64u) / 4u;
  let column = 16u * (UNITS_N * (subgroup % COLUMNS) + unit % UNITS_N) + 4u * (item % 4u);
  return vec2(work.tileRow * TILE_M + row, work.tileColumn * TILE_N + column);
}

fn quadAt(item: u32) -> vec4<f32> {
  let at = 4u * item;
  return vec4(staged[at], staged[at + 1u], staged[at + 2u], staged[at + 3u]);
}

@compute @workgroup_size(SIZE)
fn main(
  @builtin(local_invocation_index) local: u32,
  @builtin(workgroup_id) id: vec3<u32>,
  @builtin(num_workgroups) count: vec3<u32>,
  @builtin(subgroup_id) subgroup: u32,
) {
  let number = workgroupNumber(id, count);
  if (number >= u.count) { return; }
  let work = workOf(number);
  var sums: array<subgroup_matrix_result<f32, 16, 16>, UNITS>;
  addProducts(&sums, work, local, subgroup);
  for (var unit = 0u; unit < UNITS; unit++) { //!unroll
    stageSums(sums[unit], subgroup);
    for (var item = local; item < 64u * SUBGROUPS; item += SIZE) {
      let place = placeOfQuad(work, unit, item);
      if (place.x < u.m && place.y < u.n) {
        let at = work.base.c + place.x * u.ldc + place.y;
        c4[at >> 2u] = result4(preActivation4(quadAt(item), place.y), at);
      }
    }
  }
}

@compute @workgroup_size(SIZE)
fn mainBefore(
  @builtin(local_invocation_index) local: u32,
  @builtin(workgroup_id) id: vec3<u32>,
  @builtin(num_workgroups) count: vec3<u32>,
  @builtin(subgroup_id) subgroup: u32,
) {
  let number = workgroupNumber(id, count);
  if (number >= u.count) { return; }
  let work = workOf(number);
  var sums: array<subgroup_matrix_result<f32, 16, 16>, UNITS>;
  addProducts(&sums, work, local, subgroup);
  for (var unit = 0u; unit < UNITS; unit++) { //!unroll
    stageSums(sums[unit], subgroup);
    for (var item = local; item < 64u * SUBGROUPS; item += SIZE) {
      let place = placeOfQuad(work, unit, item);
      if (place.x < u.m && place.y < u.n) {
        let at = work.base.c + place.x * u.ldc + place.y;
        let x = preActivation4(quadAt(item), place.y);
        before4[at >> 2u] = x;
        c4[at >> 2u] = result4(x, at);
      }
    }
  }
}

@compute @workgroup_size(SIZE)
fn scalar(
  @builtin(local_invocation_index) local: u32,
  @builtin(workgroup_id) id: vec3<u32>,
  @builtin(num_workgroups) count: vec3<u32>,
  @builtin(subgroup_id) subgroup: u32,
) {
  let number = workgroupNumber(id, count);
  if (number >= u.count) { return; }
  let work = workOf(number);
  var sums: array<subgroup_matrix_result<f32, 16, 16>, UNITS>;
  addProducts(&sums, work, local, subgroup);
  for (var unit = 0u; unit < UNITS; unit++) { //!unroll
    stageSums(sums[unit], subgroup);
    for (var item = local; item < 64u * SUBGROUPS; item += SIZE) {
      let place = placeOfQuad(work, unit, item);
      let sum = quadAt(item);
      for (var j = 0u; j < 4u && place.x < u.m && place.y + j < u.n; j++) {
        let at = work.base.c + place.x * u.ldc + place.y + j;
        c[at] = result(preActivation(sum[j], place.y + j), at);
      }
    }
  }
}

@compute @workgroup_size(SIZE)
fn scalarBefore(
  @builtin(local_invocation_index) local: u32,
  @builtin(workgroup_id) id: vec3<u32>,
  @builtin(num_workgroups) count: vec3<u32>,
  @builtin(subgroup_id) subgroup: u32,
) {
  let number = workgroupNumber(id, count);
  if (number >= u.count) { return; }
  let work = workOf(number);
  var sums: array<subgroup_matrix_result<f32, 16, 16>, UNITS>;
  addProducts(&sums, work, local, subgroup);
  for (var unit = 0u; unit < UNITS; unit++) { //!unroll
    stageSums(sums[unit], subgroup);
    for (var item = local; item < 64u * SUBGROUPS; item += SIZE) {
      let place = placeOfQuad(work, unit, item);
      let sum = quadAt(item);
      for (var j = 0u; j < 4u && place.x < u.m && place.y + j < u.n; j++) {
        let at = work.base.c + place.x * u.ldc + place.y + j;
        let x = preActivation(sum[j], place.y + j);
        before[at] = x;
        c[at] = result(x, at);
      }
    }
  }
}
