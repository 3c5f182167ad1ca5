// The body of tiled.wgsl and tiled-half.wgsl: C as product.wgsl says, in tiles. One workgroup makes a tile of C of one batch and one split
// of k; an invocation makes ROWS x COLUMNS blocks of 4 x 4 of it. DEPTH of k at a time lie in workgroup memory, A transposed, so that every
// read is a quad, and a block takes two of them for 16 multiply-adds. While a tile is multiplied, the next one travels into registers.
// What a Quad is, four numbers in workgroup memory, the file says that includes this one, with quadOf to write and numbersOf to read it.
// Layout: A4 and B4 as blocks.wgsl says. The entries main and mainBefore want the same of n, ldc, offsets and batches of C; scalar and
// scalarBefore do not.
// Bytes: 4 k (TILE_M + TILE_N) a tile; FLOPs: 2 m n k. Sums are chains of f32 multiply-adds in order of k.
// Limits: (TILE_M + TILE_N) · DEPTH / 16 <= WIDE · HIGH, DEPTH a multiple of 4, TILE_M and TILE_N of 32, WIDE of 8;
// BUFFERS · DEPTH · (TILE_M + TILE_N) / 4 quads of workgroup memory.

//!include lib/grid.wgsl
//!include matmul/product.wgsl
//!include matmul/blocks.wgsl

// Invocations along n and m.
const WIDE: u32 = 16u;
const HIGH: u32 = 16u;
// Blocks of an invocation along m and n: 1 or 2.
const ROWS: u32 = 2u;
const COLUMNS: u32 = 2u;
const DEPTH: u32 = 16u;
// 2 spares a barrier a tile.
const BUFFERS: u32 = 1u;

const SIZE = WIDE * HIGH;
const QUADS_M = HIGH * ROWS;
const QUADS_N = WIDE * COLUMNS;
const TILE_M = 4u * QUADS_M;
const TILE_N = 4u * QUADS_N;
// 4 x 4 blocks of the tiles of A and B that are loaded, one an invocation.
const LOADS_A = QUADS_M * DEPTH / 4u;
const LOADS_B = QUADS_N * DEPTH / 4u;
// Quads of C of an invocation.
const QUADS = 4u * ROWS * COLUMNS;

var<workgroup> tileA: array<Quad, BUFFERS * DEPTH * QUADS_M>;
var<workgroup> tileB: array<Quad, BUFFERS * DEPTH * QUADS_N>;

// The quad and the k / 4 of load number i of a tile: eight quads beside each other, then all k, so that neighbours write
// to neighbouring banks and a line of memory is read whole.
fn placeOfLoad(i: u32) -> vec2<u32> {
  let depth = DEPTH / 4u;
  return vec2((i % 8u) + 8u * (i / (8u * depth)), (i / 8u) % depth);
}

// Where an invocation works: neighbours (subgroups of 32) cover 4 x 8 blocks.
fn blockOf(local: u32) -> vec2<u32> {
  let group = local / 32u;
  return vec2((local % 8u) + 8u * (group % (WIDE / 8u)), ((local / 8u) % 4u) + 4u * (group / (WIDE / 8u)));
}

// Row and column in the tile of quad i of an invocation.
fn placeOfQuad(block: vec2<u32>, i: u32) -> vec2<u32> {
  let right = (i / 4u) % COLUMNS;
  let down = i / (4u * COLUMNS);
  return vec2(4u * (block.y + down * HIGH) + i % 4u, 4u * (block.x + right * WIDE));
}

// Sums of the quads of an invocation.
fn sumsOf(work: Work, local: u32) -> array<vec4<f32>, QUADS> {
  let block = blockOf(local);
  let loadsA = local < LOADS_A;
  let loadsB = !loadsA && local < LOADS_A + LOADS_B;
  let load = placeOfLoad(select(local - LOADS_A, local, loadsA));
  let row = work.tileRow * TILE_M + 4u * load.x;
  let column = work.tileColumn * TILE_N + 4u * load.x;
  var c00 = mat4x4<f32>();
  var c01 = mat4x4<f32>();
  var c10 = mat4x4<f32>();
  var c11 = mat4x4<f32>();
  var next = mat4x4<f32>();
  if (loadsA) {
    next = loadA(work.base.a, row, work.k + 4u * load.y, work.end);
  } else if (loadsB) {
    next = loadB(work.base.b, column, work.k + 4u * load.y, work.end);
  }
  var buffer = 0u;
  for (var k = work.k; k < work.end; k += DEPTH) {
    // the tile before was read
    if (BUFFERS == 1u) { workgroupBarrier(); }
    if (loadsA) {
      let x = byRowsA(next, k + 4u * load.y, work.end);
      let at = buffer * DEPTH * QUADS_M + 4u * load.y * QUADS_M + load.x;
      tileA[at] = quadOf(x[0]);
      tileA[at + QUADS_M] = quadOf(x[1]);
      tileA[at + 2u * QUADS_M] = quadOf(x[2]);
      tileA[at + 3u * QUADS_M] = quadOf(x[3]);
    } else if (loadsB) {
      let x = byRowsB(next, k + 4u * load.y, work.end);
      let at = buffer * DEPTH * QUADS_N + 4u * load.y * QUADS_N + load.x;
      tileB[at] = quadOf(x[0]);
      tileB[at + QUADS_N] = quadOf(x[1]);
      tileB[at + 2u * QUADS_N] = quadOf(x[2]);
      tileB[at + 3u * QUADS_N] = quadOf(x[3]);
    }
    workgroupBarrier();
    if (k + DEPTH < work.end) {
      if (loadsA) {
        next = loadA(work.base.a, row, k + DEPTH + 4u * load.y, work.end);
      } else if (loadsB) {
        next = loadB(work.base.b, column, k + DEPTH + 4u * load.y, work.end);
      }
    }
    let atA = buffer * DEPTH * QUADS_M + block.y;
    let atB = buffer * DEPTH * QUADS_N + block.x;
    for (var i = 0u; i < DEPTH; i++) { //!unroll
      let x = numbersOf(tileA[atA + i * QUADS_M]);
      let y = numbersOf(tileB[atB + i * QUADS_N]);
      addProduct(&c00, x, y);
      if (COLUMNS == 2u) {
        addProduct(&c01, x, numbersOf(tileB[atB + i * QUADS_N + WIDE]));
      }
      if (ROWS == 2u) {
        let below = numbersOf(tileA[atA + i * QUADS_M + HIGH]);
        addProduct(&c10, below, y);
        if (COLUMNS == 2u) {
          addProduct(&c11, below, numbersOf(tileB[atB + i * QUADS_N + WIDE]));
        }
      }
    }
    if (BUFFERS == 2u) { buffer = 1u - buffer; }
  }
  // an index that is no constant would keep the blocks out of registers
  var sums = array<vec4<f32>, QUADS>();
  sums[0] = c00[0];
  sums[1] = c00[1];
  sums[2] = c00[2];
  sums[3] = c00[3];
  if (COLUMNS == 2u) {
    sums[4u % QUADS] = c01[0];
    sums[5u % QUADS] = c01[1];
    sums[6u % QUADS] = c01[2];
    sums[7u % QUADS] = c01[3];
  }
  if (ROWS == 2u) {
    sums[(4u * COLUMNS) % QUADS] = c10[0];
    sums[(4u * COLUMNS + 1u) % QUADS] = c10[1];
    sums[(4u * COLUMNS + 2u) % QUADS] = c10[2];
    sums[(4u * COLUMNS + 3u) % QUADS] = c10[3];
    if (COLUMNS == 2u) {
      sums[12u % QUADS] = c11[0];
      sums[13u % QUADS] = c11[1];
      sums[14u % QUADS] = c11[2];
      sums[15u % QUADS] = c11[3];
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
    if (place.x < u.m && place.y < u.n) {
      let at = work.base.c + place.x * u.ldc + place.y;
      c4[at >> 2u] = result4(preActivation4(sums[i], place.y), at);
    }
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
    if (place.x < u.m && place.y < u.n) {
      let at = work.base.c + place.x * u.ldc + place.y;
      let x = preActivation4(sums[i], place.y);
      before4[at >> 2u] = x;
      c4[at >> 2u] = result4(x, at);
    }
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
    if (place.x < u.m) {
      for (var j = 0u; j < 4u && place.y + j < u.n; j++) {
        let at = work.base.c + place.x * u.ldc + place.y + j;
        c[at] = result(preActivation(sums[i][j], place.y + j), at);
      }
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
    if (place.x < u.m) {
      for (var j = 0u; j < 4u && place.y + j < u.n; j++) {
        let at = work.base.c + place.x * u.ldc + place.y + j;
        let x = preActivation(sums[i][j], place.y + j);
        before[at] = x;
        c[at] = result(x, at);
      }
    }
  }
}
