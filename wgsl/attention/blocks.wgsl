// Blocks of attention scores, ROWS x 64, in registers: each of the SIZE invocations has OWN_ROWS rows and OWN_QUADS quads of columns, rows
// too four neighbours at a time.
//   products of two heads   sum over d of left[row, d] right[column, d], both staged in slices of DEPTH of d
//   products with a block   sum over columns t of tile[row, t] right[t, c], right staged as [token][c] as it lies
// Operands come from quad() of the kernel that includes this, which also has `u` and `beside`. While what is staged is multiplied, what is
// staged next travels into registers. Tokens and columns past the end are 0.
// Workgroup memory is vec4s along d or t, never turned: [vec4][row], rows turned by the vec4 so that neither writers nor readers meet bank
// conflicts. A place of a row is invocation + invocations of its axis * number there (rowOf, columnOf).
//!include lib/grid.wgsl
//!include lib/numbers.wgsl
//!include lib/philox.wgsl
//!include lib/wide.wgsl

override ALIGNED: bool = true;
// Any of mask, padding and bias; u.given says which.
override HAS_BESIDE: bool = false;
override HAS_DROPOUT: bool = false;

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
const VALUE_WIDTH = ACROSS * VALUE_CHUNKS;
const VALUE_TILE = OWN_ROWS * VALUE_CHUNKS;
const VALUE_LOADS = (VALUE_TOKENS * VALUE_WIDTH + SIZE - 1u) / SIZE;
const DIM_WIDTH = ACROSS * DIM_CHUNKS;
const DIM_TILE = OWN_ROWS * DIM_CHUNKS;
const DIM_LOADS = (DIM_TOKENS * DIM_WIDTH + SIZE - 1u) / SIZE;
const LOADS = max(LEFT_LOADS + RIGHT_LOADS, max(VALUE_LOADS, DIM_LOADS));

// Columns of the results that one workgroup makes, at most; wider heads are made in parts.
const PART = 256u;

// The score of a key that is not seen. Powers of e from less than 2^-160 on are 0.
const HIDDEN = -0x1.fffffep+127f;
const LEAST = -160.0;
const LOG2E = 1.44269504;

struct Uniforms {
  // First element, and steps along batch, head and token.
  q: vec4<u32>,
  k: vec4<u32>,
  v: vec4<u32>,
  g: vec4<u32>,
  // What the kernel writes.
  first: vec4<u32>,
  second: vec4<u32>,
  // Steps along batch, head, query and key.
  mask: vec4<u32>,
  padding: vec4<u32>,
  bias: vec4<u32>,
  // Where they begin in `beside`.
  maskAt: u32,
  paddingAt: u32,
  biasAt: u32,
  batch: u32,
  heads: u32,
  kvHeads: u32,
  queries: u32,
  keys: u32,
  dim: u32,
  valueDim: u32,
  causal: u32,
  // 1 mask, 2 padding, 4 bias.
  given: u32,
  // Drops a probability whose 24 random bits are below.
  threshold: u32,
  // Of rows of a head, and workgroups in all.
  blocks: u32,
  count: u32,
  scale: f32,
  keepScale: f32,
}

// The tokens of a head in a buffer.
struct Tokens {
  buffer: u32,
  at: u32,
  step: u32,
  count: u32,
  columns: u32,
}

struct Head {
  batch: u32,
  head: u32,
}

// Buffers of quad().
const Q = 0u;
const K = 1u;
const V = 2u;
const G = 3u;

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

fn firstOf(steps: vec4<u32>, place: Head) -> u32 {
  return steps.x + place.batch * steps.y + place.head * steps.z;
}

fn tokensOf(buffer: u32, steps: vec4<u32>, place: Head, count: u32, columns: u32) -> Tokens {
  return Tokens(buffer, firstOf(steps, place), steps.w, count, columns);
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

fn besideAt(at: vec4<u32>) -> vec4<u32> {
  return vec4(beside[at.x], beside[at.y], beside[at.z], beside[at.w]);
}

fn scoreIndex(first: u32, steps: vec4<u32>, place: Head, i: vec4<u32>, j: vec4<u32>) -> vec4<u32> {
  return first + place.batch * steps.x + place.head * steps.y + i * steps.z + j * steps.w;
}

// Scores of four pairs of query i and key j from their products, HIDDEN where the key is not seen or a number is out of range. A bias of
// -infinity hides a score, be that NaN.
fn scoresOf(dots: vec4<f32>, place: Head, i: vec4<u32>, j: vec4<u32>) -> vec4<f32> {
  var s = dots * u.scale;
  var off = (i >= vec4(u.queries)) | (j >= vec4(u.keys));
  if (u.causal != 0u) { off = off | (j > i); }
  if (HAS_BESIDE) {
    if ((u.given & 1u) != 0u) { off = off | (besideAt(scoreIndex(u.maskAt, u.mask, place, i, j)) == vec4(0u)); }
    if ((u.given & 2u) != 0u) { off = off | (besideAt(scoreIndex(u.paddingAt, u.padding, place, i, j)) == vec4(0u)); }
    if ((u.given & 4u) != 0u) {
      let bits = besideAt(scoreIndex(u.biasAt, u.bias, place, i, j));
      off = off | (bits == vec4(0xff800000u));
      s += bitcast<vec4<f32>>(bits);
    }
  }
  return select(s, vec4(HIDDEN), off);
}

// Whether a block has no score to hide.
fn isWhole(query0: u32, queries: u32, key0: u32, keys: u32) -> bool {
  return !HAS_BESIDE && query0 + queries <= u.queries && key0 + keys <= u.keys && (u.causal == 0u || key0 + keys <= query0 + 1u);
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

// e^(s - most) of scores that are at most `most`.
fn powersOf(s: vec4<f32>, most: vec4<f32>) -> vec4<f32> {
  return exp2(max((s - most) * LOG2E, vec4(LEAST)));
}

// Whether dropout keeps keys j to j + 3 of a query: 1 or 0. Element numbers are those of dense [batch, heads, queries, keys], 34 bits long.
fn kept(place: Head, i: u32, j: u32, key: vec2<u32>) -> vec4<f32> {
  let row = (place.batch * u.heads + place.head) * u.queries + i;
  let low = row * u.keys + j;
  let high = upperProduct(row, u.keys) + select(0u, 1u, low < j);
  let counter = (low >> 2u) | (high << 30u);
  var words = philox(counter, key);
  let skip = low & 3u;
  if (skip != 0u) {
    let next = philox(counter + 1u, key);
    if (skip == 1u) { words = vec4(words.yzw, next.x); }
    else if (skip == 2u) { words = vec4(words.zw, next.xy); }
    else { words = vec4(words.w, next.xyz); }
  }
  return select(vec4(0.0), vec4(1.0), (words >> vec4(8u)) >= vec4(u.threshold));
}
