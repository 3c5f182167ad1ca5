// dv = PT g and dk = scale dST q, with P dropped in dv, and dS as in backward-queries.wgsl; sums over all queries and all heads of q that read
// a head of k and v.
// One workgroup makes ROWS keys of a head, at most 256 columns of dk and of dv, over heads and blocks of 64 queries in order: the sums need no
// atomics and have the same bytes each time. Rows of a block are keys here, its columns queries.
// Layout: as forward.wgsl; rows as prepare.wgsl writes them.
// FLOPs: 4 (dim + valueDim) a score; bytes: 12 (dim + valueDim) a query and block of keys, from caches. Workgroup memory: blocks.wgsl.
//!include attention/blocks.wgsl

@group(0) @binding(0) var<uniform> u: Uniforms;
@group(0) @binding(1) var<storage, read> q: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> k: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read> v: array<vec4<f32>>;
@group(0) @binding(4) var<storage, read> g: array<vec4<f32>>;
@group(0) @binding(5) var<storage, read> beside: array<u32>;
@group(0) @binding(6) var<storage, read> rows: array<vec4<u32>>;
@group(0) @binding(7) var<storage, read_write> dk: array<f32>;
@group(0) @binding(8) var<storage, read_write> dv: array<f32>;

fn quad(buffer: u32, at: u32) -> vec4<f32> {
  if (buffer == Q) { return q[at]; }
  if (buffer == K) { return k[at]; }
  if (buffer == V) { return v[at]; }
  return g[at];
}

// Quads of queries of a block.
const QUADS = COLUMNS / 4u;

// m, 1 / l and delta of the queries of a block.
var<workgroup> columnNumbers: array<vec4<f32>, COLUMNS>;

fn keptBy(bits: u32) -> vec4<bool> {
  return (vec4(bits) & vec4(1u, 2u, 4u, 8u)) != vec4(0u);
}

// `bit` for each of four keys that query i keeps.
fn keptBits(place: Head, i: u32, j: u32, key: vec2<u32>, bit: u32) -> vec4<u32> {
  return select(vec4<u32>(), vec4(bit), kept(place, i, j, key));
}

@compute @workgroup_size(SIZE)
fn main(
  @builtin(workgroup_id) id: vec3<u32>,
  @builtin(num_workgroups) workgroups: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let number = workgroupNumber(id, workgroups);
  if (number >= u.count) { return; }
  let key0 = number % u.blocks * ROWS;
  let groups = u.batch * u.kvHeads;
  let part = number / u.blocks / groups;
  let index = number / u.blocks % groups;
  let group = Head(index / u.kvHeads, index % u.kvHeads);
  let readers = u.heads / u.kvHeads;
  let seen = keysSeen(u.queries);
  let ofK = tokensOf(K, u.k, group, seen, u.dim);
  let ofV = tokensOf(V, u.v, group, seen, u.valueDim);
  let dropoutKey = rows[0].xy;

  let own = invocationOf(local);
  var sumK: array<vec4<f32>, DIM_TILE>;
  var sumV: array<vec4<f32>, VALUE_TILE>;
  let depth = max(u.dim, 1u);
  let valueDepth = max(u.valueDim, 1u);
  var next = Loads();
  // queries before the first key of the block see none of it
  let start = select(0u, key0 - key0 % COLUMNS, u.causal != 0u);
  for (var reader = 0u; reader < readers; reader++) {
    let place = Head(group.batch, group.head * readers + reader);
    let ofQ = tokensOf(Q, u.q, place, u.queries, u.dim);
    let ofG = tokensOf(G, u.g, place, u.queries, u.valueDim);
    let firstRow = 1u + (place.batch * u.heads + place.head) * u.queries;
    loadSlice(&next, ofK, key0, ofQ, start, 0u, local);
    for (var query0 = start; query0 < u.queries; query0 += COLUMNS) {
      var numbers = vec4<f32>();
      if (local < COLUMNS && query0 + local < u.queries) { numbers = bitcast<vec4<f32>>(rows[firstRow + query0 + local]); }
      var p = Scores();
      for (var d = 0u; d < depth; d += DEPTH) {
        workgroupBarrier();
        storeSlice(&next, local);
        if (local < COLUMNS) { columnNumbers[local] = numbers; }
        workgroupBarrier();
        if (d + DEPTH < depth) {
          loadSlice(&next, ofK, key0, ofQ, query0, d + DEPTH, local);
        } else {
          loadValues(&next, ofG, query0, part * PART, local);
        }
        addSlice(&p, own);
      }
      hideTurned(&p, place, query0, key0, own);
      // bits of the scores that dropout keeps
      var keep = array<u32, OWN>();
      for (var c = 0u; c < OWN_QUADS; c++) { //!unroll
        let column = 4u * (own.x + ACROSS * c);
        let i = query0 + column;
        let first = columnNumbers[column];
        let second = columnNumbers[column + 1u];
        let third = columnNumbers[column + 2u];
        let fourth = columnNumbers[column + 3u];
        let most = vec4(first.x, second.x, third.x, fourth.x);
        let inverse = vec4(first.y, second.y, third.y, fourth.y);
        for (var k = 0u; k < ROW_QUADS; k++) { //!unroll
          let j = key0 + rowOf(own.y + HIGH * 4u * k);
          if (HAS_DROPOUT) {
            let bits = keptBits(place, i, j, dropoutKey, 1u)
              | keptBits(place, i + 1u, j, dropoutKey, 2u)
              | keptBits(place, i + 2u, j, dropoutKey, 4u)
              | keptBits(place, i + 3u, j, dropoutKey, 8u);
            for (var n = 0u; n < 4u; n++) { //!unroll
              keep[(4u * k + n) * OWN_QUADS + c] = bits[n];
            }
          }
          for (var n = 0u; n < 4u; n++) { //!unroll
            let at = (4u * k + n) * OWN_QUADS + c;
            p[at] = powersOf(p[at], most) * inverse;
          }
        }
      }
      for (var r = 0u; r < OWN_ROWS; r++) { //!unroll
        for (var c = 0u; c < OWN_QUADS; c++) { //!unroll
          var dropped = p[r * OWN_QUADS + c];
          if (HAS_DROPOUT) { dropped = select(vec4<f32>(), dropped, keptBy(keep[r * OWN_QUADS + c])); }
          tile[tileAt(own, r, c)] = dropped;
        }
      }
      for (var t = 0u; t < COLUMNS; t += VALUE_TOKENS) {
        workgroupBarrier();
        storeValues(&next, local);
        workgroupBarrier();
        if (t + VALUE_TOKENS < COLUMNS) {
          loadValues(&next, ofG, query0 + t + VALUE_TOKENS, part * PART, local);
        } else {
          loadSlice(&next, ofV, key0, ofG, query0, 0u, local);
        }
        addValues(&sumV, t, own);
      }
      var dP = Scores();
      for (var d = 0u; d < valueDepth; d += DEPTH) {
        workgroupBarrier();
        storeSlice(&next, local);
        workgroupBarrier();
        if (d + DEPTH < valueDepth) {
          loadSlice(&next, ofV, key0, ofG, query0, d + DEPTH, local);
        } else {
          loadDims(&next, ofQ, query0, part * PART, local);
        }
        addSlice(&dP, own);
      }
      for (var c = 0u; c < OWN_QUADS; c++) { //!unroll
        let column = 4u * (own.x + ACROSS * c);
        let delta = vec4(
          columnNumbers[column].z,
          columnNumbers[column + 1u].z,
          columnNumbers[column + 2u].z,
          columnNumbers[column + 3u].z,
        );
        for (var r = 0u; r < OWN_ROWS; r++) { //!unroll
          let n = r * OWN_QUADS + c;
          if (HAS_DROPOUT) { dP[n] = select(vec4<f32>(), dP[n] * u.keepScale, keptBy(keep[n])); }
          dP[n] -= delta;
        }
      }
      // without dropout P is read from the tile, that registers need not hold it meanwhile
      if (seen <= ROWS) {
        // as in backward-queries.wgsl
        workgroupBarrier();
        for (var c = 0u; c < OWN_QUADS; c++) { //!unroll
          var sums = vec4<f32>();
          for (var r = 0u; r < OWN_ROWS; r++) { //!unroll
            let n = r * OWN_QUADS + c;
            if (HAS_DROPOUT) {
              sums = fma(p[n], dP[n], sums);
            } else {
              sums = fma(tile[tileAt(own, r, c)], dP[n], sums);
            }
          }
          stage[own.y * QUADS + c * ACROSS + own.x] = sums;
        }
        workgroupBarrier();
        for (var c = 0u; c < OWN_QUADS; c++) { //!unroll
          var rest = vec4<f32>();
          for (var y = 0u; y < HIGH; y++) { //!unroll
            rest += stage[y * QUADS + c * ACROSS + own.x];
          }
          for (var r = 0u; r < OWN_ROWS; r++) { //!unroll
            dP[r * OWN_QUADS + c] -= rest;
          }
        }
      }
      for (var r = 0u; r < OWN_ROWS; r++) { //!unroll
        for (var c = 0u; c < OWN_QUADS; c++) { //!unroll
          let at = tileAt(own, r, c);
          let n = r * OWN_QUADS + c;
          if (HAS_DROPOUT) {
            tile[at] = p[n] * dP[n];
          } else {
            tile[at] *= dP[n];
          }
        }
      }
      for (var t = 0u; t < COLUMNS; t += DIM_TOKENS) {
        workgroupBarrier();
        storeDims(&next, local);
        workgroupBarrier();
        if (t + DIM_TOKENS < COLUMNS) {
          loadDims(&next, ofQ, query0 + t + DIM_TOKENS, part * PART, local);
        } else if (query0 + COLUMNS < u.queries) {
          loadSlice(&next, ofK, key0, ofQ, query0 + COLUMNS, 0u, local);
        }
        addDims(&sumK, t, own);
      }
    }
  }

  let toV = firstOf(u.second, group);
  let toK = firstOf(u.first, group);
  for (var r = 0u; r < OWN_ROWS; r++) { //!unroll
    let token = key0 + rowOf(own.y + HIGH * r);
    // a NaN among the queries does not reach keys behind all of them
    let there = token < seen;
    for (var c = 0u; c < VALUE_CHUNKS; c++) { //!unroll
      let result = select(vec4<f32>(), sumV[r * VALUE_CHUNKS + c] * u.keepScale, there);
      let column = part * PART + 4u * (c * ACROSS + own.x);
      for (var e = 0u; e < 4u; e++) { //!unroll
        if (token < u.keys && column + e < u.valueDim) { dv[toV + token * u.second.w + column + e] = result[e]; }
      }
    }
    for (var c = 0u; c < DIM_CHUNKS; c++) { //!unroll
      let result = select(vec4<f32>(), sumK[r * DIM_CHUNKS + c] * u.scale, there);
      let column = part * PART + 4u * (c * ACROSS + own.x);
      for (var e = 0u; e < 4u; e++) { //!unroll
        if (token < u.keys && column + e < u.dim) { dk[toK + token * u.first.w + column + e] = result[e]; }
      }
    }
  }
}
