// What passes over whole rows of scores share, on adapters that compute on a processor: rows of products [rows, keys] of queries and keys,
// numbered as [batch, heads, queries] from u.blocks on. One invocation makes a row, four keys at a time.
//!include attention/scores.wgsl

const SIZE = 16u;

struct Row {
  number: u32,
  // First element among the rows that are here.
  at: u32,
  query: u32,
  place: Head,
}

fn rowOf(local: u32) -> Row {
  let number = u.blocks + local;
  let index = number / u.queries;
  return Row(number, local * u.keys, number % u.queries, Head(index / u.heads, index % u.heads));
}

// Places of keys j to j + 3 of a row; behind the last key comes the last.
fn placesOf(row: Row, j: u32) -> vec4<u32> {
  return row.at + min(vec4(j, j + 1u, j + 2u, j + 3u), vec4(u.keys - 1u));
}

fn hiddenRow(dots: vec4<f32>, row: Row, j: u32) -> vec4<f32> {
  if (!HAS_BESIDE && j + 4u <= u.keys) { return dots * u.scale; }
  return scoresOf(dots, row.place, vec4(row.query), vec4(j, j + 1u, j + 2u, j + 3u));
}

// Numbers of the row, which the kernel that includes this has as `scores`.
fn dotsAt(at: vec4<u32>) -> vec4<f32> {
  return vec4(scores[at.x], scores[at.y], scores[at.z], scores[at.w]);
}

fn storeScores(j: u32, at: vec4<u32>, x: vec4<f32>) {
  scores[at.x] = x.x;
  if (j + 1u < u.keys) { scores[at.y] = x.y; }
  if (j + 2u < u.keys) { scores[at.z] = x.z; }
  if (j + 3u < u.keys) { scores[at.w] = x.w; }
}
