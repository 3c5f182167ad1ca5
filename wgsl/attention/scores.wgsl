// What the kernels of attention share: their uniforms, where tokens lie, scores of pairs of a query and a key, their powers, and dropout.
// The kernel that includes this has `u` and `beside`.
//!include lib/grid.wgsl
//!include lib/numbers.wgsl
//!include lib/philox.wgsl
//!include lib/wide.wgsl

override ALIGNED: bool = true;
// Any of mask, padding and bias; u.given says which.
override HAS_BESIDE: bool = false;
override HAS_DROPOUT: bool = false;

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
  // Of rows of a head, and workgroups in all. whole.wgsl: the first row, and how many there are.
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

fn firstOf(steps: vec4<u32>, place: Head) -> u32 {
  return steps.x + place.batch * steps.y + place.head * steps.z;
}

// Keys that some of the first `queries` queries may see: those behind are read as 0, so that a NaN there stays there. A key that is hidden
// otherwise counts as one of probability 0.
fn keysSeen(queries: u32) -> u32 {
  return select(u.keys, min(u.keys, min(queries, u.queries)), u.causal != 0u);
}

fn tokensOf(buffer: u32, steps: vec4<u32>, place: Head, count: u32, columns: u32) -> Tokens {
  return Tokens(buffer, firstOf(steps, place), steps.w, count, columns);
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

// e^(s - most) of scores that are at most `most`. Rounding the argument costs |s - most| 2^-24 of a power, which is at most 0.4 · 2^-24 of
// the largest power of the row; exp2 has 2 or 3 ULP on GPUs.
fn powersOf(s: vec4<f32>, most: vec4<f32>) -> vec4<f32> {
  return exp2(max((s - most) * LOG2E, vec4(LEAST)));
}

// Whether dropout keeps keys j to j + 3 of a query. Element numbers are those of dense [batch, heads, queries, keys], 34 bits long.
fn kept(place: Head, i: u32, j: u32, key: vec2<u32>) -> vec4<bool> {
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
  return (words >> vec4(8u)) >= vec4(u.threshold);
}
