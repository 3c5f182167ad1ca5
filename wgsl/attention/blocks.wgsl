// Blocks of attention scores, ROWS x 64, in registers: each of the SIZE invocations has OWN_ROWS rows and OWN_QUADS quads of columns, rows
// too four neighbours at a time.
//   products of two heads   sum over d of left[row, d] right[column, d], both staged in slices of DEPTH of d
//   products with a block   sum over columns t of tile[row, t] right[t, c], right staged as [token][c] as it lies
// Operands come from quad() of the kernel that includes this, which also has `u` and `beside`. While what is staged is multiplied, what is
// staged next travels into registers. Tokens and columns past the end are 0.
// Workgroup memory is vec4s along d or t, never turned: [vec4][row], rows turned by the vec4 so that neither writers nor readers meet bank
// conflicts. A place of a row is invocation + invocations of its axis * number there (rowOf, columnOf).
//!include attention/scores.wgsl

// Invocations along the columns and the rows: multiples of 8, 4 * ACROSS a divisor of 64.
const ACROSS: u32 = 16;
const HIGH: u32 = 8;
// Quads of rows of an invocation.
const ROW_QUADS: u32 = 2;
const DEPTH: u32 = 16;
// Results of valueDim columns: vec4s of an invocation, and tokens staged at once; then those of dim.
const VALUE_CHUNKS: u32 = 1;
const VALUE_TOKENS: u32 = 16;
const DIM_CHUNKS: u32 = 1;
const DIM_TOKENS: u32 = 16;

const SIZE = ACROSS * HIGH;
const COLUMNS = 64u;
const OWN_ROWS = 4u * ROW_QUADS;
const OWN_QUADS = COLUMNS / 4u / ACROSS;
const OWN = OWN_ROWS * OWN_QUADS;
const ROWS = HIGH * OWN_ROWS;
// vec4s of a token in a slice, and what turns its place for each.
const SLICE = DEPTH / 4u;
const TURN = 8u / SLICE;
const LEFT = SLICE * ROWS;
const STAGE = SLICE * (ROWS + COLUMNS);
const LEFT_LOADS = LEFT / SIZE;
const RIGHT_LOADS = SLICE * COLUMNS / SIZE;
// Vectors of numbers of rows on their way between the invocations of a row: one apart from a power of two for the banks.
const EXCHANGE = HIGH * ROW_QUADS + 1u;
const VALUE_WIDTH = ACROSS * VALUE_CHUNKS;
const VALUE_TILE = OWN_ROWS * VALUE_CHUNKS;
const VALUE_LOADS = (VALUE_TOKENS * VALUE_WIDTH + SIZE - 1u) / SIZE;
const DIM_WIDTH = ACROSS * DIM_CHUNKS;
const DIM_TILE = OWN_ROWS * DIM_CHUNKS;
const DIM_LOADS = (DIM_TOKENS * DIM_WIDTH + SIZE - 1u) / SIZE;
const LOADS = max(LEFT_LOADS + RIGHT_LOADS, max(VALUE_LOADS, DIM_LOADS));

// Columns of the results that one workgroup makes, at most; wider heads are made in parts.
const PART = 256u;

var<workgroup> stage: array<vec4<f32>, STAGE>;
var<workgroup> tile: array<vec4<f32>, COLUMNS / 4u * ROWS>;

alias Scores = array<vec4<f32>, OWN>;
alias Loads = array<vec4<f32>, LOADS>;

// Column and row of an invocation: neighbours (subgroups of 32) cover 4 x 8.
fn invocationOf(local: u32) -> vec2<u32> {
  let group = local / 32u;
  return vec2(local % 8u + 8u * (group % (ACROSS / 8u)), local / 8u % 4u + 4u * (group / (ACROSS / 8u)));
}

// Row of the block at a place: 4 of each invocation are neighbours. Invocation y has places y + HIGH * r.
fn rowOf(at: u32) -> u32 {
  return 4u * (at % HIGH) + at / HIGH % 4u + 4u * HIGH * (at / (4u * HIGH));
}

// As rowOf. Invocation x has places x + ACROSS * c.
fn columnOf(at: u32) -> u32 {
  return 4u * (at % ACROSS) + at / ACROSS % 4u + 4u * ACROSS * (at / (4u * ACROSS));
}

// Four elements of a token, 0 past the last column or token.
fn four(tokens: Tokens, token: u32, column: u32) -> vec4<f32> {
  if (token >= tokens.count) { return vec4<f32>(); }
  let at = tokens.at + token * tokens.step + column;
  if (ALIGNED) {
    if (column >= tokens.columns) { return vec4<f32>(); }
    return quad(tokens.buffer, at / 4u);
  }
  var x = vec4<f32>();
  for (var i = 0u; i < 4u; i++) { //!unroll
    if (column + i < tokens.columns) { x[i] = quad(tokens.buffer, (at + i) / 4u)[(at + i) % 4u]; }
  }
  return x;
}

// Columns d0 to d0 + DEPTH of the rows and columns of a block, on their way to the stage.
fn loadSlice(next: ptr<function, Loads>, left: Tokens, left0: u32, right: Tokens, right0: u32, d0: u32, local: u32) {
  let d = d0 + local % SLICE * 4u;
  for (var i = 0u; i < LEFT_LOADS; i++) { //!unroll
    (*next)[i] = four(left, left0 + rowOf(local / SLICE + i * (SIZE / SLICE)), d);
  }
  for (var i = 0u; i < RIGHT_LOADS; i++) { //!unroll
    (*next)[LEFT_LOADS + i] = four(right, right0 + columnOf(local / SLICE + i * (SIZE / SLICE)), d);
  }
}

fn storeSlice(next: ptr<function, Loads>, local: u32) {
  let chunk = local % SLICE;
  let at = (local / SLICE) ^ (chunk * TURN);
  for (var i = 0u; i < LEFT_LOADS; i++) { //!unroll
    stage[chunk * ROWS + at + i * (SIZE / SLICE)] = (*next)[i];
  }
  for (var i = 0u; i < RIGHT_LOADS; i++) { //!unroll
    stage[LEFT + chunk * COLUMNS + at + i * (SIZE / SLICE)] = (*next)[LEFT_LOADS + i];
  }
}

// s[r * OWN_QUADS + c] += products of row r and quad c of columns of the invocation over the slice: one chain in order of d, the same in every
// kernel, so that a score less the maximum of its row is exact in all of them.
fn addSlice(s: ptr<function, Scores>, own: vec2<u32>) {
  for (var chunk = 0u; chunk < SLICE; chunk++) { //!unroll
    // remainders tell the compiler that reads stay within the arrays
    let x = (own.x ^ (chunk * TURN)) % ACROSS;
    let y = (own.y ^ (chunk * TURN)) % HIGH;
    var b = array<mat4x4<f32>, OWN_QUADS>();
    for (var c = 0u; c < OWN_QUADS; c++) { //!unroll
      let at = LEFT + chunk * COLUMNS + 4u * c * ACROSS + x;
      b[c] = transpose(mat4x4<f32>(stage[at], stage[at + ACROSS], stage[at + 2u * ACROSS], stage[at + 3u * ACROSS]));
    }
    for (var r = 0u; r < OWN_ROWS; r++) { //!unroll
      let a = stage[chunk * ROWS + r * HIGH + y];
      for (var c = 0u; c < OWN_QUADS; c++) { //!unroll
        var sum = (*s)[r * OWN_QUADS + c];
        sum = fma(vec4(a.x), b[c][0], sum);
        sum = fma(vec4(a.y), b[c][1], sum);
        sum = fma(vec4(a.z), b[c][2], sum);
        (*s)[r * OWN_QUADS + c] = fma(vec4(a.w), b[c][3], sum);
      }
    }
  }
}

// Where quad c of columns of row r of the invocation lies in the tile.
fn tileAt(own: vec2<u32>, r: u32, c: u32) -> u32 {
  return (c * ACROSS + own.x % ACROSS) * ROWS + r * HIGH + (own.y ^ (own.x % 8u)) % HIGH;
}

// The scores of the invocation to the tile. The caller sees to barriers.
fn writeTile(s: ptr<function, Scores>, own: vec2<u32>) {
  for (var r = 0u; r < OWN_ROWS; r++) { //!unroll
    for (var c = 0u; c < OWN_QUADS; c++) { //!unroll
      tile[tileAt(own, r, c)] = (*s)[r * OWN_QUADS + c];
    }
  }
}

// Columns from column0 on of VALUE_TOKENS tokens, on their way to the stage.
fn loadValues(next: ptr<function, Loads>, tokens: Tokens, token0: u32, column0: u32, local: u32) {
  for (var i = 0u; i < VALUE_LOADS; i++) { //!unroll
    let at = local + i * SIZE;
    (*next)[i] = four(tokens, token0 + at / VALUE_WIDTH, column0 + 4u * (at % VALUE_WIDTH));
  }
}

fn storeValues(next: ptr<function, Loads>, local: u32) {
  for (var i = 0u; i < VALUE_LOADS; i++) { //!unroll
    let at = local + i * SIZE;
    if (at < VALUE_TOKENS * VALUE_WIDTH) { stage[at] = (*next)[i]; }
  }
}

// o[r * VALUE_CHUNKS + c] += row r of the tile times chunk c of columns of what is staged, tokens `first` on of the block.
fn addValues(o: ptr<function, array<vec4<f32>, VALUE_TILE>>, first: u32, own: vec2<u32>) {
  for (var t = 0u; t < VALUE_TOKENS / 4u; t++) { //!unroll
    let column = (first / 4u + t) % (COLUMNS / 4u);
    let y = (own.y ^ (column % 8u)) % HIGH;
    var a = array<vec4<f32>, OWN_ROWS>();
    for (var r = 0u; r < OWN_ROWS; r++) { //!unroll
      a[r] = tile[column * ROWS + r * HIGH + y];
    }
    for (var e = 0u; e < 4u; e++) { //!unroll
      for (var c = 0u; c < VALUE_CHUNKS; c++) { //!unroll
        let b = stage[(4u * t + e) * VALUE_WIDTH + c * ACROSS + own.x % ACROSS];
        for (var r = 0u; r < OWN_ROWS; r++) { //!unroll
          (*o)[r * VALUE_CHUNKS + c] = fma(vec4(a[r][e]), b, (*o)[r * VALUE_CHUNKS + c]);
        }
      }
    }
  }
}

// As for values, for results of dim columns.
fn loadDims(next: ptr<function, Loads>, tokens: Tokens, token0: u32, column0: u32, local: u32) {
  for (var i = 0u; i < DIM_LOADS; i++) { //!unroll
    let at = local + i * SIZE;
    (*next)[i] = four(tokens, token0 + at / DIM_WIDTH, column0 + 4u * (at % DIM_WIDTH));
  }
}

fn storeDims(next: ptr<function, Loads>, local: u32) {
  for (var i = 0u; i < DIM_LOADS; i++) { //!unroll
    let at = local + i * SIZE;
    if (at < DIM_TOKENS * DIM_WIDTH) { stage[at] = (*next)[i]; }
  }
}

// o[r * DIM_CHUNKS + c] += row r of the tile times chunk c of columns of what is staged, tokens `first` on of the block.
fn addDims(o: ptr<function, array<vec4<f32>, DIM_TILE>>, first: u32, own: vec2<u32>) {
  for (var t = 0u; t < DIM_TOKENS / 4u; t++) { //!unroll
    let column = (first / 4u + t) % (COLUMNS / 4u);
    let y = (own.y ^ (column % 8u)) % HIGH;
    var a = array<vec4<f32>, OWN_ROWS>();
    for (var r = 0u; r < OWN_ROWS; r++) { //!unroll
      a[r] = tile[column * ROWS + r * HIGH + y];
    }
    for (var e = 0u; e < 4u; e++) { //!unroll
      for (var c = 0u; c < DIM_CHUNKS; c++) { //!unroll
        let b = stage[(4u * t + e) * DIM_WIDTH + c * ACROSS + own.x % ACROSS];
        for (var r = 0u; r < OWN_ROWS; r++) { //!unroll
          (*o)[r * DIM_CHUNKS + c] = fma(vec4(a[r][e]), b, (*o)[r * DIM_CHUNKS + c]);
        }
      }
    }
  }
}

// Scores of the invocation from its products: rows are queries, columns keys.
fn hideScores(s: ptr<function, Scores>, place: Head, query0: u32, key0: u32, own: vec2<u32>) {
  if (isWhole(query0, ROWS, key0, COLUMNS)) {
    for (var n = 0u; n < OWN; n++) { //!unroll
      (*s)[n] *= u.scale;
    }
    return;
  }
  for (var r = 0u; r < OWN_ROWS; r++) { //!unroll
    let i = query0 + rowOf(own.y + HIGH * r);
    for (var c = 0u; c < OWN_QUADS; c++) { //!unroll
      let j = key0 + 4u * (own.x + ACROSS * c) + vec4(0u, 1u, 2u, 3u);
      (*s)[r * OWN_QUADS + c] = scoresOf((*s)[r * OWN_QUADS + c], place, vec4(i), j);
    }
  }
}

// As hideScores: rows are keys, columns queries.
fn hideTurned(s: ptr<function, Scores>, place: Head, query0: u32, key0: u32, own: vec2<u32>) {
  if (isWhole(query0, COLUMNS, key0, ROWS)) {
    for (var n = 0u; n < OWN; n++) { //!unroll
      (*s)[n] *= u.scale;
    }
    return;
  }
  for (var r = 0u; r < OWN_ROWS; r++) { //!unroll
    let j = key0 + rowOf(own.y + HIGH * r);
    for (var c = 0u; c < OWN_QUADS; c++) { //!unroll
      let i = query0 + 4u * (own.x + ACROSS * c) + vec4(0u, 1u, 2u, 3u);
      (*s)[r * OWN_QUADS + c] = scoresOf((*s)[r * OWN_QUADS + c], place, i, vec4(j));
    }
  }
}
