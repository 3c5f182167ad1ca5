// dq = scale dS k with dS = P (dP - delta), dP = g vT (dropped as P was) and P = e^(s - m) / l once more; the rest as forward.wgsl says.
// One workgroup makes ROWS queries of a head, at most 256 columns of dq, over blocks of 64 keys in order.
// delta, made of the rounded out, is off by some 2^-24 of |g| |out|, which is much where the dP of a row are nearly the same. Where one block
// has all keys of its queries, the sum of dS, 0 but for that, is taken off.
// Layout: as forward.wgsl; rows as prepare.wgsl writes them.
// FLOPs: 2 (2 dim + valueDim) a score; bytes: 4 (2 dim + valueDim) a key and block of queries, from caches. Workgroup memory: blocks.wgsl.
//!include attention/blocks.wgsl

@group(0) @binding(0) var<uniform> u: Uniforms;
@group(0) @binding(1) var<storage, read> q: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> k: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read> v: array<vec4<f32>>;
@group(0) @binding(4) var<storage, read> g: array<vec4<f32>>;
@group(0) @binding(5) var<storage, read> beside: array<u32>;
@group(0) @binding(6) var<storage, read> rows: array<vec4<u32>>;
@group(0) @binding(7) var<storage, read_write> dq: array<f32>;

fn quad(buffer: u32, at: u32) -> vec4<f32> {
  if (buffer == Q) { return q[at]; }
  if (buffer == K) { return k[at]; }
  if (buffer == V) { return v[at]; }
  return g[at];
}

// m, 1 / l and delta of the rows by their places.
var<workgroup> rowNumbers: array<vec4<f32>, ROWS>;

// Sum of dS of a row over the columns of the invocation, from dP - delta, and P in the tile.
fn sumOf(x: ptr<function, Scores>, r: u32, own: vec2<u32>) -> f32 {
  var sums = vec4<f32>();
  for (var c = 0u; c < OWN_QUADS; c++) { //!unroll
    sums = fma(tile[tileAt(own, r, c)], (*x)[r * OWN_QUADS + c], sums);
  }
  return (sums.x + sums.y) + (sums.z + sums.w);
}

@compute @workgroup_size(SIZE)
fn main(
  @builtin(workgroup_id) id: vec3<u32>,
  @builtin(num_workgroups) workgroups: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let number = workgroupNumber(id, workgroups);
  if (number >= u.count) { return; }
  // blocks that see the most keys first
  let turn = number % u.blocks;
  let query0 = select(turn, u.blocks - 1u - turn, u.causal != 0u) * ROWS;
  let heads = u.batch * u.heads;
  let part = number / u.blocks / heads;
  let index = number / u.blocks % heads;
  let place = Head(index / u.heads, index % u.heads);
  let group = Head(place.batch, place.head / (u.heads / u.kvHeads));
  let ofQ = tokensOf(Q, u.q, place, u.queries, u.dim);
  let seen = keysSeen(query0 + ROWS);
  let ofK = tokensOf(K, u.k, group, seen, u.dim);
  let ofV = tokensOf(V, u.v, group, seen, u.valueDim);
  let ofG = tokensOf(G, u.g, place, u.queries, u.valueDim);
  let dropoutKey = rows[0].xy;

  let own = invocationOf(local);
  var sum: array<vec4<f32>, DIM_TILE>;
  for (var at = local; at < ROWS; at += SIZE) {
    let i = query0 + rowOf(at);
    var numbers = vec4<f32>();
    if (i < u.queries) { numbers = bitcast<vec4<f32>>(rows[1u + index * u.queries + i]); }
    rowNumbers[at] = numbers;
  }

  let depth = max(u.dim, 1u);
  let valueDepth = max(u.valueDim, 1u);
  var next = Loads();
  loadSlice(&next, ofQ, query0, ofK, 0u, 0u, local);
  for (var key0 = 0u; key0 < seen; key0 += COLUMNS) {
    var s = Scores();
    for (var d = 0u; d < depth; d += DEPTH) {
      workgroupBarrier();
      storeSlice(&next, local);
      workgroupBarrier();
      if (d + DEPTH < depth) {
        loadSlice(&next, ofQ, query0, ofK, key0, d + DEPTH, local);
      } else {
        loadSlice(&next, ofG, query0, ofV, key0, 0u, local);
      }
      addSlice(&s, own);
    }
    hideScores(&s, place, query0, key0, own);
    for (var r = 0u; r < OWN_ROWS; r++) { //!unroll
      let numbers = rowNumbers[r * HIGH + own.y];
      for (var c = 0u; c < OWN_QUADS; c++) { //!unroll
        // kept in the tile, that registers need not hold it meanwhile
        tile[tileAt(own, r, c)] = powersOf(s[r * OWN_QUADS + c], vec4(numbers.x)) * numbers.y;
      }
    }
    s = Scores();
    for (var d = 0u; d < valueDepth; d += DEPTH) {
      workgroupBarrier();
      storeSlice(&next, local);
      workgroupBarrier();
      if (d + DEPTH < valueDepth) {
        loadSlice(&next, ofG, query0, ofV, key0, d + DEPTH, local);
      } else {
        loadDims(&next, ofK, key0, part * PART, local);
      }
      addSlice(&s, own);
    }
    for (var r = 0u; r < OWN_ROWS; r++) { //!unroll
      let i = query0 + rowOf(own.y + HIGH * r);
      let delta = rowNumbers[r * HIGH + own.y].z;
      for (var c = 0u; c < OWN_QUADS; c++) { //!unroll
        var dP = s[r * OWN_QUADS + c];
        if (HAS_DROPOUT) {
          dP = select(vec4<f32>(), dP * u.keepScale, kept(place, i, key0 + 4u * (own.x + ACROSS * c), dropoutKey));
        }
        s[r * OWN_QUADS + c] = dP - delta;
      }
    }
    if (seen <= COLUMNS) {
      workgroupBarrier();
      for (var k = 0u; k < ROW_QUADS; k++) { //!unroll
        stage[own.x * EXCHANGE + k * HIGH + own.y] =
          vec4(sumOf(&s, 4u * k, own), sumOf(&s, 4u * k + 1u, own), sumOf(&s, 4u * k + 2u, own), sumOf(&s, 4u * k + 3u, own));
      }
      workgroupBarrier();
      for (var k = 0u; k < ROW_QUADS; k++) { //!unroll
        var rest = vec4<f32>();
        for (var c = 0u; c < ACROSS; c++) { //!unroll
          rest += stage[c * EXCHANGE + k * HIGH + own.y];
        }
        for (var n = 0u; n < 4u; n++) { //!unroll
          for (var c = 0u; c < OWN_QUADS; c++) { //!unroll
            s[(4u * k + n) * OWN_QUADS + c] -= rest[n];
          }
        }
      }
    }
    for (var r = 0u; r < OWN_ROWS; r++) { //!unroll
      for (var c = 0u; c < OWN_QUADS; c++) { //!unroll
        tile[tileAt(own, r, c)] *= s[r * OWN_QUADS + c];
      }
    }
    for (var t = 0u; t < COLUMNS; t += DIM_TOKENS) {
      workgroupBarrier();
      storeDims(&next, local);
      workgroupBarrier();
      if (t + DIM_TOKENS < COLUMNS) {
        loadDims(&next, ofK, key0 + t + DIM_TOKENS, part * PART, local);
      } else if (key0 + COLUMNS < seen) {
        loadSlice(&next, ofQ, query0, ofK, key0 + COLUMNS, 0u, local);
      }
      addDims(&sum, t, own);
    }
  }

  let to = firstOf(u.first, place);
  for (var r = 0u; r < OWN_ROWS; r++) { //!unroll
    let i = query0 + rowOf(own.y + HIGH * r);
    for (var c = 0u; c < DIM_CHUNKS; c++) { //!unroll
      let result = sum[r * DIM_CHUNKS + c] * u.scale;
      let column = part * PART + 4u * (c * ACROSS + own.x);
      for (var e = 0u; e < 4u; e++) { //!unroll
        if (i < u.queries && column + e < u.dim) { dq[to + i * u.first.w + column + e] = result[e]; }
      }
    }
  }
}
