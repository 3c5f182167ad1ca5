// What the attention kernels without workgroup memory share, for adapters where that is no faster than caches, as those that compute on a
// processor. An invocation has four rows of the scores and goes over their columns, four at a time; it makes at most 64 columns of the
// results. Operands come from quad() of the kernel that includes this. Sums over d are the chains of blocks.wgsl.
//!include attention/scores.wgsl

// vec4s of the results of valueDim columns and of those of dim, of an invocation.
const VALUE_CHUNKS: u32 = 1;
const DIM_CHUNKS: u32 = 1;

const SIZE = 16u;
const ROWS = 4u;
const PART = 64u;
// Causal queries count as the last of so many, and keys as the first, in what is not read: NaN stays where it does in blocks.wgsl.
const BLOCK = 64u;
const VALUE_TILE = ROWS * VALUE_CHUNKS;
const DIM_TILE = ROWS * DIM_CHUNKS;

// Four elements of a token. Behind the last token come those of the last, whose scores are hidden; behind the last column, in a last vec4
// that is not whole, 0, else anything.
fn four(tokens: Tokens, token: u32, column: u32) -> vec4<f32> {
  let at = tokens.at + min(token, tokens.count - 1u) * tokens.step;
  if (ALIGNED) { return quad(tokens.buffer, (at + min(column, max(tokens.columns, 4u) - 4u)) / 4u); }
  var x = vec4<f32>();
  for (var i = 0u; i < 4u; i++) { //!unroll
    if (column + i < tokens.columns) { x[i] = quad(tokens.buffer, (at + column + i) / 4u)[(at + column + i) % 4u]; }
  }
  return x;
}

// Row r: products of row left0 + r with rows right0 to right0 + 3.
fn products(left: Tokens, left0: u32, right: Tokens, right0: u32) -> mat4x4<f32> {
  var s = mat4x4<f32>();
  for (var d = 0u; d < left.columns; d += 4u) {
    let b = transpose(
      mat4x4<f32>(four(right, right0, d), four(right, right0 + 1u, d), four(right, right0 + 2u, d), four(right, right0 + 3u, d))
    );
    for (var r = 0u; r < ROWS; r++) { //!unroll
      let a = four(left, left0 + r, d);
      s[r] = fma(vec4(a.w), b[3], fma(vec4(a.z), b[2], fma(vec4(a.y), b[1], fma(vec4(a.x), b[0], s[r]))));
    }
  }
  return s;
}

// Scores from the products of queries (rows) and keys (columns).
fn hidden(dots: mat4x4<f32>, place: Head, query0: u32, key0: u32) -> mat4x4<f32> {
  if (isWhole(query0, 4u, key0, 4u)) { return dots * u.scale; }
  let j = key0 + vec4(0u, 1u, 2u, 3u);
  return mat4x4<f32>(
    scoresOf(dots[0], place, vec4(query0), j),
    scoresOf(dots[1], place, vec4(query0 + 1u), j),
    scoresOf(dots[2], place, vec4(query0 + 2u), j),
    scoresOf(dots[3], place, vec4(query0 + 3u), j),
  );
}

// x of a query and four keys, or 0 where dropout drops it.
fn dropped(x: vec4<f32>, place: Head, i: u32, j: u32, key: vec2<u32>) -> vec4<f32> {
  return select(vec4<f32>(), x, kept(place, i, j, key));
}
