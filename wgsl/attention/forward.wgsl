// out = P v with P = dropout(softmax(scale q kT + bias)) over the keys that are seen; statistics [2, batch, heads, queries]: the maximum m of
// the scores and 1 / sum of e^(s - m), both 0 for a query that sees none, whose out is 0.
// One workgroup makes ROWS queries of a head, at most 256 columns of them: over blocks of 64 keys, a running maximum m and sum l of each query,
// out scaled by e^(m - m') when m grows to m' (Milakov and Gimelshein 2018, Dao et al. 2022). The scores are stored nowhere.
// Layout: q, k, v, out by steps of batch, head and token, columns contiguous; masks and bias by steps along the scores.
// FLOPs: 2 (dim + valueDim) a score; bytes: 4 (dim + valueDim) a key and block of queries, from caches. Workgroup memory: blocks.wgsl.
// A NaN among the scores of a query makes its m NaN, and by that its out and statistics, whatever exp2 says of NaN. A NaN in a row of v
// is NaN, as 0 · NaN, in queries that do not see it too, but for those of a block that is all before it.
//!include attention/blocks.wgsl

@group(0) @binding(0) var<uniform> u: Uniforms;
@group(0) @binding(1) var<storage, read> q: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> k: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read> v: array<vec4<f32>>;
@group(0) @binding(4) var<storage, read> beside: array<u32>;
@group(0) @binding(5) var<storage, read> key: array<u32>;
@group(0) @binding(6) var<storage, read_write> out: array<f32>;
@group(0) @binding(7) var<storage, read_write> statistics: array<f32>;

fn quad(buffer: u32, at: u32) -> vec4<f32> {
  if (buffer == Q) { return q[at]; }
  if (buffer == K) { return k[at]; }
  return v[at];
}

// The largest number of a row of the invocation, infinity if one is NaN or infinity: NaN once the maximum is taken off. The sum tells: hidden
// scores bring it to -infinity at most.
fn mostOf(s: ptr<function, Scores>, r: u32) -> f32 {
  var sums = vec4<f32>();
  var most = vec4(HIDDEN);
  for (var c = 0u; c < OWN_QUADS; c++) { //!unroll
    sums += (*s)[r * OWN_QUADS + c];
    most = max(most, (*s)[r * OWN_QUADS + c]);
  }
  let sum = bitcast<u32>((sums.x + sums.y) + (sums.z + sums.w));
  let bad = (sum & 0x7fffffffu) >= 0x7f800000u && sum != 0xff800000u;
  return select(max(max(most.x, most.y), max(most.z, most.w)), infinity(), bad);
}

fn areInfinite(x: vec4<f32>) -> vec4<bool> {
  return bitcast<vec4<u32>>(x) == vec4(0x7f800000u);
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
  let dropoutKey = vec2(key[0], key[1]);

  let own = invocationOf(local);
  var o: array<vec4<f32>, VALUE_TILE>;
  // of the rows: the running maximum, HIDDEN as long as no key is seen, and the sum over the columns of the invocation
  var m: array<vec4<f32>, ROW_QUADS>;
  var l: array<vec4<f32>, ROW_QUADS>;
  for (var k = 0u; k < ROW_QUADS; k++) { //!unroll
    m[k] = vec4(HIDDEN);
  }

  let depth = max(u.dim, 1u);
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
        loadValues(&next, ofV, key0, part * PART, local);
      }
      addSlice(&s, own);
    }
    hideScores(&s, place, query0, key0, own);

    for (var k = 0u; k < ROW_QUADS; k++) { //!unroll
      tile[own.x * EXCHANGE + k * HIGH + own.y] =
        vec4(mostOf(&s, 4u * k), mostOf(&s, 4u * k + 1u), mostOf(&s, 4u * k + 2u), mostOf(&s, 4u * k + 3u));
    }
    workgroupBarrier();
    for (var k = 0u; k < ROW_QUADS; k++) { //!unroll
      var most = m[k];
      for (var c = 0u; c < ACROSS; c++) { //!unroll
        most = max(most, tile[c * EXCHANGE + k * HIGH + own.y]);
      }
      // no key seen so far: any finite number, so that powers of e are 0
      let base = select(most, vec4(0.0), most == vec4(HIDDEN));
      let by = select(powersOf(m[k], base), vec4(notANumber()), areInfinite(most));
      m[k] = most;
      var sums = vec4<f32>();
      for (var n = 0u; n < 4u; n++) { //!unroll
        for (var c = 0u; c < OWN_QUADS; c++) { //!unroll
          let p = powersOf(s[(4u * k + n) * OWN_QUADS + c], vec4(base[n]));
          sums[n] += (p.x + p.y) + (p.z + p.w);
          s[(4u * k + n) * OWN_QUADS + c] = p;
        }
        for (var c = 0u; c < VALUE_CHUNKS; c++) { //!unroll
          o[(4u * k + n) * VALUE_CHUNKS + c] *= by[n];
        }
      }
      l[k] = fma(l[k], by, sums);
    }
    if (HAS_DROPOUT) {
      for (var r = 0u; r < OWN_ROWS; r++) { //!unroll
        let i = query0 + rowOf(own.y + HIGH * r);
        for (var c = 0u; c < OWN_QUADS; c++) { //!unroll
          let keeps = kept(place, i, key0 + 4u * (own.x + ACROSS * c), dropoutKey);
          s[r * OWN_QUADS + c] = select(vec4<f32>(), s[r * OWN_QUADS + c], keeps);
        }
      }
    }
    workgroupBarrier();
    writeTile(&s, own);
    for (var t = 0u; t < COLUMNS; t += VALUE_TOKENS) {
      workgroupBarrier();
      storeValues(&next, local);
      workgroupBarrier();
      if (t + VALUE_TOKENS < COLUMNS) {
        loadValues(&next, ofV, key0 + t + VALUE_TOKENS, part * PART, local);
      } else if (key0 + COLUMNS < seen) {
        loadSlice(&next, ofQ, query0, ofK, key0 + COLUMNS, 0u, local);
      }
      addValues(&o, t, own);
    }
  }

  workgroupBarrier();
  for (var k = 0u; k < ROW_QUADS; k++) { //!unroll
    tile[own.x * EXCHANGE + k * HIGH + own.y] = l[k];
  }
  workgroupBarrier();
  let to = firstOf(u.first, place);
  for (var k = 0u; k < ROW_QUADS; k++) { //!unroll
    var total = vec4<f32>();
    for (var c = 0u; c < ACROSS; c += 4u) {
      let at = c * EXCHANGE + k * HIGH + own.y;
      total += (tile[at] + tile[at + EXCHANGE]) + (tile[at + 2u * EXCHANGE] + tile[at + 3u * EXCHANGE]);
    }
    let none = (bitcast<vec4<u32>>(total) & vec4(0x7fffffffu)) == vec4(0u);
    let inverse = select(1.0 / total, vec4(0.0), none);
    let most = select(select(m[k], vec4(notANumber()), areInfinite(m[k])), vec4(0.0), none);
    for (var n = 0u; n < 4u; n++) { //!unroll
      let i = query0 + rowOf(own.y + HIGH * (4u * k + n));
      if (i < u.queries) {
        if (part == 0u && own.x == 0u) {
          statistics[index * u.queries + i] = most[n];
          statistics[(heads + index) * u.queries + i] = inverse[n];
        }
        for (var c = 0u; c < VALUE_CHUNKS; c++) { //!unroll
          let result = o[(4u * k + n) * VALUE_CHUNKS + c] * (inverse[n] * u.keepScale);
          let column = part * PART + 4u * (c * ACROSS + own.x);
          for (var e = 0u; e < 4u; e++) { //!unroll
            if (column + e < u.valueDim) { out[to + i * u.first.w + column + e] = result[e]; }
          }
        }
      }
    }
  }
}
