// Written by `npm run format` from wgsl/; `npm run check` fails when it is out of date.

export const wgslFiles = {
  'attention/backward-keys': `// dv = PT g and dk = scale dST q, with P dropped in dv, and dS as in backward-queries.wgsl; sums over all queries and all heads of q that read
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

// \`bit\` for each of four keys that query i keeps.
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
`,
  'attention/backward-keys-direct': `// As backward-keys.wgsl, without workgroup memory: one invocation makes four keys of a head, at most 64 columns of dk and of dv. The rows come
// from backward-queries-direct.wgsl.
//!include attention/direct.wgsl

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

@compute @workgroup_size(SIZE)
fn main(
  @builtin(workgroup_id) id: vec3<u32>,
  @builtin(num_workgroups) workgroups: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let number = workgroupNumber(id, workgroups) * SIZE + local;
  if (number >= u.count) { return; }
  let key0 = number % u.blocks * ROWS;
  let groups = u.batch * u.kvHeads;
  let part = number / u.blocks / groups;
  let index = number / u.blocks % groups;
  let group = Head(index / u.kvHeads, index % u.kvHeads);
  let readers = u.heads / u.kvHeads;
  let seen = keysSeen(u.queries);
  let ofK = tokensOf(K, u.k, group, u.keys, u.dim);
  let ofV = tokensOf(V, u.v, group, u.keys, u.valueDim);
  let dropoutKey = rows[0].xy;

  var sumK: array<vec4<f32>, DIM_TILE>;
  var sumV: array<vec4<f32>, VALUE_TILE>;
  for (var reader = 0u; reader < readers; reader++) {
    let place = Head(group.batch, group.head * readers + reader);
    let ofQ = tokensOf(Q, u.q, place, u.queries, u.dim);
    let ofG = tokensOf(G, u.g, place, u.queries, u.valueDim);
    let firstRow = 1u + (place.batch * u.heads + place.head) * u.queries;
    for (var query0 = select(0u, key0 - key0 % BLOCK, u.causal != 0u); query0 < u.queries; query0 += 4u) {
      // rows are queries, and turned at the end
      var p = hidden(products(ofQ, query0, ofK, key0), place, query0, key0);
      var dS = products(ofG, query0, ofV, key0);
      var keptP = p;
      for (var i = 0u; i < 4u; i++) { //!unroll
        var numbers = vec4<f32>();
        if (query0 + i < u.queries) { numbers = bitcast<vec4<f32>>(rows[firstRow + query0 + i]); }
        p[i] = powersOf(p[i], vec4(numbers.x)) * numbers.y;
        keptP[i] = p[i];
        if (HAS_DROPOUT) {
          let keeps = kept(place, query0 + i, key0, dropoutKey);
          keptP[i] = select(vec4<f32>(), p[i], keeps);
          dS[i] = select(vec4<f32>(), dS[i] * u.keepScale, keeps);
        }
        dS[i] = p[i] * ((dS[i] - numbers.z) - numbers.w);
      }
      for (var c = 0u; c < VALUE_CHUNKS; c++) { //!unroll
        for (var t = 0u; t < 4u; t++) { //!unroll
          let b = four(ofG, query0 + t, part * PART + 4u * c);
          for (var r = 0u; r < ROWS; r++) { //!unroll
            sumV[r * VALUE_CHUNKS + c] = fma(vec4(keptP[t][r]), b, sumV[r * VALUE_CHUNKS + c]);
          }
        }
      }
      for (var c = 0u; c < DIM_CHUNKS; c++) { //!unroll
        for (var t = 0u; t < 4u; t++) { //!unroll
          let b = four(ofQ, query0 + t, part * PART + 4u * c);
          for (var r = 0u; r < ROWS; r++) { //!unroll
            sumK[r * DIM_CHUNKS + c] = fma(vec4(dS[t][r]), b, sumK[r * DIM_CHUNKS + c]);
          }
        }
      }
    }
  }

  let toV = firstOf(u.second, group);
  let toK = firstOf(u.first, group);
  for (var r = 0u; r < ROWS; r++) { //!unroll
    let token = key0 + r;
    if (token < u.keys) {
      // a NaN among the queries does not reach keys behind all of them
      let there = token < seen;
      for (var c = 0u; c < VALUE_CHUNKS; c++) { //!unroll
        let result = select(vec4<f32>(), sumV[r * VALUE_CHUNKS + c] * u.keepScale, there);
        let column = part * PART + 4u * c;
        for (var e = 0u; e < 4u; e++) { //!unroll
          if (column + e < u.valueDim) { dv[toV + token * u.second.w + column + e] = result[e]; }
        }
      }
      for (var c = 0u; c < DIM_CHUNKS; c++) { //!unroll
        let result = select(vec4<f32>(), sumK[r * DIM_CHUNKS + c] * u.scale, there);
        let column = part * PART + 4u * c;
        for (var e = 0u; e < 4u; e++) { //!unroll
          if (column + e < u.dim) { dk[toK + token * u.first.w + column + e] = result[e]; }
        }
      }
    }
  }
}
`,
  'attention/backward-queries': `// dq = scale dS k with dS = P (dP - delta), dP = g vT (dropped as P was) and P = e^(s - m) / l once more; the rest as forward.wgsl says.
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
`,
  'attention/backward-queries-direct': `// As backward-queries.wgsl, without workgroup memory: one invocation makes four queries of a head, at most 64 columns of dq. What delta lacks,
// e = sum of dS, is known at the end only: dq = scale (sum of dS k - e sum of P k). It is left in rows for backward-keys-direct.wgsl.
//!include attention/direct.wgsl

@group(0) @binding(0) var<uniform> u: Uniforms;
@group(0) @binding(1) var<storage, read> q: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> k: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read> v: array<vec4<f32>>;
@group(0) @binding(4) var<storage, read> g: array<vec4<f32>>;
@group(0) @binding(5) var<storage, read> beside: array<u32>;
@group(0) @binding(6) var<storage, read_write> rows: array<vec4<u32>>;
@group(0) @binding(7) var<storage, read_write> dq: array<f32>;

fn quad(buffer: u32, at: u32) -> vec4<f32> {
  if (buffer == Q) { return q[at]; }
  if (buffer == K) { return k[at]; }
  if (buffer == V) { return v[at]; }
  return g[at];
}

@compute @workgroup_size(SIZE)
fn main(
  @builtin(workgroup_id) id: vec3<u32>,
  @builtin(num_workgroups) workgroups: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let number = workgroupNumber(id, workgroups) * SIZE + local;
  if (number >= u.count) { return; }
  let query0 = number % u.blocks * ROWS;
  let heads = u.batch * u.heads;
  let part = number / u.blocks / heads;
  let index = number / u.blocks % heads;
  let place = Head(index / u.heads, index % u.heads);
  let group = Head(place.batch, place.head / (u.heads / u.kvHeads));
  let seen = keysSeen(query0 - query0 % BLOCK + BLOCK);
  let ofQ = tokensOf(Q, u.q, place, u.queries, u.dim);
  let ofK = tokensOf(K, u.k, group, seen, u.dim);
  let ofV = tokensOf(V, u.v, group, seen, u.valueDim);
  let ofG = tokensOf(G, u.g, place, u.queries, u.valueDim);
  let dropoutKey = rows[0].xy;

  // m, 1 / l and delta
  var numbers = mat4x4<f32>();
  for (var r = 0u; r < ROWS; r++) { //!unroll
    if (query0 + r < u.queries) { numbers[r] = bitcast<vec4<f32>>(rows[1u + index * u.queries + query0 + r]); }
  }
  var sum: array<vec4<f32>, DIM_TILE>;
  var mean: array<vec4<f32>, DIM_TILE>;
  var rest = vec4<f32>();
  for (var key0 = 0u; key0 < seen; key0 += 4u) {
    var p = hidden(products(ofQ, query0, ofK, key0), place, query0, key0);
    var dS = products(ofG, query0, ofV, key0);
    for (var r = 0u; r < ROWS; r++) { //!unroll
      p[r] = powersOf(p[r], vec4(numbers[r].x)) * numbers[r].y;
      if (HAS_DROPOUT) { dS[r] = dropped(dS[r] * u.keepScale, place, query0 + r, key0, dropoutKey); }
      dS[r] = p[r] * (dS[r] - numbers[r].z);
      rest[r] += (dS[r].x + dS[r].y) + (dS[r].z + dS[r].w);
    }
    for (var c = 0u; c < DIM_CHUNKS; c++) { //!unroll
      for (var t = 0u; t < 4u; t++) { //!unroll
        let b = four(ofK, key0 + t, part * PART + 4u * c);
        for (var r = 0u; r < ROWS; r++) { //!unroll
          sum[r * DIM_CHUNKS + c] = fma(vec4(dS[r][t]), b, sum[r * DIM_CHUNKS + c]);
          mean[r * DIM_CHUNKS + c] = fma(vec4(p[r][t]), b, mean[r * DIM_CHUNKS + c]);
        }
      }
    }
  }

  let to = firstOf(u.first, place);
  for (var r = 0u; r < ROWS; r++) { //!unroll
    let i = query0 + r;
    if (i < u.queries) {
      if (part == 0u) { rows[1u + index * u.queries + i].w = bitcast<u32>(rest[r]); }
      for (var c = 0u; c < DIM_CHUNKS; c++) { //!unroll
        let result = fma(vec4(-rest[r]), mean[r * DIM_CHUNKS + c], sum[r * DIM_CHUNKS + c]) * u.scale;
        let column = part * PART + 4u * c;
        for (var e = 0u; e < 4u; e++) { //!unroll
          if (column + e < u.dim) { dq[to + i * u.first.w + column + e] = result[e]; }
        }
      }
    }
  }
}
`,
  'attention/blocks': `// Blocks of attention scores, ROWS x 64, in registers: each of the SIZE invocations has OWN_ROWS rows and OWN_QUADS quads of columns, rows
// too four neighbours at a time.
//   products of two heads   sum over d of left[row, d] right[column, d], both staged in slices of DEPTH of d
//   products with a block   sum over columns t of tile[row, t] right[t, c], right staged as [token][c] as it lies
// Operands come from quad() of the kernel that includes this, which also has \`u\` and \`beside\`. While what is staged is multiplied, what is
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

// o[r * VALUE_CHUNKS + c] += row r of the tile times chunk c of columns of what is staged, tokens \`first\` on of the block.
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

// o[r * DIM_CHUNKS + c] += row r of the tile times chunk c of columns of what is staged, tokens \`first\` on of the block.
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
`,
  'attention/direct': `// What the attention kernels without workgroup memory share, for adapters where that is no faster than caches, as those that compute on a
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
`,
  'attention/forward': `// out = P v with P = dropout(softmax(scale q kT + bias)) over the keys that are seen; statistics [2, batch, heads, queries]: the maximum m of
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
`,
  'attention/forward-direct': `// As forward.wgsl, without workgroup memory: one invocation makes four queries of a head, at most 64 columns of them.
//!include attention/direct.wgsl

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

// The largest number of a row, infinity if one is NaN or infinity: see forward.wgsl.
fn mostOf(s: vec4<f32>) -> f32 {
  let sum = bitcast<u32>((s.x + s.y) + (s.z + s.w));
  let bad = (sum & 0x7fffffffu) >= 0x7f800000u && sum != 0xff800000u;
  return select(max(max(s.x, s.y), max(s.z, s.w)), infinity(), bad);
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
  let number = workgroupNumber(id, workgroups) * SIZE + local;
  if (number >= u.count) { return; }
  let query0 = number % u.blocks * ROWS;
  let heads = u.batch * u.heads;
  let part = number / u.blocks / heads;
  let index = number / u.blocks % heads;
  let place = Head(index / u.heads, index % u.heads);
  let group = Head(place.batch, place.head / (u.heads / u.kvHeads));
  let seen = keysSeen(query0 - query0 % BLOCK + BLOCK);
  let ofQ = tokensOf(Q, u.q, place, u.queries, u.dim);
  let ofK = tokensOf(K, u.k, group, seen, u.dim);
  let ofV = tokensOf(V, u.v, group, seen, u.valueDim);
  let dropoutKey = vec2(key[0], key[1]);

  var o: array<vec4<f32>, VALUE_TILE>;
  // of the queries: the running maximum, HIDDEN as long as no key is seen, and the sum
  var m = vec4(HIDDEN);
  var l = vec4<f32>();
  for (var key0 = 0u; key0 < seen; key0 += 4u) {
    var p = hidden(products(ofQ, query0, ofK, key0), place, query0, key0);
    let most = max(m, vec4(mostOf(p[0]), mostOf(p[1]), mostOf(p[2]), mostOf(p[3])));
    // no key seen so far: any finite number, so that powers of e are 0
    let base = select(most, vec4(0.0), most == vec4(HIDDEN));
    if (any(bitcast<vec4<u32>>(most) != bitcast<vec4<u32>>(m))) {
      let by = select(powersOf(m, base), vec4(notANumber()), areInfinite(most));
      m = most;
      l *= by;
      for (var c = 0u; c < VALUE_CHUNKS; c++) { //!unroll
        o[c] *= by.x;
        o[VALUE_CHUNKS + c] *= by.y;
        o[2u * VALUE_CHUNKS + c] *= by.z;
        o[3u * VALUE_CHUNKS + c] *= by.w;
      }
    }
    for (var r = 0u; r < ROWS; r++) { //!unroll
      p[r] = powersOf(p[r], vec4(base[r]));
      l[r] += (p[r].x + p[r].y) + (p[r].z + p[r].w);
      if (HAS_DROPOUT) { p[r] = dropped(p[r], place, query0 + r, key0, dropoutKey); }
    }
    for (var c = 0u; c < VALUE_CHUNKS; c++) { //!unroll
      for (var t = 0u; t < 4u; t++) { //!unroll
        let b = four(ofV, key0 + t, part * PART + 4u * c);
        for (var r = 0u; r < ROWS; r++) { //!unroll
          o[r * VALUE_CHUNKS + c] = fma(vec4(p[r][t]), b, o[r * VALUE_CHUNKS + c]);
        }
      }
    }
  }

  let none = (bitcast<vec4<u32>>(l) & vec4(0x7fffffffu)) == vec4(0u);
  let inverse = select(1.0 / l, vec4(0.0), none);
  let most = select(select(m, vec4(notANumber()), areInfinite(m)), vec4(0.0), none);
  let to = firstOf(u.first, place);
  for (var r = 0u; r < ROWS; r++) { //!unroll
    let i = query0 + r;
    if (i < u.queries) {
      if (part == 0u) {
        statistics[index * u.queries + i] = most[r];
        statistics[(heads + index) * u.queries + i] = inverse[r];
      }
      for (var c = 0u; c < VALUE_CHUNKS; c++) { //!unroll
        let result = o[r * VALUE_CHUNKS + c] * (inverse[r] * u.keepScale);
        let column = part * PART + 4u * c;
        for (var e = 0u; e < 4u; e++) { //!unroll
          if (column + e < u.valueDim) { out[to + i * u.first.w + column + e] = result[e]; }
        }
      }
    }
  }
}
`,
  'attention/gather': `// to[at + i] = from[i] for i < n: masks, bias and the like end to end, where a kernel may bind too few buffers for each of them.
// Layout: words. One workgroup copies 1024. Bytes: 8 a word.
//!include lib/grid.wgsl

struct Uniforms {
  n: u32,
  at: u32,
}

@group(0) @binding(0) var<uniform> u: Uniforms;
@group(0) @binding(1) var<storage, read> words: array<u32>;
@group(0) @binding(2) var<storage, read_write> to: array<u32>;

@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) id: vec3<u32>,
  @builtin(num_workgroups) workgroups: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let first = workgroupNumber(id, workgroups) * 1024u + local;
  for (var i = first; i < min(u.n, first + 1024u); i += 256u) { to[u.at + i] = words[i]; }
}
`,
  'attention/place': `// to[layout of (batch, head, token) + column] = x[batch, head, token, column]: a gradient into its part of a tensor.
// Layout: x dense, \`to\` by steps of batch, head and token. One workgroup copies 1024. Bytes: 8 an element.
//!include lib/grid.wgsl

struct Uniforms {
  to: vec4<u32>,
  heads: u32,
  tokens: u32,
  columns: u32,
  n: u32,
}

@group(0) @binding(0) var<uniform> u: Uniforms;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read_write> to: array<f32>;

@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) id: vec3<u32>,
  @builtin(num_workgroups) workgroups: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let first = workgroupNumber(id, workgroups) * 1024u + local;
  for (var i = first; i < min(u.n, first + 1024u); i += 256u) {
    let row = i / u.columns;
    let token = row % u.tokens;
    let head = row / u.tokens % u.heads;
    let batch = row / u.tokens / u.heads;
    to[u.to.x + batch * u.to.y + head * u.to.z + token * u.to.w + i % u.columns] = x[i];
  }
}
`,
  'attention/prepare': `// rows[1 + r] = (m, 1 / l, delta, 0) of every query r of [batch, heads, queries] as bits, delta = sum over d of g · out, in one chain of products
// like that of g vT; rows[0] is the key of dropout.
// Layout: g and out by steps of batch, head and token. One invocation makes a query.
// Bytes: 8 valueDim + 24 a query; FLOPs: 2 valueDim.
//!include lib/grid.wgsl

override ALIGNED: bool = true;

struct Uniforms {
  g: vec4<u32>,
  out: vec4<u32>,
  heads: u32,
  queries: u32,
  valueDim: u32,
  count: u32,
}

@group(0) @binding(0) var<uniform> u: Uniforms;
@group(0) @binding(1) var<storage, read> g: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> out: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read> statistics: array<u32>;
@group(0) @binding(4) var<storage, read> key: array<u32>;
@group(0) @binding(5) var<storage, read_write> rows: array<vec4<u32>>;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) id: vec3<u32>,
  @builtin(num_workgroups) workgroups: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let row = workgroupNumber(id, workgroups) * 64u + local;
  if (row == 0u) { rows[0] = vec4(key[0], key[1], 0u, 0u); }
  if (row >= u.count) { return; }
  let token = row % u.queries;
  let head = row / u.queries % u.heads;
  let batch = row / u.queries / u.heads;
  let atG = u.g.x + batch * u.g.y + head * u.g.z + token * u.g.w;
  let atOut = u.out.x + batch * u.out.y + head * u.out.z + token * u.out.w;
  var delta = 0.0;
  if (ALIGNED) {
    for (var d = 0u; d < u.valueDim; d += 4u) {
      let a = g[(atG + d) / 4u];
      let b = out[(atOut + d) / 4u];
      delta = fma(a.w, b.w, fma(a.z, b.z, fma(a.y, b.y, fma(a.x, b.x, delta))));
    }
  } else {
    for (var d = 0u; d < u.valueDim; d++) {
      delta = fma(g[(atG + d) / 4u][(atG + d) % 4u], out[(atOut + d) / 4u][(atOut + d) % 4u], delta);
    }
  }
  rows[1u + row] = vec4(statistics[row], statistics[u.count + row], bitcast<u32>(delta), 0u);
}
`,
  'attention/scores': `// What the kernels of attention share: their uniforms, where tokens lie, scores of pairs of a query and a key, their powers, and dropout.
// The kernel that includes this has \`u\` and \`beside\`.
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
  // Where they begin in \`beside\`.
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

// Keys that some of the first \`queries\` queries may see: those behind are read as 0, so that a NaN there stays there. A key that is hidden
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

// e^(s - most) of scores that are at most \`most\`. Rounding the argument costs |s - most| 2^-24 of a power, which is at most 0.4 · 2^-24 of
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
`,
  'attention/whole': `// What passes over whole rows of scores share, on adapters that compute on a processor: rows of products [rows, keys] of queries and keys,
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

// Numbers of the row, which the kernel that includes this has as \`scores\`.
fn dotsAt(at: vec4<u32>) -> vec4<f32> {
  return vec4(scores[at.x], scores[at.y], scores[at.z], scores[at.w]);
}

fn storeScores(j: u32, at: vec4<u32>, x: vec4<f32>) {
  scores[at.x] = x.x;
  if (j + 1u < u.keys) { scores[at.y] = x.y; }
  if (j + 2u < u.keys) { scores[at.z] = x.z; }
  if (j + 3u < u.keys) { scores[at.w] = x.w; }
}
`,
  'attention/whole-backward': `// Of products q kT in scores[row, :] and g vT in slopes[row, :]: probabilities, those that dropout keeps times 1 / (1 - p), and the gradient
// dS of the scores before u.scale, both in place. dS = p · ((dP - delta) - rest) with delta = Σ p · dP and rest what Σ p · (dP - delta), 0
// but for rounding, is. Not for causal attention.
// Layout: see whole.wgsl. Bytes: 40 a score; FLOPs: about 25 a score.
//!include attention/whole.wgsl

@group(0) @binding(0) var<uniform> u: Uniforms;
@group(0) @binding(1) var<storage, read> beside: array<u32>;
@group(0) @binding(2) var<storage, read> key: array<u32>;
@group(0) @binding(3) var<storage, read> statistics: array<f32>;
@group(0) @binding(4) var<storage, read_write> scores: array<f32>;
@group(0) @binding(5) var<storage, read_write> slopes: array<f32>;

// dP of keys j to j + 3, 0 past the last.
fn slopesAt(at: vec4<u32>, j: u32) -> vec4<f32> {
  let x = vec4(slopes[at.x], slopes[at.y], slopes[at.z], slopes[at.w]) * u.keepScale;
  return select(vec4<f32>(), x, vec4(j, j + 1u, j + 2u, j + 3u) < vec4(u.keys));
}

fn storeSlopes(j: u32, at: vec4<u32>, x: vec4<f32>) {
  slopes[at.x] = x.x;
  if (j + 1u < u.keys) { slopes[at.y] = x.y; }
  if (j + 2u < u.keys) { slopes[at.z] = x.z; }
  if (j + 3u < u.keys) { slopes[at.w] = x.w; }
}

@compute @workgroup_size(SIZE)
fn main(
  @builtin(workgroup_id) id: vec3<u32>,
  @builtin(num_workgroups) workgroups: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let number = workgroupNumber(id, workgroups) * SIZE + local;
  if (number >= u.count) { return; }
  let row = rowOf(number);
  let dropoutKey = vec2(key[0], key[1]);
  let m = statistics[row.number];
  let inverse = statistics[u.batch * u.heads * u.queries + row.number];

  var sums = vec4<f32>();
  for (var j = 0u; j < u.keys; j += 4u) {
    let at = placesOf(row, j);
    let p = powersOf(hiddenRow(dotsAt(at), row, j), vec4(m)) * inverse;
    var dP = slopesAt(at, j);
    if (HAS_DROPOUT) {
      dP = select(vec4<f32>(), dP, kept(row.place, row.query, j, dropoutKey));
      storeSlopes(j, at, dP);
    }
    sums += p * dP;
    storeScores(j, at, p);
  }
  let delta = (sums.x + sums.y) + (sums.z + sums.w);
  sums = vec4<f32>();
  for (var j = 0u; j < u.keys; j += 4u) {
    let at = placesOf(row, j);
    let inside = vec4(j, j + 1u, j + 2u, j + 3u) < vec4(u.keys);
    sums += select(vec4<f32>(), dotsAt(at) * (dPAt(at, j) - delta), inside);
  }
  let rest = (sums.x + sums.y) + (sums.z + sums.w);
  for (var j = 0u; j < u.keys; j += 4u) {
    let at = placesOf(row, j);
    let p = dotsAt(at);
    storeSlopes(j, at, p * ((dPAt(at, j) - delta) - rest));
    if (HAS_DROPOUT) { storeScores(j, at, select(vec4<f32>(), p * u.keepScale, kept(row.place, row.query, j, dropoutKey))); }
  }
}

// dP after the first sweep.
fn dPAt(at: vec4<u32>, j: u32) -> vec4<f32> {
  if (HAS_DROPOUT) { return vec4(slopes[at.x], slopes[at.y], slopes[at.z], slopes[at.w]); }
  return slopesAt(at, j);
}
`,
  'attention/whole-forward': `// scores[row, :] from products of a query and all keys to its probabilities, those that dropout keeps times 1 / (1 - p), in place, and
// statistics as forward.wgsl leaves them. Not for causal attention.
// Layout: see whole.wgsl. Bytes: 20 a score; FLOPs: about 20 a score.
//!include attention/whole.wgsl

@group(0) @binding(0) var<uniform> u: Uniforms;
@group(0) @binding(1) var<storage, read> beside: array<u32>;
@group(0) @binding(2) var<storage, read> key: array<u32>;
@group(0) @binding(3) var<storage, read_write> scores: array<f32>;
@group(0) @binding(4) var<storage, read_write> statistics: array<f32>;

@compute @workgroup_size(SIZE)
fn main(
  @builtin(workgroup_id) id: vec3<u32>,
  @builtin(num_workgroups) workgroups: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let number = workgroupNumber(id, workgroups) * SIZE + local;
  if (number >= u.count) { return; }
  let row = rowOf(number);
  let dropoutKey = vec2(key[0], key[1]);

  var most = vec4(HIDDEN);
  // where a score is NaN or infinity
  var wrong = vec4<bool>();
  for (var j = 0u; j < u.keys; j += 4u) {
    let s = hiddenRow(dotsAt(placesOf(row, j)), row, j);
    let bits = bitcast<vec4<u32>>(s);
    wrong = wrong | (((bits & vec4(0x7fffffffu)) >= vec4(0x7f800000u)) & (bits != vec4(0xff800000u)));
    most = max(most, s);
  }
  let m = max(max(most.x, most.y), max(most.z, most.w));
  let bad = any(wrong);
  // no key seen: 0, which is finite, so that powers of e are 0
  let base = select(m, 0.0, m == HIDDEN);
  var l = 0.0;
  for (var j = 0u; j < u.keys; j += 4u) {
    let at = placesOf(row, j);
    let s = hiddenRow(dotsAt(at), row, j);
    let p = select(powersOf(s, vec4(base)), vec4(notANumber()), vec4(bad));
    // past the last key scores are hidden, and their powers 0
    l += (p.x + p.y) + (p.z + p.w);
    storeScores(j, at, p);
  }
  let none = (bitcast<u32>(l) & 0x7fffffffu) == 0u;
  let inverse = select(1.0 / l, 0.0, none);
  statistics[row.number] = select(select(m, notANumber(), bad), 0.0, none);
  statistics[u.batch * u.heads * u.queries + row.number] = inverse;
  let factor = inverse * u.keepScale;
  for (var j = 0u; j < u.keys; j += 4u) {
    let at = placesOf(row, j);
    var p = dotsAt(at) * factor;
    if (HAS_DROPOUT) { p = select(vec4<f32>(), p, kept(row.place, row.query, j, dropoutKey)); }
    storeScores(j, at, p);
  }
}
`,
  'elementwise/binary': `// out[i] = f(a[i], b[i]) on f32, f chosen by FUNCTION (the table in kernels/strided.ts); a and b are walked by strides.
// Layout and workgroups: elementwise/walk.wgsl. What shares the last vec4 with element n - 1 stays as it is.
// Bytes: 12 an element, less where an operand repeats. FLOPs: 1 to 60 an element.

//!include elementwise/walk.wgsl
//!include lib/power.wgsl

override FUNCTION: u32 = 0;
// a, b and out are alike: no walk.
override ALIKE: bool = false;

@group(0) @binding(1) var<storage, read> a: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> b: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read_write> out: array<vec4<f32>>;

fn aAt(i: u32) -> f32 {
  return a[i >> 2u][i & 3u];
}

fn bAt(i: u32) -> f32 {
  return b[i >> 2u][i & 3u];
}

fn aOf(at: vec4<u32>) -> vec4<f32> {
  switch (kindOf(0u)) {
    case dense: { return a[at.x >> 2u]; }
    case repeated: { return vec4(aAt(at.x)); }
    default: { return vec4(aAt(at.x), aAt(at.y), aAt(at.z), aAt(at.w)); }
  }
}

fn bOf(at: vec4<u32>) -> vec4<f32> {
  switch (kindOf(1u)) {
    case dense: { return b[at.x >> 2u]; }
    case repeated: { return vec4(bAt(at.x)); }
    default: { return vec4(bAt(at.x), bAt(at.y), bAt(at.z), bAt(at.w)); }
  }
}

// x > 0, and false for NaN
fn isPositive(x: f32) -> bool {
  return bitcast<u32>(x) - 1u < 0x7f800000u;
}

fn valueOf(x: f32, y: f32) -> f32 {
  switch (FUNCTION) {
    case 0u: { return x + y; }
    case 1u: { return x - y; }
    case 2u: { return x * y; }
    case 3u: { return quotient(x, y); }
    case 4u: { return powOf(x, y); }
    case 5u: { return maxNan(x, y); }
    case 6u: { return minNan(x, y); }
    case 7u: { return select(0.0, y, isPositive(x)); }
    case 8u: { return geluBackward(x, y); }
    case 9u: { return geluTanhBackward(x, y); }
    case 10u: { return siluBackward(x, y); }
    default: { return logisticLoss(x, y); }
  }
}

@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) id: vec3<u32>,
  @builtin(num_workgroups) count: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let first = firstVector(id, count, local);
  for (var k = 0u; k < 2u; k++) {
    let i = first + k * 256u;
    if (i * 4u < u.n) {
      var x: vec4<f32>;
      var y: vec4<f32>;
      if (ALIKE) {
        x = a[i];
        y = b[i];
      } else {
        let places = placesOf(i * 4u);
        x = aOf(places.a);
        y = bOf(places.b);
      }
      let z = vec4(valueOf(x.x, y.x), valueOf(x.y, y.y), valueOf(x.z, y.z), valueOf(x.w, y.w));
      if (u.n - i * 4u >= 4u) { out[i] = z; }
      else { out[i] = select(out[i], z, within(i)); }
    }
  }
}
`,
  'elementwise/cast': `// out[i] = x[i] from one type to another: to bool x != 0; float to integer truncates and saturates, NaN gives 0; between integers
// what does not fit saturates. FROM and TO: 0 f32, 1 i32, 2 u32, 3 bool (u32 0 or 1).
// Layout: contiguous, by vec4; what shares the last vec4 with element n - 1 stays as it is. One workgroup: 2048 elements.
// Bytes: 8 an element.

//!include lib/grid.wgsl

override FROM: u32 = 0;
override TO: u32 = 0;

struct Uniforms {
  n: u32,
}

@group(0) @binding(0) var<uniform> u: Uniforms;
@group(0) @binding(1) var<storage, read> x: array<vec4<u32>>;
@group(0) @binding(2) var<storage, read_write> out: array<vec4<u32>>;

fn signedOf(bits: u32) -> u32 {
  let size = bits & 0x7fffffffu;
  if (size > 0x7f800000u) { return 0u; }
  // from 2^31 on
  if (size >= 0x4f000000u) { return select(0x7fffffffu, 0x80000000u, bits > size); }
  return bitcast<u32>(i32(bitcast<f32>(bits)));
}

fn unsignedOf(bits: u32) -> u32 {
  let size = bits & 0x7fffffffu;
  if (size > 0x7f800000u || bits > size) { return 0u; }
  // from 2^32 on
  if (size >= 0x4f800000u) { return 0xffffffffu; }
  return u32(bitcast<f32>(bits));
}

fn castOf(x: vec4<u32>) -> vec4<u32> {
  if (TO == 3u) {
    let magnitude = select(x, x & vec4(0x7fffffffu), FROM == 0u);
    return select(vec4(0u), vec4(1u), magnitude != vec4(0u));
  }
  if (TO == 0u) {
    if (FROM == 0u) { return x; }
    if (FROM == 1u) { return bitcast<vec4<u32>>(vec4<f32>(bitcast<vec4<i32>>(x))); }
    return bitcast<vec4<u32>>(vec4<f32>(x));
  }
  if (FROM == 0u) {
    if (TO == 1u) { return vec4(signedOf(x.x), signedOf(x.y), signedOf(x.z), signedOf(x.w)); }
    return vec4(unsignedOf(x.x), unsignedOf(x.y), unsignedOf(x.z), unsignedOf(x.w));
  }
  if (FROM == 1u && TO == 2u) { return select(x, vec4(0u), x > vec4(0x7fffffffu)); }
  if (FROM == 2u && TO == 1u) { return min(x, vec4(0x7fffffffu)); }
  return x;
}

@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) id: vec3<u32>,
  @builtin(num_workgroups) count: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let first = workgroupNumber(id, count) * 512u + local;
  for (var k = 0u; k < 2u; k++) {
    let i = first + k * 256u;
    if (i * 4u < u.n) {
      let y = castOf(x[i]);
      if (u.n - i * 4u >= 4u) { out[i] = y; }
      else { out[i] = select(out[i], y, vec4(0u, 1u, 2u, 3u) < vec4(u.n - i * 4u)); }
    }
  }
}
`,
  'elementwise/compare': `// out[i] = 1 where a[i] = b[i], or another relation by FUNCTION, and 0 elsewhere; operands of TYPE, walked by strides. Floats are
// compared by their bits as integers: numbers under 2^-126 count, and NaN is unequal to everything.
// Layout and workgroups: elementwise/walk.wgsl. What shares the last vec4 with element n - 1 stays as it is.
// Bytes: 12 an element, less where an operand repeats. One operation an element.

//!include elementwise/walk.wgsl

// 0 =, 1 !=, 2 <, 3 <=, 4 >, 5 >=
override FUNCTION: u32 = 0;
// 0 f32, 1 i32, 2 u32
override TYPE: u32 = 0;

@group(0) @binding(1) var<storage, read> a: array<vec4<u32>>;
@group(0) @binding(2) var<storage, read> b: array<vec4<u32>>;
@group(0) @binding(3) var<storage, read_write> out: array<vec4<u32>>;

fn aAt(i: u32) -> u32 {
  return a[i >> 2u][i & 3u];
}

fn bAt(i: u32) -> u32 {
  return b[i >> 2u][i & 3u];
}

fn aOf(at: vec4<u32>) -> vec4<u32> {
  switch (kindOf(0u)) {
    case dense: { return a[at.x >> 2u]; }
    case repeated: { return vec4(aAt(at.x)); }
    default: { return vec4(aAt(at.x), aAt(at.y), aAt(at.z), aAt(at.w)); }
  }
}

fn bOf(at: vec4<u32>) -> vec4<u32> {
  switch (kindOf(1u)) {
    case dense: { return b[at.x >> 2u]; }
    case repeated: { return vec4(bAt(at.x)); }
    default: { return vec4(bAt(at.x), bAt(at.y), bAt(at.z), bAt(at.w)); }
  }
}

// Signed integers in the order of the numbers; both zeros are 0.
fn orderOf(x: vec4<u32>) -> vec4<i32> {
  switch (TYPE) {
    case 0u: {
      let size = bitcast<vec4<i32>>(x & vec4(0x7fffffffu));
      return select(size, -size, x > vec4(0x7fffffffu));
    }
    case 1u: { return bitcast<vec4<i32>>(x); }
    default: { return bitcast<vec4<i32>>(x ^ vec4(0x80000000u)); }
  }
}

fn areNan(x: vec4<u32>) -> vec4<bool> {
  return (x & vec4(0x7fffffffu)) > vec4(0x7f800000u);
}

fn relation(x: vec4<i32>, y: vec4<i32>) -> vec4<bool> {
  switch (FUNCTION) {
    case 0u: { return x == y; }
    case 1u: { return x != y; }
    case 2u: { return x < y; }
    case 3u: { return x <= y; }
    case 4u: { return x > y; }
    default: { return x >= y; }
  }
}

fn valuesOf(x: vec4<u32>, y: vec4<u32>) -> vec4<u32> {
  let holds = select(vec4(0u), vec4(1u), relation(orderOf(x), orderOf(y)));
  if (TYPE > 0u) { return holds; }
  return select(holds, vec4(select(0u, 1u, FUNCTION == 1u)), areNan(x) | areNan(y));
}

@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) id: vec3<u32>,
  @builtin(num_workgroups) count: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let first = firstVector(id, count, local);
  for (var k = 0u; k < 2u; k++) {
    let i = first + k * 256u;
    if (i * 4u < u.n) {
      let places = placesOf(i * 4u);
      let z = valuesOf(aOf(places.a), bOf(places.b));
      if (u.n - i * 4u >= 4u) { out[i] = z; }
      else { out[i] = select(out[i], z, within(i)); }
    }
  }
}
`,
  'elementwise/copy': `// out[outOffset + i · outSteps] = x[inOffset + i · inSteps], or with ADD += on f32, for every index i of up to eight axes; different
// indices reach different elements of out. Copies any 32-bit type.
// Layout: walks by strides, axes from the fastest of out on. \`scalars\` moves elements, \`vectors\` vec4s, of which sizes, steps and
// offsets count then. One workgroup: 1024 units, four an invocation, 256 apart, so that neighbours move neighbours.
// Bytes: 8 an element, with ADD 12.

//!include lib/grid.wgsl

override ADD: bool = false;

struct Uniforms {
  n: u32,
  rank: u32,
  inOffset: u32,
  outOffset: u32,
  sizes: array<vec4<u32>, 2>,
  // modulo 2^32, where they are negative
  inSteps: array<vec4<u32>, 2>,
  outSteps: array<vec4<u32>, 2>,
}

@group(0) @binding(0) var<uniform> u: Uniforms;
@group(0) @binding(1) var<storage, read> x: array<u32>;
@group(0) @binding(2) var<storage, read_write> out: array<u32>;
@group(0) @binding(1) var<storage, read> xVectors: array<vec4<u32>>;
@group(0) @binding(2) var<storage, read_write> outVectors: array<vec4<u32>>;

// Where unit i lies in x and in out.
fn placeOf(i: u32) -> vec2<u32> {
  var rest = i;
  var place = vec2(u.inOffset, u.outOffset);
  let last = u.rank - 1u;
  for (var axis = 0u; axis < last; axis++) {
    let size = u.sizes[axis >> 2u][axis & 3u];
    let next = rest / size;
    place += (rest - next * size) * vec2(u.inSteps[axis >> 2u][axis & 3u], u.outSteps[axis >> 2u][axis & 3u]);
    rest = next;
  }
  return place + rest * vec2(u.inSteps[last >> 2u][last & 3u], u.outSteps[last >> 2u][last & 3u]);
}

@compute @workgroup_size(256)
fn scalars(
  @builtin(workgroup_id) id: vec3<u32>,
  @builtin(num_workgroups) count: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let first = workgroupNumber(id, count) * 1024u + local;
  for (var k = 0u; k < 4u; k++) {
    let i = first + k * 256u;
    if (i < u.n) {
      let place = placeOf(i);
      let value = x[place.x];
      if (ADD) { out[place.y] = bitcast<u32>(bitcast<f32>(out[place.y]) + bitcast<f32>(value)); }
      else { out[place.y] = value; }
    }
  }
}

@compute @workgroup_size(256)
fn vectors(
  @builtin(workgroup_id) id: vec3<u32>,
  @builtin(num_workgroups) count: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let first = workgroupNumber(id, count) * 1024u + local;
  for (var k = 0u; k < 4u; k++) {
    let i = first + k * 256u;
    if (i < u.n) {
      let place = placeOf(i);
      let value = xVectors[place.x];
      if (ADD) {
        outVectors[place.y] =
          bitcast<vec4<u32>>(bitcast<vec4<f32>>(outVectors[place.y]) + bitcast<vec4<f32>>(value));
      } else {
        outVectors[place.y] = value;
      }
    }
  }
}
`,
  'elementwise/dropout': `// out[i] = x[i] · scale where the random number of element i is at least the threshold, and 0 elsewhere: the upper 24 bits of word
// i mod 4 of the Philox block at counter i / 4 under \`key\`.
// Layout: contiguous, by vec4, a block each; what shares the last vec4 with element n - 1 stays as it is.
// One workgroup: 2048 elements, two vec4s an invocation. Bytes: 8 an element. About 60 integer operations an element.

//!include lib/grid.wgsl
//!include lib/philox.wgsl

struct Uniforms {
  n: u32,
  threshold: u32,
  scale: f32,
}

@group(0) @binding(0) var<uniform> u: Uniforms;
@group(0) @binding(1) var<storage, read> x: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> key: array<u32>;
@group(0) @binding(3) var<storage, read_write> out: array<vec4<f32>>;

@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) id: vec3<u32>,
  @builtin(num_workgroups) count: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let first = workgroupNumber(id, count) * 512u + local;
  for (var k = 0u; k < 2u; k++) {
    let i = first + k * 256u;
    if (i * 4u < u.n) {
      let words = philox(i, vec2(key[0], key[1])) >> vec4(8u);
      let y = select(vec4(0.0), x[i] * u.scale, words >= vec4(u.threshold));
      if (u.n - i * 4u >= 4u) { out[i] = y; }
      else { out[i] = select(out[i], y, vec4(0u, 1u, 2u, 3u) < vec4(u.n - i * 4u)); }
    }
  }
}
`,
  'elementwise/fill': `// out[i] = bits for begin <= i < end, any 32-bit type; all other elements stay as they are.
// Layout: contiguous, by vec4. One workgroup: 2048 elements, from vec4 begin / 4 on. Bytes: 4 an element.

//!include lib/grid.wgsl

struct Uniforms {
  begin: u32,
  end: u32,
  bits: u32,
}

@group(0) @binding(0) var<uniform> u: Uniforms;
@group(0) @binding(1) var<storage, read_write> out: array<vec4<u32>>;

@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) id: vec3<u32>,
  @builtin(num_workgroups) count: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let first = u.begin / 4u + workgroupNumber(id, count) * 512u + local;
  for (var k = 0u; k < 2u; k++) {
    let i = first + k * 256u;
    let at = vec4(i * 4u) + vec4(0u, 1u, 2u, 3u);
    if (at.x >= u.begin && at.w < u.end) { out[i] = vec4(u.bits); }
    else if (at.x < u.end) { out[i] = select(out[i], vec4(u.bits), (at >= vec4(u.begin)) & (at < vec4(u.end))); }
  }
}
`,
  'elementwise/host-binary': `// out[i] = f(a[..], b[..]) of functions that have no CPU kernel. FUNCTION: 0 remainder, 1 fmod, 2 floorDivide, 3 maximum, 4 minimum,
// 5 atan2, 6 logAddExp; TYPE: 0 f32, 1 i32, 2 u32. out is contiguous, a and b are walked by strides (0 repeats an axis).
// One workgroup takes 1024 elements. Bytes: 12 an element; FLOPs: at most 300.

//!include lib/grid.wgsl
//!include lib/trigonometry.wgsl
//!include elementwise/host-wide.wgsl
//!include index/host-walk.wgsl

override FUNCTION: u32 = 0;
override TYPE: u32 = 0;

struct Uniforms {
  n: u32,
  unused1: u32,
  unused2: u32,
  unused3: u32,
  shape: Axes,
  aStrides: Axes,
  bStrides: Axes,
}

@group(0) @binding(0) var<uniform> u: Uniforms;
@group(0) @binding(1) var<storage, read> a: array<u32>;
@group(0) @binding(2) var<storage, read> b: array<u32>;
@group(0) @binding(3) var<storage, read_write> out: array<u32>;

const infinityBits: u32 = 0x7f800000u;
const nanBits: u32 = 0x7fc00000u;

fn mantissaOf(bits: u32) -> u32 {
  return (bits & 0x007fffffu) | select(0u, 0x00800000u, bits >= 0x00800000u);
}

struct Division {
  // |x| = whole · |y| + rest as bits; the whole modulo 2^32
  rest: u32,
  whole: u32,
  // of the exponents: the whole is under 2^(steps + 2)
  steps: u32,
}

// Long division of the bits of finite |x| >= |y| > 0, eight bits of the quotient at a time.
fn divide(x: u32, y: u32) -> Division {
  let ey = max(y >> 23u, 1u);
  let steps = max(x >> 23u, 1u) - ey;
  let m = mantissaOf(y);
  var r = mantissaOf(x);
  var whole = r / m;
  r %= m;
  var left = steps;
  while (left > 0u) {
    let s = min(left, 8u);
    r <<= s;
    whole = (whole << s) + r / m;
    r %= m;
    left -= s;
  }
  if (r == 0u) { return Division(0u, whole, steps); }
  // back to 24 bits, as far as the exponent goes
  let shift = min(countLeadingZeros(r) - 8u, ey - 1u);
  r <<= shift;
  let exponent = select(0u, ey - shift, r >= 0x00800000u);
  return Division((exponent << 23u) | (r & 0x007fffffu), whole, steps);
}

// x - y · trunc(x / y), exactly, with the sign of x.
fn fmodOf(x: u32, y: u32) -> u32 {
  let ax = x & 0x7fffffffu;
  let ay = y & 0x7fffffffu;
  if (ax >= infinityBits || ay > infinityBits || ay == 0u) { return nanBits; }
  if (ax < ay) { return x; }
  return divide(ax, ay).rest | (x & 0x80000000u);
}

// Whether a remainder that is not 0 has another sign than the divisor.
fn turns(rest: u32, y: u32) -> bool {
  return (rest << 1u) != 0u && ((rest ^ y) >> 31u) == 1u;
}

fn remainderOf(x: u32, y: u32) -> u32 {
  let rest = fmodOf(x, y);
  if ((rest & 0x7fffffffu) > infinityBits || !turns(rest, y)) { return rest; }
  return bitcast<u32>(bitcast<f32>(rest) + bitcast<f32>(y));
}

fn floorDivideOf(x: u32, y: u32) -> f32 {
  let ax = x & 0x7fffffffu;
  let ay = y & 0x7fffffffu;
  if (ax > infinityBits || ay > infinityBits) { return notANumber(); }
  let negative = ((x ^ y) >> 31u) == 1u;
  if (ay == 0u) {
    if (ax == 0u) { return notANumber(); }
    return select(infinity(), -infinity(), negative);
  }
  if (ax == infinityBits) { return notANumber(); }
  if (ax < ay) { return select(0.0, -1.0, negative && ax != 0u); }
  let division = divide(ax, ay);
  if (division.steps > 29u) {
    // beyond 2^24 all floats are whole
    let direct = bitcast<f32>(x) / bitcast<f32>(y);
    if (isInf(direct)) { return direct; }
    return quotient(bitcast<f32>(x), bitcast<f32>(y));
  }
  let whole = division.whole + select(0u, 1u, negative && division.rest != 0u);
  return select(f32(whole), -f32(whole), negative);
}

fn atan2Of(y: f32, x: f32) -> f32 {
  if (isNan(x) || isNan(y)) { return notANumber(); }
  let a = abs(y);
  let c = abs(x);
  let steep = a > c;
  let large = max(a, c);
  var t = quotient(min(a, c), large);
  if (large == 0.0) { t = 0.0; }
  if (isInf(large)) { t = select(0.0, 1.0, isInf(min(a, c))); }
  var angle = atanOf(t);
  // π/2 and π in two parts
  if (steep) { angle = 1.5707963705062866 - (angle + 4.371139000186241e-8); }
  if ((bitcast<u32>(x) >> 31u) == 1u) { angle = 3.1415927410125732 - (angle + 8.742278000372482e-8); }
  return withSign(angle, y);
}

fn logAddExpOf(p: f32, q: f32) -> f32 {
  if (isNan(p) || isNan(q)) { return notANumber(); }
  let most = max(p, q);
  if (isInf(most)) { return most; }
  let least = min(p, q);
  if (isInf(least)) { return most; }
  // log(1 + e^-d), whose digits count where it meets a maximum of the other sign
  let e = expWide(twoSum(least, -most));
  let y = addFloat(logWide(addFloat(e, 1.0)), most);
  return y.x + y.y;
}

fn floats(x: u32, y: u32) -> u32 {
  switch (FUNCTION) {
    case 0u: { return remainderOf(x, y); }
    case 1u: { return fmodOf(x, y); }
    case 2u: { return bitcast<u32>(floorDivideOf(x, y)); }
    case 3u: { return bitcast<u32>(maxNan(bitcast<f32>(x), bitcast<f32>(y))); }
    case 4u: { return bitcast<u32>(minNan(bitcast<f32>(x), bitcast<f32>(y))); }
    case 5u: { return bitcast<u32>(atan2Of(bitcast<f32>(x), bitcast<f32>(y))); }
    default: { return bitcast<u32>(logAddExpOf(bitcast<f32>(x), bitcast<f32>(y))); }
  }
}

// Divisors are not 0.
fn integers(x: i32, y: i32) -> i32 {
  let rest = x % y;
  let turned = rest != 0 && (rest < 0) != (y < 0);
  switch (FUNCTION) {
    case 0u: { return rest + select(0, y, turned); }
    case 1u: { return rest; }
    case 2u: { return x / y - select(0, 1, turned); }
    case 3u: { return max(x, y); }
    default: { return min(x, y); }
  }
}

fn unsignedOf(x: u32, y: u32) -> u32 {
  switch (FUNCTION) {
    case 0u, 1u: { return x % y; }
    case 2u: { return x / y; }
    case 3u: { return max(x, y); }
    default: { return min(x, y); }
  }
}

@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) id: vec3<u32>,
  @builtin(num_workgroups) count: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let start = workgroupNumber(id, count) * 1024u;
  for (var k = 0u; k < 4u; k++) {
    let i = start + k * 256u + lane;
    if (i < u.n) {
      let x = a[walkOffset(u.shape, u.aStrides, i)];
      let y = b[walkOffset(u.shape, u.bStrides, i)];
      switch (TYPE) {
        case 0u: { out[i] = floats(x, y); }
        case 1u: { out[i] = bitcast<u32>(integers(bitcast<i32>(x), bitcast<i32>(y))); }
        default: { out[i] = unsignedOf(x, y); }
      }
    }
  }
}
`,
  'elementwise/host-unary': `// out[i] = f(x[i]) of functions that have no CPU kernel, FUNCTION chooses: 0 erfc and 1 cbrt of f32, 2 |x|, 3 -x and 4 the sign
// of i32. Contiguous; one workgroup takes 1024 elements. Bytes: 8 an element; FLOPs: at most 60.

//!include lib/grid.wgsl
//!include lib/math.wgsl

override FUNCTION: u32 = 0;

struct Uniforms {
  n: u32,
}

@group(0) @binding(0) var<uniform> u: Uniforms;
@group(0) @binding(1) var<storage, read> x: array<u32>;
@group(0) @binding(2) var<storage, read_write> out: array<u32>;

// A guess by a third of the exponent, then Newton; the last step with what rounding loses of y³.
fn cbrtOf(x: f32) -> f32 {
  let bits = bitcast<u32>(x) & 0x7fffffffu;
  if (bits == 0u || bits >= 0x7f800000u) { return x; }
  // a number under 2^-126 as one of 2^-150
  let tiny = bits < 0x00800000u;
  let a = select(bitcast<f32>(bits), f32(2u * bits), tiny);
  var y = bitcast<f32>(bitcast<u32>(a) / 3u + 709921077u);
  for (var k = 0u; k < 3u; k++) {
    y -= (y - a / (y * y)) * 0.3333333333333333;
  }
  let square = y * y;
  let rest = productRest(a, square, y) + productRest(square, y, y) * y;
  y += rest / (3.0 * square);
  return withSign(select(y, y * 8.881784197001252e-16, tiny), x);
}

fn apply(word: u32) -> u32 {
  let whole = bitcast<i32>(word);
  switch (FUNCTION) {
    case 0u: { return bitcast<u32>(erfcOf(bitcast<f32>(word))); }
    case 1u: { return bitcast<u32>(cbrtOf(bitcast<f32>(word))); }
    case 2u: { return bitcast<u32>(abs(whole)); }
    case 3u: { return bitcast<u32>(-whole); }
    default: { return bitcast<u32>(sign(whole)); }
  }
}

@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) id: vec3<u32>,
  @builtin(num_workgroups) count: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let start = workgroupNumber(id, count) * 1024u;
  for (var k = 0u; k < 4u; k++) {
    let i = start + k * 256u + lane;
    if (i < u.n) {
      out[i] = apply(x[i]);
    }
  }
}
`,
  'elementwise/host-wide': `// Functions of numbers that are two floats each (lib/compensated.wgsl), good to about 40 bits: what a loop on the host has in
// float64. Arguments are finite but for products; logarithms are of positive numbers.

//!include lib/math.wgsl
//!include lib/compensated.wgsl

fn wide(x: f32) -> vec2<f32> {
  return vec2(x, 0.0);
}

fn mulWide(a: vec2<f32>, b: vec2<f32>) -> vec2<f32> {
  let p = twoProduct(a.x, b.x);
  if (isInf(p.x)) { return p; }
  return fastTwoSum(p.x, p.y + (a.x * b.y + a.y * b.x));
}

fn mulFloat(a: vec2<f32>, b: f32) -> vec2<f32> {
  let p = twoProduct(a.x, b);
  if (isInf(p.x)) { return p; }
  return fastTwoSum(p.x, p.y + a.y * b);
}

fn divWide(a: vec2<f32>, b: vec2<f32>) -> vec2<f32> {
  let q = a.x / b.x;
  let rest = addCompensated(a, -mulFloat(b, q));
  let second = rest.x / b.x;
  let third = addCompensated(rest, -mulFloat(b, second)).x / b.x;
  return addFloat(fastTwoSum(q, second), third);
}

fn sqrtWide(a: vec2<f32>) -> vec2<f32> {
  if (a.x <= 0.0) { return vec2(0.0); }
  let s = sqrtOf(a.x);
  return fastTwoSum(s, (productRest(a.x, s, s) + a.y) / (2.0 * s));
}

struct WideExp {
  // e^x = m · 2^n
  m: vec2<f32>,
  n: i32,
}

fn expPartsWide(x: vec2<f32>) -> WideExp {
  let n = round(x.x * log2E);
  // ln 2 in three parts; the first has 9 bits, so that n · ln2High is exact
  var r = addFloat(x, -n * ln2High);
  r = addCompensated(r, -twoProduct(n, -0.00021219444170128554));
  r = addFloat(r, -n * 1.646594969748061e-12);
  // terms from r^5 / 5! on in f32
  let f = r.x;
  var q = fma(2.7557319223985893e-6, f, 2.48015873015873e-5);
  q = fma(q, f, 0.0001984126984126984);
  q = fma(q, f, 0.001388888888888889);
  q = fma(q, f, 0.008333333333333333) * f;
  var p = addFloat(vec2(0.0416666679084301, -1.2417634351336027e-9), q);
  p = addCompensated(mulWide(p, r), vec2(0.1666666716337204, -4.967053740534411e-9));
  p = addFloat(mulWide(p, r), 0.5);
  p = addFloat(mulWide(p, r), 1.0);
  p = addFloat(mulWide(p, r), 1.0);
  return WideExp(p, i32(n));
}

fn expWide(x: vec2<f32>) -> vec2<f32> {
  if (x.x < -104.0) { return vec2(0.0); }
  if (x.x > 89.0) { return vec2(infinity(), 0.0); }
  let parts = expPartsWide(x);
  let half = parts.n / 2;
  let a = bitcast<f32>(u32(half + 127) << 23u);
  let b = bitcast<f32>(u32(parts.n - half + 127) << 23u);
  let y = vec2(settled(parts.m.x * a), settled(parts.m.y * a)) * b;
  return vec2(y.x, select(y.y, 0.0, isInf(y.x)));
}

// n · ln 2
fn timesLn2(n: f32) -> vec2<f32> {
  let high = addCompensated(vec2(n * ln2High, 0.0), twoProduct(n, -0.00021219444170128554));
  return addFloat(high, n * 1.646594969748061e-12);
}

// x = m · 2^n; one step of Newton from the f32 logarithm of m: y + (m · e^-y - 1) - (...)² / 2
fn logWide(x: vec2<f32>) -> vec2<f32> {
  let parts = logParts(x.x);
  let scale = bitcast<f32>(u32(clamp(127 - i32(parts.e), 1, 254)) << 23u);
  // under 2^-126 the float alone counts
  let m = select(vec2(parts.t + 1.0, 0.0), vec2(x.x * scale, x.y * scale), abs(parts.e) < 126.0);
  let y = parts.t + parts.rest;
  let e = expPartsWide(vec2(-y, 0.0));
  let power = bitcast<f32>(u32(e.n + 127) << 23u);
  let t = addFloat(mulWide(m, e.m * power), -1.0);
  let better = addFloat(addFloat(t, y), -0.5 * t.x * t.x);
  return addCompensated(timesLn2(parts.e), better);
}
`,
  'elementwise/integer': `// out[i] = a[i] + b[i], a[i] - b[i] or a[i] · b[i] on 32-bit integers, signed or not; a and b are walked by strides.
// Layout and workgroups: elementwise/walk.wgsl. What shares the last vec4 with element n - 1 stays as it is.
// Bytes: 12 an element, less where an operand repeats. One operation an element.

//!include elementwise/walk.wgsl

// 0 add, 1 subtract, 2 multiply
override FUNCTION: u32 = 0;

@group(0) @binding(1) var<storage, read> a: array<vec4<u32>>;
@group(0) @binding(2) var<storage, read> b: array<vec4<u32>>;
@group(0) @binding(3) var<storage, read_write> out: array<vec4<u32>>;

fn aAt(i: u32) -> u32 {
  return a[i >> 2u][i & 3u];
}

fn bAt(i: u32) -> u32 {
  return b[i >> 2u][i & 3u];
}

fn aOf(at: vec4<u32>) -> vec4<u32> {
  switch (kindOf(0u)) {
    case dense: { return a[at.x >> 2u]; }
    case repeated: { return vec4(aAt(at.x)); }
    default: { return vec4(aAt(at.x), aAt(at.y), aAt(at.z), aAt(at.w)); }
  }
}

fn bOf(at: vec4<u32>) -> vec4<u32> {
  switch (kindOf(1u)) {
    case dense: { return b[at.x >> 2u]; }
    case repeated: { return vec4(bAt(at.x)); }
    default: { return vec4(bAt(at.x), bAt(at.y), bAt(at.z), bAt(at.w)); }
  }
}

fn valuesOf(x: vec4<u32>, y: vec4<u32>) -> vec4<u32> {
  switch (FUNCTION) {
    case 0u: { return x + y; }
    case 1u: { return x - y; }
    default: { return x * y; }
  }
}

@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) id: vec3<u32>,
  @builtin(num_workgroups) count: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let first = firstVector(id, count, local);
  for (var k = 0u; k < 2u; k++) {
    let i = first + k * 256u;
    if (i * 4u < u.n) {
      let places = placesOf(i * 4u);
      let z = valuesOf(aOf(places.a), bOf(places.b));
      if (u.n - i * 4u >= 4u) { out[i] = z; }
      else { out[i] = select(out[i], z, within(i)); }
    }
  }
}
`,
  'elementwise/select': `// out[i] = condition[i] != 0 ? a[i] : b[i] on 32 bits of any type; all three are walked by strides.
// Layout and workgroups: elementwise/walk.wgsl. What shares the last vec4 with element n - 1 stays as it is.
// Bytes: 16 an element, less where an operand repeats. One operation an element.

//!include elementwise/walk.wgsl

@group(0) @binding(1) var<storage, read> condition: array<vec4<u32>>;
@group(0) @binding(2) var<storage, read> a: array<vec4<u32>>;
@group(0) @binding(3) var<storage, read> b: array<vec4<u32>>;
@group(0) @binding(4) var<storage, read_write> out: array<vec4<u32>>;

fn conditionAt(i: u32) -> u32 {
  return condition[i >> 2u][i & 3u];
}

fn aAt(i: u32) -> u32 {
  return a[i >> 2u][i & 3u];
}

fn bAt(i: u32) -> u32 {
  return b[i >> 2u][i & 3u];
}

fn conditionOf(at: vec4<u32>) -> vec4<u32> {
  switch (kindOf(0u)) {
    case dense: { return condition[at.x >> 2u]; }
    case repeated: { return vec4(conditionAt(at.x)); }
    default: { return vec4(conditionAt(at.x), conditionAt(at.y), conditionAt(at.z), conditionAt(at.w)); }
  }
}

fn aOf(at: vec4<u32>) -> vec4<u32> {
  switch (kindOf(1u)) {
    case dense: { return a[at.x >> 2u]; }
    case repeated: { return vec4(aAt(at.x)); }
    default: { return vec4(aAt(at.x), aAt(at.y), aAt(at.z), aAt(at.w)); }
  }
}

fn bOf(at: vec4<u32>) -> vec4<u32> {
  switch (kindOf(2u)) {
    case dense: { return b[at.x >> 2u]; }
    case repeated: { return vec4(bAt(at.x)); }
    default: { return vec4(bAt(at.x), bAt(at.y), bAt(at.z), bAt(at.w)); }
  }
}

@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) id: vec3<u32>,
  @builtin(num_workgroups) count: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let first = firstVector(id, count, local);
  for (var k = 0u; k < 2u; k++) {
    let i = first + k * 256u;
    if (i * 4u < u.n) {
      let places = placesOf(i * 4u);
      let z = select(bOf(places.c), aOf(places.b), conditionOf(places.a) != vec4(0u));
      if (u.n - i * 4u >= 4u) { out[i] = z; }
      else { out[i] = select(out[i], z, within(i)); }
    }
  }
}
`,
  'elementwise/sum': `// Sums of strided elements: out[k] += Σ x[k, s] over a part of s (LAST), or the sums of parts of \`length\` each go to parts[part, k].
// Layout: index k walks the kept axes and s the summed ones, both of up to eight axes, the fastest first; parts are dense.
// One workgroup: 256 sums, neighbours along k. Sums of 16 elements in order, and then those in order. Bytes: 4 an element and more.

//!include lib/grid.wgsl

override LAST: bool = false;

struct Uniforms {
  kept: u32,
  summed: u32,
  // elements of a part, and parts
  length: u32,
  parts: u32,
  keptRank: u32,
  summedRank: u32,
  inOffset: u32,
  outOffset: u32,
  keptSizes: array<vec4<u32>, 2>,
  keptIn: array<vec4<u32>, 2>,
  keptOut: array<vec4<u32>, 2>,
  summedSizes: array<vec4<u32>, 2>,
  summedIn: array<vec4<u32>, 2>,
}

@group(0) @binding(0) var<uniform> u: Uniforms;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read_write> out: array<f32>;

fn summedAt(s: u32) -> u32 {
  var rest = s;
  var at = 0u;
  for (var axis = 0u; axis < u.summedRank; axis++) {
    let size = u.summedSizes[axis >> 2u][axis & 3u];
    let next = rest / size;
    at += (rest - next * size) * u.summedIn[axis >> 2u][axis & 3u];
    rest = next;
  }
  return at;
}

@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) id: vec3<u32>,
  @builtin(num_workgroups) count: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let number = workgroupNumber(id, count) * 256u + local;
  if (number >= u.kept * u.parts) { return; }
  let part = number / u.kept;
  var rest = number - part * u.kept;
  var inAt = u.inOffset;
  var outAt = u.outOffset;
  for (var axis = 0u; axis < u.keptRank; axis++) {
    let size = u.keptSizes[axis >> 2u][axis & 3u];
    let next = rest / size;
    inAt += (rest - next * size) * u.keptIn[axis >> 2u][axis & 3u];
    outAt += (rest - next * size) * u.keptOut[axis >> 2u][axis & 3u];
    rest = next;
  }
  let end = min(u.summed, (part + 1u) * u.length);
  var total = 0.0;
  for (var s = part * u.length; s < end; s += 16u) {
    let stop = min(end, s + 16u);
    var sum = 0.0;
    for (var i = s; i < stop; i++) { sum += x[inAt + summedAt(i)]; }
    total += sum;
  }
  if (LAST) { out[outAt] += total; }
  else { out[number] = total; }
}
`,
  'elementwise/transpose': `// The copy (or with ADD the sum on f32) of elementwise/copy.wgsl where x and out have different fastest axes, p and q.
// Layout: walks by strides; up to eight other axes, the fastest of out first.
// One workgroup: a tile of 32 x 32 elements of p and q, read along p and written along q through workgroup memory, whose rows are one
// longer so that columns lie in different banks. Bytes: 8 an element, with ADD 12; 4.2 KB of workgroup memory.

//!include lib/grid.wgsl

override ADD: bool = false;

struct Uniforms {
  inOffset: u32,
  outOffset: u32,
  workgroups: u32,
  rank: u32,
  pSize: u32,
  pIn: u32,
  pOut: u32,
  pTiles: u32,
  qSize: u32,
  qIn: u32,
  qOut: u32,
  qTiles: u32,
  sizes: array<vec4<u32>, 2>,
  inSteps: array<vec4<u32>, 2>,
  outSteps: array<vec4<u32>, 2>,
}

@group(0) @binding(0) var<uniform> u: Uniforms;
@group(0) @binding(1) var<storage, read> x: array<u32>;
@group(0) @binding(2) var<storage, read_write> out: array<u32>;

var<workgroup> tile: array<u32, 1056>;

@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) id: vec3<u32>,
  @builtin(num_workgroups) count: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let number = workgroupNumber(id, count);
  if (number >= u.workgroups) { return; }
  let pTile = number / u.qTiles;
  let q0 = (number - pTile * u.qTiles) * 32u;
  var rest = pTile / u.pTiles;
  let p0 = (pTile - rest * u.pTiles) * 32u;
  var inAt = u.inOffset + p0 * u.pIn + q0 * u.qIn;
  var outAt = u.outOffset + p0 * u.pOut + q0 * u.qOut;
  for (var axis = 0u; axis < u.rank; axis++) {
    let size = u.sizes[axis >> 2u][axis & 3u];
    let next = rest / size;
    inAt += (rest - next * size) * u.inSteps[axis >> 2u][axis & 3u];
    outAt += (rest - next * size) * u.outSteps[axis >> 2u][axis & 3u];
    rest = next;
  }
  let lane = local & 31u;
  let row = local >> 5u;
  for (var k = row; k < 32u; k += 8u) {
    if (p0 + lane < u.pSize && q0 + k < u.qSize) { tile[k * 33u + lane] = x[inAt + lane * u.pIn + k * u.qIn]; }
  }
  workgroupBarrier();
  for (var k = row; k < 32u; k += 8u) {
    if (q0 + lane < u.qSize && p0 + k < u.pSize) {
      let value = tile[lane * 33u + k];
      let at = outAt + lane * u.qOut + k * u.pOut;
      if (ADD) { out[at] = bitcast<u32>(bitcast<f32>(out[at]) + bitcast<f32>(value)); }
      else { out[at] = value; }
    }
  }
}
`,
  'elementwise/unary': `// out[i] = f(x[i]) on f32, f chosen by FUNCTION (the table in kernels/elementwise.ts).
// Layout: x and out contiguous, read and written by vec4; what shares the last vec4 with element n - 1 stays as it is.
// One workgroup: 2048 elements, two vec4s an invocation, 256 vec4s apart. Bytes: 8 an element. FLOPs: 1 to 60 an element.

//!include lib/trigonometry.wgsl
//!include lib/grid.wgsl

override FUNCTION: u32 = 0;

struct Uniforms {
  n: u32,
}

@group(0) @binding(0) var<uniform> u: Uniforms;
@group(0) @binding(1) var<storage, read> x: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read_write> out: array<vec4<f32>>;

// The root of 0 keeps its sign, and so does 1 / ±0.
fn reciprocalOf(x: f32) -> f32 {
  if (x == 0.0) { return withSign(infinity(), x); }
  return quotient(1.0, x);
}

fn rsqrtOf(x: f32) -> f32 {
  if (x == 0.0) { return withSign(infinity(), x); }
  return quotient(1.0, sqrtOf(x));
}

fn valueOf(x: f32) -> f32 {
  switch (FUNCTION) {
    case 0u: { return bitcast<f32>(bitcast<u32>(x) ^ 0x80000000u); }
    case 1u: { return bitcast<f32>(bitcast<u32>(x) & 0x7fffffffu); }
    case 2u: { return select(withSign(1.0, x), x, x == 0.0); }
    case 3u: { return floor(x); }
    case 4u: { return ceil(x); }
    case 5u: { return round(x); }
    case 6u: { return trunc(x); }
    case 7u: { return expOf(x); }
    case 8u: { return exp2Of(x); }
    case 9u: { return expm1Of(x); }
    case 10u: { return logOf(x); }
    case 11u: { return log2Of(x); }
    case 12u: { return log10Of(x); }
    case 13u: { return log1pOf(x); }
    case 14u: { return sqrtOf(x); }
    case 15u: { return rsqrtOf(x); }
    case 16u: { return reciprocalOf(x); }
    case 17u: { return x * x; }
    case 18u: { return tanhOf(x); }
    case 19u: { return sigmoidOf(x); }
    case 20u: { return select(0.0, x, x > 0.0); }
    case 21u: { return geluOf(x); }
    case 22u: { return geluTanhOf(x); }
    case 23u: { return erfOf(x); }
    case 24u: { return siluOf(x); }
    case 25u: { return softplusOf(x); }
    case 26u: { return sinOf(x); }
    case 27u: { return cosOf(x); }
    case 28u: { return tanOf(x); }
    case 29u: { return asinOf(x); }
    case 30u: { return acosOf(x); }
    case 31u: { return atanOf(x); }
    case 32u: { return sinhOf(x); }
    case 33u: { return coshOf(x); }
    case 34u: { return asinhOf(x); }
    case 35u: { return acoshOf(x); }
    case 36u: { return atanhOf(x); }
    default: { return quotient(x, 1.0 + abs(x)); }
  }
}

fn valuesOf(x: vec4<f32>) -> vec4<f32> {
  let y = vec4(valueOf(x.x), valueOf(x.y), valueOf(x.z), valueOf(x.w));
  // no function makes a number of NaN
  let bits = bitcast<vec4<u32>>(x) & vec4(0x7fffffffu);
  return select(y, x, bits > vec4(0x7f800000u));
}

@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) id: vec3<u32>,
  @builtin(num_workgroups) count: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let first = workgroupNumber(id, count) * 512u + local;
  for (var k = 0u; k < 2u; k++) {
    let i = first + k * 256u;
    if (i * 4u < u.n) {
      let y = valuesOf(x[i]);
      if (u.n - i * 4u >= 4u) { out[i] = y; }
      else { out[i] = select(out[i], y, vec4(0u, 1u, 2u, 3u) < vec4(u.n - i * 4u)); }
    }
  }
}
`,
  'elementwise/walk': `// Walks over a contiguous output and up to three operands that are broadcast to it, four elements a time: uniforms, and the places of
// the operands' elements. The including file binds the operands and reads them by kind of their fastest axis.
// One workgroup: 2048 elements, two vec4s an invocation, 256 vec4s apart, so that neighbours write neighbours.

//!include lib/grid.wgsl

struct Uniforms {
  n: u32,
  rank: u32,
  // 1: four elements from a multiple of four on lie on one stretch of the fastest axis
  whole: u32,
  unused: u32,
  // sizes of the axes, the fastest first
  sizes: array<vec4<u32>, 2>,
  // of each operand: the steps along the axes (modulo 2^32, where they are negative), and as seventh number its kind
  steps: array<vec4<u32>, 6>,
}

@group(0) @binding(0) var<uniform> u: Uniforms;

// Four elements are one vec4, one element four times, or apart from each other.
const dense = 0u;
const repeated = 1u;

fn kindOf(operand: u32) -> u32 {
  return u.steps[operand * 2u + 1u].z;
}

fn stepOf(operand: u32, axis: u32) -> u32 {
  return u.steps[operand * 2u + (axis >> 2u)][axis & 3u];
}

// Offsets of element i of the output in the operands.
fn placeOf(i: u32) -> vec3<u32> {
  var rest = i;
  var place = vec3(0u);
  let last = u.rank - 1u;
  for (var axis = 0u; axis < last; axis++) {
    let size = u.sizes[axis >> 2u][axis & 3u];
    let next = rest / size;
    place += (rest - next * size) * vec3(stepOf(0u, axis), stepOf(1u, axis), stepOf(2u, axis));
    rest = next;
  }
  return place + rest * vec3(stepOf(0u, last), stepOf(1u, last), stepOf(2u, last));
}

// Offsets of elements i to i + 3: of each operand four.
struct Places {
  a: vec4<u32>,
  b: vec4<u32>,
  c: vec4<u32>,
}

fn placesOf(i: u32) -> Places {
  let p = placeOf(i);
  if (u.whole == 1u) {
    let lanes = vec4(0u, 1u, 2u, 3u);
    return Places(p.x + lanes * stepOf(0u, 0u), p.y + lanes * stepOf(1u, 0u), p.z + lanes * stepOf(2u, 0u));
  }
  let q = placeOf(i + 1u);
  let r = placeOf(i + 2u);
  let s = placeOf(i + 3u);
  return Places(vec4(p.x, q.x, r.x, s.x), vec4(p.y, q.y, r.y, s.y), vec4(p.z, q.z, r.z, s.z));
}

// The first vec4 of an invocation; the second is 256 further.
fn firstVector(id: vec3<u32>, count: vec3<u32>, local: u32) -> u32 {
  return workgroupNumber(id, count) * 512u + local;
}

// Which elements of vec4 i the output has.
fn within(i: u32) -> vec4<bool> {
  return vec4(0u, 1u, 2u, 3u) < vec4(u.n - i * 4u);
}
`,
  'index/gather-rows': `// out[g, i, :] = table[g, ids[g, i], :], rows of any 32-bit type. Ids were checked by the host.
// Layout: dense; \`scalars\` moves elements, \`vectors\` vec4s, which \`width\` counts then.
// One workgroup: 1024 units, four an invocation, 256 apart, so that neighbours move neighbours. Bytes: 8 an element, and the ids.

//!include lib/grid.wgsl

struct Uniforms {
  n: u32,
  rows: u32,
  tableRows: u32,
  width: u32,
}

@group(0) @binding(0) var<uniform> u: Uniforms;
@group(0) @binding(1) var<storage, read> table: array<u32>;
@group(0) @binding(1) var<storage, read> tableVectors: array<vec4<u32>>;
@group(0) @binding(2) var<storage, read> ids: array<u32>;
@group(0) @binding(3) var<storage, read_write> out: array<u32>;
@group(0) @binding(3) var<storage, read_write> outVectors: array<vec4<u32>>;

// Where unit i of out lies in the table.
fn placeOf(i: u32) -> u32 {
  let row = i / u.width;
  return ((row / u.rows) * u.tableRows + ids[row]) * u.width + (i - row * u.width);
}

@compute @workgroup_size(256)
fn scalars(
  @builtin(workgroup_id) id: vec3<u32>,
  @builtin(num_workgroups) count: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let first = workgroupNumber(id, count) * 1024u + local;
  for (var k = 0u; k < 4u; k++) {
    let i = first + k * 256u;
    if (i < u.n) { out[i] = table[placeOf(i)]; }
  }
}

@compute @workgroup_size(256)
fn vectors(
  @builtin(workgroup_id) id: vec3<u32>,
  @builtin(num_workgroups) count: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let first = workgroupNumber(id, count) * 1024u + local;
  for (var k = 0u; k < 4u; k++) {
    let i = first + k * 256u;
    if (i < u.n) { outVectors[i] = tableVectors[placeOf(i)]; }
  }
}
`,
  'index/host-keys': `// 32-bit words as unsigned keys in the order of their numbers: 0 and -0 are equal, all NaN are, and NaN is largest.
// \`kind\`: 0 f32, 1 i32, 2 u32.

fn keyOf(word: u32, kind: u32) -> u32 {
  if (kind == 2u) { return word; }
  if (kind == 1u) { return word ^ 0x80000000u; }
  let magnitude = word & 0x7fffffffu;
  if (magnitude > 0x7f800000u) { return 0xffffffffu; }
  if (magnitude == 0u) { return 0x80000000u; }
  return select(word + 0x80000000u, ~word, word >= 0x80000000u);
}
`,
  'index/host-max-pool': `// out[p, d, h, w] = the largest of a window of plane p, and its flat position in x: the first of equals in row-major order, NaN being
// largest; -infinity and -1 for a window without elements. One invocation a window, 256 in a workgroup.
// Bytes: 4 an element of a window, mostly from cache, and 8 a window.

//!include lib/grid.wgsl
//!include index/host-keys.wgsl
//!include index/host-windows.wgsl

struct Uniforms {
  outputs: u32,
  unused1: u32,
  unused2: u32,
  unused3: u32,
  depth: WindowAxis,
  height: WindowAxis,
  width: WindowAxis,
}

@group(0) @binding(0) var<uniform> u: Uniforms;
@group(0) @binding(1) var<storage, read> x: array<u32>;
@group(0) @binding(2) var<storage, read_write> out: array<u32>;
@group(0) @binding(3) var<storage, read_write> positions: array<i32>;

@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) id: vec3<u32>,
  @builtin(num_workgroups) count: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let o = workgroupNumber(id, count) * 256u + lane;
  if (o >= u.outputs) { return; }
  let w = windowOf(u.width, o % u.width.windows);
  let above = o / u.width.windows;
  let h = windowOf(u.height, above % u.height.windows);
  let slab = above / u.height.windows;
  let d = windowOf(u.depth, slab % u.depth.windows);
  let plane = slab / u.depth.windows;
  var best = 0u;
  var place = -1;
  for (var i = 0u; i < d.count; i++) {
    let deep = (plane * u.depth.size + d.start + i * u.depth.step) * u.height.size + h.start;
    for (var j = 0u; j < h.count; j++) {
      let row = (deep + j * u.height.step) * u.width.size + w.start;
      for (var k = 0u; k < w.count; k++) {
        let at = row + k * u.width.step;
        let key = keyOf(x[at], 0u);
        if (place < 0 || key > best) {
          best = key;
          place = i32(at);
        }
      }
    }
  }
  positions[o] = place;
  if (place < 0) {
    out[o] = 0xff800000u;
  } else {
    out[o] = x[place];
  }
}
`,
  'index/host-nearest': `// out[g, i] = the first j with the least Σ (a[g, i] - b[g, j])², or the first where that is NaN; rows of b with mask 0 are left out, and
// 0 stands for none. Distances are two floats (lib/compensated.wgsl). 32 invocations share a row of a, a workgroup holds 8 of them.
// Bytes: rows of b come from cache; FLOPs: about 45 a pair and column.

//!include lib/grid.wgsl
//!include lib/compensated.wgsl

struct Uniforms {
  rows: u32,
  // rows of a in a group, rows of b in a group
  n: u32,
  m: u32,
  width: u32,
}

@group(0) @binding(0) var<uniform> u: Uniforms;
@group(0) @binding(1) var<storage, read> a: array<f32>;
@group(0) @binding(2) var<storage, read> b: array<f32>;
@group(0) @binding(3) var<storage, read_write> out: array<u32>;
@group(0) @binding(4) var<storage, read> mask: array<u32>;

struct Nearest {
  distance: vec2<f32>,
  // 0xffffffff for none
  j: u32,
}

var<workgroup> lanes: array<Nearest, 256>;

// NaN comes first, then the smaller distance, then the smaller j.
fn nearer(p: Nearest, q: Nearest) -> bool {
  if (q.j == 0xffffffffu) { return true; }
  if (p.j == 0xffffffffu) { return false; }
  let pNan = isNan(p.distance.x);
  let qNan = isNan(q.distance.x);
  if (pNan != qNan) { return pNan; }
  if (!pNan) {
    if (p.distance.x != q.distance.x) { return p.distance.x < q.distance.x; }
    if (p.distance.y != q.distance.y) { return p.distance.y < q.distance.y; }
  }
  return p.j < q.j;
}

fn distanceOf(rowA: u32, rowB: u32) -> vec2<f32> {
  var sum = vec2(0.0);
  for (var k = 0u; k < u.width; k++) {
    let d = twoSum(a[rowA + k], -b[rowB + k]);
    let square = twoProduct(d.x, d.x);
    let rest = select(2.0 * d.x * d.y, 0.0, isInf(square.x));
    sum = addCompensated(sum, vec2(square.x, square.y + rest));
  }
  return sum;
}

fn search(place: u32, row: u32) {
  let lane = place % 32u;
  var best = Nearest(vec2(0.0), 0xffffffffu);
  if (row < u.rows) {
    let start = row / u.n * u.m;
    for (var j = lane; j < u.m; j += 32u) {
      let next = Nearest(distanceOf(row * u.width, (start + j) * u.width), j);
      if (nearer(next, best)) { best = next; }
    }
  }
  lanes[place] = best;
}

fn searchMasked(place: u32, row: u32) {
  let lane = place % 32u;
  var best = Nearest(vec2(0.0), 0xffffffffu);
  if (row < u.rows) {
    let start = row / u.n * u.m;
    for (var j = lane; j < u.m; j += 32u) {
      if (mask[start + j] != 0u) {
        let next = Nearest(distanceOf(row * u.width, (start + j) * u.width), j);
        if (nearer(next, best)) { best = next; }
      }
    }
  }
  lanes[place] = best;
}

fn join(place: u32, row: u32) {
  let lane = place % 32u;
  workgroupBarrier();
  for (var half = 16u; half > 0u; half /= 2u) {
    if (lane < half && nearer(lanes[place + half], lanes[place])) {
      lanes[place] = lanes[place + half];
    }
    workgroupBarrier();
  }
  if (lane == 0u && row < u.rows) {
    let j = lanes[place].j;
    out[row] = select(j, 0u, j == 0xffffffffu);
  }
}

@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) id: vec3<u32>,
  @builtin(num_workgroups) count: vec3<u32>,
  @builtin(local_invocation_index) place: u32,
) {
  let row = workgroupNumber(id, count) * 8u + place / 32u;
  search(place, row);
  join(place, row);
}

@compute @workgroup_size(256)
fn masked(
  @builtin(workgroup_id) id: vec3<u32>,
  @builtin(num_workgroups) count: vec3<u32>,
  @builtin(local_invocation_index) place: u32,
) {
  let row = workgroupNumber(id, count) * 8u + place / 32u;
  searchMasked(place, row);
  join(place, row);
}
`,
  'index/host-one-hot': `// out[i, c] = ids[i] == c ? 1 : 0 for c < classes. One workgroup takes 1024 elements. Bytes: 4 an element.

//!include lib/grid.wgsl

struct Uniforms {
  size: u32,
  classes: u32,
}

@group(0) @binding(0) var<uniform> u: Uniforms;
@group(0) @binding(1) var<storage, read> ids: array<u32>;
@group(0) @binding(2) var<storage, read_write> out: array<f32>;

@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) id: vec3<u32>,
  @builtin(num_workgroups) count: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let start = workgroupNumber(id, count) * 1024u;
  for (var k = 0u; k < 4u; k++) {
    let i = start + k * 256u + lane;
    if (i < u.size) {
      out[i] = select(0.0, 1.0, ids[i / u.classes] == i % u.classes);
    }
  }
}
`,
  'index/host-random': `// Random numbers as functions of a key and their position, from the words of Philox (lib/philox.wgsl); see DeviceDistribution for the
// formulas. KIND: 0 uniform, 1 bernoulli, 2 words (for a permutation), 3 normal, 4 truncated normal, 5 integers. What float64 does on
// the host, two floats do here, so the numbers are those of the host but for a rare last place; uniform, bernoulli, words and
// integers are the same bits. One invocation draws a block: four numbers, or two of kinds 4 and 5; 256 in a workgroup.
// Bytes: 4 a number; FLOPs: 100 integer operations a block, and 500 to 1000 for the normal ones.

//!include lib/grid.wgsl
//!include lib/philox.wgsl
//!include elementwise/host-wide.wgsl

override KIND: u32 = 0;

struct Uniforms {
  n: u32,
  // of bernoulli: p · 2^24; of integers: high - low, 0 for 2^32
  bound: u32,
  // of integers
  low: i32,
  mirrored: u32,
  // of truncated normal, in two floats each
  mean: vec2<f32>,
  deviation: vec2<f32>,
  start: vec2<f32>,
  share: vec2<f32>,
  least: f32,
  most: f32,
}

@group(0) @binding(0) var<uniform> u: Uniforms;
@group(0) @binding(1) var<storage, read> key: array<u32>;
@group(0) @binding(2) var<storage, read_write> out: array<u32>;

// Coefficients of Wichura's rational approximations (AS 241, Applied Statistics 37, 1988), the constant ones first.
const centreTop = array<vec2<f32>, 8>(
  vec2(3.3871328830718994, -1.0275533313119922e-8),
  vec2(133.14166259765625, 0.000005294128186505986),
  vec2(1971.5909423828125, 0.000007923738849058282),
  vec2(13731.693359375, 0.00040613446617498994),
  vec2(45921.953125, 0.000806549855042249),
  vec2(67265.7734375, -0.002510491292923689),
  vec2(33430.57421875, 0.0013648380991071463),
  vec2(2509.080810546875, 0.00011818324855994433),
);
const centreBottom = array<vec2<f32>, 8>(
  vec2(1.0, 0.0),
  vec2(42.313331604003906, -9.024029736792727e-7),
  vec2(687.18701171875, -0.000004226691999065224),
  vec2(5394.19580078125, 0.00022064350196160376),
  vec2(21213.794921875, -0.0006202884251251817),
  vec2(39307.89453125, 0.0012688427232205868),
  vec2(28729.0859375, -0.0002017780498135835),
  vec2(5226.4951171875, 0.00016166536079254001),
);
const tailTop = array<vec2<f32>, 8>(
  vec2(1.4234371185302734, -7.780590394190767e-9),
  vec2(4.630337715148926, 1.3100762430440227e-7),
  vec2(5.769497394561768, -1.7310107125467766e-7),
  vec2(3.64784836769104, -4.292783728487848e-8),
  vec2(1.2704582214355469, 3.101682111150694e-8),
  vec2(0.24178072810173035, -2.9242797072726034e-9),
  vec2(0.022723844274878502, 7.143906577411485e-10),
  vec2(0.000774545012973249, 1.3050924273574904e-12),
);
const tailBottom = array<vec2<f32>, 8>(
  vec2(1.0, 0.0),
  vec2(2.053191661834717, -3.519695823683833e-8),
  vec2(1.6763848066329956, 2.3550807526362405e-8),
  vec2(0.6897673606872559, -2.5702155070916888e-8),
  vec2(0.1481039822101593, -5.78267922435316e-9),
  vec2(0.015198666602373123, -3.875666454433713e-11),
  vec2(0.0005475938087329268, -2.333922985431336e-13),
  vec2(1.0507500425305238e-9, 2.911389220822469e-17),
);
const farTailTop = array<vec2<f32>, 8>(
  vec2(6.657904624938965, 1.8562138492939084e-8),
  vec2(5.463784694671631, 2.1649248083122075e-7),
  vec2(1.7848265171051025, 2.2812189470755584e-8),
  vec2(0.2965605854988098, -1.3670304888080409e-8),
  vec2(0.026532189920544624, -3.939684967146917e-10),
  vec2(0.0012426609173417091, 3.004636817127704e-11),
  vec2(0.00002711555498535745, 7.020774478276592e-13),
  vec2(2.010334441138184e-7, -4.184589669540368e-15),
);
const farTailBottom = array<vec2<f32>, 8>(
  vec2(1.0, 0.0),
  vec2(0.5998321771621704, 2.939371768206911e-8),
  vec2(0.13692988455295563, -3.6302199024618176e-9),
  vec2(0.014875361695885658, -4.0503503329070156e-10),
  vec2(0.0007868691463954747, -1.5249862136967884e-11),
  vec2(0.0000184631826414261, 5.336744501177604e-13),
  vec2(1.4215117971616564e-7, -3.884521048195481e-15),
  vec2(2.0442631962214186e-15, -9.28314789412896e-23),
);

fn horner(r: vec2<f32>, c: array<vec2<f32>, 8>) -> vec2<f32> {
  var coefficients = c;
  var y = coefficients[7];
  for (var k = 7u; k > 0u; k--) {
    y = addCompensated(mulWide(y, r), coefficients[k - 1u]);
  }
  return y;
}

// The x below which a standard normal number lies with probability p.
fn inverseNormal(p: vec2<f32>) -> vec2<f32> {
  let q = addFloat(p, -0.5);
  if (abs(q.x) <= 0.425) {
    let r = addCompensated(vec2(0.18062500655651093, -6.556510889765832e-9), -mulWide(q, q));
    return divWide(mulWide(q, horner(r, centreTop)), horner(r, centreBottom));
  }
  var tailShare = p;
  if (q.x > 0.0) { tailShare = addFloat(-p, 1.0); }
  let r = sqrtWide(-logWide(tailShare));
  var x: vec2<f32>;
  if (r.x <= 5.0) {
    let s = addCompensated(r, vec2(-1.600000023841858, 2.384185793236071e-8));
    x = divWide(horner(s, tailTop), horner(s, tailBottom));
  } else {
    let s = addFloat(r, -5.0);
    x = divWide(horner(s, farTailTop), horner(s, farTailBottom));
  }
  return select(x, -x, q.x < 0.0);
}

// cos and sin of 2π · k · 2^-24, in xy and zw.
fn circle(k: u32) -> vec4<f32> {
  // the nearest quarter turn, and the rest in [-1/8, 1/8) turns
  let quarter = (k + 0x200000u) >> 22u;
  let rest = f32(i32(k) - i32(quarter << 22u)) * 5.960464477539063e-8;
  let r = mulFloat(vec2(6.2831854820251465, -1.7484556025237907e-7), rest);
  let r2 = mulWide(r, r);
  let f = r2.x;
  // sin r / r = 1 - r²/6 + r⁴/120 - ..., terms from r⁶ on in f32
  var p = fma(fma(-2.505210838544172e-8, f, 2.7557319223985893e-6), f, -0.0001984126984126984) * f;
  var s = addFloat(vec2(0.008333333767950535, -4.3461720333759047e-10), p);
  s = addCompensated(mulWide(s, r2), vec2(-0.1666666716337204, 4.967053740534411e-9));
  s = mulWide(addFloat(mulWide(s, r2), 1.0), r);
  p = fma(fma(fma(2.08767569878681e-9, f, -2.755731922398589e-7), f, 2.48015873015873e-5), f, -0.001388888888888889) * f;
  var c = addFloat(vec2(0.0416666679084301, -1.2417634351336027e-9), p);
  c = addFloat(mulWide(c, r2), -0.5);
  c = addFloat(mulWide(c, r2), 1.0);
  switch (quarter & 3u) {
    case 0u: { return vec4(c, s); }
    case 1u: { return vec4(-s, c); }
    case 2u: { return vec4(-c, -s); }
    default: { return vec4(s, -c); }
  }
}

fn normals(first: u32, second: u32) -> vec2<f32> {
  let v = wide(f32((first >> 8u) + 1u) * 5.960464477539063e-8);
  let radius = sqrtWide(-2.0 * logWide(v));
  let direction = circle(second >> 8u);
  let x = mulWide(radius, direction.xy);
  let y = mulWide(radius, direction.zw);
  return vec2(x.x + x.y, y.x + y.y);
}

// ((first >>> 6) · 2^26 + (second >>> 6) + 1/2) · 2^-52
fn wideUniform(first: u32, second: u32) -> vec2<f32> {
  let a = first >> 6u;
  let b = second >> 6u;
  // words of 26 bits in parts that floats hold
  let high = addFloat(wide(f32(a >> 13u) * 8192.0), f32(a & 0x1fffu));
  let low = addFloat(wide(f32(b >> 13u) * 8192.0), f32(b & 0x1fffu) + 0.5);
  return addCompensated(high * 1.4901161193847656e-8, low * 2.220446049250313e-16);
}

fn truncatedNormal(first: u32, second: u32) -> f32 {
  var x = inverseNormal(addCompensated(u.start, mulWide(u.share, wideUniform(first, second))));
  if (u.mirrored == 1u) { x = -x; }
  let y = addCompensated(u.mean, mulWide(u.deviation, x));
  return min(u.most, max(u.least, y.x + y.y));
}

// floor of U · span · 2^-53, the product being rounded to 53 bits as float64 rounds it; U = 2 · (a · 2^26 + b) + 1.
fn wholeBelow(first: u32, second: u32) -> u32 {
  let a = first >> 6u;
  let low = (a << 27u) | ((second >> 6u) << 1u) | 1u;
  let high = a >> 5u;
  // 96 bits of the product
  var p0 = 0u;
  var p1 = low;
  var p2 = high;
  if (u.bound != 0u) {
    p0 = low * u.bound;
    let middle = upperProduct(low, u.bound);
    p1 = middle + high * u.bound;
    p2 = upperProduct(high, u.bound) + select(0u, 1u, p1 < middle);
  }
  let whole = (p2 << 11u) | (p1 >> 21u);
  if (whole == 0u) { return 0u; }
  // The last place of the rounded product is 2^s, s the bits of the whole: the part after the point is rounded up to 1 where
  // no more than half of that is missing.
  let half = 1u << (31u - countLeadingZeros(whole));
  let up = (p1 & 0x1fffffu) == 0x1fffffu && p0 != 0u && 0u - p0 <= half;
  return whole + select(0u, 1u, up);
}

fn put(i: u32, word: u32) {
  if (i < u.n) {
    out[i] = word;
  }
}

fn drawn(word: u32) -> u32 {
  switch (KIND) {
    case 0u: { return bitcast<u32>(f32(word >> 8u) * 5.960464477539063e-8); }
    case 1u: { return select(0u, 1u, (word >> 8u) < u.bound); }
    default: { return word; }
  }
}

@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) id: vec3<u32>,
  @builtin(num_workgroups) count: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let number = workgroupNumber(id, count) * 256u + lane;
  if (KIND < 4u && number > u.n / 4u) { return; }
  if (KIND >= 4u && number > u.n / 2u) { return; }
  let words = philox(number, vec2(key[0], key[1]));
  switch (KIND) {
    case 0u, 1u, 2u: {
      for (var k = 0u; k < 4u; k++) { put(4u * number + k, drawn(words[k])); }
    }
    case 3u: {
      let p = bitcast<vec2<u32>>(normals(words.x, words.y));
      let q = bitcast<vec2<u32>>(normals(words.z, words.w));
      put(4u * number, p.x);
      put(4u * number + 1u, p.y);
      put(4u * number + 2u, q.x);
      put(4u * number + 3u, q.y);
    }
    case 4u: {
      put(2u * number, bitcast<u32>(truncatedNormal(words.x, words.y)));
      put(2u * number + 1u, bitcast<u32>(truncatedNormal(words.z, words.w)));
    }
    default: {
      put(2u * number, bitcast<u32>(u.low) + wholeBelow(words.x, words.y));
      put(2u * number + 1u, bitcast<u32>(u.low) + wholeBelow(words.z, words.w));
    }
  }
}
`,
  'index/host-resample': `// A linear map along an axis of x [outer, inputs, inner] -> [outer, outputs, inner]:
//   \`mean\`    each window's average;  \`meanBack\`    its adjoint, Σ g / divisor over the windows that hold an element
//   \`linear\`  interpolation;          \`linearBack\`  its adjoint
//   \`taps\`    rows given one by one: out of row \`first\` + r is the sum of its taps, a few rows a dispatch
// Weights come from whole numbers and sums are two floats (lib/compensated.wgsl). One invocation an output, 256 in a workgroup.
// Bytes: 4 a tap, mostly from cache, and 4 an output.

//!include lib/grid.wgsl
//!include lib/math.wgsl
//!include lib/compensated.wgsl
//!include index/host-windows.wgsl

struct Uniforms {
  outer: u32,
  inner: u32,
  inputs: u32,
  outputs: u32,
  unused1: u32,
  // of linear
  alignCorners: u32,
  unused2: u32,
  unused3: u32,
  // of mean
  axis: WindowAxis,
}

struct Taps {
  outer: u32,
  inner: u32,
  inputs: u32,
  outputs: u32,
  first: u32,
  rows: u32,
  unused1: u32,
  unused2: u32,
  // two taps each: column, bits of the weight; the top bit of a column ends a row
  words: array<vec4<u32>, 14>,
}

@group(0) @binding(0) var<uniform> u: Uniforms;
@group(0) @binding(0) var<uniform> t: Taps;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read_write> out: array<f32>;

struct Place {
  // first element of the line along the axis
  line: u32,
  i: u32,
  inside: bool,
}

fn placeOf(number: u32, lane: u32) -> Place {
  let o = number * 256u + lane;
  let row = o / u.inner;
  return Place(row / u.outputs * u.inputs * u.inner + o % u.inner, row % u.outputs, o < u.outer * u.outputs * u.inner);
}

fn rounded(sum: vec2<f32>) -> f32 {
  return sum.x + sum.y;
}

struct Point {
  low: u32,
  // shares of the input after it and of its own, in parts of \`whole\`
  share: f32,
  own: f32,
  whole: f32,
}

// Point i of \`points\` that lie between n inputs.
fn pointOf(i: u32, points: u32, n: u32) -> Point {
  var at = vec2(0u);
  var divisor = 1u;
  if (u.alignCorners == 1u) {
    if (points > 1u) {
      divisor = points - 1u;
      at = mulDivide(i, n - 1u, divisor);
    }
  } else {
    divisor = 2u * points;
    at = mulDivide(2u * i + 1u, n, divisor);
    // less a half
    if (at.y >= points) {
      at.y -= points;
    } else if (at.x > 0u) {
      at = vec2(at.x - 1u, at.y + points);
    } else {
      at = vec2(0u);
    }
  }
  if (at.x >= n - 1u || at.y == 0u) { return Point(min(at.x, n - 1u), 0.0, f32(divisor), f32(divisor)); }
  return Point(at.x, f32(at.y), f32(divisor - at.y), f32(divisor));
}

@compute @workgroup_size(256)
fn mean(
  @builtin(workgroup_id) id: vec3<u32>,
  @builtin(num_workgroups) count: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let number = workgroupNumber(id, count);
  let place = placeOf(number, lane);
  if (!place.inside) { return; }
  let window = windowOf(u.axis, place.i);
  var sum = vec2(0.0);
  for (var k = 0u; k < window.count; k++) {
    sum = addFloat(sum, x[place.line + (window.start + k * u.axis.step) * u.inner]);
  }
  var y = 0.0;
  if (window.count > 0u) { y = quotient(rounded(sum), f32(window.divisor)); }
  out[number * 256u + lane] = y;
}

// Windows end at a later element the later they begin: the first that reaches this one is searched for.
@compute @workgroup_size(256)
fn meanBack(
  @builtin(workgroup_id) id: vec3<u32>,
  @builtin(num_workgroups) count: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let number = workgroupNumber(id, count);
  let place = placeOf(number, lane);
  if (!place.inside) { return; }
  var low = 0u;
  var high = u.axis.windows;
  while (low < high) {
    let middle = (low + high) / 2u;
    let window = windowOf(u.axis, middle);
    if (window.start + window.count * u.axis.step < place.i + u.axis.step) {
      low = middle + 1u;
    } else {
      high = middle;
    }
  }
  var sum = vec2(0.0);
  for (var i = low; i < u.axis.windows; i++) {
    let window = windowOf(u.axis, i);
    if (window.start > place.i) { break; }
    let steps = (place.i - window.start) / u.axis.step;
    if ((place.i - window.start) % u.axis.step == 0u && steps < window.count) {
      sum = addFloat(sum, quotient(x[place.line + i * u.inner], f32(window.divisor)));
    }
  }
  out[number * 256u + lane] = rounded(sum);
}

@compute @workgroup_size(256)
fn linear(
  @builtin(workgroup_id) id: vec3<u32>,
  @builtin(num_workgroups) count: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let number = workgroupNumber(id, count);
  let place = placeOf(number, lane);
  if (!place.inside) { return; }
  let point = pointOf(place.i, u.outputs, u.inputs);
  let at = place.line + point.low * u.inner;
  var y = x[at];
  if (point.share > 0.0) {
    let sum = addCompensated(twoProduct(point.own, y), twoProduct(point.share, x[at + u.inner]));
    y = quotient(rounded(sum), point.whole);
  }
  out[number * 256u + lane] = y;
}

@compute @workgroup_size(256)
fn linearBack(
  @builtin(workgroup_id) id: vec3<u32>,
  @builtin(num_workgroups) count: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let number = workgroupNumber(id, count);
  let place = placeOf(number, lane);
  if (!place.inside) { return; }
  // the first point that lies behind the input before this one
  var low = 0u;
  var high = u.inputs;
  while (low < high) {
    let middle = (low + high) / 2u;
    let point = pointOf(middle, u.inputs, u.outputs);
    if (point.low + select(0u, 1u, point.share > 0.0) < place.i) {
      low = middle + 1u;
    } else {
      high = middle;
    }
  }
  var sum = vec2(0.0);
  var whole = 1.0;
  for (var i = low; i < u.inputs; i++) {
    let point = pointOf(i, u.inputs, u.outputs);
    if (point.low > place.i) { break; }
    whole = point.whole;
    let weight = select(point.share, point.own, point.low == place.i);
    sum = addCompensated(sum, twoProduct(weight, x[place.line + i * u.inner]));
  }
  out[number * 256u + lane] = quotient(rounded(sum), whole);
}

// Taps of the rows one after the other; each row ends with its last tap, or with a word of no tap (column 0x7fffffff).
@compute @workgroup_size(256)
fn taps(
  @builtin(workgroup_id) id: vec3<u32>,
  @builtin(num_workgroups) count: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let o = workgroupNumber(id, count) * 256u + lane;
  if (o >= t.outer * t.rows * t.inner) { return; }
  let column = o % t.inner;
  let row = o / t.inner % t.rows;
  let outer = o / t.inner / t.rows;
  var at = 0u;
  for (var skip = row; skip > 0u; ) {
    let word = t.words[at / 2u][2u * (at & 1u)];
    skip -= word >> 31u;
    at++;
  }
  var sum = vec2(0.0);
  for (var last = false; !last; at++) {
    let pair = t.words[at / 2u];
    let word = select(pair.xy, pair.zw, (at & 1u) == 1u);
    last = (word.x >> 31u) == 1u;
    let source = word.x & 0x7fffffffu;
    if (source != 0x7fffffffu) {
      sum = addCompensated(sum, twoProduct(bitcast<f32>(word.y), x[(outer * t.inputs + source) * t.inner + column]));
    }
  }
  out[(outer * t.outputs + t.first + row) * t.inner + column] = rounded(sum);
}
`,
  'index/host-scatter': `// Puts source[i] where id i leads, p = walk(i) + ids[i] · step; of several the last i wins, whatever the order of execution:
//   \`clear\`   from[p] = -1
//   \`mark\`    from[p] = the largest i that leads there
//   \`choose\`  out[p] = source[from[p]], or x[p] where nothing leads
// Words of any type. One workgroup takes 1024 elements. Bytes: 24 an element.

//!include lib/grid.wgsl
//!include index/host-walk.wgsl

struct Uniforms {
  n: u32,
  ids: u32,
  step: u32,
  unused: u32,
  shape: Axes,
  strides: Axes,
}

@group(0) @binding(0) var<uniform> u: Uniforms;
// of clear and mark
@group(0) @binding(1) var<storage, read_write> last: array<atomic<i32>>;
@group(0) @binding(2) var<storage, read> ids: array<i32>;
// of choose
@group(0) @binding(1) var<storage, read> x: array<u32>;
@group(0) @binding(2) var<storage, read> source: array<u32>;
@group(0) @binding(3) var<storage, read> places: array<i32>;
@group(0) @binding(4) var<storage, read_write> out: array<u32>;

@compute @workgroup_size(256)
fn clear(
  @builtin(workgroup_id) id: vec3<u32>,
  @builtin(num_workgroups) count: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let start = workgroupNumber(id, count) * 1024u;
  for (var k = 0u; k < 4u; k++) {
    let p = start + k * 256u + lane;
    if (p < u.n) {
      atomicStore(&last[p], -1);
    }
  }
}

@compute @workgroup_size(256)
fn mark(
  @builtin(workgroup_id) id: vec3<u32>,
  @builtin(num_workgroups) count: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let start = workgroupNumber(id, count) * 1024u;
  for (var k = 0u; k < 4u; k++) {
    let i = start + k * 256u + lane;
    if (i < u.ids && ids[i] >= 0) {
      atomicMax(&last[walkOffset(u.shape, u.strides, i) + u32(ids[i]) * u.step], i32(i));
    }
  }
}

@compute @workgroup_size(256)
fn choose(
  @builtin(workgroup_id) id: vec3<u32>,
  @builtin(num_workgroups) count: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let start = workgroupNumber(id, count) * 1024u;
  for (var k = 0u; k < 4u; k++) {
    let p = start + k * 256u + lane;
    if (p < u.n) {
      let place = places[p];
      if (place < 0) {
        out[p] = x[p];
      } else {
        out[p] = source[place];
      }
    }
  }
}
`,
  'index/host-scatter-add': `// out[p] = x[p] + Σ source[i] over the ids that lead to p = walk(i) + ids[i] · step (x being 0 in \`addToZeros\`):
//   \`clear\`  heads[p] = -1
//   \`link\`   a list for each p of the i that lead there, in the order of execution
//   \`add\`    the sum of each list, exactly and rounded once: so it is the same in any order
// A sum is a fixed-point number of 320 bits from 2^-149 up. One workgroup takes 1024 elements of \`clear\` and \`link\`, 256 of \`add\`.
// Bytes: 20 an id and 12 an element; lists of one element cost no more. A list is walked by one invocation.

//!include lib/grid.wgsl
//!include lib/numbers.wgsl
//!include index/host-walk.wgsl

struct Uniforms {
  n: u32,
  ids: u32,
  step: u32,
  unused: u32,
  shape: Axes,
  strides: Axes,
}

@group(0) @binding(0) var<uniform> u: Uniforms;
// of clear and link
@group(0) @binding(1) var<storage, read_write> heads: array<atomic<i32>>;
@group(0) @binding(2) var<storage, read> ids: array<i32>;
@group(0) @binding(3) var<storage, read_write> nextOf: array<i32>;
// of add
@group(0) @binding(1) var<storage, read> source: array<f32>;
@group(0) @binding(2) var<storage, read> firstOf: array<i32>;
@group(0) @binding(3) var<storage, read> following: array<i32>;
@group(0) @binding(4) var<storage, read_write> out: array<f32>;
@group(0) @binding(5) var<storage, read> x: array<f32>;

const limbs: u32 = 10u;

struct Exact {
  // two's complement, the lowest first
  limb: array<u32, 10>,
  // 1 for infinity, 2 for -infinity, 4 for NaN
  special: u32,
}

fn addExact(sum: ptr<function, Exact>, value: f32) {
  let bits = bitcast<u32>(value);
  let exponent = (bits >> 23u) & 0xffu;
  let fraction = bits & 0x007fffffu;
  if (exponent == 255u) {
    (*sum).special |= select(select(1u, 2u, bits >= 0x80000000u), 4u, fraction != 0u);
    return;
  }
  let mantissa = select(fraction | 0x00800000u, fraction, exponent == 0u);
  let place = max(exponent, 1u) - 1u;
  let shift = place & 31u;
  var at = place >> 5u;
  // two limbs of the mantissa, then what is carried or borrowed
  var part = mantissa << shift;
  var upper = 0u;
  if (shift > 8u) { upper = mantissa >> (32u - shift); }
  var carry = 0u;
  for (var k = 0u; at < limbs && (k < 2u || carry != 0u); k++) {
    let held = (*sum).limb[at];
    // part + carry does not wrap: of the upper limb it is small, later it is 1
    let change = part + carry;
    let wraps = change < carry;
    if (bits < 0x80000000u) {
      let now = held + change;
      (*sum).limb[at] = now;
      carry = select(0u, 1u, now < held || wraps);
    } else {
      (*sum).limb[at] = held - change;
      carry = select(0u, 1u, held < change || wraps);
    }
    part = upper;
    upper = 0u;
    at++;
  }
}

// Rounded to nearest, ties to even.
fn roundExact(sum: ptr<function, Exact>) -> f32 {
  let special = (*sum).special;
  if (special >= 3u) { return notANumber(); }
  if (special > 0u) { return select(infinity(), -infinity(), special == 2u); }
  let negative = ((*sum).limb[limbs - 1u] >> 31u) == 1u;
  if (negative) {
    var carry = 1u;
    for (var k = 0u; k < limbs; k++) {
      let turned = ~(*sum).limb[k] + carry;
      carry = select(0u, 1u, carry == 1u && turned == 0u);
      (*sum).limb[k] = turned;
    }
  }
  var top = limbs;
  while (top > 0u && (*sum).limb[top - 1u] == 0u) { top--; }
  if (top == 0u) { return 0.0; }
  top--;
  let high = (*sum).limb[top];
  let zeros = countLeadingZeros(high);
  let highest = top * 32u + 31u - zeros;
  var result: u32;
  if (highest < 24u) {
    // the bits as they are
    result = high;
  } else {
    var low = 0u;
    if (top > 0u) { low = (*sum).limb[top - 1u]; }
    var lead = high;
    var rest = low;
    if (zeros > 0u) {
      lead = (high << zeros) | (low >> (32u - zeros));
      rest = low << zeros;
    }
    for (var k = 0u; k + 1u < top; k++) { rest |= (*sum).limb[k]; }
    var mantissa = lead >> 8u;
    let below = lead & 0xffu;
    if (below > 128u || (below == 128u && (rest != 0u || (mantissa & 1u) == 1u))) { mantissa++; }
    // a mantissa of 2^24 moves the exponent by itself
    result = min(((highest - 23u) << 23u) + mantissa, 0x7f800000u);
  }
  return bitcast<f32>(result | select(0u, 0x80000000u, negative));
}

fn sumOf(p: u32, base: f32) -> f32 {
  let first = firstOf[p];
  if (first < 0) { return base; }
  var next = following[first];
  if (next < 0) { return base + source[first]; }
  var sum: Exact;
  addExact(&sum, base);
  addExact(&sum, source[first]);
  while (next >= 0) {
    addExact(&sum, source[next]);
    next = following[next];
  }
  return roundExact(&sum);
}

@compute @workgroup_size(256)
fn clear(
  @builtin(workgroup_id) id: vec3<u32>,
  @builtin(num_workgroups) count: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let start = workgroupNumber(id, count) * 1024u;
  for (var k = 0u; k < 4u; k++) {
    let p = start + k * 256u + lane;
    if (p < u.n) {
      atomicStore(&heads[p], -1);
    }
  }
}

@compute @workgroup_size(256)
fn link(
  @builtin(workgroup_id) id: vec3<u32>,
  @builtin(num_workgroups) count: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let start = workgroupNumber(id, count) * 1024u;
  for (var k = 0u; k < 4u; k++) {
    let i = start + k * 256u + lane;
    if (i < u.ids && ids[i] >= 0) {
      let p = walkOffset(u.shape, u.strides, i) + u32(ids[i]) * u.step;
      nextOf[i] = atomicExchange(&heads[p], i32(i));
    }
  }
}

@compute @workgroup_size(256)
fn add(
  @builtin(workgroup_id) id: vec3<u32>,
  @builtin(num_workgroups) count: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let p = workgroupNumber(id, count) * 256u + lane;
  if (p < u.n) {
    out[p] = sumOf(p, x[p]);
  }
}

@compute @workgroup_size(256)
fn addToZeros(
  @builtin(workgroup_id) id: vec3<u32>,
  @builtin(num_workgroups) count: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let p = workgroupNumber(id, count) * 256u + lane;
  if (p < u.n) {
    out[p] = sumOf(p, 0.0);
  }
}
`,
  'index/host-search': `// How many elements of an ascending list are below each value, or not above it with \`right\`: a binary search by one invocation. Value i
// searches list i / perList of n elements. NaN is above all. One workgroup takes 256 values. Bytes: 8 a value and 4 log2(n) of the list.

//!include lib/grid.wgsl
//!include index/host-keys.wgsl

struct Uniforms {
  count: u32,
  perList: u32,
  n: u32,
  right: u32,
  // of index/host-keys.wgsl
  kind: u32,
}

@group(0) @binding(0) var<uniform> u: Uniforms;
@group(0) @binding(1) var<storage, read> sorted: array<u32>;
@group(0) @binding(2) var<storage, read> values: array<u32>;
@group(0) @binding(3) var<storage, read_write> out: array<u32>;

@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) id: vec3<u32>,
  @builtin(num_workgroups) count: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let i = workgroupNumber(id, count) * 256u + lane;
  if (i >= u.count) { return; }
  let start = i / u.perList * u.n;
  let key = keyOf(values[i], u.kind);
  var low = 0u;
  var high = u.n;
  while (low < high) {
    let middle = low + (high - low) / 2u;
    let held = keyOf(sorted[start + middle], u.kind);
    if (held > key || (held == key && u.right == 0u)) {
      high = middle;
    } else {
      low = middle + 1u;
    }
  }
  out[i] = low;
}
`,
  'index/host-sort': `// The first k of each row of n in order, and where they stood. Bitonic networks (Batcher 1968) on pairs of key and position, which are
// all different, so the order is stable. Rows are filled up to \`width\`, a power of two.
//   \`short\`   rows of width up to 1024, whole ones in a workgroup
//   \`block\`   keys of 1024 elements, sorted within a workgroup; \`apart\` compares pairs \`distance\` apart in stage \`stage\`;
//   \`near\`    the rest of the stage, distances up to 512; \`finish\` writes the first k
// One workgroup takes 1024 pairs. Bytes: 8 an element and dispatch; log²(width) / 2 comparisons an element.

//!include lib/grid.wgsl
//!include index/host-keys.wgsl

struct Uniforms {
  rows: u32,
  n: u32,
  k: u32,
  width: u32,
  stage: u32,
  distance: u32,
  // of the rows of this call: x and the results hold more
  firstRow: u32,
  // of index/host-keys.wgsl
  kind: u32,
  descending: u32,
}

@group(0) @binding(0) var<uniform> u: Uniforms;
// of block, apart and near
@group(0) @binding(1) var<storage, read_write> pairs: array<vec2<u32>>;
@group(0) @binding(2) var<storage, read> keys: array<u32>;
// of short and finish
@group(0) @binding(1) var<storage, read> x: array<u32>;
@group(0) @binding(2) var<storage, read_write> values: array<u32>;
@group(0) @binding(3) var<storage, read_write> positions: array<u32>;
@group(0) @binding(4) var<storage, read> sorted: array<vec2<u32>>;

const size: u32 = 1024u;

var<workgroup> held: array<vec2<u32>, 1024>;

fn pairOf(word: u32, i: u32) -> vec2<u32> {
  let key = keyOf(word, u.kind);
  return vec2(select(key, ~key, u.descending == 1u), i);
}

fn isAfter(a: vec2<u32>, b: vec2<u32>) -> bool {
  return a.x > b.x || (a.x == b.x && a.y > b.y);
}

// Number of the lower element of comparison t at a distance that is a power of two.
fn lowerOf(t: u32, distance: u32) -> u32 {
  return (t & ~(distance - 1u)) * 2u + (t & (distance - 1u));
}

// Distances from \`distance\` down to 1 of a stage, on the elements in workgroup memory; \`first\` is the number of held[0] in its row.
fn nearDistances(lane: u32, stage: u32, distance: u32, first: u32) {
  for (var d = distance; d > 0u; d /= 2u) {
    for (var t = lane; t < size / 2u; t += 256u) {
      let i = lowerOf(t, d);
      let falls = ((first + i) & stage) != 0u;
      let a = held[i];
      let b = held[i + d];
      if (isAfter(a, b) != falls) {
        held[i] = b;
        held[i + d] = a;
      }
    }
    workgroupBarrier();
  }
}

@compute @workgroup_size(256)
fn short(
  @builtin(workgroup_id) id: vec3<u32>,
  @builtin(num_workgroups) count: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let firstRow = workgroupNumber(id, count) * (size / u.width);
  for (var s = lane; s < size; s += 256u) {
    let row = firstRow + s / u.width;
    let i = s % u.width;
    var pair = vec2(0xffffffffu, i);
    if (row < u.rows && i < u.n) {
      pair = pairOf(x[row * u.n + i], i);
    }
    held[s] = pair;
  }
  workgroupBarrier();
  for (var stage = 2u; stage <= u.width; stage *= 2u) {
    // the last stage rises in every row
    nearDistances(lane, select(stage, 0u, stage == u.width), stage / 2u, 0u);
  }
  for (var s = lane; s < size; s += 256u) {
    let row = firstRow + s / u.width;
    let i = s % u.width;
    if (row < u.rows && i < u.k) {
      let place = held[s].y;
      values[row * u.k + i] = x[row * u.n + place];
      positions[row * u.k + i] = place;
    }
  }
}

@compute @workgroup_size(256)
fn block(
  @builtin(workgroup_id) id: vec3<u32>,
  @builtin(num_workgroups) count: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let start = workgroupNumber(id, count) * size;
  let row = start / u.width;
  let first = start % u.width;
  for (var s = lane; s < size; s += 256u) {
    let i = first + s;
    var pair = vec2(0xffffffffu, i);
    if (row < u.rows && i < u.n) {
      pair = pairOf(keys[(u.firstRow + row) * u.n + i], i);
    }
    held[s] = pair;
  }
  workgroupBarrier();
  for (var stage = 2u; stage <= size; stage *= 2u) {
    nearDistances(lane, stage, stage / 2u, first);
  }
  for (var s = lane; s < size; s += 256u) {
    if (row < u.rows) {
      pairs[start + s] = held[s];
    }
  }
}

@compute @workgroup_size(256)
fn apart(
  @builtin(workgroup_id) id: vec3<u32>,
  @builtin(num_workgroups) count: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let start = workgroupNumber(id, count) * (size / 2u);
  for (var t = start + lane; t < start + size / 2u; t += 256u) {
    let i = lowerOf(t, u.distance);
    if (i < u.rows * u.width) {
      let falls = ((i % u.width) & u.stage) != 0u;
      let a = pairs[i];
      let b = pairs[i + u.distance];
      if (isAfter(a, b) != falls) {
        pairs[i] = b;
        pairs[i + u.distance] = a;
      }
    }
  }
}

@compute @workgroup_size(256)
fn near(
  @builtin(workgroup_id) id: vec3<u32>,
  @builtin(num_workgroups) count: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let start = workgroupNumber(id, count) * size;
  let inside = start < u.rows * u.width;
  for (var s = lane; s < size; s += 256u) {
    if (inside) { held[s] = pairs[start + s]; }
  }
  workgroupBarrier();
  nearDistances(lane, u.stage, size / 2u, start % u.width);
  for (var s = lane; s < size; s += 256u) {
    if (inside) { pairs[start + s] = held[s]; }
  }
}

@compute @workgroup_size(256)
fn finish(
  @builtin(workgroup_id) id: vec3<u32>,
  @builtin(num_workgroups) count: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let start = workgroupNumber(id, count) * size;
  for (var s = start + lane; s < start + size; s += 256u) {
    if (s < u.rows * u.k) {
      let row = s / u.k;
      let place = sorted[row * u.width + s % u.k].y;
      let at = u.firstRow * u.k + s;
      values[at] = x[(u.firstRow + row) * u.n + place];
      positions[at] = place;
    }
  }
}
`,
  'index/host-take': `// out[i] = x[walk(i) + ids[i] · step] for every id, 0 where the id is below 0. Words of any type; ids are checked by the caller.
// One workgroup takes 1024 ids. Bytes: 12 an id.

//!include lib/grid.wgsl
//!include index/host-walk.wgsl

struct Uniforms {
  n: u32,
  step: u32,
  unused1: u32,
  unused2: u32,
  shape: Axes,
  strides: Axes,
}

@group(0) @binding(0) var<uniform> u: Uniforms;
@group(0) @binding(1) var<storage, read> x: array<u32>;
@group(0) @binding(2) var<storage, read> ids: array<i32>;
@group(0) @binding(3) var<storage, read_write> out: array<u32>;

@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) id: vec3<u32>,
  @builtin(num_workgroups) count: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let start = workgroupNumber(id, count) * 1024u;
  for (var k = 0u; k < 4u; k++) {
    let i = start + k * 256u + lane;
    if (i < u.n) {
      var word = 0u;
      if (ids[i] >= 0) {
        word = x[walkOffset(u.shape, u.strides, i) + u32(ids[i]) * u.step];
      }
      out[i] = word;
    }
  }
}
`,
  'index/host-walk': `// Offsets of row-major element i of a shape of at most six axes: sizes in words 0 to 5, from the front, strides alike. Axes that are
// not there have size 1 and come first.

struct Axes {
  first: vec4<u32>,
  last: vec4<u32>,
}

fn walkOffset(shape: Axes, strides: Axes, i: u32) -> u32 {
  var rest = i;
  var offset = rest % shape.last.y * strides.last.y;
  rest /= shape.last.y;
  if (rest == 0u) { return offset; }
  offset += rest % shape.last.x * strides.last.x;
  rest /= shape.last.x;
  for (var axis = 4u; axis > 0u && rest > 0u; axis--) {
    let d = shape.first[axis - 1u];
    offset += rest % d * strides.first[axis - 1u];
    rest /= d;
  }
  return offset;
}
`,
  'index/host-windows': `// Windows along an axis, and points of a linear interpolation, in whole numbers: no rounding of positions, whatever the sizes.

struct WindowAxis {
  size: u32,
  windows: u32,
  step: u32,
  // 1: window i reaches from floor(i · size / windows) to ceil((i + 1) · size / windows)
  adaptive: u32,
  // else it begins at i · stride - padding
  kernel: u32,
  stride: u32,
  padding: u32,
  countIncludePad: u32,
}

struct Window {
  start: u32,
  count: u32,
  divisor: u32,
}

// (floor(a · b / d), a · b modulo d) for a quotient under 2^32, b < 2^31 and 0 < d < 2^31.
fn mulDivide(a: u32, b: u32, d: u32) -> vec2<u32> {
  if (b == 0u || a <= 0xffffffffu / b) { return vec2(a * b / d, a * b % d); }
  let whole = b / d;
  let part = b % d;
  var q = 0u;
  var r = 0u;
  for (var bit = 32u; bit > 0u; bit--) {
    q *= 2u;
    r *= 2u;
    if (r >= d) { r -= d; q++; }
    if (((a >> (bit - 1u)) & 1u) == 1u) {
      r += part;
      if (r >= d) { r -= d; q++; }
    }
  }
  return vec2(q + a * whole, r);
}

fn windowOf(axis: WindowAxis, i: u32) -> Window {
  if (axis.adaptive == 1u) {
    let start = mulDivide(i, axis.size, axis.windows).x;
    let end = mulDivide(i + 1u, axis.size, axis.windows);
    let count = end.x + select(0u, 1u, end.y > 0u) - start;
    return Window(start, count, count);
  }
  let begin = i32(i * axis.stride) - i32(axis.padding);
  var skipped = 0u;
  if (begin < 0) { skipped = (u32(-begin) + axis.step - 1u) / axis.step; }
  let start = u32(begin + i32(skipped * axis.step));
  var count = 0u;
  if (start < axis.size && skipped < axis.kernel) {
    count = min(axis.kernel - skipped, (axis.size - 1u - start) / axis.step + 1u);
  }
  var divisor = count;
  if (axis.countIncludePad == 1u) {
    divisor = u32(min(begin + i32(axis.kernel), i32(axis.size + axis.padding)) - begin);
  }
  return Window(start, count, divisor);
}
`,
  'index/scatter-chunks': `// chunks[c, :] = Σ x[order[j], :] over chunk c of 128 rows in order of their keys, where all of them have one key; other chunks are left
// as they are: index/scatter-sums.wgsl reads those of rows that many ids name.
// Layout: dense; \`scalars\` adds elements, \`vectors\` vec4s, which \`width\` counts then. One workgroup: 256 units of chunks, in order of
// columns. Bytes: 4 an element of x at most.

//!include lib/grid.wgsl

struct Uniforms {
  // units of all full chunks
  n: u32,
  width: u32,
}

@group(0) @binding(0) var<uniform> u: Uniforms;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> xVectors: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> order: array<u32>;
@group(0) @binding(3) var<storage, read> keys: array<u32>;
@group(0) @binding(4) var<storage, read_write> chunks: array<f32>;
@group(0) @binding(4) var<storage, read_write> chunkVectors: array<vec4<f32>>;

@compute @workgroup_size(256)
fn scalars(
  @builtin(workgroup_id) id: vec3<u32>,
  @builtin(num_workgroups) count: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let i = workgroupNumber(id, count) * 256u + local;
  if (i >= u.n) { return; }
  let chunk = i / u.width;
  let column = i - chunk * u.width;
  if (keys[chunk * 128u] != keys[chunk * 128u + 127u]) { return; }
  var total = 0.0;
  for (var j = chunk * 128u; j < chunk * 128u + 128u; j++) { total += x[order[j] * u.width + column]; }
  chunks[i] = total;
}

@compute @workgroup_size(256)
fn vectors(
  @builtin(workgroup_id) id: vec3<u32>,
  @builtin(num_workgroups) count: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let i = workgroupNumber(id, count) * 256u + local;
  if (i >= u.n) { return; }
  let chunk = i / u.width;
  let column = i - chunk * u.width;
  if (keys[chunk * 128u] != keys[chunk * 128u + 127u]) { return; }
  var total = vec4(0.0);
  for (var j = chunk * 128u; j < chunk * 128u + 128u; j++) { total += xVectors[order[j] * u.width + column]; }
  chunkVectors[i] = total;
}
`,
  'index/scatter-few': `// out[g, t, :] = Σ x[g, i, :] over the rows i with ids[g, i] = t, in order of i; for groups of at most 1024 rows. No atomics on floats:
// each row of out looks for its own among the ids of its group.
// Layout: dense; \`scalars\` adds elements, \`vectors\` vec4s, which \`width\` counts then.
// One workgroup: a row of out, 64 invocations: the rows that it sums as bits in workgroup memory, then columns side by side.
// Bytes: 4 an element of x and of out, and 4 · rows for the ids.

//!include lib/grid.wgsl

struct Uniforms {
  // rows of out in all groups
  count: u32,
  rows: u32,
  tableRows: u32,
  width: u32,
}

@group(0) @binding(0) var<uniform> u: Uniforms;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> xVectors: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> ids: array<u32>;
@group(0) @binding(3) var<storage, read_write> out: array<f32>;
@group(0) @binding(3) var<storage, read_write> outVectors: array<vec4<f32>>;

var<workgroup> found: array<atomic<u32>, 32>;

// Sets the bits of the rows that go to row \`number\` of out, and gives the first row of its group.
fn search(number: u32, local: u32) -> u32 {
  let group = number / u.tableRows;
  let wanted = number - group * u.tableRows;
  let first = group * u.rows;
  if (local < 32u) { atomicStore(&found[local], 0u); }
  workgroupBarrier();
  for (var i = local; i < u.rows; i += 64u) {
    if (ids[first + i] == wanted) { atomicOr(&found[i >> 5u], 1u << (i & 31u)); }
  }
  workgroupBarrier();
  return first;
}

@compute @workgroup_size(64)
fn scalars(
  @builtin(workgroup_id) id: vec3<u32>,
  @builtin(num_workgroups) count: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let number = workgroupNumber(id, count);
  if (number >= u.count) { return; }
  let first = search(number, local);
  for (var column = local; column < u.width; column += 64u) {
    var total = 0.0;
    for (var word = 0u; word * 32u < u.rows; word++) {
      var bits = atomicLoad(&found[word]);
      var sum = 0.0;
      while (bits != 0u) {
        sum += x[(first + word * 32u + countTrailingZeros(bits)) * u.width + column];
        bits &= bits - 1u;
      }
      total += sum;
    }
    out[number * u.width + column] = total;
  }
}

@compute @workgroup_size(64)
fn vectors(
  @builtin(workgroup_id) id: vec3<u32>,
  @builtin(num_workgroups) count: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let number = workgroupNumber(id, count);
  if (number >= u.count) { return; }
  let first = search(number, local);
  for (var column = local; column < u.width; column += 64u) {
    var total = vec4(0.0);
    for (var word = 0u; word * 32u < u.rows; word++) {
      var bits = atomicLoad(&found[word]);
      var sum = vec4(0.0);
      while (bits != 0u) {
        sum += xVectors[(first + word * 32u + countTrailingZeros(bits)) * u.width + column];
        bits &= bits - 1u;
      }
      total += sum;
    }
    outVectors[number * u.width + column] = total;
  }
}
`,
  'index/scatter-sums': `// out[t, :] = Σ x[order[j], :] over the places j with keys[j] = t, in their order; those of whole chunks of 128 come from
// index/scatter-chunks.wgsl, so that a row that all ids name is no long walk.
// Layout: dense; \`scalars\` adds elements, \`vectors\` vec4s, which \`width\` counts then. One workgroup: 256 units of out, in order of
// columns; the places of a row are found by bisection. Bytes: 4 an element of x and of out.

//!include lib/grid.wgsl

struct Uniforms {
  // units of out, and rows of x
  n: u32,
  width: u32,
  rows: u32,
}

@group(0) @binding(0) var<uniform> u: Uniforms;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> xVectors: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> order: array<u32>;
@group(0) @binding(3) var<storage, read> keys: array<u32>;
@group(0) @binding(4) var<storage, read> chunks: array<f32>;
@group(0) @binding(4) var<storage, read> chunkVectors: array<vec4<f32>>;
@group(0) @binding(5) var<storage, read_write> out: array<f32>;
@group(0) @binding(5) var<storage, read_write> outVectors: array<vec4<f32>>;

// The first place from \`low\` on whose key is at least \`key\`.
fn placeOf(key: u32, begin: u32) -> u32 {
  var low = begin;
  var high = u.rows;
  while (low < high) {
    let middle = (low + high) / 2u;
    if (keys[middle] < key) { low = middle + 1u; } else { high = middle; }
  }
  return low;
}

struct Places {
  begin: u32,
  // whole chunks are those from \`chunk\` to \`lastChunk\`
  chunk: u32,
  lastChunk: u32,
  end: u32,
}

fn placesOf(row: u32) -> Places {
  let begin = placeOf(row, 0u);
  let end = placeOf(row + 1u, begin);
  let chunk = (begin + 127u) / 128u;
  return Places(begin, chunk, max(chunk, end / 128u), end);
}

@compute @workgroup_size(256)
fn scalars(
  @builtin(workgroup_id) id: vec3<u32>,
  @builtin(num_workgroups) count: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let i = workgroupNumber(id, count) * 256u + local;
  if (i >= u.n) { return; }
  let row = i / u.width;
  let column = i - row * u.width;
  let places = placesOf(row);
  var head = 0.0;
  for (var j = places.begin; j < min(places.end, places.chunk * 128u); j++) { head += x[order[j] * u.width + column]; }
  var middle = 0.0;
  for (var chunk = places.chunk; chunk < places.lastChunk; chunk++) { middle += chunks[chunk * u.width + column]; }
  var tail = 0.0;
  for (var j = places.lastChunk * 128u; j < places.end; j++) { tail += x[order[j] * u.width + column]; }
  out[i] = head + middle + tail;
}

@compute @workgroup_size(256)
fn vectors(
  @builtin(workgroup_id) id: vec3<u32>,
  @builtin(num_workgroups) count: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let i = workgroupNumber(id, count) * 256u + local;
  if (i >= u.n) { return; }
  let row = i / u.width;
  let column = i - row * u.width;
  let places = placesOf(row);
  var head = vec4(0.0);
  for (var j = places.begin; j < min(places.end, places.chunk * 128u); j++) { head += xVectors[order[j] * u.width + column]; }
  var middle = vec4(0.0);
  for (var chunk = places.chunk; chunk < places.lastChunk; chunk++) { middle += chunkVectors[chunk * u.width + column]; }
  var tail = vec4(0.0);
  for (var j = places.lastChunk * 128u; j < places.end; j++) { tail += xVectors[order[j] * u.width + column]; }
  outVectors[i] = head + middle + tail;
}
`,
  'index/sort': `// What the passes of a stable sort of row numbers by key share; the key of row i of all groups is (i / rows) · tableRows + ids[i]. A pass
// sorts by a digit of 8 bits, the lowest first (radix sort): counts per segment of 1024 rows and digit, sums of them, moves.

//!include lib/grid.wgsl

struct Uniforms {
  // rows of all groups
  n: u32,
  rows: u32,
  tableRows: u32,
  segments: u32,
  shift: u32,
  // 1: the order so far is that of the rows
  first: u32,
}

@group(0) @binding(0) var<uniform> u: Uniforms;
@group(0) @binding(1) var<storage, read> ids: array<u32>;

fn keyOf(i: u32) -> u32 {
  return (i / u.rows) * u.tableRows + ids[i];
}

fn digitOf(i: u32) -> u32 {
  return (keyOf(i) >> u.shift) & 255u;
}
`,
  'index/sort-count': `// counts[digit, segment] = rows of the segment whose key has that digit (index/sort.wgsl).
// Layout: order and counts dense. One workgroup: a segment, 256 invocations. Bytes: 8 a row and 1 KB a segment.

//!include index/sort.wgsl

@group(0) @binding(2) var<storage, read> order: array<u32>;
@group(0) @binding(3) var<storage, read_write> counts: array<u32>;

var<workgroup> found: array<atomic<u32>, 256>;

@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) id: vec3<u32>,
  @builtin(num_workgroups) count: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let segment = workgroupNumber(id, count);
  if (segment >= u.segments) { return; }
  atomicStore(&found[local], 0u);
  workgroupBarrier();
  for (var k = 0u; k < 4u; k++) {
    let at = segment * 1024u + k * 256u + local;
    if (at < u.n) {
      var i = at;
      if (u.first == 0u) { i = order[at]; }
      atomicAdd(&found[digitOf(i)], 1u);
    }
  }
  workgroupBarrier();
  counts[local * u.segments + segment] = atomicLoad(&found[local]);
}
`,
  'index/sort-move': `// moved[place] = row for the rows in order, place being where the rows of its digit and segment begin (\`starts\`) and how many of
// them come before it in its segment; keys[place] is its key (index/sort.wgsl).
// One workgroup: a segment in four steps of 256 rows. A step sets a bit a row among those of its digit, and counts the bits below.
// Bytes: 16 a row and 1 KB a segment; 9 KB of workgroup memory.

//!include index/sort.wgsl

@group(0) @binding(2) var<storage, read> order: array<u32>;
@group(0) @binding(3) var<storage, read> starts: array<u32>;
@group(0) @binding(4) var<storage, read_write> moved: array<u32>;
@group(0) @binding(5) var<storage, read_write> keys: array<u32>;

var<workgroup> found: array<atomic<u32>, 2048>;
var<workgroup> begins: array<u32, 256>;

@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) id: vec3<u32>,
  @builtin(num_workgroups) count: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let segment = workgroupNumber(id, count);
  if (segment >= u.segments) { return; }
  begins[local] = starts[local * u.segments + segment];
  for (var k = 0u; k < 4u; k++) {
    for (var word = 0u; word < 8u; word++) { atomicStore(&found[local * 8u + word], 0u); }
    workgroupBarrier();
    let at = segment * 1024u + k * 256u + local;
    var i = at;
    var digit = 0u;
    if (at < u.n) {
      if (u.first == 0u) { i = order[at]; }
      digit = digitOf(i);
      atomicOr(&found[digit * 8u + (local >> 5u)], 1u << (local & 31u));
    }
    workgroupBarrier();
    if (at < u.n) {
      var place = begins[digit];
      for (var word = 0u; word < (local >> 5u); word++) { place += countOneBits(atomicLoad(&found[digit * 8u + word])); }
      let below = (1u << (local & 31u)) - 1u;
      place += countOneBits(atomicLoad(&found[digit * 8u + (local >> 5u)]) & below);
      moved[place] = i;
      keys[place] = keyOf(i);
    }
    workgroupBarrier();
    var own = 0u;
    for (var word = 0u; word < 8u; word++) { own += countOneBits(atomicLoad(&found[local * 8u + word])); }
    begins[local] += own;
  }
}
`,
  'index/sort-sums': `// counts[i] = Σ counts[j] over j < i: where the rows of a digit and a segment begin in the order (index/sort.wgsl).
// One workgroup, 256 invocations, the i-th of which owns the counts of digit i: sums of each, sums over digits, then running sums.
// Bytes: 12 a count.

struct Uniforms {
  segments: u32,
}

@group(0) @binding(0) var<uniform> u: Uniforms;
@group(0) @binding(1) var<storage, read_write> counts: array<u32>;

var<workgroup> sums: array<u32, 256>;

@compute @workgroup_size(256)
fn main(@builtin(local_invocation_index) local: u32) {
  let first = local * u.segments;
  var total = 0u;
  for (var i = 0u; i < u.segments; i++) { total += counts[first + i]; }
  sums[local] = total;
  for (var step = 1u; step < 256u; step *= 2u) {
    workgroupBarrier();
    var before = 0u;
    if (local >= step) { before = sums[local - step]; }
    workgroupBarrier();
    sums[local] += before;
  }
  var running = sums[local] - total;
  for (var i = 0u; i < u.segments; i++) {
    let own = counts[first + i];
    counts[first + i] = running;
    running += own;
  }
}
`,
  'index/upload': `// out[i] = data[i]: a few words from the host that travel with the uniforms, in order with the commands around them.
// Layout: out, contiguous. One workgroup writes all. Bytes: 4 a word. At most 48 words.

struct Uniforms {
  n: u32,
  words: array<vec4<u32>, 12>,
}

@group(0) @binding(0) var<uniform> u: Uniforms;
@group(0) @binding(1) var<storage, read_write> out: array<u32>;

@compute @workgroup_size(64)
fn main(@builtin(local_invocation_index) i: u32) {
  if (i < u.n) {
    out[i] = u.words[i / 4u][i % 4u];
  }
}
`,
  'lib/compensated': `// Sums as two floats: \`x\` the sum, \`y\` what its rounding lost, together good to about 48 bits. Knuth's two-sum and Dekker's
// product (1971); the parts of the product come from the bits, so that no compiler can undo them. An infinite sum loses
// nothing, so that it stays infinite.
// WGSL has no word for arithmetic that must not be simplified, and drivers do make b of (a + b) - a (NVIDIA's does): settled() gives back
// what it is given, in a way that hides where it came from.

//!include lib/numbers.wgsl

// x, for every x that arithmetic gives: the bits are those of a signalling NaN.
fn settled(x: f32) -> f32 {
  return select(x, 0.0, bitcast<u32>(x) == 0x7f812345u);
}

// s + e = a + b exactly.
fn twoSum(a: f32, b: f32) -> vec2<f32> {
  let s = settled(a + b);
  let t = settled(s - a);
  let e = settled(a - settled(s - t)) + settled(b - t);
  return vec2(s, select(e, 0.0, isInf(s)));
}

// The same where |a| >= |b|.
fn fastTwoSum(a: f32, b: f32) -> vec2<f32> {
  let s = settled(a + b);
  return vec2(s, select(b - settled(s - a), 0.0, isInf(s)));
}

// p + e = a · b but for what is too small.
fn twoProduct(a: f32, b: f32) -> vec2<f32> {
  let p = settled(a * b);
  let ah = bitcast<f32>(bitcast<u32>(a) & 0xfffff000u);
  let bh = bitcast<f32>(bitcast<u32>(b) & 0xfffff000u);
  let al = settled(a - ah);
  let bl = settled(b - bh);
  let e = ((settled(ah * bh) - p) + ah * bl + al * bh) + al * bl;
  return vec2(p, select(e, 0.0, isInf(p)));
}

fn addCompensated(a: vec2<f32>, b: vec2<f32>) -> vec2<f32> {
  let s = twoSum(a.x, b.x);
  return fastTwoSum(s.x, s.y + (a.y + b.y));
}

fn addFloat(a: vec2<f32>, b: f32) -> vec2<f32> {
  let s = twoSum(a.x, b);
  return fastTwoSum(s.x, s.y + a.y);
}
`,
  'lib/grid': `// The number of a workgroup of a row that was folded into two axes (\`grid\` in dispatch.ts).

fn workgroupNumber(id: vec3<u32>, count: vec3<u32>) -> u32 {
  return id.y * count.x + id.x;
}
`,
  'lib/math': `// Elementary functions on f32 with known errors, for every argument: NaN gives NaN, infinities give their limits. The builtins of
// WGSL promise neither (exp may be off by 3 + 2|x| ULP, tanh(89) may be NaN). Results under 2^-126 may be 0.
// NaN is told by its bits and put back at the end, infinities are compared by their bits, rounding is round(), scaling by powers of
// two adds to the exponent's bits: a compiler that takes f32 for real numbers changes nothing but last places.
// Polynomials are minimax fits of relative error, shared with packages/cpu/src/kernels/math.ts. Largest errors in ULP, measured in
// packages/webgpu/test/math.test.ts where fma rounds twice and division is correct (SwiftShader):
//   exp 0.9  exp2 1.0  expm1 1.2  log 0.8  log1p 1.3  log2 1.7  log10 2.0  tanh 1.2  erf 2.0  sigmoid 2.1  softplus 1.5
//   quotient and sqrt 0.501; relative, down to -8: gelu 4.4e-7 (and erfc), geluTanh 7.3e-6, silu 1.9e-7

//!include lib/numbers.wgsl

const log2E: f32 = 1.4426950408889634;
const log10E: f32 = 0.4342944819032518;
const ln2: f32 = 0.6931471805599453;
// ln 2 in two parts; the first has 9 bits, so that n · ln2High is exact
const ln2High: f32 = 0.693359375;
const ln2Low: f32 = -0.00021219444005469057;

// x, or NaN where \`given\` is NaN: for results of arithmetic that may have lost it.
fn keepNan(x: f32, given: f32) -> f32 {
  return select(x, given, isNan(given));
}

fn withSign(magnitude: f32, sign: f32) -> f32 {
  return bitcast<f32>((bitcast<u32>(magnitude) & 0x7fffffffu) | (bitcast<u32>(sign) & 0x80000000u));
}

// n - a · b exactly where n is that product but for a few last places. Products of halves of 12 bits are exact, whether fma rounds
// once or twice.
fn productRest(n: f32, a: f32, b: f32) -> f32 {
  let ah = bitcast<f32>(bitcast<u32>(a) & 0xfffff000u);
  let bh = bitcast<f32>(bitcast<u32>(b) & 0xfffff000u);
  let al = a - ah;
  let bl = b - bh;
  return (((n - ah * bh) - ah * bl) - al * bh) - al * bl;
}

// e^r - 1 for |r| <= ln 2 / 2, relative error of e^r 3e-9
fn expm1Near(r: f32) -> f32 {
  var p = fma(0.0013814318226650357, r, 0.008368851616978645);
  p = fma(p, r, 0.041668400168418884);
  p = fma(p, r, 0.16666519641876221);
  p = fma(p, r, 0.49999994039535522);
  return fma(p, r * r, r);
}

// m · 2^n for 0.5 < m < 2 and -180 <= n <= 128. Where the result is under 2^-126 a product makes it, which may give 0.
fn scaleByPower(m: f32, n: i32) -> f32 {
  let small = n < -124;
  let bits = bitcast<i32>(m) + ((n + select(0, 64, small)) << 23u);
  // above the largest number lie the bits of infinity
  let y = bitcast<f32>(min(max(bits, 0), 0x7f800000));
  return select(y, y * 5.421010862427522e-20, small);
}

struct ExpParts {
  // e^r - 1
  less1: f32,
  n: i32,
}

// x = r + n · ln 2, n = round(x / ln 2)
fn expParts(x: f32) -> ExpParts {
  let n = round(x * log2E);
  return ExpParts(expm1Near(fma(n, -ln2Low, fma(n, -ln2High, x))), i32(n));
}

fn expOf(x: f32) -> f32 {
  let parts = expParts(clamp(x, -104.0, 89.0));
  return keepNan(scaleByPower(1.0 + parts.less1, parts.n), x);
}

// e^x for x <= 0 (NaN included); results under 2^-126 are 0. Half the work of expOf, for sums of exponentials.
fn expNegative(x: f32) -> f32 {
  let parts = expParts(max(x, -88.0));
  let bits = bitcast<i32>(1.0 + parts.less1) + (parts.n << 23u);
  return keepNan(bitcast<f32>(select(bits, 0, parts.n < -125)), x);
}

// 2^n · e^(r ln 2) with n = round(x): exact for whole x.
fn exp2Of(x: f32) -> f32 {
  let c = clamp(x, -151.0, 128.0);
  let n = round(c);
  return keepNan(scaleByPower(1.0 + expm1Near((c - n) * ln2), i32(n)), x);
}

// e^x - 1 = 2 · (s · (e^r - 1) + (s - 1/2)) with s = 2^(n-1): half of it, so that s stays finite.
fn expm1Of(x: f32) -> f32 {
  // below -18 the result is -1
  let parts = expParts(clamp(x, -18.0, 89.0));
  let s = bitcast<f32>((parts.n + 126) << 23u);
  let half = fma(s, parts.less1, s - 0.5);
  return keepNan(select(half + half, parts.less1, parts.n == 0), x);
}

struct LogParts {
  e: f32,
  // m - 1
  t: f32,
  // ln m - t
  rest: f32,
}

// ln(1 + t) - t on 1/√2 - 1 <= t <= √2 - 1, relative error of ln 8e-10
fn logRest(t: f32) -> f32 {
  var p = fma(0.06746601313352585, t, -0.11675640940666199);
  p = fma(p, t, 0.11888174712657928);
  p = fma(p, t, -0.12405591458082199);
  p = fma(p, t, 0.14219550788402557);
  p = fma(p, t, -0.1666799634695053);
  p = fma(p, t, 0.2000211924314499);
  p = fma(p, t, -0.25000008940696716);
  p = fma(p, t, 0.3333331346511841);
  let t2 = t * t;
  return fma(p * t, t2, -0.5 * t2);
}

// x = 2^e · m with m in [1/√2, √2), for finite x > 0. Numbers under 2^-126 count: their bits are read as integers.
fn logParts(x: f32) -> LogParts {
  let given = bitcast<u32>(x);
  let tiny = given < 0x00800000u;
  let bits = select(given, bitcast<u32>(f32(given)), tiny);
  // taking away the bits of 1/√2 makes the exponent field count from there
  let offset = bits - 0x3f3504f3u;
  let e = (bitcast<i32>(offset) >> 23u) - select(0, 149, tiny);
  let t = bitcast<f32>((offset & 0x007fffffu) + 0x3f3504f3u) - 1.0;
  return LogParts(f32(e), t, logRest(t));
}

// y where x is a positive number; infinity and NaN give themselves, 0 gives -infinity, x < 0 NaN.
fn logLimits(x: f32, y: f32) -> f32 {
  let bits = bitcast<u32>(x);
  if (bits - 1u < 0x7f7fffffu) { return y; }
  if ((bits << 1u) == 0u) { return -infinity(); }
  if (bits > 0x80000000u && bits <= 0xff800000u) { return notANumber(); }
  return x;
}

fn logOf(x: f32) -> f32 {
  let parts = logParts(x);
  let tail = fma(parts.e, ln2Low, parts.rest);
  return logLimits(x, fma(parts.e, ln2High, tail + parts.t));
}

// e + ln m · log2 e: exact for powers of two.
fn log2Of(x: f32) -> f32 {
  let parts = logParts(x);
  return logLimits(x, fma(parts.rest + parts.t, log2E, parts.e));
}

fn log10Of(x: f32) -> f32 {
  let parts = logParts(x);
  // log10 2 in two parts; the first, 77/256, has 7 bits
  let small = fma(parts.rest + parts.t, log10E, parts.e * 0.00024874566398119521);
  return logLimits(x, fma(parts.e, 0.30078125, small));
}

// ln(1 + x) with 1 + x = 2^e · m: m - 1 = x · 2^-e + (2^-e - 1) loses nothing of x, which 1 + x does.
fn log1pOf(x: f32) -> f32 {
  let u = 1.0 + x;
  let offset = bitcast<u32>(u) - 0x3f3504f3u;
  let e = bitcast<i32>(offset) >> 23u;
  // from 2^25 on the 1 is nothing, and 2^-e may be under the smallest number
  let large = x > 33554432.0;
  let scale = bitcast<f32>(select(u32(127 - e) << 23u, 0x3f800000u, large));
  let m = bitcast<f32>((offset & 0x007fffffu) + 0x3f3504f3u);
  let t = select(fma(x, scale, scale - 1.0), m - 1.0, large);
  let y = fma(f32(e), ln2High, fma(f32(e), ln2Low, logRest(t)) + t);
  return keepNan(logLimits(u, y), x);
}

// Polynomial near 0 (relative error 1.5e-10 up to 0.625), 1 - 2 / (e^2|x| + 1) elsewhere; from 9.02 on that is 1.
fn tanhOf(x: f32) -> f32 {
  let a = abs(x);
  let x2 = x * x;
  var p = fma(0.0021475369576364756, x2, -0.008182673715054989);
  p = fma(p, x2, 0.021702967584133148);
  p = fma(p, x2, -0.05394720286130905);
  p = fma(p, x2, 0.13333210349082947);
  p = fma(p, x2, -0.3333333134651184);
  let near = fma(p * x2, x, x);
  let far = 1.0 - 2.0 / (expOf(min(a + a, 20.0)) + 1.0);
  return keepNan(select(withSign(far, x), near, a < 0.625), x);
}

struct Sigmoid {
  s: f32,
  // 1 - s
  rest: f32,
}

// s = 1 / (1 + e^-x) and 1 - s, both with all their digits.
fn sigmoidParts(x: f32) -> Sigmoid {
  let t = expOf(-abs(x));
  let large = 1.0 / (1.0 + t);
  let small = t * large;
  return Sigmoid(select(large, small, x < 0.0), select(small, large, x < 0.0));
}

fn sigmoidOf(x: f32) -> f32 {
  let t = expOf(-abs(x));
  return select(1.0, t, x < 0.0) / (1.0 + t);
}

fn siluOf(x: f32) -> f32 {
  return x * sigmoidOf(x);
}

// s · (1 + x · (1 - s)), s = sigmoid(x)
fn siluDerivative(x: f32) -> f32 {
  // beyond 104 it is at its limits; the bound keeps infinity · 0 away
  let c = clamp(x, -104.0, 104.0);
  let parts = sigmoidParts(c);
  return keepNan(parts.s * fma(c, parts.rest, 1.0), x);
}

fn siluBackward(x: f32, g: f32) -> f32 {
  return g * siluDerivative(x);
}

// max(x, 0) + ln(1 + e^-|x|)
fn softplusOf(x: f32) -> f32 {
  return max(x, 0.0) + log1pOf(expOf(-abs(x)));
}

// (1 - t) · ln(1 + e^x) + t · ln(1 + e^-x)
fn logisticLoss(x: f32, t: f32) -> f32 {
  return fma(max(x, 0.0), 1.0 - t, max(-x, 0.0) * t) + log1pOf(expOf(-abs(x)));
}

// e^(t²) · erfc(t) for t >= 0, of polynomial in u = 1 / (1 + 0.4 t); relative error 6.4e-8 up to 10.2
fn erfcxOf(t: f32) -> f32 {
  let u = 1.0 / fma(t, 0.4, 1.0);
  var p = fma(0.0416128933429718, u, -0.1420818269252777);
  p = fma(p, u, 0.08765734732151031);
  p = fma(p, u, 0.08373262733221054);
  p = fma(p, u, 0.08270341157913208);
  p = fma(p, u, 0.19212767481803894);
  p = fma(p, u, 0.20221395790576935);
  p = fma(p, u, 0.22639702260494232);
  p = fma(p, u, 0.22563695907592773);
  return p * u;
}

// e^(-c · a²) for finite a and c = 1 or 1/2; what rounding the square loses is put back.
fn bellOf(a: f32, c: f32) -> f32 {
  let square = a * a;
  let e = expOf(-c * square);
  return fma(c * productRest(square, a, a), e, e);
}

fn erfcOf(x: f32) -> f32 {
  let a = min(abs(x), 10.3);
  let tail = erfcxOf(a) * bellOf(a, 1.0);
  return keepNan(select(tail, 2.0 - tail, x < 0.0), x);
}

// Polynomial up to 1 (relative error 1.2e-9), 1 - erfc elsewhere.
fn erfOf(x: f32) -> f32 {
  let a = min(abs(x), 9.0);
  let x2 = a * a;
  var p = fma(0.00007853857096051797, x2, -0.0008010192541405559);
  p = fma(p, x2, 0.005188327748328447);
  p = fma(p, x2, -0.026853810995817184);
  p = fma(p, x2, 0.1128358542919159);
  p = fma(p, x2, -0.3761262595653534);
  p = fma(p, x2, 0.1283791065216064);
  let far = 1.0 - erfcxOf(a) * expOf(-x2);
  return keepNan(select(withSign(far, x), fma(p, x, x), abs(x) < 1.0), x);
}

// Φ(-a) = erfc(a / √2) / 2 for a >= 0 with its relative accuracy, from \`bell\` = e^(-a²/2).
fn normalTail(a: f32, bell: f32) -> f32 {
  return 0.5 * erfcxOf(a * 0.7071067811865476) * bell;
}

// x · Φ(x) = max(x, 0) - |x| · Φ(-|x|)
fn geluOf(x: f32) -> f32 {
  // From 15 on the tail is 0: the bound keeps 0 · infinity away, but for -infinity, which gives NaN as its product with 0 does.
  let a = min(abs(x), 15.0);
  let tail = normalTail(a, bellOf(a, 0.5));
  return keepNan(fma(-abs(min(x, 15.0)), tail, max(x, 0.0)), x);
}

// Φ(x) + x · e^(-x²/2) / √(2π)
fn geluDerivative(x: f32) -> f32 {
  // beyond 15 both terms are at their limits
  let c = clamp(x, -15.0, 15.0);
  let bell = bellOf(c, 0.5);
  let tail = normalTail(abs(c), bell);
  return keepNan(fma(c * bell, 0.3989422804014327, select(1.0 - tail, tail, c < 0.0)), x);
}

fn geluBackward(x: f32, g: f32) -> f32 {
  return g * geluDerivative(x);
}

// 2u = √(8/π) · (x + 0.044715 x³), so that (1 + tanh u) / 2 = sigmoid(2u)
const geluTanhLinear: f32 = 1.5957691216057308;
const geluTanhCubic: f32 = 0.07135481627260025;

// x · sigmoid(2u): the lower tail keeps its digits.
fn geluTanhOf(x: f32) -> f32 {
  return x * sigmoidOf(x * fma(x * x, geluTanhCubic, geluTanhLinear));
}

// s + x · s · (1 - s) · d(2u)/dx, s = sigmoid(2u)
fn geluTanhDerivative(x: f32) -> f32 {
  // beyond 12 it is at its limits
  let c = clamp(x, -12.0, 12.0);
  let c2 = c * c;
  let parts = sigmoidParts(c * fma(c2, geluTanhCubic, geluTanhLinear));
  let slope = fma(c2, 3.0 * geluTanhCubic, geluTanhLinear);
  return keepNan(parts.s * fma(c * parts.rest, slope, 1.0), x);
}

fn geluTanhBackward(x: f32, g: f32) -> f32 {
  return g * geluTanhDerivative(x);
}

// a / b to the last place, nearly always: division may be off by 2.5 ULP, and more for b beyond 2^126. Of the mantissas, and then
// scaled.
fn quotient(a: f32, b: f32) -> f32 {
  let ab = bitcast<u32>(a);
  let bb = bitcast<u32>(b);
  let ea = (ab >> 23u) & 0xffu;
  let eb = (bb >> 23u) & 0xffu;
  // 0, infinities, NaN, and numbers under 2^-126
  if (ea - 1u >= 254u || eb - 1u >= 254u) { return a / b; }
  let n = bitcast<f32>((ab & 0x007fffffu) | 0x3f800000u);
  let d = bitcast<f32>((bb & 0x007fffffu) | 0x3f800000u);
  let q = n / d;
  let better = fma(productRest(n, q, d), 1.0 / d, q);
  let y = scaleByPower(better, clamp(i32(ea) - i32(eb), -160, 128));
  return bitcast<f32>(bitcast<u32>(y) | ((ab ^ bb) & 0x80000000u));
}

// The root to the last place; NaN for x < 0. x = m · 4^k with m in [1, 4).
fn sqrtOf(x: f32) -> f32 {
  let bits = bitcast<u32>(x);
  if (bits - 0x00800000u >= 0x7f000000u) {
    // 0, infinity and NaN are their own roots
    return select(sqrt(x), select(x, notANumber(), bits > 0x80000000u && bits <= 0xff800000u), bits > 0x007fffffu);
  }
  let e = bits >> 23u;
  let m = bitcast<f32>((bits & 0x007fffffu) | ((127u + ((e + 1u) & 1u)) << 23u));
  let s = sqrt(m);
  return fma(productRest(m, s, s), 0.5 / s, s) * bitcast<f32>((((e + 1u) >> 1u) + 63u) << 23u);
}
`,
  'lib/numbers': `// Numbers that compilers take liberties with. Comparisons with NaN, max, min and clamp are not to be relied on (a driver may say
// that NaN equals itself, or that max(NaN, 0) is 0): NaN is told by its bits.

fn isNan(x: f32) -> bool {
  return (bitcast<u32>(x) & 0x7fffffffu) > 0x7f800000u;
}

fn isInf(x: f32) -> bool {
  return (bitcast<u32>(x) & 0x7fffffffu) == 0x7f800000u;
}

// A literal infinity or NaN does not compile; a variable of its bits does.
fn infinity() -> f32 {
  var bits = 0x7f800000u;
  return bitcast<f32>(bits);
}

fn notANumber() -> f32 {
  var bits = 0x7fc00000u;
  return bitcast<f32>(bits);
}

// NaN where either is.
fn maxNan(a: f32, b: f32) -> f32 {
  if (isNan(a)) { return a; }
  if (isNan(b)) { return b; }
  return select(b, a, a > b);
}

fn minNan(a: f32, b: f32) -> f32 {
  if (isNan(a)) { return a; }
  if (isNan(b)) { return b; }
  return select(b, a, a < b);
}
`,
  'lib/philox': `// Philox-4x32-10 (Salmon, Moraes, Dror, Shaw: Parallel random numbers, as easy as 1, 2, 3; 2011): four random words of a counter under
// a key. Integers alone: the same bits on every backend.

//!include lib/wide.wgsl

fn philoxBlock(counter: vec4<u32>, key: vec2<u32>) -> vec4<u32> {
  var c = counter;
  var k = key;
  for (var round = 0u; round < 10u; round++) {
    let low = vec2(c.x * 0xd2511f53u, c.z * 0xcd9e8d57u);
    let high = vec2(upperProduct(c.x, 0xd2511f53u), upperProduct(c.z, 0xcd9e8d57u));
    c = vec4(high.y ^ c.y ^ k.x, low.y, high.x ^ c.w ^ k.y, low.x);
    k += vec2(0x9e3779b9u, 0xbb67ae85u);
  }
  return c;
}

// The block whose words are the random numbers of elements 4 · counter to 4 · counter + 3.
fn philox(counter: u32, key: vec2<u32>) -> vec4<u32> {
  return philoxBlock(vec4(counter, 0u, 0u, 0u), key);
}
`,
  'lib/power': `// a^b on f32: 2^(b · log2 a) with b · log2 a in two floats, 36 bits, since it may reach 150. Products are of halves of 12 bits, which
// are exact. Relative error 1.6e-7 for results from 2^-120 to 2^120 (measured in packages/webgpu/test/strided.test.ts).
// Rules of IEEE 754: a^0 = 1^b = 1, NaN or not; a negative base needs a whole exponent; 0^b and infinities take their limits.

//!include lib/math.wgsl

fn upperHalf(x: f32) -> f32 {
  return bitcast<f32>(bitcast<u32>(x) & 0xfffff000u);
}

struct TwoFloats {
  // 12 bits
  high: f32,
  low: f32,
}

// log2 x for a finite x > 0, x = 2^e · m: e + K · (s + s³/3 + s⁵/5 + ...), s = (m - 1) / (m + 1), K = 2 / ln 2
fn log2Parts(x: f32) -> TwoFloats {
  let parts = logParts(x);
  let t = parts.t;
  // s in two parts, from t - s · (2 + t)
  let high = upperHalf(t / (2.0 + t));
  let th = upperHalf(t);
  let low = (((t - 2.0 * high) - high * th) - high * (t - th)) / (2.0 + t);
  let s = high + low;
  let s2 = s * s;
  var p = fma(0.2623081892525388, s2, 0.3205988979753252);
  p = fma(p, s2, 0.4121985831111324);
  p = fma(p, s2, 0.5770780163555853);
  p = fma(p, s2, 0.9617966939259756);
  // K in two parts, the first of 12 bits
  let rest = fma(p * s2, s, fma(2.884765625, low, 0.000624456777926774 * s));
  let product = 2.884765625 * high;
  let sum = upperHalf(parts.e + product);
  return TwoFloats(sum, (product - (sum - parts.e)) + rest);
}

// a^b for a finite a > 0 and a finite b.
fn positivePower(a: f32, b: f32) -> f32 {
  let logarithm = log2Parts(a);
  let rough = b * (logarithm.high + logarithm.low);
  let bh = upperHalf(b);
  let y = bh * logarithm.high;
  let rest = fma(b, logarithm.low, (b - bh) * logarithm.high);
  let n = round(y + rest);
  let r = ((y - n) + rest) * ln2;
  let z = scaleByPower(1.0 + expm1Near(r), i32(clamp(n, -160.0, 128.0)));
  if (rough > 129.0) { return infinity(); }
  return select(z, 0.0, rough < -151.0);
}

fn powOf(a: f32, b: f32) -> f32 {
  if ((bitcast<u32>(b) << 1u) == 0u || bitcast<u32>(a) == 0x3f800000u) { return 1.0; }
  if (isNan(a)) { return a; }
  if (isNan(b)) { return b; }
  let magnitude = abs(a);
  let bits = bitcast<u32>(magnitude);
  if (isInf(b)) {
    if (magnitude == 1.0) { return 1.0; }
    return select(0.0, infinity(), (magnitude > 1.0) == (b > 0.0));
  }
  // numbers from 2^24 on are whole and even
  let whole = floor(b) == b;
  let odd = whole && abs(b) < 16777216.0 && (i32(clamp(b, -16777216.0, 16777216.0)) & 1) == 1;
  var y: f32;
  if (bits == 0u || bits == 0x7f800000u) {
    y = select(0.0, infinity(), (bits == 0u) != (b > 0.0));
  } else {
    if (bitcast<u32>(a) > 0x80000000u && !whole) { return notANumber(); }
    y = positivePower(magnitude, b);
  }
  return select(y, withSign(y, a), odd);
}
`,
  'lib/subgroup-reduce': `// sumOfLanes and maxOfLanes of lib/workgroup-reduce.wgsl through subgroups: shuffles within one, workgroup memory between them.
// For subgroups of any size from 4 to 128: it is not known which invocations share one, so \`place\` comes from placeOf, which
// numbers the subgroups as they come. Which subgroup has which row does not change its sums. \`subgroup\` is the size. The order
// of a sum is fixed by LANES and that size.

enable subgroups;
//!include lib/compensated.wgsl

const SIZE: u32 = 256;
const LANES: u32 = 256;

var<workgroup> subgroupsSeen: atomic<u32>;
var<workgroup> subgroupPartials: array<vec2<f32>, SIZE / 4u>;

// The number of this invocation among the SIZE, with those of a subgroup side by side.
fn placeOf(lane: u32, subgroup: u32) -> u32 {
  var number = 0u;
  if (subgroupElect()) {
    number = atomicAdd(&subgroupsSeen, 1u);
  }
  return subgroupBroadcastFirst(number) * subgroup + lane;
}

// The first of the results that the subgroups of this row have left.
fn shareBetweenSubgroups(mine: vec2<f32>, place: u32, subgroup: u32) -> u32 {
  workgroupBarrier();
  if (place % subgroup == 0u) {
    subgroupPartials[place / subgroup] = mine;
  }
  workgroupBarrier();
  return place / LANES * (LANES / subgroup);
}

fn sumOfLanes(mine: vec2<f32>, place: u32, subgroup: u32) -> vec2<f32> {
  var sum = mine;
  for (var step = 1u; step < min(LANES, subgroup); step *= 2u) {
    sum += subgroupShuffleXor(sum, step);
  }
  if (LANES > subgroup) {
    let first = shareBetweenSubgroups(sum, place, subgroup);
    sum = subgroupPartials[first];
    for (var i = 1u; i < LANES / subgroup; i++) {
      sum += subgroupPartials[first + i];
    }
  }
  return sum;
}

fn maxOfLanes(mine: f32, place: u32, subgroup: u32) -> f32 {
  var best = mine;
  for (var step = 1u; step < min(LANES, subgroup); step *= 2u) {
    best = maxNan(best, subgroupShuffleXor(best, step));
  }
  if (LANES > subgroup) {
    let first = shareBetweenSubgroups(vec2(best, 0.0), place, subgroup);
    best = subgroupPartials[first].x;
    for (var i = 1u; i < LANES / subgroup; i++) {
      best = maxNan(best, subgroupPartials[first + i].x);
    }
  }
  return best;
}
`,
  'lib/trigonometry': `// Circular functions, their inverses and those of the hyperbolic ones, as in lib/math.wgsl. Angles are exact to a few ULP however
// large they are. Largest errors in ULP, measured as there:
//   sin 1.6  cos 1.7  tan 3.0  asin 2.2  acos 2.5  atan 1.9  sinh 1.2  cosh 1.3  asinh 1.4  acosh 2.0  atanh 1.8

//!include lib/math.wgsl
//!include lib/wide.wgsl

struct Angle {
  // x = r + q · π/2, |r| <= π/4
  r: f32,
  q: u32,
}

// 2/π in words of 32 bits after the point, with a word of 0 ahead.
fn twoOverPi(word: u32) -> u32 {
  switch (word) {
    case 1u: { return 0xa2f9836eu; }
    case 2u: { return 0x4e441529u; }
    case 3u: { return 0xfc2757d1u; }
    case 4u: { return 0xf534ddc0u; }
    case 5u: { return 0xdb629599u; }
    case 6u: { return 0x3c439041u; }
    case 7u: { return 0xfe5163abu; }
    default: { return 0u; }
  }
}

// x · 2/π modulo 4 in fixed point (Payne and Hanek 1983), for finite |x| >= 1: three words of 2/π from the first that counts.
fn exactAngle(x: f32) -> Angle {
  let bits = bitcast<u32>(x);
  let mantissa = (bits & 0x007fffffu) | 0x00800000u;
  // |x| = mantissa · 2^(e - 23). Bits of 2/π from e - 24 on make numbers under 4, the first of them 2.
  let e = ((bits >> 23u) & 0xffu) - 127u;
  let start = e + 7u;
  let word = start >> 5u;
  let shift = start & 31u;
  var w: array<u32, 4>;
  for (var i = 0u; i < 4u; i++) { w[i] = twoOverPi(word + i); }
  if (shift > 0u) {
    for (var i = 0u; i < 3u; i++) { w[i] = (w[i] << shift) | (w[i + 1u] >> (32u - shift)); }
  }
  // the upper two words of mantissa · w modulo 2^96, the topmost bit being worth 2 quarter turns
  let low = mantissa * w[1] + upperProduct(mantissa, w[2]);
  let carry = select(0u, 1u, low < mantissa * w[1]);
  let high = mantissa * w[0] + upperProduct(mantissa, w[1]) + carry;
  var q = high >> 30u;
  // the fraction of a quarter turn in 62 bits, as a signed number around the nearest quarter
  var f1 = (high << 2u) | (low >> 30u);
  var f0 = low << 2u;
  let above = f1 >= 0x80000000u;
  if (above) {
    q += 1u;
    f1 = ~f1 + select(0u, 1u, f0 == 0u);
    f0 = ~f0 + 1u;
  }
  // 32 bits of it from the first that is set
  let zeros = select(countLeadingZeros(f1), 32u + countLeadingZeros(f0), f1 == 0u);
  var lead = f1;
  if (zeros >= 32u) { lead = f0 << (zeros & 31u); }
  else if (zeros > 0u) { lead = (f1 << zeros) | (f0 >> (32u - zeros)); }
  // times π/2 = 0xc90fdaa2 · 2^-31, and rounded once
  let scale = bitcast<f32>((96u - min(zeros, 64u)) << 23u);
  let r = f32(upperProduct(lead, 0xc90fdaa2u)) * scale;
  let negative = (bits >> 31u) == 1u;
  return Angle(select(r, -r, above != negative), select(q, 0u - q, negative));
}

fn angleOf(x: f32) -> Angle {
  if (abs(x) > 4000.0) { return exactAngle(x); }
  let q = round(x * 0.6366197723675814);
  // π/2 in four parts; the first three have 11 bits, so that their products with q are exact
  let r = fma(q, -7.549533620476723e-8, fma(q, -4.837512969970703e-4, fma(q, -1.5703125, x)));
  return Angle(fma(q, -2.563344151594519e-12, r), bitcast<u32>(i32(q)));
}

// sin r and cos r for |r| <= π/4, relative errors 4e-9 and 1e-10
fn sinNear(r: f32) -> f32 {
  let r2 = r * r;
  let p = fma(fma(-0.00019516654720064253, r2, 0.008332173340022564), r2, -0.16666655242443085);
  return fma(p * r2, r, r);
}

fn cosNear(r: f32) -> f32 {
  let r2 = r * r;
  let p = fma(fma(0.000024437727915938012, r2, -0.001388736185617745), r2, 0.04166664555668831);
  return fma(r2, fma(p, r2, -0.5), 1.0);
}

// sin(x + turns · π/2)
fn sinTurned(x: f32, turns: u32) -> f32 {
  if (isInf(x)) { return notANumber(); }
  let angle = angleOf(x);
  let q = angle.q + turns;
  let y = select(sinNear(angle.r), cosNear(angle.r), (q & 1u) == 1u);
  return keepNan(bitcast<f32>(bitcast<u32>(y) ^ ((q & 2u) << 30u)), x);
}

fn sinOf(x: f32) -> f32 {
  return sinTurned(x, 0u);
}

fn cosOf(x: f32) -> f32 {
  return sinTurned(x, 1u);
}

// sin r / cos r, or -cos r / sin r after an odd number of quarter turns.
fn tanOf(x: f32) -> f32 {
  if (isInf(x)) { return notANumber(); }
  let angle = angleOf(x);
  let odd = (angle.q & 1u) == 1u;
  let s = sinNear(angle.r);
  let c = cosNear(angle.r);
  return keepNan(quotient(select(s, -c, odd), select(c, s, odd)), x);
}

// atan a = π/2 + atan(-1/a) from tan(3π/8) on, π/4 + atan((a - 1) / (a + 1)) from tan(π/8) on, for a = |x|.
// (atan t / t - 1) / t² in t², |t| <= tan(π/8), has relative error 2.8e-9.
fn atanOf(x: f32) -> f32 {
  let a = abs(x);
  let large = a > 2.414213562373095;
  let middle = a > 0.41421356237309503 && !large;
  let t = quotient(select(select(a, a - 1.0, middle), -1.0, large), select(select(1.0, a + 1.0, middle), a, large));
  let t2 = t * t;
  var p = fma(-0.06077990308403969, t2, 0.10593726485967636);
  p = fma(p, t2, -0.142435222864151);
  p = fma(p, t2, 0.19998471438884735);
  p = fma(p, t2, -0.33333316445350647);
  let near = fma(p * t2, t, t);
  let whole = select(select(0.0, 0.5, middle), 1.0, large);
  // π/2 in two parts
  let y = fma(whole, 1.5707963267948966, fma(whole, -4.371139000186241e-8, near));
  return keepNan(withSign(y, x), x);
}

// atan(x / √(1 - x²)), with the digits of 1 - x² near ±1
fn asinOf(x: f32) -> f32 {
  if (abs(x) == 1.0) { return withSign(1.5707963267948966, x); }
  return atanOf(quotient(x, sqrtOf((1.0 - x) * (1.0 + x))));
}

// 2 · atan(√((1 - x) / (1 + x)))
fn acosOf(x: f32) -> f32 {
  if (x == -1.0) { return 3.141592653589793; }
  let y = atanOf(sqrtOf(quotient(1.0 - x, 1.0 + x)));
  return y + y;
}

// e^|x| / 2, which is finite wherever sinh and cosh are.
fn halfExpOfMagnitude(x: f32) -> f32 {
  let parts = expParts(min(abs(x), 90.0));
  return scaleByPower(1.0 + parts.less1, parts.n - 1);
}

// The series for |x| < 1 (its next term is 1.6e-10 of the sum), h - 1 / 4h with h = e^|x| / 2 elsewhere.
fn sinhOf(x: f32) -> f32 {
  let x2 = x * x;
  var p = fma(2.505210838544172e-8, x2, 2.7557319223985893e-6);
  p = fma(p, x2, 0.0001984126984126984);
  p = fma(p, x2, 0.008333333333333333);
  p = fma(p, x2, 0.16666666666666666);
  let h = halfExpOfMagnitude(x);
  return keepNan(select(withSign(h - 0.25 / h, x), fma(p * x2, x, x), abs(x) < 1.0), x);
}

// h + 1 / 4h
fn coshOf(x: f32) -> f32 {
  let h = halfExpOfMagnitude(x);
  return keepNan(h + 0.25 / h, x);
}

// ln(a + √(a² + 1)) = ln(1 + a + a² / (1 + √(a² + 1))), a = |x|; ln(2a) where a² would overflow and a is all that counts
fn asinhOf(x: f32) -> f32 {
  let a = abs(x);
  let a2 = a * a;
  if (a > 1e4) { return withSign(logOf(a) + ln2, x); }
  return keepNan(withSign(log1pOf(a + quotient(a2, 1.0 + sqrtOf(a2 + 1.0))), x), x);
}

// ln(x + √(x² - 1)) = ln(1 + t + √(2t + t²)), t = x - 1
fn acoshOf(x: f32) -> f32 {
  if (x < 1.0) { return notANumber(); }
  if (x > 1e4) { return logOf(x) + ln2; }
  let t = x - 1.0;
  return keepNan(log1pOf(t + sqrtOf(t * (t + 2.0))), x);
}

// ln(1 + 2a / (1 - a)) / 2, a = |x|
fn atanhOf(x: f32) -> f32 {
  let a = abs(x);
  if (a == 1.0) { return withSign(infinity(), x); }
  if (a > 1.0) { return notANumber(); }
  return keepNan(withSign(0.5 * log1pOf(quotient(a + a, 1.0 - a)), x), x);
}
`,
  'lib/wide': `// The upper word of a · b, from halves of 16 bits.
fn upperProduct(a: u32, b: u32) -> u32 {
  let al = a & 0xffffu;
  let ah = a >> 16u;
  let bl = b & 0xffffu;
  let bh = b >> 16u;
  let middle = ah * bl + ((al * bl) >> 16u);
  return ah * bh + (middle >> 16u) + ((al * bh + (middle & 0xffffu)) >> 16u);
}
`,
  'lib/workgroup-reduce': `// Sums and maxima over the LANES invocations that share a row, in a tree through workgroup memory; each of them gets the result.
// A workgroup of SIZE invocations holds SIZE / LANES rows. \`place\` is the number of the invocation among the SIZE, those of a
// row side by side; LANES is a power of 4, and one lane waits for nobody. The order of a sum is fixed by LANES alone: lanes a quarter of the row apart, (a + b)
// + (c + d), then a quarter of that. Call in uniform control flow. \`subgroup\` is for lib/subgroup-reduce.wgsl, which does the
// same with subgroups.

//!include lib/compensated.wgsl

const SIZE: u32 = 256;
const LANES: u32 = 256;

var<workgroup> lanePartials: array<vec2<f32>, SIZE>;

// What lane 0 of the row has, and then the memory is free again.
fn ofLaneZero(place: u32) -> vec2<f32> {
  workgroupBarrier();
  let result = lanePartials[place / LANES * LANES];
  workgroupBarrier();
  return result;
}

// Two sums at once.
fn sumOfLanes(mine: vec2<f32>, place: u32, subgroup: u32) -> vec2<f32> {
  if (LANES == 1u) { return mine; }
  lanePartials[place] = mine;
  for (var step = LANES / 4u; step > 0u; step /= 4u) {
    workgroupBarrier();
    if (place % LANES < step) {
      let near = lanePartials[place] + lanePartials[place + step];
      lanePartials[place] = near + (lanePartials[place + 2u * step] + lanePartials[place + 3u * step]);
    }
  }
  return ofLaneZero(place);
}

// One sum, of numbers that are two floats each (lib/compensated.wgsl).
fn wideSumOfLanes(mine: vec2<f32>, place: u32, subgroup: u32) -> vec2<f32> {
  if (LANES == 1u) { return mine; }
  lanePartials[place] = mine;
  for (var step = LANES / 4u; step > 0u; step /= 4u) {
    workgroupBarrier();
    if (place % LANES < step) {
      let near = addCompensated(lanePartials[place], lanePartials[place + step]);
      let far = addCompensated(lanePartials[place + 2u * step], lanePartials[place + 3u * step]);
      lanePartials[place] = addCompensated(near, far);
    }
  }
  return ofLaneZero(place);
}

// NaN where any is.
fn maxOfLanes(mine: f32, place: u32, subgroup: u32) -> f32 {
  if (LANES == 1u) { return mine; }
  lanePartials[place].x = mine;
  for (var step = LANES / 4u; step > 0u; step /= 4u) {
    workgroupBarrier();
    if (place % LANES < step) {
      let near = maxNan(lanePartials[place].x, lanePartials[place + step].x);
      let far = maxNan(lanePartials[place + 2u * step].x, lanePartials[place + 3u * step].x);
      lanePartials[place].x = maxNan(near, far);
    }
  }
  return ofLaneZero(place).x;
}
`,
  'loss/backward': `// dx = g · (p - (1 - s) · [i = id] - s / n) over rows of x [rows, n], contiguous, 0 for rows whose id is the ignored one; lse
// and g are [rows]. p = e^(x - lse) over the sum of the same, which is 1 but for the rounding of lse: a large logit makes that
// large. A workgroup holds SIZE / LANES rows in registers and reads them once. Bytes: 8 an element; FLOPs: about 20. Limits: n
// <= LANES · HELD; longer rows go to loss/backward-long.wgsl.

//!include lib/workgroup-reduce.wgsl
//!include loss/backward-body.wgsl

@compute @workgroup_size(SIZE)
fn main(
  @builtin(workgroup_id) id: vec3<u32>,
  @builtin(num_workgroups) count: vec3<u32>,
  @builtin(local_invocation_index) place: u32,
) {
  crossEntropyBackwardRows(workgroupNumber(id, count), place, 1u);
}
`,
  'loss/backward-body': `// Gradient of cross entropy over rows that the registers of their LANES invocations hold: the body of loss/backward.wgsl and
// loss/backward-subgroups.wgsl, which say how lanes add up.

//!include lib/grid.wgsl
//!include lib/math.wgsl

struct Uniforms {
  rows: u32,
  n: u32,
  ignored: i32,
  // 1 - s, s / n
  onTarget: f32,
  everywhere: f32,
}

const HELD: u32 = 16;

@group(0) @binding(0) var<uniform> u: Uniforms;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> ids: array<i32>;
@group(0) @binding(3) var<storage, read> lse: array<f32>;
@group(0) @binding(4) var<storage, read> g: array<f32>;
@group(0) @binding(5) var<storage, read_write> dx: array<f32>;

fn crossEntropyBackwardRows(number: u32, place: u32, subgroup: u32) {
  let row = number * (SIZE / LANES) + place / LANES;
  let lane = place % LANES;
  let present = row < u.rows;
  let end = select(0u, u.n, present);
  let start = row * u.n;
  let other = select(0u, row, present);
  let id = ids[other];
  let logSum = lse[other];
  let gradient = g[other];
  var held: array<f32, HELD>;
  var mine = 0.0;
  for (var k = 0u; k < HELD; k++) {
    if (k * LANES < u.n) {
      let i = k * LANES + lane;
      if (i < end) {
        held[k] = expOf(x[start + i] - logSum);
        mine += held[k];
      }
    }
  }
  let inverse = 1.0 / sumOfLanes(vec2(mine, 0.0), place, subgroup).x;
  for (var k = 0u; k < HELD; k++) {
    if (k * LANES < u.n) {
      let i = k * LANES + lane;
      if (i < end) {
        let aim = u.everywhere + select(0.0, u.onTarget, i32(i) == id);
        dx[start + i] = select(gradient * (held[k] * inverse - aim), 0.0, id == u.ignored);
      }
    }
  }
}
`,
  'loss/backward-long': `// Gradient of cross entropy (loss/backward.wgsl) over rows too long for registers, by \`parts\` of each row; a workgroup is a
// part. \`sums\` leaves Σ e^(x - lse) of each part in scratch; \`main\` joins those of its row and writes one part of it. Bytes: 8
// an element, in two readings 12; FLOPs: about 40. Limits: rows · n below 2^32.

//!include lib/grid.wgsl
//!include lib/math.wgsl
//!include lib/workgroup-reduce.wgsl

struct Uniforms {
  rows: u32,
  n: u32,
  parts: u32,
  length: u32,
  ignored: i32,
  onTarget: f32,
  everywhere: f32,
}

const TILE: u32 = 8;

@group(0) @binding(0) var<uniform> u: Uniforms;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> ids: array<i32>;
@group(0) @binding(3) var<storage, read> lse: array<f32>;
@group(0) @binding(4) var<storage, read> g: array<f32>;
// of sums
@group(0) @binding(5) var<storage, read_write> sumsOut: array<f32>;
// of main
@group(0) @binding(5) var<storage, read> sumsIn: array<f32>;
@group(0) @binding(6) var<storage, read_write> dx: array<f32>;

@compute @workgroup_size(SIZE)
fn sums(
  @builtin(workgroup_id) id: vec3<u32>,
  @builtin(num_workgroups) count: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let unit = workgroupNumber(id, count);
  let present = unit < u.rows * u.parts;
  let row = select(0u, unit / u.parts, present);
  let begin = unit % u.parts * u.length;
  let end = select(begin, min(begin + u.length, u.n), present);
  let logSum = lse[row];
  var mine = 0.0;
  for (var i = begin + lane; i < end; i += SIZE * TILE) {
    var tile = 0.0;
    for (var k = 0u; k < TILE; k++) {
      let at = i + k * SIZE;
      if (at < end) {
        tile += expOf(x[row * u.n + at] - logSum);
      }
    }
    mine += tile;
  }
  let sum = sumOfLanes(vec2(mine, 0.0), lane, 1u).x;
  if (present && lane == 0u) {
    sumsOut[unit] = sum;
  }
}

@compute @workgroup_size(SIZE)
fn main(
  @builtin(workgroup_id) id: vec3<u32>,
  @builtin(num_workgroups) count: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let unit = workgroupNumber(id, count);
  let present = unit < u.rows * u.parts;
  let row = select(0u, unit / u.parts, present);
  let begin = unit % u.parts * u.length;
  let end = select(begin, min(begin + u.length, u.n), present);
  let logSum = lse[row];
  let gradient = g[row];
  let wanted = ids[row];
  var mine = 0.0;
  for (var part = lane; part < u.parts; part += SIZE) {
    mine += sumsIn[row * u.parts + part];
  }
  let inverse = 1.0 / sumOfLanes(vec2(mine, 0.0), lane, 1u).x;
  for (var i = begin + lane; i < end; i += SIZE) {
    let p = expOf(x[row * u.n + i] - logSum) * inverse;
    let aim = u.everywhere + select(0.0, u.onTarget, i32(i) == wanted);
    dx[row * u.n + i] = select(gradient * (p - aim), 0.0, wanted == u.ignored);
  }
}
`,
  'loss/backward-subgroups': `// As loss/backward.wgsl, with subgroups.

//!include lib/subgroup-reduce.wgsl
//!include loss/backward-body.wgsl

@compute @workgroup_size(SIZE)
fn main(
  @builtin(workgroup_id) id: vec3<u32>,
  @builtin(num_workgroups) count: vec3<u32>,
  @builtin(subgroup_invocation_id) lane: u32,
  @builtin(subgroup_size) subgroup: u32,
) {
  crossEntropyBackwardRows(workgroupNumber(id, count), placeOf(lane, subgroup), subgroup);
}
`,
  'loss/cross-entropy': `// Per row of x [rows, n], contiguous, with the class id: lse = log Σ e^x, loss = lse - (1 - s) · x[id] - s · mean(x), s the
// smoothing; 0 where id is the ignored one. As (1 - s) · (maximum - x[id]) + s · (maximum - mean) + log Σ e^(x - maximum), so
// that large logits cancel; the mean is that of differences from the first element. One reading. \`main\`: LANES invocations a
// row, or, with PARTIAL, a part of a row, whose maximum, Σ e^(x - maximum) and Σ (x - first) go to scratch; \`finish\` joins the
// parts of each row by a workgroup. Bytes: 4 an element; FLOPs: about 25. Limits: rows · n below 2^32.

//!include lib/grid.wgsl
//!include softmax/online.wgsl

struct Uniforms {
  rows: u32,
  n: u32,
  parts: u32,
  length: u32,
  ignored: i32,
  smoothing: f32,
}

const PARTIAL: bool = false;
// The mean is wanted.
const SMOOTHED: bool = false;

@group(0) @binding(0) var<uniform> u: Uniforms;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> ids: array<i32>;
// of main: vec4s of parts with PARTIAL
@group(0) @binding(3) var<storage, read_write> loss: array<f32>;
@group(0) @binding(4) var<storage, read_write> lse: array<f32>;
// of finish
@group(0) @binding(3) var<storage, read> partials: array<vec4<f32>>;
@group(0) @binding(4) var<storage, read_write> lossOfParts: array<f32>;
@group(0) @binding(5) var<storage, read_write> lseOfParts: array<f32>;

struct Ends {
  loss: f32,
  lse: f32,
}

// What differences are taken from; an infinity gives none.
fn pivotOf(row: u32) -> f32 {
  let first = x[row * u.n];
  return select(first, 0.0, isInf(first));
}

fn endsOf(row: u32, state: vec2<f32>, differences: f32) -> Ends {
  // an infinite maximum has no share: e^(x - maximum) is none
  let logSum = select(logOf(state.y), notANumber(), isInf(state.x));
  let lse = state.x + logSum;
  let id = ids[row];
  if (id == u.ignored) { return Ends(0.0, lse); }
  var loss = (1.0 - u.smoothing) * (state.x - x[row * u.n + u32(id)]) + logSum;
  if (SMOOTHED) {
    loss += u.smoothing * (state.x - pivotOf(row) - differences / f32(u.n));
  }
  return Ends(loss, lse);
}

@compute @workgroup_size(SIZE)
fn main(
  @builtin(workgroup_id) id: vec3<u32>,
  @builtin(num_workgroups) count: vec3<u32>,
  @builtin(local_invocation_index) place: u32,
) {
  let unit = workgroupNumber(id, count) * (SIZE / LANES) + place / LANES;
  let lane = place % LANES;
  let present = unit < u.rows * u.parts;
  let row = select(0u, unit / u.parts, present);
  let begin = unit % u.parts * u.length;
  let end = select(begin, min(begin + u.length, u.n), present);
  let pivot = pivotOf(row);
  var mine = vec2(-infinity(), 0.0);
  var differences = 0.0;
  for (var i = begin + lane; i < end; i += LANES * TILE) {
    var values: array<f32, TILE>;
    var tile = 0.0;
    for (var k = 0u; k < TILE; k++) {
      let at = i + k * LANES;
      values[k] = -infinity();
      if (at < end) {
        values[k] = x[row * u.n + at];
        if (SMOOTHED) {
          tile += values[k] - pivot;
        }
      }
    }
    mine = takeTile(mine, &values);
    differences += tile;
  }
  let all = joinOnline(mine, place);
  if (SMOOTHED) {
    differences = sumOfLanes(vec2(differences, 0.0), place, 1u).x;
  }
  if (present && lane == 0u) {
    if (PARTIAL) {
      loss[4u * unit] = all.x;
      loss[4u * unit + 1u] = all.y;
      loss[4u * unit + 2u] = differences;
    } else {
      let ends = endsOf(row, all, differences);
      loss[row] = ends.loss;
      lse[row] = ends.lse;
    }
  }
}

@compute @workgroup_size(SIZE)
fn finish(
  @builtin(workgroup_id) id: vec3<u32>,
  @builtin(num_workgroups) count: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let row = workgroupNumber(id, count);
  let end = select(0u, u.parts, row < u.rows);
  var mine = vec2(-infinity(), 0.0);
  var differences = 0.0;
  for (var part = lane; part < end; part += SIZE) {
    let other = partials[row * u.parts + part];
    let top = maxNan(mine.x, other.x);
    mine = vec2(top, rescaled(mine, top) + rescaled(other.xy, top));
    differences += other.z;
  }
  let all = joinOnline(mine, lane);
  differences = sumOfLanes(vec2(differences, 0.0), lane, 1u).x;
  if (row < u.rows && lane == 0u) {
    let ends = endsOf(row, all, differences);
    lossOfParts[row] = ends.loss;
    lseOfParts[row] = ends.lse;
  }
}
`,
  'matmul/blocks': `// 4 x 4 blocks of A, B and C: how they are loaded and multiplied.
// Layout: A4 and B4 say that the operand may be read by vec4s: its contiguous size, steps and offsets are multiples of 4. Loads do not
// branch: past the last row or column they give the last one, whose sums nobody stores, and past the end of k numbers that are there, which
// byRowsA and byRowsB then make 0. Where A4 or B4 is read along k, the end of k is a multiple of 4 too.

//!include matmul/work.wgsl

override A4: bool = false;
override B4: bool = false;

fn rowOfA(base: u32, row: u32, k: u32) -> vec4<f32> {
  return vec4(
    aAt(base + placeInA(min(row, u.m - 1u), k)),
    aAt(base + placeInA(min(row + 1u, u.m - 1u), k)),
    aAt(base + placeInA(min(row + 2u, u.m - 1u), k)),
    aAt(base + placeInA(min(row + 3u, u.m - 1u), k)),
  );
}

// A block of A at four k and four rows, as it lies in memory: vec4s along k where A4 and not TRANS_A, along the rows otherwise.
fn loadA(base: u32, row: u32, k: u32, end: u32) -> mat4x4<f32> {
  if (A4 && !TRANS_A) {
    let at = base + min(k, end - 4u);
    return mat4x4(
      a[(at + min(row, u.m - 1u) * u.lda) >> 2u],
      a[(at + min(row + 1u, u.m - 1u) * u.lda) >> 2u],
      a[(at + min(row + 2u, u.m - 1u) * u.lda) >> 2u],
      a[(at + min(row + 3u, u.m - 1u) * u.lda) >> 2u],
    );
  }
  let last = end - 1u;
  if (A4) {
    let at = base + min(row, u.m - 4u);
    return mat4x4(
      a[(at + min(k, last) * u.lda) >> 2u],
      a[(at + min(k + 1u, last) * u.lda) >> 2u],
      a[(at + min(k + 2u, last) * u.lda) >> 2u],
      a[(at + min(k + 3u, last) * u.lda) >> 2u],
    );
  }
  return mat4x4(
    rowOfA(base, row, min(k, last)),
    rowOfA(base, row, min(k + 1u, last)),
    rowOfA(base, row, min(k + 2u, last)),
    rowOfA(base, row, min(k + 3u, last)),
  );
}

fn rowOfB(base: u32, column: u32, k: u32) -> vec4<f32> {
  return vec4(
    bAt(base + placeInB(k, min(column, u.n - 1u))),
    bAt(base + placeInB(k, min(column + 1u, u.n - 1u))),
    bAt(base + placeInB(k, min(column + 2u, u.n - 1u))),
    bAt(base + placeInB(k, min(column + 3u, u.n - 1u))),
  );
}

// As loadA: vec4s along k where B4 and TRANS_B, along the columns otherwise.
fn loadB(base: u32, column: u32, k: u32, end: u32) -> mat4x4<f32> {
  if (B4 && TRANS_B) {
    let at = base + min(k, end - 4u);
    return mat4x4(
      b[(at + min(column, u.n - 1u) * u.ldb) >> 2u],
      b[(at + min(column + 1u, u.n - 1u) * u.ldb) >> 2u],
      b[(at + min(column + 2u, u.n - 1u) * u.ldb) >> 2u],
      b[(at + min(column + 3u, u.n - 1u) * u.ldb) >> 2u],
    );
  }
  let last = end - 1u;
  if (B4) {
    let at = base + min(column, u.n - 4u);
    return mat4x4(
      b[(at + min(k, last) * u.ldb) >> 2u],
      b[(at + min(k + 1u, last) * u.ldb) >> 2u],
      b[(at + min(k + 2u, last) * u.ldb) >> 2u],
      b[(at + min(k + 3u, last) * u.ldb) >> 2u],
    );
  }
  return mat4x4(
    rowOfB(base, column, min(k, last)),
    rowOfB(base, column, min(k + 1u, last)),
    rowOfB(base, column, min(k + 2u, last)),
    rowOfB(base, column, min(k + 3u, last)),
  );
}

fn endAt(x: mat4x4<f32>, k: u32, end: u32) -> mat4x4<f32> {
  let zero = vec4<f32>();
  return mat4x4(
    select(zero, x[0], k < end),
    select(zero, x[1], k + 1u < end),
    select(zero, x[2], k + 2u < end),
    select(zero, x[3], k + 3u < end),
  );
}

// What was loaded, k + j in column j, 0 past the end. Apart from the loads, so that these need not have come.
fn byRowsA(x: mat4x4<f32>, k: u32, end: u32) -> mat4x4<f32> {
  if (A4 && !TRANS_A) { return endAt(transpose(x), k, end); }
  return endAt(x, k, end);
}

fn byRowsB(x: mat4x4<f32>, k: u32, end: u32) -> mat4x4<f32> {
  if (B4 && TRANS_B) { return endAt(transpose(x), k, end); }
  return endAt(x, k, end);
}

// Row i of a block of C += x[i] · y.
fn addProduct(sums: ptr<function, mat4x4<f32>>, x: vec4<f32>, y: vec4<f32>) {
  (*sums)[0] = fma(vec4(x.x), y, (*sums)[0]);
  (*sums)[1] = fma(vec4(x.y), y, (*sums)[1]);
  (*sums)[2] = fma(vec4(x.z), y, (*sums)[2]);
  (*sums)[3] = fma(vec4(x.w), y, (*sums)[3]);
}
`,
  'matmul/lanes': `// C as product.wgsl says, on adapters that compute on a processor, whose subgroups are the four lanes of its vectors. One workgroup makes a
// tile of C of one batch and one split of k. A quad of invocations makes ROWS rows of it, 4 · COLUMNS wide: its lanes take every fourth
// column, each reads an element of A of every fourth row, and hands it to the others, for a load costs such an adapter five times as much.
// Bytes: (ROWS / 4 + COLUMNS) / (ROWS · COLUMNS) of an element a multiply-add, from caches; FLOPs: 2 m n k. Sums are chains of f32
// multiply-adds in order of k. Sums live in memory, for the processor has few registers: DEPTH products are added between two visits.
enable subgroups;

//!include lib/grid.wgsl
//!include matmul/product.wgsl
//!include matmul/work.wgsl

// Quads below each other.
const HIGH: u32 = 4u;
const ROWS: u32 = 16u;
const COLUMNS: u32 = 16u;
// Of k, between two visits of the sums.
const DEPTH: u32 = 8u;

const SIZE = 4u * HIGH;
const TILE_M = HIGH * ROWS;
const TILE_N = 4u * COLUMNS;
const SUMS = ROWS * COLUMNS;
const SHARES = ROWS / 4u;

@group(0) @binding(1) var<storage, read> elementsA: array<f32>;
@group(0) @binding(2) var<storage, read> elementsB: array<f32>;

// Where element k of any row lies behind the first of A, and of any column of B.
fn stepA(k: u32) -> u32 {
  if (WALK_A) { return offsets[u.k + u.n + k]; }
  if (TRANS_A) { return k * u.lda; }
  return k;
}

fn stepB(k: u32) -> u32 {
  if (WALK_B) { return offsets[k]; }
  if (TRANS_B) { return k; }
  return k * u.ldb;
}

// Row and column of C of a quad's first element.
fn cornerOf(work: Work, local: u32) -> vec2<u32> {
  return vec2(work.tileRow * TILE_M + local / 4u * ROWS, work.tileColumn * TILE_N + local % 4u);
}

fn sumsOf(work: Work, local: u32) -> array<f32, SUMS> {
  let corner = cornerOf(work, local);
  // past the last row or column: the last one, whose sums nobody stores
  var rows: array<u32, SHARES>;
  for (var q = 0u; q < SHARES; q++) { //!unroll always
    let row = min(corner.x + 4u * q + local % 4u, u.m - 1u);
    rows[q] = work.base.a + select(row * u.lda, row, TRANS_A);
  }
  var columns: array<u32, COLUMNS>;
  for (var q = 0u; q < COLUMNS; q++) { //!unroll always
    let column = min(corner.y + 4u * q, u.n - 1u);
    columns[q] = work.base.b;
    if (WALK_B) { columns[q] += offsets[u.k + column]; } else { columns[q] += select(column, column * u.ldb, TRANS_B); }
  }
  var sums: array<f32, SUMS>;
  var k = work.k;
  for (; k + DEPTH <= work.end; k += DEPTH) {
    var share: array<f32, SHARES * DEPTH>;
    var y: array<f32, COLUMNS * DEPTH>;
    for (var d = 0u; d < DEPTH; d++) { //!unroll always
      let toA = stepA(k + d);
      let toB = stepB(k + d);
      for (var q = 0u; q < SHARES; q++) { //!unroll always
        share[q * DEPTH + d] = elementsA[rows[q] + toA];
      }
      for (var c = 0u; c < COLUMNS; c++) { //!unroll always
        y[c * DEPTH + d] = elementsB[columns[c] + toB];
      }
    }
    for (var q = 0u; q < SHARES; q++) { //!unroll always
      for (var i = 0u; i < 4u; i++) { //!unroll always
        var x: array<f32, DEPTH>;
        for (var d = 0u; d < DEPTH; d++) { //!unroll always
          x[d] = quadBroadcast(share[q * DEPTH + d], i);
        }
        for (var c = 0u; c < COLUMNS; c++) { //!unroll always
          var sum = sums[(4u * q + i) * COLUMNS + c];
          for (var d = 0u; d < DEPTH; d++) { //!unroll always
            sum = fma(x[d], y[c * DEPTH + d], sum);
          }
          sums[(4u * q + i) * COLUMNS + c] = sum;
        }
      }
    }
  }
  for (; k < work.end; k++) {
    let toA = stepA(k);
    let toB = stepB(k);
    var y: array<f32, COLUMNS>;
    for (var c = 0u; c < COLUMNS; c++) { //!unroll always
      y[c] = elementsB[columns[c] + toB];
    }
    for (var q = 0u; q < SHARES; q++) { //!unroll always
      let share = elementsA[rows[q] + toA];
      for (var i = 0u; i < 4u; i++) { //!unroll always
        let x = quadBroadcast(share, i);
        for (var c = 0u; c < COLUMNS; c++) { //!unroll always
          sums[(4u * q + i) * COLUMNS + c] = fma(x, y[c], sums[(4u * q + i) * COLUMNS + c]);
        }
      }
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
  let corner = cornerOf(work, local);
  for (var i = 0u; i < SUMS; i++) {
    let place = corner + vec2(i / COLUMNS, 4u * (i % COLUMNS));
    if (place.x >= u.m || place.y >= u.n) { continue; }
    let at = work.base.c + place.x * u.ldc + place.y;
    c[at] = result(preActivation(sums[i], place.y), at);
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
  let corner = cornerOf(work, local);
  for (var i = 0u; i < SUMS; i++) {
    let place = corner + vec2(i / COLUMNS, 4u * (i % COLUMNS));
    if (place.x >= u.m || place.y >= u.n) { continue; }
    let at = work.base.c + place.x * u.ldc + place.y;
    let x = preActivation(sums[i], place.y);
    before[at] = x;
    c[at] = result(x, at);
  }
}
`,
  'matmul/matrix': `// C as product.wgsl says, by the matrix units of an adapter: operands rounded to f16, products and sums in f32. One workgroup makes a tile of
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

// The quad and the k / 4 of block i of a tile of \`quads\` quads: neighbours read along the axis that is contiguous.
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

// Row and column in C of quad \`item\` of what is staged, where every subgroup gave its matrix \`unit\`.
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
`,
  'matmul/naive': `// C as product.wgsl says, in the plainest way: all strides, transposes, walks and epilogues.
// One invocation an element of C, one workgroup 16 x 16 of them; a sum is one chain of f32 multiply-adds in order of k.
// Bytes: 8 k an element, mostly from caches; FLOPs: 2 m n k. For small products, and the measure of the other kernels.

//!include lib/grid.wgsl
//!include matmul/product.wgsl

const SIDE: u32 = 16u;

struct Element {
  inside: bool,
  column: u32,
  at: u32,
  sum: f32,
}

fn elementOf(local: vec3<u32>, number: u32) -> Element {
  let tiles = u.tilesM * u.tilesN;
  let tile = number % tiles;
  let row = (tile / u.tilesN) * SIDE + local.y;
  let column = (tile % u.tilesN) * SIDE + local.x;
  if (number >= u.count || row >= u.m || column >= u.n) { return Element(false, 0u, 0u, 0.0); }
  let base = basesOf(number / tiles);
  var sum = 0.0;
  for (var k = 0u; k < u.k; k++) {
    sum = fma(aAt(base.a + placeInA(row, k)), bAt(base.b + placeInB(k, column)), sum);
  }
  return Element(true, column, base.c + row * u.ldc + column, sum);
}

@compute @workgroup_size(SIDE, SIDE)
fn scalar(
  @builtin(local_invocation_id) local: vec3<u32>,
  @builtin(workgroup_id) id: vec3<u32>,
  @builtin(num_workgroups) count: vec3<u32>,
) {
  let e = elementOf(local, workgroupNumber(id, count));
  if (e.inside) { c[e.at] = result(preActivation(e.sum, e.column), e.at); }
}

@compute @workgroup_size(SIDE, SIDE)
fn scalarBefore(
  @builtin(local_invocation_id) local: vec3<u32>,
  @builtin(workgroup_id) id: vec3<u32>,
  @builtin(num_workgroups) count: vec3<u32>,
) {
  let e = elementOf(local, workgroupNumber(id, count));
  if (e.inside) {
    let x = preActivation(e.sum, e.column);
    before[e.at] = x;
    c[e.at] = result(x, e.at);
  }
}
`,
  'matmul/offsets': `// Tables of the offsets of up to three walks, one after the other: out[i] = Σ over axes of index · stride, indices in row-major order.
// Layout: a walk is six axes (sizes 1 at the front where there are fewer), the last in \`y\` of the second vec4; strides wrap if negative.
// One invocation an offset. Bytes: 4 an offset. Limits: six axes.

//!include lib/grid.wgsl

struct Walk {
  shape: array<vec4<u32>, 2>,
  strides: array<vec4<u32>, 2>,
}

struct Uniforms {
  // Where each table ends.
  ends: vec4<u32>,
  walks: array<Walk, 3>,
}

@group(0) @binding(0) var<uniform> u: Uniforms;
@group(0) @binding(1) var<storage, read_write> out: array<u32>;

@compute @workgroup_size(256)
fn main(
  @builtin(local_invocation_index) local: u32,
  @builtin(workgroup_id) id: vec3<u32>,
  @builtin(num_workgroups) count: vec3<u32>,
) {
  let i = workgroupNumber(id, count) * 256u + local;
  if (i >= u.ends.z) { return; }
  let walk = select(select(2u, 1u, i < u.ends.y), 0u, i < u.ends.x);
  var rest = i - select(select(u.ends.y, u.ends.x, walk == 1u), 0u, walk == 0u);
  var offset = 0u;
  for (var axis = 6u; axis > 0u; axis--) {
    let at = axis - 1u;
    let size = u.walks[walk].shape[at >> 2u][at & 3u];
    offset += (rest % size) * u.walks[walk].strides[at >> 2u][at & 3u];
    rest /= size;
  }
  out[i] = offset;
}
`,
  'matmul/product': `// What the kernels of a product share: C = activation(alpha · op(A) · op(B) + bias) + residual, batched.
// Layout: A is [m, k] with row step lda, or [k, m] if TRANS_A; B is [k, n] with row step ldb, or [n, k] if TRANS_B. With WALK_B element
// [k, n] of B lies at offsets[k] + offsets[K + n], with WALK_A element [m, k] of A at m · lda + offsets[K + N + k]. C, the residual and
// what the activation is given are [m, n] with row step ldc. k may be cut into splits, whose sums then lie cSplit apart.
// Operands that are read are bound as vec4s, of which single components may be read too; c and before are each one buffer that is
// declared both ways, since writing a component may write the whole vec4.

//!include lib/math.wgsl

struct Uniforms {
  m: u32,
  n: u32,
  k: u32,
  lda: u32,
  ldb: u32,
  ldc: u32,
  aOffset: u32,
  bOffset: u32,
  cOffset: u32,
  // Batches of the inner axis, and steps along both.
  inner: u32,
  aOuter: u32,
  aInner: u32,
  bOuter: u32,
  bInner: u32,
  cOuter: u32,
  cInner: u32,
  alpha: f32,
  // Workgroups in all, and tiles of C along m and n.
  count: u32,
  tilesM: u32,
  tilesN: u32,
  splits: u32,
  // k of one split.
  depth: u32,
  cSplit: u32,
}

override TRANS_A: bool = false;
override TRANS_B: bool = false;
override WALK_A: bool = false;
override WALK_B: bool = false;
override HAS_BIAS: bool = false;
override HAS_RESIDUAL: bool = false;
// 0 none, 1 relu, 2 gelu, 3 geluTanh, 4 silu
override ACTIVATION: u32 = 0;

@group(0) @binding(0) var<uniform> u: Uniforms;
@group(0) @binding(1) var<storage, read> a: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> b: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read> bias: array<vec4<f32>>;
@group(0) @binding(4) var<storage, read> residual: array<vec4<f32>>;
@group(0) @binding(5) var<storage, read> offsets: array<u32>;
@group(0) @binding(6) var<storage, read_write> c: array<f32>;
@group(0) @binding(6) var<storage, read_write> c4: array<vec4<f32>>;
@group(0) @binding(7) var<storage, read_write> before: array<f32>;
@group(0) @binding(7) var<storage, read_write> before4: array<vec4<f32>>;

fn aAt(i: u32) -> f32 {
  return a[i >> 2u][i & 3u];
}

fn bAt(i: u32) -> f32 {
  return b[i >> 2u][i & 3u];
}

// Where the operands of a batch begin.
struct Bases {
  a: u32,
  b: u32,
  c: u32,
}

fn basesOf(batch: u32) -> Bases {
  let outer = batch / u.inner;
  let inner = batch % u.inner;
  return Bases(
    u.aOffset + outer * u.aOuter + inner * u.aInner,
    u.bOffset + outer * u.bOuter + inner * u.bInner,
    u.cOffset + outer * u.cOuter + inner * u.cInner,
  );
}

// Place of an element of A, after the base.
fn placeInA(row: u32, k: u32) -> u32 {
  if (WALK_A) { return row * u.lda + offsets[u.k + u.n + k]; }
  if (TRANS_A) { return k * u.lda + row; }
  return row * u.lda + k;
}

fn placeInB(k: u32, column: u32) -> u32 {
  if (WALK_B) { return offsets[k] + offsets[u.k + column]; }
  if (TRANS_B) { return column * u.ldb + k; }
  return k * u.ldb + column;
}

fn activated(x: f32) -> f32 {
  switch (ACTIVATION) {
    case 1u: { return select(0.0, x, x > 0.0 || isNan(x)); }
    case 2u: { return geluOf(x); }
    case 3u: { return geluTanhOf(x); }
    case 4u: { return siluOf(x); }
    default: { return x; }
  }
}

// What the activation is given.
fn preActivation(sum: f32, column: u32) -> f32 {
  let x = u.alpha * sum;
  if (HAS_BIAS) { return x + bias[column >> 2u][column & 3u]; }
  return x;
}

fn preActivation4(sum: vec4<f32>, column: u32) -> vec4<f32> {
  let x = u.alpha * sum;
  if (HAS_BIAS) { return x + bias[column >> 2u]; }
  return x;
}

// The element of C at \`at\`.
fn result(x: f32, at: u32) -> f32 {
  let y = activated(x);
  if (HAS_RESIDUAL) { return y + residual[at >> 2u][at & 3u]; }
  return y;
}

fn result4(x: vec4<f32>, at: u32) -> vec4<f32> {
  let y = vec4(activated(x.x), activated(x.y), activated(x.z), activated(x.w));
  if (HAS_RESIDUAL) { return y + residual[at >> 2u]; }
  return y;
}
`,
  'matmul/skinny': `// C as product.wgsl says where it has at most four rows, or (COLUMNS_ARE_FEW) columns: up to four vectors times a matrix that is read once.
// Layout: the matrix is B, or A where the columns are few; its other axis than k is the long one. \`alongK\` reads a matrix that is contiguous
// along k: a workgroup makes 8 places of the long axis, 32 invocations each, which read 128 k in a row. \`acrossK\` reads one that is
// contiguous along the long axis: a workgroup makes 64 places, 16 invocations for every 16th k. Then partial sums are added, in order.
// MATRIX4 and VECTOR4 say that the matrix and, along k, the vectors may be read by vec4s.
// Bytes: 4 an element of the matrix; FLOPs: 2 m n k. Limits: no walks.

//!include lib/grid.wgsl
//!include matmul/product.wgsl

override COLUMNS_ARE_FEW: bool = false;
override MATRIX4: bool = false;
override VECTOR4: bool = false;

const SIZE: u32 = 256u;
const MOST: u32 = 4u;

var<workgroup> partial: array<vec4<f32>, SIZE * MOST>;

struct Work {
  base: Bases,
  // Number of the workgroup along the long axis.
  part: u32,
  k: u32,
  end: u32,
}

fn workOf(number: u32) -> Work {
  let split = (number / u.tilesN) % u.splits;
  var base = basesOf(number / (u.tilesN * u.splits));
  base.c += split * u.cSplit;
  let k = split * u.depth;
  return Work(base, number % u.tilesN, k, min(u.k, k + u.depth));
}

fn fewOf() -> u32 {
  return select(u.m, u.n, COLUMNS_ARE_FEW);
}

fn longOf() -> u32 {
  return select(u.n, u.m, COLUMNS_ARE_FEW);
}

// Element of A where the rows are few, of B otherwise.
fn vectorAt(base: Bases, vector: u32, k: u32) -> f32 {
  if (COLUMNS_ARE_FEW) { return bAt(base.b + placeInB(k, vector)); }
  return aAt(base.a + placeInA(vector, k));
}

fn firstOf(x: vec4<f32>, count: u32) -> vec4<f32> {
  return select(vec4<f32>(), x, vec4(0u, 1u, 2u, 3u) < vec4(count));
}

// Four k of a vector, of which \`left\` are there.
fn vectorQuad(base: Bases, vector: u32, k: u32, left: u32) -> vec4<f32> {
  if (VECTOR4) {
    if (COLUMNS_ARE_FEW) { return b[(base.b + placeInB(k, vector)) >> 2u]; }
    return a[(base.a + placeInA(vector, k)) >> 2u];
  }
  let last = k + left - 1u;
  let x = vec4(
    vectorAt(base, vector, k),
    vectorAt(base, vector, min(k + 1u, last)),
    vectorAt(base, vector, min(k + 2u, last)),
    vectorAt(base, vector, min(k + 3u, last)),
  );
  return firstOf(x, left);
}

fn matrixAt(i: u32) -> f32 {
  if (COLUMNS_ARE_FEW) { return aAt(i); }
  return bAt(i);
}

// Four elements of the matrix in a row, of which \`left\` are there.
fn matrixQuad(base: Bases, long: u32, k: u32, left: u32) -> vec4<f32> {
  var at = base.b + placeInB(k, long);
  if (COLUMNS_ARE_FEW) { at = base.a + placeInA(long, k); }
  if (MATRIX4) {
    if (COLUMNS_ARE_FEW) { return a[at >> 2u]; }
    return b[at >> 2u];
  }
  let last = left - 1u;
  let x = vec4(matrixAt(at), matrixAt(at + min(1u, last)), matrixAt(at + min(2u, last)), matrixAt(at + min(3u, last)));
  return firstOf(x, left);
}

struct Element {
  inside: bool,
  column: u32,
  at: u32,
  sum: f32,
}

fn elementOf(work: Work, vector: u32, long: u32, sum: f32) -> Element {
  let row = select(vector, long, COLUMNS_ARE_FEW);
  let column = select(long, vector, COLUMNS_ARE_FEW);
  let inside = row < u.m && column < u.n;
  return Element(inside, column, work.base.c + row * u.ldc + column, sum);
}

fn sumOf(x: vec4<f32>) -> f32 {
  return (x.x + x.y) + (x.z + x.w);
}

// The element of C of an invocation.
fn alongKOf(work: Work, local: u32) -> Element {
  let few = fewOf();
  let long = work.part * 8u + local / 32u;
  var s0 = vec4<f32>();
  var s1 = vec4<f32>();
  var s2 = vec4<f32>();
  var s3 = vec4<f32>();
  if (long < longOf()) {
    for (var k = work.k + 4u * (local % 32u); k < work.end; k += 128u) {
      let left = work.end - k;
      let x = matrixQuad(work.base, long, k, left);
      s0 = fma(vectorQuad(work.base, 0u, k, left), x, s0);
      if (few > 1u) { s1 = fma(vectorQuad(work.base, 1u, k, left), x, s1); }
      if (few > 2u) { s2 = fma(vectorQuad(work.base, 2u, k, left), x, s2); }
      if (few > 3u) { s3 = fma(vectorQuad(work.base, 3u, k, left), x, s3); }
    }
  }
  partial[local] = vec4(sumOf(s0), sumOf(s1), sumOf(s2), sumOf(s3));
  workgroupBarrier();
  for (var half = 16u; half > 0u; half /= 2u) {
    if (local % 32u < half) { partial[local] += partial[local + half]; }
    workgroupBarrier();
  }
  // the first 8 invocations of the first vector, the next of the second, ...
  if (local >= 8u * few) { return Element(false, 0u, 0u, 0.0); }
  return elementOf(work, local / 8u, work.part * 8u + local % 8u, partial[32u * (local % 8u)][local / 8u]);
}

fn acrossKOf(work: Work, local: u32) -> Element {
  let few = fewOf();
  let long = work.part * 64u + 4u * (local % 16u);
  let left = max(longOf(), long) - long;
  var s0 = vec4<f32>();
  var s1 = vec4<f32>();
  var s2 = vec4<f32>();
  var s3 = vec4<f32>();
  if (left > 0u) {
    for (var k = work.k + local / 16u; k < work.end; k += 16u) {
      let x = matrixQuad(work.base, long, k, left);
      s0 = fma(vec4(vectorAt(work.base, 0u, k)), x, s0);
      if (few > 1u) { s1 = fma(vec4(vectorAt(work.base, 1u, k)), x, s1); }
      if (few > 2u) { s2 = fma(vec4(vectorAt(work.base, 2u, k)), x, s2); }
      if (few > 3u) { s3 = fma(vec4(vectorAt(work.base, 3u, k)), x, s3); }
    }
  }
  partial[local] = s0;
  partial[SIZE + local] = s1;
  partial[2u * SIZE + local] = s2;
  partial[3u * SIZE + local] = s3;
  workgroupBarrier();
  for (var half = 8u; half > 0u; half /= 2u) {
    if (local / 16u < half) {
      for (var i = 0u; i < few; i++) { partial[i * SIZE + local] += partial[i * SIZE + local + 16u * half]; }
    }
    workgroupBarrier();
  }
  // 64 invocations a vector
  let vector = local / 64u;
  if (vector >= few) { return Element(false, 0u, 0u, 0.0); }
  let place = local % 64u;
  return elementOf(work, vector, work.part * 64u + place, partial[vector * SIZE + place / 4u][place % 4u]);
}

@compute @workgroup_size(SIZE)
fn alongK(
  @builtin(local_invocation_index) local: u32,
  @builtin(workgroup_id) id: vec3<u32>,
  @builtin(num_workgroups) count: vec3<u32>,
) {
  let number = workgroupNumber(id, count);
  if (number >= u.count) { return; }
  let e = alongKOf(workOf(number), local);
  if (e.inside) { c[e.at] = result(preActivation(e.sum, e.column), e.at); }
}

@compute @workgroup_size(SIZE)
fn acrossK(
  @builtin(local_invocation_index) local: u32,
  @builtin(workgroup_id) id: vec3<u32>,
  @builtin(num_workgroups) count: vec3<u32>,
) {
  let number = workgroupNumber(id, count);
  if (number >= u.count) { return; }
  let e = acrossKOf(workOf(number), local);
  if (e.inside) { c[e.at] = result(preActivation(e.sum, e.column), e.at); }
}

@compute @workgroup_size(SIZE)
fn alongKBefore(
  @builtin(local_invocation_index) local: u32,
  @builtin(workgroup_id) id: vec3<u32>,
  @builtin(num_workgroups) count: vec3<u32>,
) {
  let number = workgroupNumber(id, count);
  if (number >= u.count) { return; }
  let e = alongKOf(workOf(number), local);
  if (e.inside) {
    let x = preActivation(e.sum, e.column);
    before[e.at] = x;
    c[e.at] = result(x, e.at);
  }
}

@compute @workgroup_size(SIZE)
fn acrossKBefore(
  @builtin(local_invocation_index) local: u32,
  @builtin(workgroup_id) id: vec3<u32>,
  @builtin(num_workgroups) count: vec3<u32>,
) {
  let number = workgroupNumber(id, count);
  if (number >= u.count) { return; }
  let e = acrossKOf(workOf(number), local);
  if (e.inside) {
    let x = preActivation(e.sum, e.column);
    before[e.at] = x;
    c[e.at] = result(x, e.at);
  }
}
`,
  'matmul/split-sum': `// The last pass of a product whose k was cut into splits: C as product.wgsl says of the sum of the partial products, in order.
// Layout: \`a\` holds the partial products [splits, batches, m, n], dense; depth the elements of one of them.
// One invocation four elements in a row (main, mainBefore: n a multiple of 4, C readable by vec4s) or one (scalar, scalarBefore).
// Bytes: 4 splits + 4 an element; FLOPs: splits an element.

//!include lib/grid.wgsl
//!include matmul/product.wgsl

const SIZE: u32 = 256u;

struct Place {
  column: u32,
  at: u32,
}

fn placeOf(element: u32) -> Place {
  let area = u.m * u.n;
  let inBatch = element % area;
  let column = inBatch % u.n;
  return Place(column, basesOf(element / area).c + (inBatch / u.n) * u.ldc + column);
}

fn sumOf(element: u32) -> f32 {
  var sum = aAt(element);
  for (var split = 1u; split < u.splits; split++) { sum += aAt(split * u.depth + element); }
  return sum;
}

fn sumOf4(element: u32) -> vec4<f32> {
  var sum = a[element >> 2u];
  for (var split = 1u; split < u.splits; split++) { sum += a[(split * u.depth + element) >> 2u]; }
  return sum;
}

@compute @workgroup_size(SIZE)
fn main(
  @builtin(local_invocation_index) local: u32,
  @builtin(workgroup_id) id: vec3<u32>,
  @builtin(num_workgroups) count: vec3<u32>,
) {
  let element = 4u * (workgroupNumber(id, count) * SIZE + local);
  if (element >= u.depth) { return; }
  let place = placeOf(element);
  c4[place.at >> 2u] = result4(preActivation4(sumOf4(element), place.column), place.at);
}

@compute @workgroup_size(SIZE)
fn mainBefore(
  @builtin(local_invocation_index) local: u32,
  @builtin(workgroup_id) id: vec3<u32>,
  @builtin(num_workgroups) count: vec3<u32>,
) {
  let element = 4u * (workgroupNumber(id, count) * SIZE + local);
  if (element >= u.depth) { return; }
  let place = placeOf(element);
  let x = preActivation4(sumOf4(element), place.column);
  before4[place.at >> 2u] = x;
  c4[place.at >> 2u] = result4(x, place.at);
}

@compute @workgroup_size(SIZE)
fn scalar(
  @builtin(local_invocation_index) local: u32,
  @builtin(workgroup_id) id: vec3<u32>,
  @builtin(num_workgroups) count: vec3<u32>,
) {
  let element = workgroupNumber(id, count) * SIZE + local;
  if (element >= u.depth) { return; }
  let place = placeOf(element);
  c[place.at] = result(preActivation(sumOf(element), place.column), place.at);
}

@compute @workgroup_size(SIZE)
fn scalarBefore(
  @builtin(local_invocation_index) local: u32,
  @builtin(workgroup_id) id: vec3<u32>,
  @builtin(num_workgroups) count: vec3<u32>,
) {
  let element = workgroupNumber(id, count) * SIZE + local;
  if (element >= u.depth) { return; }
  let place = placeOf(element);
  let x = preActivation(sumOf(element), place.column);
  before[place.at] = x;
  c[place.at] = result(x, place.at);
}
`,
  'matmul/tiled': `// C as product.wgsl says, in tiles of f32 in workgroup memory: tiles.wgsl says how.
// Workgroup memory: a quad is a vec4, 16 bytes.

alias Quad = vec4<f32>;

fn quadOf(x: vec4<f32>) -> Quad {
  return x;
}

fn numbersOf(x: Quad) -> vec4<f32> {
  return x;
}

//!include matmul/tiles.wgsl
`,
  'matmul/tiled-half': `// C as product.wgsl says, in tiles whose operands lie in workgroup memory as f16: tiles.wgsl says how. Sums stay f32.
// Workgroup memory: a quad is two words of two f16, 8 bytes. Packing is part of WGSL everywhere: shader-f16 is not asked for.
// Rounding: x becomes x (1 + d), |d| <= 2^-11 where the adapter rounds to the nearest f16, 2^-10 where it does not; below 2^-14 the error is
// 2^-24 at most, or x becomes 0. From 65520 on x becomes infinity, and NaN stays NaN: WGSL leaves both open, and an adapter may spoil the
// other half of the word.
// Cost: for each k 16 conversions beside the 64 multiply-adds of 2 x 2 blocks, 8 beside the 16 of one block, for half the bytes that are
// read from workgroup memory. It can only pay where a product waits for those reads. Not measured on a GPU.

alias Quad = vec2<u32>;

fn quadOf(x: vec4<f32>) -> Quad {
  let bits = bitcast<vec4<u32>>(x);
  let size = bits & vec4(0x7fffffffu);
  // 65520, of which the nearest f16 is infinity
  let beyond = size >= vec4(0x477ff000u);
  let inside = select(x, vec4<f32>(), beyond);
  let packed = vec2(pack2x16float(inside.xy), pack2x16float(inside.zw));
  if (!any(beyond)) { return packed; }
  let sign = (bits >> vec4(16u)) & vec4(0x8000u);
  let halves = select(vec4<u32>(), sign | select(vec4(0x7c00u), vec4(0x7e00u), size > vec4(0x7f800000u)), beyond);
  return packed | (halves.xz | (halves.yw << vec2(16u)));
}

fn numbersOf(x: Quad) -> vec4<f32> {
  return vec4(unpack2x16float(x.x), unpack2x16float(x.y));
}

//!include matmul/tiles.wgsl
`,
  'matmul/tiles': `// The body of tiled.wgsl and tiled-half.wgsl: C as product.wgsl says, in tiles. One workgroup makes a tile of C of one batch and one split
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
`,
  'matmul/work': `// How tiles of C are shared out among workgroups.

// Workgroups take tiles of C in strips of this many rows of tiles, for the caches.
const STRIP = 8u;

// What a workgroup is to do.
struct Work {
  base: Bases,
  tileRow: u32,
  tileColumn: u32,
  k: u32,
  end: u32,
}

fn workOf(number: u32) -> Work {
  let tiles = u.tilesM * u.tilesN;
  let tile = number % tiles;
  let split = (number / tiles) % u.splits;
  var base = basesOf(number / (tiles * u.splits));
  base.c += split * u.cSplit;
  let inStrip = STRIP * u.tilesN;
  let first = (tile / inStrip) * STRIP;
  let rows = min(STRIP, u.tilesM - first);
  let rest = tile % inStrip;
  let k = split * u.depth;
  return Work(base, first + rest % rows, rest / rows, k, min(u.k, k + u.depth));
}
`,
  'norm/layer-norm': `// out = (x - mean) · rstd · gamma + beta over rows of x [rows, n], contiguous; mean and rstd = 1 / √(variance + eps) are [rows].
// Two-pass variance. A workgroup holds SIZE / LANES rows in registers and reads them once. Bytes: 8 an element and gamma and
// beta from caches; FLOPs: about 10. Limits: n <= LANES · HELD; longer rows go to norm/layer-norm-long.wgsl.

//!include lib/workgroup-reduce.wgsl
//!include norm/layer-norm-body.wgsl

@compute @workgroup_size(SIZE)
fn main(
  @builtin(workgroup_id) id: vec3<u32>,
  @builtin(num_workgroups) count: vec3<u32>,
  @builtin(local_invocation_index) place: u32,
) {
  layerNormRows(workgroupNumber(id, count), place, 1u);
}
`,
  'norm/layer-norm-backward': `// dx = rstd · (h - mean(h) - z · mean(h z)) with h = g · gamma, z = (x - mean) · rstd, over rows of x [rows, n], contiguous. A
// workgroup holds SIZE / LANES rows in registers and reads them once. Bytes: 12 an element and gamma from caches; FLOPs: about
// 10. Limits: n <= LANES · HELD; longer rows go to norm/layer-norm-backward-long.wgsl.

//!include lib/workgroup-reduce.wgsl
//!include norm/layer-norm-backward-body.wgsl

@compute @workgroup_size(SIZE)
fn main(
  @builtin(workgroup_id) id: vec3<u32>,
  @builtin(num_workgroups) count: vec3<u32>,
  @builtin(local_invocation_index) place: u32,
) {
  layerNormBackwardRows(workgroupNumber(id, count), place, 1u);
}
`,
  'norm/layer-norm-backward-body': `// dx of layer norm over rows that the registers of their LANES invocations hold: the body of norm/layer-norm-backward.wgsl and
// norm/layer-norm-backward-subgroups.wgsl, which say how lanes add up.

//!include lib/grid.wgsl

struct Uniforms {
  rows: u32,
  n: u32,
}

const HELD: u32 = 16;

@group(0) @binding(0) var<uniform> u: Uniforms;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> gamma: array<f32>;
@group(0) @binding(3) var<storage, read> mean: array<f32>;
@group(0) @binding(4) var<storage, read> rstd: array<f32>;
@group(0) @binding(5) var<storage, read> g: array<f32>;
@group(0) @binding(6) var<storage, read_write> dx: array<f32>;

fn layerNormBackwardRows(number: u32, place: u32, subgroup: u32) {
  let row = number * (SIZE / LANES) + place / LANES;
  let lane = place % LANES;
  let end = select(0u, u.n, row < u.rows);
  let start = row * u.n;
  let m = mean[min(row, u.rows - 1u)];
  let r = rstd[min(row, u.rows - 1u)];
  var heldH: array<f32, HELD>;
  var heldZ: array<f32, HELD>;
  var mine = vec2(0.0);
  for (var k = 0u; k < HELD; k++) {
    if (k * LANES < u.n) {
      let i = k * LANES + lane;
      if (i < end) {
        heldH[k] = g[start + i] * gamma[i];
        heldZ[k] = (x[start + i] - m) * r;
        mine += vec2(heldH[k], heldH[k] * heldZ[k]);
      }
    }
  }
  let means = sumOfLanes(mine, place, subgroup) / f32(u.n);
  for (var k = 0u; k < HELD; k++) {
    if (k * LANES < u.n) {
      let i = k * LANES + lane;
      if (i < end) {
        dx[start + i] = r * (heldH[k] - means.x - heldZ[k] * means.y);
      }
    }
  }
}
`,
  'norm/layer-norm-backward-long': `// dx = rstd · (h - mean(h) - z · mean(h z)) with h = g · gamma, z = (x - mean) · rstd, over rows too long for registers, by
// \`parts\` of each row; a workgroup is a part. \`sums\` leaves Σ h and Σ h z of each part in scratch; \`main\` joins those of its row
// and writes one part. Bytes: 12 an element, in two readings 20; FLOPs: about 15. Limits: rows · n below 2^32.

//!include lib/grid.wgsl
//!include lib/workgroup-reduce.wgsl

struct Uniforms {
  rows: u32,
  n: u32,
  parts: u32,
  length: u32,
}

const TILE: u32 = 8;

@group(0) @binding(0) var<uniform> u: Uniforms;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> gamma: array<f32>;
@group(0) @binding(3) var<storage, read> mean: array<f32>;
@group(0) @binding(4) var<storage, read> rstd: array<f32>;
@group(0) @binding(5) var<storage, read> g: array<f32>;
// of sums
@group(0) @binding(6) var<storage, read_write> sumsOut: array<vec2<f32>>;
// of main
@group(0) @binding(6) var<storage, read> sumsIn: array<vec2<f32>>;
@group(0) @binding(7) var<storage, read_write> dx: array<f32>;

@compute @workgroup_size(SIZE)
fn sums(
  @builtin(workgroup_id) id: vec3<u32>,
  @builtin(num_workgroups) count: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let unit = workgroupNumber(id, count);
  let present = unit < u.rows * u.parts;
  let row = select(0u, unit / u.parts, present);
  let begin = unit % u.parts * u.length;
  let end = select(begin, min(begin + u.length, u.n), present);
  let m = mean[row];
  let r = rstd[row];
  var mine = vec2(0.0);
  for (var i = begin + lane; i < end; i += SIZE * TILE) {
    var tile = vec2(0.0);
    for (var k = 0u; k < TILE; k++) {
      let at = i + k * SIZE;
      if (at < end) {
        let h = g[row * u.n + at] * gamma[at];
        tile += vec2(h, h * ((x[row * u.n + at] - m) * r));
      }
    }
    mine += tile;
  }
  let all = sumOfLanes(mine, lane, 1u);
  if (present && lane == 0u) {
    sumsOut[unit] = all;
  }
}

@compute @workgroup_size(SIZE)
fn main(
  @builtin(workgroup_id) id: vec3<u32>,
  @builtin(num_workgroups) count: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let unit = workgroupNumber(id, count);
  let present = unit < u.rows * u.parts;
  let row = select(0u, unit / u.parts, present);
  let begin = unit % u.parts * u.length;
  let end = select(begin, min(begin + u.length, u.n), present);
  let m = mean[row];
  let r = rstd[row];
  var mine = vec2(0.0);
  for (var part = lane; part < u.parts; part += SIZE) {
    mine += sumsIn[row * u.parts + part];
  }
  let means = sumOfLanes(mine, lane, 1u) / f32(u.n);
  for (var i = begin + lane; i < end; i += SIZE) {
    let at = row * u.n + i;
    let z = (x[at] - m) * r;
    dx[at] = r * (g[at] * gamma[i] - means.x - z * means.y);
  }
}
`,
  'norm/layer-norm-backward-subgroups': `// As norm/layer-norm-backward.wgsl, with subgroups.

//!include lib/subgroup-reduce.wgsl
//!include norm/layer-norm-backward-body.wgsl

@compute @workgroup_size(SIZE)
fn main(
  @builtin(workgroup_id) id: vec3<u32>,
  @builtin(num_workgroups) count: vec3<u32>,
  @builtin(subgroup_invocation_id) lane: u32,
  @builtin(subgroup_size) subgroup: u32,
) {
  layerNormBackwardRows(workgroupNumber(id, count), placeOf(lane, subgroup), subgroup);
}
`,
  'norm/layer-norm-body': `// Layer norm of rows that the registers of their LANES invocations hold: the body of norm/layer-norm.wgsl and
// norm/layer-norm-subgroups.wgsl, which say how lanes add up.

//!include lib/grid.wgsl
//!include norm/rstd.wgsl

struct Uniforms {
  rows: u32,
  n: u32,
  eps: f32,
}

const HELD: u32 = 16;

@group(0) @binding(0) var<uniform> u: Uniforms;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> gamma: array<f32>;
@group(0) @binding(3) var<storage, read> beta: array<f32>;
@group(0) @binding(4) var<storage, read_write> out: array<f32>;
@group(0) @binding(5) var<storage, read_write> mean: array<f32>;
@group(0) @binding(6) var<storage, read_write> rstd: array<f32>;

fn layerNormRows(number: u32, place: u32, subgroup: u32) {
  let row = number * (SIZE / LANES) + place / LANES;
  let lane = place % LANES;
  let end = select(0u, u.n, row < u.rows);
  let start = row * u.n;
  let n = f32(u.n);
  // beside the first element: equal elements have no spread, and a large mean costs no digits
  let first = x[select(0u, start, row < u.rows)];
  var held: array<f32, HELD>;
  var mine = vec2(0.0);
  for (var k = 0u; k < HELD; k++) {
    if (k * LANES < u.n) {
      let i = k * LANES + lane;
      if (i < end) {
        held[k] = x[start + i] - first;
        mine.x += held[k];
      }
    }
  }
  let offset = sumOfLanes(mine, place, subgroup).x / n;
  mine = vec2(0.0);
  for (var k = 0u; k < HELD; k++) {
    if (k * LANES < u.n) {
      if (k * LANES + lane < end) {
        held[k] -= offset;
        mine += vec2(held[k], held[k] * held[k]);
      }
    }
  }
  // the rounding of the offset comes off
  let sums = sumOfLanes(mine, place, subgroup);
  let rest = sums.x / n;
  let r = rstdOf((sums.y - sums.x * rest) / n, u.eps);
  for (var k = 0u; k < HELD; k++) {
    if (k * LANES < u.n) {
      let i = k * LANES + lane;
      if (i < end) {
        out[start + i] = (held[k] - rest) * r * gamma[i] + beta[i];
      }
    }
  }
  if (row < u.rows && lane == 0u) {
    mean[row] = first + (offset + rest);
    rstd[row] = r;
  }
}
`,
  'norm/layer-norm-columns': `// First stage of dgamma = Σ g · z and dbeta = Σ g over rows, z = (x - mean) · rstd, for x [rows, n], contiguous: sums over parts
// of the rows, [parts, n], for reduce/columns.wgsl to add up. A workgroup has SIZE / LANES columns side by side and LANES
// invocations down each of them, over \`length\` rows. The order of sums is fixed. Bytes: 8 an element; FLOPs: 5. Limits: rows · n
// below 2^32.

//!include lib/grid.wgsl
//!include lib/workgroup-reduce.wgsl

struct Uniforms {
  rows: u32,
  n: u32,
  parts: u32,
  length: u32,
}

const TILE: u32 = 8;

@group(0) @binding(0) var<uniform> u: Uniforms;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> mean: array<f32>;
@group(0) @binding(3) var<storage, read> rstd: array<f32>;
@group(0) @binding(4) var<storage, read> g: array<f32>;
@group(0) @binding(5) var<storage, read_write> dgamma: array<f32>;
@group(0) @binding(6) var<storage, read_write> dbeta: array<f32>;

@compute @workgroup_size(SIZE)
fn main(
  @builtin(workgroup_id) id: vec3<u32>,
  @builtin(num_workgroups) count: vec3<u32>,
  @builtin(local_invocation_index) index: u32,
) {
  const COLUMNS = SIZE / LANES;
  let number = workgroupNumber(id, count);
  let block = number / u.parts;
  let part = number - block * u.parts;
  let column = block * COLUMNS + index % COLUMNS;
  let lane = index / COLUMNS;
  let present = column < u.n;
  let begin = part * u.length;
  let end = select(begin, min(begin + u.length, u.rows), present);
  var mine = vec2(0.0);
  for (var i = begin + lane; i < end; i += LANES * TILE) {
    // in tiles, so that no sum runs over many rows one by one
    var tile = vec2(0.0);
    for (var k = 0u; k < TILE; k++) {
      let row = i + k * LANES;
      if (row < end) {
        let at = row * u.n + column;
        let gradient = g[at];
        tile += vec2(gradient * ((x[at] - mean[row]) * rstd[row]), gradient);
      }
    }
    mine += tile;
  }
  let all = sumOfLanes(mine, index % COLUMNS * LANES + lane, 1u);
  if (present && lane == 0u) {
    dgamma[part * u.n + column] = all.x;
    dbeta[part * u.n + column] = all.y;
  }
}
`,
  'norm/layer-norm-long': `// Layer norm of rows too long for registers, by \`parts\` of each row; a workgroup is a part. \`sums\` leaves Σ (x - first) of each
// part in scratch, \`squares\` Σ d and Σ d² of d = x - mean, and \`main\` writes (x - mean) · rstd · gamma + beta, mean and rstd;
// each joins what the one before left of its row. Bytes: 8 an element, in three readings 16; FLOPs: about 12. Limits: rows · n
// below 2^32.

//!include lib/grid.wgsl
//!include lib/workgroup-reduce.wgsl
//!include norm/rstd.wgsl

struct Uniforms {
  rows: u32,
  n: u32,
  parts: u32,
  length: u32,
  eps: f32,
}

const TILE: u32 = 8;

@group(0) @binding(0) var<uniform> u: Uniforms;
@group(0) @binding(1) var<storage, read> x: array<f32>;
// of sums
@group(0) @binding(2) var<storage, read_write> sumsOut: array<f32>;
// of squares
@group(0) @binding(2) var<storage, read> sumsIn: array<f32>;
@group(0) @binding(3) var<storage, read_write> squaresOut: array<vec2<f32>>;
// of main
@group(0) @binding(3) var<storage, read> squaresIn: array<vec2<f32>>;
@group(0) @binding(4) var<storage, read> gamma: array<f32>;
@group(0) @binding(5) var<storage, read> beta: array<f32>;
@group(0) @binding(6) var<storage, read_write> out: array<f32>;
@group(0) @binding(7) var<storage, read_write> mean: array<f32>;
@group(0) @binding(8) var<storage, read_write> rstd: array<f32>;

struct Span {
  row: u32,
  begin: u32,
  end: u32,
  present: bool,
}

fn partSpan(unit: u32) -> Span {
  let present = unit < u.rows * u.parts;
  let row = select(0u, unit / u.parts, present);
  let begin = unit % u.parts * u.length;
  return Span(row, begin, select(begin, min(begin + u.length, u.n), present), present);
}

// The mean of x - first.
fn offsetOf(row: u32, lane: u32) -> f32 {
  var mine = vec2(0.0);
  for (var part = lane; part < u.parts; part += SIZE) {
    mine.x += sumsIn[row * u.parts + part];
  }
  return sumOfLanes(mine, lane, 1u).x / f32(u.n);
}

@compute @workgroup_size(SIZE)
fn sums(
  @builtin(workgroup_id) id: vec3<u32>,
  @builtin(num_workgroups) count: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let unit = workgroupNumber(id, count);
  let span = partSpan(unit);
  let start = span.row * u.n;
  let first = x[start];
  var mine = vec2(0.0);
  for (var i = span.begin + lane; i < span.end; i += SIZE * TILE) {
    var tile = 0.0;
    for (var k = 0u; k < TILE; k++) {
      if (i + k * SIZE < span.end) {
        tile += x[start + i + k * SIZE] - first;
      }
    }
    mine.x += tile;
  }
  let sum = sumOfLanes(mine, lane, 1u).x;
  if (span.present && lane == 0u) {
    sumsOut[unit] = sum;
  }
}

@compute @workgroup_size(SIZE)
fn squares(
  @builtin(workgroup_id) id: vec3<u32>,
  @builtin(num_workgroups) count: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let unit = workgroupNumber(id, count);
  let span = partSpan(unit);
  let start = span.row * u.n;
  let first = x[start];
  let offset = offsetOf(span.row, lane);
  var mine = vec2(0.0);
  for (var i = span.begin + lane; i < span.end; i += SIZE * TILE) {
    var tile = vec2(0.0);
    for (var k = 0u; k < TILE; k++) {
      if (i + k * SIZE < span.end) {
        let d = x[start + i + k * SIZE] - first - offset;
        tile += vec2(d, d * d);
      }
    }
    mine += tile;
  }
  let all = sumOfLanes(mine, lane, 1u);
  if (span.present && lane == 0u) {
    squaresOut[unit] = all;
  }
}

@compute @workgroup_size(SIZE)
fn main(
  @builtin(workgroup_id) id: vec3<u32>,
  @builtin(num_workgroups) count: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let unit = workgroupNumber(id, count);
  let span = partSpan(unit);
  let start = span.row * u.n;
  let first = x[start];
  let offset = offsetOf(span.row, lane);
  var mine = vec2(0.0);
  for (var part = lane; part < u.parts; part += SIZE) {
    mine += squaresIn[span.row * u.parts + part];
  }
  let all = sumOfLanes(mine, lane, 1u);
  let rest = all.x / f32(u.n);
  let r = rstdOf((all.y - all.x * rest) / f32(u.n), u.eps);
  for (var i = span.begin + lane; i < span.end; i += SIZE) {
    out[start + i] = (x[start + i] - first - offset - rest) * r * gamma[i] + beta[i];
  }
  if (span.present && span.begin == 0u && lane == 0u) {
    mean[span.row] = first + (offset + rest);
    rstd[span.row] = r;
  }
}
`,
  'norm/layer-norm-subgroups': `// As norm/layer-norm.wgsl, with subgroups.

//!include lib/subgroup-reduce.wgsl
//!include norm/layer-norm-body.wgsl

@compute @workgroup_size(SIZE)
fn main(
  @builtin(workgroup_id) id: vec3<u32>,
  @builtin(num_workgroups) count: vec3<u32>,
  @builtin(subgroup_invocation_id) lane: u32,
  @builtin(subgroup_size) subgroup: u32,
) {
  layerNormRows(workgroupNumber(id, count), placeOf(lane, subgroup), subgroup);
}
`,
  'norm/rstd': `// 1 / √(variance + eps), infinite for 0, NaN for NaN.

//!include lib/numbers.wgsl

fn rstdOf(variance: f32, eps: f32) -> f32 {
  if (isNan(variance)) { return variance; }
  let v = max(variance, 0.0) + eps;
  if (v == 0.0) { return infinity(); }
  return 1.0 / sqrt(v);
}
`,
  'optim/accumulate': `// y[offset + i] += x[i] for i < n: a gradient into its slot of an arena.
// One workgroup takes 1024 elements. Bytes: 12 an element; FLOPs: 1.

//!include lib/grid.wgsl

struct Uniforms {
  n: u32,
  offset: u32,
}

@group(0) @binding(0) var<uniform> u: Uniforms;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;

@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) id: vec3<u32>,
  @builtin(num_workgroups) count: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let start = workgroupNumber(id, count) * 1024u;
  for (var k = 0u; k < 4u; k++) {
    let i = start + k * 256u + lane;
    if (i < u.n) {
      y[u.offset + i] += x[i];
    }
  }
}
`,
  'optim/adam': `// Adam on ranges of arenas, in place on param, m and v (and vMax in the entry \`amsgrad\`):
//   g = gradScale · grad (+ wd · p where decay and not DECOUPLED);  m = b1·m + (1-b1)·g;  v = b2·v + (1-b2)·g²
//   p -= lr · wd · p (where decay and DECOUPLED: AdamW);  p -= (lr / c1) · m / (sqrt(v / c2) + eps)
// hyper = [lr, b1, b2, 1-b1, 1-b2, eps, wd, c1, c2]. One workgroup takes 1024 elements of a range.
// Bytes: 28 an element; FLOPs: about 20.

//!include lib/grid.wgsl
//!include lib/numbers.wgsl
//!include optim/ranges.wgsl

override DECOUPLED: bool = true;
// Invocations of a workgroup: few on a processor, where each of them looks up the range.
const SIZE: u32 = 256u;

@group(0) @binding(0) var<uniform> u: Uniforms;
@group(0) @binding(1) var<storage, read_write> param: array<f32>;
@group(0) @binding(2) var<storage, read> grad: array<f32>;
@group(0) @binding(3) var<storage, read_write> m: array<f32>;
@group(0) @binding(4) var<storage, read_write> v: array<f32>;
@group(0) @binding(5) var<storage, read> hyper: array<f32>;
@group(0) @binding(6) var<storage, read> gradScale: array<f32>;
@group(0) @binding(7) var<storage, read_write> vMax: array<f32>;

// The numbers of the call: read once, for not every compiler sees that they stay as they are.
struct Hyper {
  b1: f32,
  b2: f32,
  rest1: f32,
  rest2: f32,
  eps: f32,
  decay: f32,
  c2: f32,
  // lr / c1, lr · wd
  step: f32,
  shrink: f32,
  gradScale: f32,
}

fn hyperOf() -> Hyper {
  let rate = hyper[0];
  let decay = hyper[6];
  return Hyper(
    hyper[1], hyper[2], hyper[3], hyper[4], hyper[5], decay, hyper[8], rate / hyper[7], rate * decay, gradScale[0]
  );
}

// New moments of element i, which are written.
fn moments(h: Hyper, i: u32, decay: bool) -> vec2<f32> {
  var g = grad[i] * h.gradScale;
  if (decay && !DECOUPLED) {
    g += h.decay * param[i];
  }
  let first = h.b1 * m[i] + h.rest1 * g;
  let second = h.b2 * v[i] + h.rest2 * g * g;
  m[i] = first;
  v[i] = second;
  return vec2(first, second);
}

fn update(h: Hyper, i: u32, decay: bool, first: f32, second: f32) {
  var p = param[i];
  if (decay && DECOUPLED) {
    p -= h.shrink * p;
  }
  param[i] = p - h.step * first / (sqrt(second / h.c2) + h.eps);
}

@compute @workgroup_size(SIZE)
fn main(
  @builtin(workgroup_id) id: vec3<u32>,
  @builtin(num_workgroups) count: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let part = partOf(workgroupNumber(id, count), 1024u);
  let h = hyperOf();
  for (var i = part.start + lane; i < part.end; i += SIZE) {
    let now = moments(h, i, part.decay);
    update(h, i, part.decay, now.x, now.y);
  }
}

@compute @workgroup_size(SIZE)
fn amsgrad(
  @builtin(workgroup_id) id: vec3<u32>,
  @builtin(num_workgroups) count: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let part = partOf(workgroupNumber(id, count), 1024u);
  let h = hyperOf();
  for (var i = part.start + lane; i < part.end; i += SIZE) {
    let now = moments(h, i, part.decay);
    let most = maxNan(vMax[i], now.y);
    vMax[i] = most;
    update(h, i, part.decay, now.x, most);
  }
}
`,
  'optim/lamb': `// LAMB (You et al. 2020) on ranges of arenas, each one parameter tensor, in three dispatches with g = gradScale · grad:
//   \`moments\`: m = b1·m + (1-b1)·g, v = b2·v + (1-b2)·g², and the sums of squares of p and of the update u of each part
//   \`ratios\`:  |p| / |u| of each range, 1 where either is 0, one workgroup a range
//   \`main\`:    p -= lr · ratio · u,  u = (m / c1) / (sqrt(v / c2) + eps) + wd · p (where decay)
// hyper = [lr, b1, b2, 1-b1, 1-b2, eps, wd, c1, c2]. A part is 1024 elements. Squares are taken beside a power of two near the
// largest element, so that none leaves the range of float32. Bytes: 44 an element; FLOPs: about 45.

//!include lib/grid.wgsl
//!include lib/numbers.wgsl
//!include optim/ranges.wgsl

@group(0) @binding(0) var<uniform> u: Uniforms;
@group(0) @binding(1) var<storage, read_write> param: array<f32>;
@group(0) @binding(2) var<storage, read> grad: array<f32>;
@group(0) @binding(3) var<storage, read_write> m: array<f32>;
@group(0) @binding(4) var<storage, read_write> v: array<f32>;
@group(0) @binding(5) var<storage, read> hyper: array<f32>;
@group(0) @binding(6) var<storage, read> gradScale: array<f32>;
@group(0) @binding(7) var<storage, read_write> partials: array<vec4<f32>>;
// of ratios
@group(0) @binding(1) var<storage, read> sums: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read_write> ratioOf: array<f32>;
// of main
@group(0) @binding(1) var<storage, read_write> weights: array<f32>;
@group(0) @binding(2) var<storage, read> first: array<f32>;
@group(0) @binding(3) var<storage, read> second: array<f32>;
@group(0) @binding(4) var<storage, read> rates: array<f32>;
@group(0) @binding(5) var<storage, read> ratio: array<f32>;

const size = 1024u;

// A sum of squares (s, k) stands for s · 4^k.
var<workgroup> lanes: array<vec4<f32>, 256>;
var<workgroup> mostWeight: atomic<u32>;
var<workgroup> mostUpdate: atomic<u32>;

fn powerOf2(k: f32) -> f32 {
  return bitcast<f32>(u32(i32(k) + 127) << 23u);
}

// k with 2^k <= |x| < 2^(k + 1) of the bits of |x|, within what powerOf2(-k) can say.
fn exponentOf(bits: u32) -> f32 {
  return clamp(f32(bits >> 23u), 1.0, 253.0) - 127.0;
}

fn addSquares(a: vec2<f32>, b: vec2<f32>) -> vec2<f32> {
  let k = max(a.y, b.y);
  let least = k - 60.0;
  let shareA = select(0.0, powerOf2(2.0 * (max(a.y, least) - k)), a.y > least);
  let shareB = select(0.0, powerOf2(2.0 * (max(b.y, least) - k)), b.y > least);
  return vec2(a.x * shareA + b.x * shareB, k);
}

// Σ over the workgroup, of weights in xy and of updates in zw.
fn total(lane: u32, own: vec4<f32>) -> vec4<f32> {
  lanes[lane] = own;
  workgroupBarrier();
  for (var half = 128u; half > 0u; half /= 2u) {
    if (lane < half) {
      let a = lanes[lane];
      let b = lanes[lane + half];
      lanes[lane] = vec4(addSquares(a.xy, b.xy), addSquares(a.zw, b.zw));
    }
    workgroupBarrier();
  }
  return lanes[0];
}

@compute @workgroup_size(256)
fn moments(
  @builtin(workgroup_id) id: vec3<u32>,
  @builtin(num_workgroups) count: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let number = workgroupNumber(id, count);
  let part = partOf(number, size);
  var weight: array<f32, 4>;
  var update: array<f32, 4>;
  for (var k = 0u; k < 4u; k++) {
    let i = part.start + k * 256u + lane;
    if (i < part.end) {
      let g = grad[i] * gradScale[0];
      let now = hyper[1] * m[i] + hyper[3] * g;
      let squared = hyper[2] * v[i] + hyper[4] * g * g;
      m[i] = now;
      v[i] = squared;
      weight[k] = param[i];
      update[k] = now / hyper[7] / (sqrt(squared / hyper[8]) + hyper[5]);
      if (part.decay) {
        update[k] += hyper[6] * param[i];
      }
      atomicMax(&mostWeight, bitcast<u32>(weight[k]) & 0x7fffffffu);
      atomicMax(&mostUpdate, bitcast<u32>(update[k]) & 0x7fffffffu);
    }
  }
  workgroupBarrier();
  let weightPower = exponentOf(atomicLoad(&mostWeight));
  let updatePower = exponentOf(atomicLoad(&mostUpdate));
  var squares = vec2(0.0);
  for (var k = 0u; k < 4u; k++) {
    let w = weight[k] * powerOf2(-weightPower);
    let d = update[k] * powerOf2(-updatePower);
    squares += vec2(w * w, d * d);
  }
  let sum = total(lane, vec4(squares.x, weightPower, squares.y, updatePower));
  if (lane == 0u && part.start < part.end) {
    partials[u.firstWorkgroup + number] = sum;
  }
}

@compute @workgroup_size(256)
fn ratios(
  @builtin(workgroup_id) id: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let range = id.x;
  var start = u.firstWorkgroup;
  for (var before = 0u; before < range; before++) {
    start += workgroupsOf(entryOf(before).length, size);
  }
  let end = start + workgroupsOf(entryOf(range).length, size);
  var own = vec4(0.0, -126.0, 0.0, -126.0);
  for (var i = start + lane; i < end; i += 256u) {
    own = vec4(addSquares(own.xy, sums[i].xy), addSquares(own.zw, sums[i].zw));
  }
  let sum = total(lane, own);
  if (lane == 0u) {
    var result = 1.0;
    if (!isNan(sum.x) && !isNan(sum.z) && sum.x > 0.0 && sum.z > 0.0) {
      // two steps, for the whole power may be beyond float32
      let power = sum.y - sum.w;
      let half = trunc(power / 2.0);
      result = sqrt(sum.x) / sqrt(sum.z) * powerOf2(half) * powerOf2(power - half);
    }
    ratioOf[u.firstRange + range] = result;
  }
}

@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) id: vec3<u32>,
  @builtin(num_workgroups) count: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let part = partOf(workgroupNumber(id, count), size);
  let rate = rates[0] * ratio[u.firstRange + part.range];
  for (var i = part.start + lane; i < part.end; i += 256u) {
    var update = first[i] / rates[7] / (sqrt(second[i] / rates[8]) + rates[5]);
    if (part.decay) {
      update += rates[6] * weights[i];
    }
    weights[i] -= rate * update;
  }
}
`,
  'optim/lion': `// Lion (Chen et al. 2023) on ranges of arenas, in place on param and m, with g = gradScale · grad:
//   p -= lr · (sign(b1·m + (1-b1)·g) + wd · p (where decay));  m = b2·m + (1-b2)·g
// hyper = [lr, b1, b2, 1-b1, 1-b2, wd]. The sign of 0 is 0 and that of NaN is NaN. One workgroup takes 1024 elements of a range.
// Bytes: 20 an element; FLOPs: about 11.

//!include lib/grid.wgsl
//!include lib/numbers.wgsl
//!include optim/ranges.wgsl

@group(0) @binding(0) var<uniform> u: Uniforms;
@group(0) @binding(1) var<storage, read_write> param: array<f32>;
@group(0) @binding(2) var<storage, read> grad: array<f32>;
@group(0) @binding(3) var<storage, read_write> m: array<f32>;
@group(0) @binding(4) var<storage, read> hyper: array<f32>;
@group(0) @binding(5) var<storage, read> gradScale: array<f32>;

fn signOf(x: f32) -> f32 {
  if (isNan(x)) { return x; }
  return select(select(0.0, -1.0, x < 0.0), 1.0, x > 0.0);
}

@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) id: vec3<u32>,
  @builtin(num_workgroups) count: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let part = partOf(workgroupNumber(id, count), 1024u);
  for (var i = part.start + lane; i < part.end; i += 256u) {
    let g = grad[i] * gradScale[0];
    var direction = signOf(hyper[1] * m[i] + hyper[3] * g);
    if (part.decay) {
      direction += hyper[5] * param[i];
    }
    param[i] -= hyper[0] * direction;
    m[i] = hyper[2] * m[i] + hyper[4] * g;
  }
}
`,
  'optim/maps': `// Changes of arenas in place, element by element on ranges:
//   \`lerp\`: y += rate · (x - y);  \`swap\`: y and x change places;  \`scale\`: y *= factor;
//   \`clampTo\`: y = max(-limit, min(limit, y)), NaN stays
// One workgroup takes 1024 elements of a range. Bytes: 12, 16, 8 and 8 an element; FLOPs: at most 3.

//!include lib/grid.wgsl
//!include lib/numbers.wgsl
//!include optim/ranges.wgsl

@group(0) @binding(0) var<uniform> u: Uniforms;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;
// of lerp
@group(0) @binding(2) var<storage, read> x: array<f32>;
@group(0) @binding(3) var<storage, read> rate: array<f32>;
// of swap: words, for the bits of NaN
@group(0) @binding(1) var<storage, read_write> a: array<u32>;
@group(0) @binding(2) var<storage, read_write> b: array<u32>;
// of scale
@group(0) @binding(2) var<storage, read> factor: array<f32>;

@compute @workgroup_size(256)
fn lerp(
  @builtin(workgroup_id) id: vec3<u32>,
  @builtin(num_workgroups) count: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let part = partOf(workgroupNumber(id, count), 1024u);
  for (var i = part.start + lane; i < part.end; i += 256u) {
    y[i] += rate[0] * (x[i] - y[i]);
  }
}

@compute @workgroup_size(256)
fn swap(
  @builtin(workgroup_id) id: vec3<u32>,
  @builtin(num_workgroups) count: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let part = partOf(workgroupNumber(id, count), 1024u);
  for (var i = part.start + lane; i < part.end; i += 256u) {
    let held = a[i];
    a[i] = b[i];
    b[i] = held;
  }
}

@compute @workgroup_size(256)
fn scale(
  @builtin(workgroup_id) id: vec3<u32>,
  @builtin(num_workgroups) count: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let part = partOf(workgroupNumber(id, count), 1024u);
  for (var i = part.start + lane; i < part.end; i += 256u) {
    y[i] *= factor[0];
  }
}

@compute @workgroup_size(256)
fn clampTo(
  @builtin(workgroup_id) id: vec3<u32>,
  @builtin(num_workgroups) count: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let part = partOf(workgroupNumber(id, count), 1024u);
  for (var i = part.start + lane; i < part.end; i += 256u) {
    let value = y[i];
    if (!isNan(value)) {
      y[i] = select(select(value, -u.limit, value < -u.limit), u.limit, value > u.limit);
    }
  }
}
`,
  'optim/ranges': `// Which part of an arena a workgroup takes. A call is a table of ranges, two in a vec4: (offset, length and decay in the top bit),
// and each range has workgroups of its own, one for every \`size\` elements, in the order of the table. Included by the kernels
// of this folder; a table holds 30 ranges, and longer lists are several dispatches.

struct Uniforms {
  count: u32,
  // Of the first workgroup and the first range of this table among those of the whole call.
  firstWorkgroup: u32,
  firstRange: u32,
  limit: f32,
  table: array<vec4<u32>, 15>,
}

struct Part {
  start: u32,
  end: u32,
  decay: bool,
  range: u32,
}

struct Entry {
  offset: u32,
  length: u32,
  decay: bool,
}

fn entryOf(range: u32) -> Entry {
  let pair = u.table[range / 2u];
  let words = select(pair.xy, pair.zw, (range & 1u) == 1u);
  return Entry(words.x, words.y & 0x7fffffffu, (words.y >> 31u) == 1u);
}

fn workgroupsOf(length: u32, size: u32) -> u32 {
  return (length + size - 1u) / size;
}

// The part of workgroup \`number\`, empty for one past the last.
fn partOf(number: u32, size: u32) -> Part {
  var rest = number;
  for (var range = 0u; range < u.count; range++) {
    let entry = entryOf(range);
    let workgroups = workgroupsOf(entry.length, size);
    if (rest < workgroups) {
      let start = entry.offset + rest * size;
      return Part(start, min(start + size, entry.offset + entry.length), entry.decay, range);
    }
    rest -= workgroups;
  }
  return Part(0u, 0u, false, 0u);
}
`,
  'optim/sgd': `// SGD on ranges of arenas, in place on param (and on buffer in the entry \`momentum\`):
//   d = gradScale · grad (+ wd · p where decay);  b = momentum · b + share · d;  p -= lr · (NESTEROV ? d + momentum · b : b)
// and p -= lr · d without momentum. hyper = [lr, momentum, share, wd]. One workgroup takes 1024 elements of a range.
// Bytes: 12 an element, 20 with momentum; FLOPs: 5 and 8.

//!include lib/grid.wgsl
//!include optim/ranges.wgsl

override NESTEROV: bool = false;

@group(0) @binding(0) var<uniform> u: Uniforms;
@group(0) @binding(1) var<storage, read_write> param: array<f32>;
@group(0) @binding(2) var<storage, read> grad: array<f32>;
@group(0) @binding(3) var<storage, read> hyper: array<f32>;
@group(0) @binding(4) var<storage, read> gradScale: array<f32>;
@group(0) @binding(5) var<storage, read_write> buffer: array<f32>;

fn direction(i: u32, decay: bool) -> f32 {
  let g = grad[i] * gradScale[0];
  if (decay) {
    return g + hyper[3] * param[i];
  }
  return g;
}

@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) id: vec3<u32>,
  @builtin(num_workgroups) count: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let part = partOf(workgroupNumber(id, count), 1024u);
  for (var i = part.start + lane; i < part.end; i += 256u) {
    param[i] -= hyper[0] * direction(i, part.decay);
  }
}

@compute @workgroup_size(256)
fn momentum(
  @builtin(workgroup_id) id: vec3<u32>,
  @builtin(num_workgroups) count: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let part = partOf(workgroupNumber(id, count), 1024u);
  for (var i = part.start + lane; i < part.end; i += 256u) {
    let d = direction(i, part.decay);
    let b = hyper[1] * buffer[i] + hyper[2] * d;
    buffer[i] = b;
    param[i] -= hyper[0] * select(b, d + hyper[1] * b, NESTEROV);
  }
}
`,
  'optim/sum-of-squares': `// out[0] = Σ x² over ranges of an arena, as good as a float64 sum. \`main\` leaves the sum of each part of 4096 elements in
// partials[first + workgroup], as two floats that hold it together; \`finish\` adds those up in one workgroup. The order of sums
// depends on the ranges alone. Bytes: 4 an element; FLOPs: about 40.

//!include lib/grid.wgsl
//!include lib/compensated.wgsl
//!include optim/ranges.wgsl

@group(0) @binding(0) var<uniform> u: Uniforms;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read_write> partials: array<vec2<f32>>;
// of finish
@group(0) @binding(1) var<storage, read> sums: array<vec2<f32>>;
@group(0) @binding(2) var<storage, read_write> out: array<f32>;

const size = 4096u;
// Invocations of a workgroup, a power of two: few on a processor, where each of them looks up the range.
const SIZE: u32 = 256u;

var<workgroup> lanes: array<vec2<f32>, SIZE>;

fn total(lane: u32, own: vec2<f32>) -> vec2<f32> {
  lanes[lane] = own;
  workgroupBarrier();
  for (var half = SIZE / 2u; half > 0u; half /= 2u) {
    if (lane < half) {
      lanes[lane] = addCompensated(lanes[lane], lanes[lane + half]);
    }
    workgroupBarrier();
  }
  return lanes[0];
}

@compute @workgroup_size(SIZE)
fn main(
  @builtin(workgroup_id) id: vec3<u32>,
  @builtin(num_workgroups) count: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let number = workgroupNumber(id, count);
  let part = partOf(number, size);
  var own = vec2(0.0);
  for (var i = part.start + lane; i < part.end; i += SIZE) {
    own = addCompensated(own, twoProduct(x[i], x[i]));
  }
  let sum = total(lane, own);
  if (lane == 0u && part.start < part.end) {
    partials[u.firstWorkgroup + number] = sum;
  }
}

// \`count\` is the number of partials here.
@compute @workgroup_size(SIZE)
fn finish(@builtin(local_invocation_index) lane: u32) {
  var own = vec2(0.0);
  for (var i = lane; i < u.count; i += SIZE) {
    own = addCompensated(own, sums[i]);
  }
  let sum = total(lane, own);
  if (lane == 0u) {
    out[0] = sum.x + sum.y;
  }
}
`,
  'reduce/argmax-columns': `// out[o, c] = index of the first maximum of x[o, :, c] of x [outer, n, inner], contiguous; NaN counts as the maximum. A
// workgroup takes 256 / LANES columns, or a part of each, which reduce/argmax-parts.wgsl joins. Bytes: 4 an element; about 8
// integer operations. Limits: outer · n · inner below 2^32.

//!include reduce/argmax-function.wgsl
//!include reduce/columns-body.wgsl

@compute @workgroup_size(SIZE)
fn main(
  @builtin(workgroup_id) id: vec3<u32>,
  @builtin(num_workgroups) count: vec3<u32>,
  @builtin(local_invocation_index) index: u32,
) {
  reduceColumns(workgroupNumber(id, count), index);
}
`,
  'reduce/argmax-function': `// What reduce/rows-body.wgsl and reduce/columns-body.wgsl do with elements for argmax: the index of the first maximum, NaN above
// all. Values are compared by keys, integers in the order of the floats (-0 and 0 alike, any NaN the highest). A part's result
// goes to scratch as key and index, for reduce/argmax-parts.wgsl.

//!include lib/workgroup-reduce.wgsl
//!include reduce/argmax-lanes.wgsl

@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read_write> out: array<u32>;

fn nothingYet() -> Partial {
  return vec2(0u);
}

// Below the key of -infinity.
fn identity() -> f32 {
  return -infinity();
}

fn take(partial: Partial, value: f32, index: u32) -> Partial {
  return better(partial, vec2(keyOf(value), index));
}

fn storeResult(at: u32, partial: Partial, divisor: f32) {
  out[at] = partial.y;
}

fn storePartial(at: u32, partial: Partial) {
  out[2u * at] = partial.x;
  out[2u * at + 1u] = partial.y;
}
`,
  'reduce/argmax-lanes': `// Keys and indices of maxima, and the best of the LANES invocations that share a row (as lib/workgroup-reduce.wgsl, which says
// SIZE and LANES).

// key, index
alias Partial = vec2<u32>;

var<workgroup> laneBest: array<Partial, SIZE>;

// Integers in the order of the floats, from 1; NaN is the highest.
fn keyOf(value: f32) -> u32 {
  let bits = bitcast<u32>(value);
  if (isNan(value)) { return 0xffffffffu; }
  if ((bits & 0x7fffffffu) == 0u) { return 0x80000000u; }
  return select(bits | 0x80000000u, ~bits, (bits >> 31u) == 1u);
}

fn better(a: Partial, b: Partial) -> Partial {
  return select(a, b, b.x > a.x || (b.x == a.x && b.y < a.y));
}

fn joinLanes(mine: Partial, place: u32) -> Partial {
  laneBest[place] = mine;
  for (var step = LANES / 4u; step > 0u; step /= 4u) {
    workgroupBarrier();
    if (place % LANES < step) {
      let near = better(laneBest[place], laneBest[place + step]);
      laneBest[place] = better(near, better(laneBest[place + 2u * step], laneBest[place + 3u * step]));
    }
  }
  workgroupBarrier();
  return laneBest[place / LANES * LANES];
}
`,
  'reduce/argmax-parts': `// out[r] = index of the best of the \`parts\` keys and indices that stand side by side in scratch for result r. A workgroup holds
// 256 / LANES results. Bytes: 8 a part.

//!include lib/grid.wgsl
//!include lib/workgroup-reduce.wgsl
//!include reduce/argmax-lanes.wgsl

struct Uniforms {
  results: u32,
  parts: u32,
}

@group(0) @binding(0) var<uniform> u: Uniforms;
@group(0) @binding(1) var<storage, read> partials: array<vec2<u32>>;
@group(0) @binding(2) var<storage, read_write> out: array<u32>;

@compute @workgroup_size(SIZE)
fn main(
  @builtin(workgroup_id) id: vec3<u32>,
  @builtin(num_workgroups) count: vec3<u32>,
  @builtin(local_invocation_index) place: u32,
) {
  let result = workgroupNumber(id, count) * (SIZE / LANES) + place / LANES;
  let present = result < u.results;
  var mine = vec2(0u);
  for (var part = place % LANES; present && part < u.parts; part += LANES) {
    mine = better(mine, partials[result * u.parts + part]);
  }
  let all = joinLanes(mine, place);
  if (present && place % LANES == 0u) {
    out[result] = all.y;
  }
}
`,
  'reduce/argmax-rows': `// out[r] = index of the first maximum of row r of x [rows, n], contiguous; NaN counts as the maximum, 0 for n = 0. A workgroup
// holds 256 / LANES rows, or as many parts of longer rows, which reduce/argmax-parts.wgsl joins. Bytes: 4 an element; about 8
// integer operations. Limits: n and rows · n below 2^32.

//!include reduce/argmax-function.wgsl
//!include reduce/rows-body.wgsl

@compute @workgroup_size(SIZE)
fn main(
  @builtin(workgroup_id) id: vec3<u32>,
  @builtin(num_workgroups) count: vec3<u32>,
  @builtin(local_invocation_index) place: u32,
) {
  reduceRows(workgroupNumber(id, count), place);
}
`,
  'reduce/columns': `// out[o, c] = sum, mean, maximum or minimum of x[o, :, c] of x [outer, n, inner], contiguous. A workgroup takes 256 / LANES
// columns, or a part of each; the results of parts stand in scratch as rows for reduce/rows.wgsl. Bytes: 4 an element; FLOPs:
// about 8 for a sum. Limits: outer · n · inner below 2^32.

//!include reduce/function.wgsl
//!include reduce/columns-body.wgsl

@compute @workgroup_size(SIZE)
fn main(
  @builtin(workgroup_id) id: vec3<u32>,
  @builtin(num_workgroups) count: vec3<u32>,
  @builtin(local_invocation_index) index: u32,
) {
  reduceColumns(workgroupNumber(id, count), index);
}
`,
  'reduce/columns-body': `// One number a column of x [outer, n, inner], over the middle axis: the body of reduce/columns.wgsl and
// reduce/argmax-columns.wgsl, which say what becomes of the elements. Columns are those of all outer indices in a row. A
// workgroup has SIZE / LANES columns side by side, so that its reads are too, and LANES invocations down each of them, TILE
// loads under way at once: 1 on a processor, which gains nothing by that.

//!include lib/grid.wgsl

struct Uniforms {
  // outer · inner
  columns: u32,
  n: u32,
  inner: u32,
  // parts of a column, and elements of a part
  parts: u32,
  length: u32,
  divisor: f32,
}

// Results are those of parts, for scratch: those of a column side by side.
const PARTIAL: bool = false;
const TILE: u32 = 8;

@group(0) @binding(0) var<uniform> u: Uniforms;

fn reduceColumns(number: u32, index: u32) {
  const COLUMNS = SIZE / LANES;
  let block = number / u.parts;
  let part = number - block * u.parts;
  let column = block * COLUMNS + index % COLUMNS;
  let lane = index / COLUMNS;
  let present = column < u.columns;
  let outer = column / u.inner;
  let start = outer * u.n * u.inner + (column - outer * u.inner);
  let begin = part * u.length;
  let end = select(begin, min(begin + u.length, u.n), present);
  var mine = nothingYet();
  if (TILE == 1u) {
    for (var i = begin + lane; i < end; i += LANES) {
      mine = take(mine, x[start + i * u.inner], i);
    }
  } else {
    for (var i = begin + lane; i < end; i += LANES * TILE) {
      var values: array<f32, TILE>;
      for (var k = 0u; k < TILE; k++) {
        values[k] = identity();
        if (i + k * LANES < end) {
          values[k] = x[start + (i + k * LANES) * u.inner];
        }
      }
      for (var k = 0u; k < TILE; k++) {
        mine = take(mine, values[k], i + k * LANES);
      }
    }
  }
  // the lanes of a column side by side
  let all = joinLanes(mine, index % COLUMNS * LANES + lane);
  if (present && lane == 0u) {
    if (PARTIAL) {
      storePartial(column * u.parts + part, all);
    } else {
      storeResult(column, all, u.divisor);
    }
  }
}
`,
  'reduce/function': `// What reduce/rows-body.wgsl and reduce/columns-body.wgsl do with elements: sum, mean, max or min, in f32. Sums are compensated,
// two floats a lane. Extremes propagate NaN; a minimum is the maximum of the negated. A part's result goes to scratch as two
// numbers that the same function takes again: sum and what its rounding lost, or twice the extreme.

//!include lib/workgroup-reduce.wgsl

// 0 sum over a divisor, 1 maximum, 2 minimum
const FUNCTION: u32 = 0;

alias Partial = vec2<f32>;

@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read_write> out: array<f32>;

fn nothingYet() -> Partial {
  if (FUNCTION == 0u) { return vec2(0.0); }
  return vec2(-infinity());
}

fn identity() -> f32 {
  if (FUNCTION == 0u) { return 0.0; }
  return select(infinity(), -infinity(), FUNCTION == 1u);
}

fn take(partial: Partial, value: f32, index: u32) -> Partial {
  if (FUNCTION == 0u) {
    let s = twoSum(partial.x, value);
    return vec2(s.x, partial.y + s.y);
  }
  return vec2(maxNan(partial.x, select(-value, value, FUNCTION == 1u)));
}

fn joinLanes(mine: Partial, place: u32) -> Partial {
  if (FUNCTION == 0u) { return wideSumOfLanes(mine, place, 1u); }
  return vec2(maxOfLanes(mine.x, place, 1u));
}

// (sum) / divisor, corrected by what the first quotient leaves over; NaN for 0 elements of a mean.
fn quotient(sum: Partial, divisor: f32) -> f32 {
  let whole = sum.x + sum.y;
  if (divisor == 1.0) { return whole; }
  if (divisor == 0.0) { return notANumber(); }
  let q = whole / divisor;
  if (isNan(q) || isInf(q)) { return q; }
  return q + (fma(-q, divisor, sum.x) + sum.y) / divisor;
}

fn storeResult(at: u32, partial: Partial, divisor: f32) {
  if (FUNCTION == 0u) {
    out[at] = quotient(partial, divisor);
  } else {
    out[at] = select(-partial.x, partial.x, FUNCTION == 1u);
  }
}

fn storePartial(at: u32, partial: Partial) {
  out[2u * at] = select(-partial.x, partial.x, FUNCTION != 2u);
  out[2u * at + 1u] = select(-partial.y, partial.y, FUNCTION != 2u);
}
`,
  'reduce/host-fold': `// out[o] = x[outer(o) + inner(0)] ∘ x[outer(o) + inner(1)] ∘ ... over n elements, of FUNCTION (reduce/host-monoid.wgsl). x is
// walked by strides on both sides. \`lanes\` invocations share an output, a workgroup holds 256 / lanes of them; joined in a tree.
// Bytes: 4 an element; FLOPs: at most 30.

//!include lib/grid.wgsl
//!include reduce/host-monoid.wgsl
//!include index/host-walk.wgsl

struct Uniforms {
  outputs: u32,
  n: u32,
  lanes: u32,
  // of index/host-keys.wgsl
  kind: u32,
  outerShape: Axes,
  outerStrides: Axes,
  innerShape: Axes,
  innerStrides: Axes,
}

@group(0) @binding(0) var<uniform> u: Uniforms;
@group(0) @binding(1) var<storage, read> x: array<u32>;
@group(0) @binding(2) var<storage, read_write> out: array<u32>;

var<workgroup> states: array<vec4<u32>, 256>;

@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) id: vec3<u32>,
  @builtin(num_workgroups) count: vec3<u32>,
  @builtin(local_invocation_index) place: u32,
) {
  let lane = place % u.lanes;
  let o = workgroupNumber(id, count) * (256u / u.lanes) + place / u.lanes;
  var own = identity();
  if (o < u.outputs) {
    let start = walkOffset(u.outerShape, u.outerStrides, o);
    for (var i = lane; i < u.n; i += u.lanes) {
      own = combine(own, leaf(x[start + walkOffset(u.innerShape, u.innerStrides, i)], i, u.kind));
    }
  }
  states[place] = own;
  workgroupBarrier();
  for (var half = u.lanes / 2u; half > 0u; half /= 2u) {
    if (lane < half) {
      states[place] = combine(states[place], states[place + half]);
    }
    workgroupBarrier();
  }
  if (lane == 0u && o < u.outputs) {
    out[o] = valueOf(states[place]);
  }
}
`,
  'reduce/host-monoid': `// What a scan or a fold joins, as four words; \`combine(a, b)\` with a the earlier. FUNCTION:
//   0 sum of f32          two floats (lib/compensated.wgsl)
//   1 sum of words        the word
//   2 product of f32      (m0, m1, e): (m0 + m1) · 2^e with 1 <= |m0| < 2, or 0, infinity or NaN in m0
//   3 product of words    the word
//   4 maximum, 5 minimum  (key, position, present, word): the later of equals
//   6 log Σ e^x           (M, s0, s1): M + log(s0 + s1), M the largest
//   7 affine map          (a0, a1, b0, b1): s -> (a0 + a1) · s + (b0 + b1), the earlier first

//!include elementwise/host-wide.wgsl
//!include index/host-keys.wgsl

override FUNCTION: u32 = 0;

fn pairOf(x: vec2<u32>) -> vec2<f32> {
  return bitcast<vec2<f32>>(x);
}

fn identity() -> vec4<u32> {
  switch (FUNCTION) {
    case 2u, 7u: { return vec4(0x3f800000u, 0u, 0u, 0u); }
    case 3u: { return vec4(1u, 0u, 0u, 0u); }
    case 6u: { return vec4(0xff800000u, 0u, 0u, 0u); }
    default: { return vec4(0u); }
  }
}

// Products of mantissas are under 4.
fn normalised(m: vec2<f32>, e: i32) -> vec4<u32> {
  let magnitude = bitcast<u32>(m.x) & 0x7fffffffu;
  if (magnitude == 0u || magnitude >= 0x7f800000u) { return vec4(bitcast<u32>(m.x), 0u, bitcast<u32>(e), 0u); }
  let large = magnitude >= 0x40000000u;
  let y = m * select(1.0, 0.5, large);
  return vec4(bitcast<vec2<u32>>(y), bitcast<u32>(e + select(0, 1, large)), 0u);
}

// \`kind\` of index/host-keys.wgsl.
fn leaf(word: u32, position: u32, kind: u32) -> vec4<u32> {
  switch (FUNCTION) {
    case 2u: {
      let exponent = (word >> 23u) & 0xffu;
      if (exponent == 0u || exponent == 255u) { return vec4(word, 0u, 0u, 0u); }
      return vec4((word & 0x807fffffu) | 0x3f800000u, 0u, exponent - 127u, 0u);
    }
    case 4u: { return vec4(keyOf(word, kind), position, 1u, word); }
    case 5u: {
      // NaN stays the largest key
      let key = keyOf(word, kind);
      return vec4(select(~key, key, kind == 0u && key == 0xffffffffu), position, 1u, word);
    }
    case 6u: { return vec4(word, 0x3f800000u, 0u, 0u); }
    default: { return vec4(word, 0u, 0u, 0u); }
  }
}

fn combineLogSums(a: vec4<u32>, b: vec4<u32>) -> vec4<u32> {
  let p = bitcast<f32>(a.x);
  let q = bitcast<f32>(b.x);
  let most = maxNan(p, q);
  if (isNan(most) || isInf(most)) { return vec4(bitcast<u32>(most), 0x3f800000u, 0u, 0u); }
  var s = vec2(0.0);
  if (!isInf(p)) { s = mulWide(pairOf(a.yz), expWide(twoSum(p, -most))); }
  if (!isInf(q)) { s = addCompensated(s, mulWide(pairOf(b.yz), expWide(twoSum(q, -most)))); }
  return vec4(bitcast<u32>(most), bitcast<vec2<u32>>(s), 0u);
}

fn combine(a: vec4<u32>, b: vec4<u32>) -> vec4<u32> {
  switch (FUNCTION) {
    case 0u: { return vec4(bitcast<vec2<u32>>(addCompensated(pairOf(a.xy), pairOf(b.xy))), 0u, 0u); }
    case 1u: { return vec4(a.x + b.x, 0u, 0u, 0u); }
    case 2u: {
      return normalised(mulWide(pairOf(a.xy), pairOf(b.xy)), bitcast<i32>(a.z) + bitcast<i32>(b.z));
    }
    case 3u: { return vec4(a.x * b.x, 0u, 0u, 0u); }
    case 6u: { return combineLogSums(a, b); }
    case 7u: {
      let first = pairOf(a.zw);
      let slope = pairOf(b.xy);
      let moved = addCompensated(mulWide(slope, first), pairOf(b.zw));
      return vec4(bitcast<vec2<u32>>(mulWide(slope, pairOf(a.xy))), bitcast<vec2<u32>>(moved));
    }
    default: {
      if (b.z == 0u || (a.z == 1u && b.x < a.x)) { return a; }
      return b;
    }
  }
}

// x · 2^e, in steps that a float holds and that no compiler may join: infinity times the whole, which may be 0, would be NaN.
fn scaled(x: f32, e: i32) -> f32 {
  let c = clamp(e, -360, 360);
  let third = c / 3;
  let step = bitcast<f32>(u32(third + 127) << 23u);
  return settled(settled(x * step) * step) * bitcast<f32>(u32(c - 2 * third + 127) << 23u);
}

fn valueOf(s: vec4<u32>) -> u32 {
  switch (FUNCTION) {
    case 0u: {
      let y = pairOf(s.xy);
      return bitcast<u32>(y.x + y.y);
    }
    case 2u: {
      let m = pairOf(s.xy);
      return bitcast<u32>(scaled(m.x + m.y, bitcast<i32>(s.z)));
    }
    case 4u, 5u: { return s.w; }
    case 6u: {
      let most = bitcast<f32>(s.x);
      if (isNan(most) || isInf(most)) { return s.x; }
      let y = addFloat(logWide(pairOf(s.yz)), most);
      return bitcast<u32>(y.x + y.y);
    }
    case 7u: {
      let y = pairOf(s.zw);
      return bitcast<u32>(y.x + y.y);
    }
    default: { return s.x; }
  }
}
`,
  'reduce/host-norm': `// out[r] = (Σ |x|^p)^(1/p) over rows of n, powers taken beside the |x| that counts most, so that none overflows. KIND: 0 the
// number of elements that are not 0, 1 the largest |x|, 2 the smallest, 3 p = 1, 4 p = 2, 5 any other p = p0 + p1. \`lanes\`
// invocations share a row, a workgroup holds 256 / lanes rows. Bytes: 8 an element; FLOPs: 5 to 400.

//!include lib/grid.wgsl
//!include elementwise/host-wide.wgsl

override KIND: u32 = 4;

struct Uniforms {
  rows: u32,
  n: u32,
  lanes: u32,
  p0: f32,
  p1: f32,
  inverse0: f32,
  inverse1: f32,
}

@group(0) @binding(0) var<uniform> u: Uniforms;
@group(0) @binding(1) var<storage, read> x: array<u32>;
@group(0) @binding(2) var<storage, read_write> out: array<f32>;

var<workgroup> words: array<vec2<u32>, 256>;
var<workgroup> sums: array<vec2<f32>, 256>;

fn magnitude(i: u32) -> u32 {
  return x[i] & 0x7fffffffu;
}

// Bits of the largest and of the smallest |x| of the row.
fn extremesOf(start: u32, end: u32, place: u32) -> vec2<u32> {
  let lane = place % u.lanes;
  var own = vec2(0u, 0x7f800000u);
  for (var i = start + lane; i < end; i += u.lanes) {
    own = vec2(max(own.x, magnitude(i)), min(own.y, magnitude(i)));
  }
  words[place] = own;
  workgroupBarrier();
  for (var half = u.lanes / 2u; half > 0u; half /= 2u) {
    if (lane < half) {
      let other = words[place + half];
      words[place] = vec2(max(words[place].x, other.x), min(words[place].y, other.y));
    }
    workgroupBarrier();
  }
  return words[place - lane];
}

fn sumOf(own: vec2<f32>, place: u32) -> vec2<f32> {
  let lane = place % u.lanes;
  sums[place] = own;
  workgroupBarrier();
  for (var half = u.lanes / 2u; half > 0u; half /= 2u) {
    if (lane < half) {
      sums[place] = addCompensated(sums[place], sums[place + half]);
    }
    workgroupBarrier();
  }
  return sums[place - lane];
}

@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) id: vec3<u32>,
  @builtin(num_workgroups) count: vec3<u32>,
  @builtin(local_invocation_index) place: u32,
) {
  let lane = place % u.lanes;
  let row = workgroupNumber(id, count) * (256u / u.lanes) + place / u.lanes;
  let start = row * u.n;
  let end = select(start, start + u.n, row < u.rows);
  let extremes = extremesOf(start, end, place);
  let p = vec2(u.p0, u.p1);
  let smallest = KIND == 2u || (KIND == 5u && u.p0 < 0.0);
  let most = select(extremes.x, extremes.y, smallest);
  let special = KIND != 0u && (extremes.x > 0x7f800000u || most == 0u || most == 0x7f800000u);
  // |x| · 2^-k is between 1 and 2 for the largest
  let k = clamp(most >> 23u, 1u, 253u);
  let scale = bitcast<f32>((254u - k) << 23u);
  var logMost = vec2(0.0);
  if (KIND == 5u && !special) { logMost = logWide(wide(bitcast<f32>(most))); }
  var own = vec2(0.0);
  if (!special) {
    for (var i = start + lane; i < end; i += u.lanes) {
      let bits = magnitude(i);
      let t = bitcast<f32>(bits) * scale;
      switch (KIND) {
        case 0u: { own = addFloat(own, select(0.0, 1.0, bits != 0u)); }
        case 3u: { own = addFloat(own, t); }
        case 4u: { own = addCompensated(own, twoProduct(t, t)); }
        case 5u: {
          if (bits != 0u && bits < 0x7f800000u) {
            let beside = addCompensated(logWide(wide(bitcast<f32>(bits))), -logMost);
            own = addCompensated(own, expWide(mulWide(p, beside)));
          }
        }
        default: {}
      }
    }
  }
  let sum = sumOf(own, place);
  if (lane == 0u && row < u.rows) {
    var result = bitcast<f32>(most);
    if (u.n == 0u) {
      result = 0.0;
    } else if (KIND != 0u && extremes.x > 0x7f800000u) {
      result = notANumber();
    } else if (!special) {
      let back = bitcast<f32>(k << 23u);
      switch (KIND) {
        case 0u: { result = sum.x + sum.y; }
        case 3u: { result = (sum.x + sum.y) * back; }
        case 4u: {
          let root = sqrtWide(sum);
          result = (root.x + root.y) * back;
        }
        case 5u: {
          // (Σ)^(1/p) · most, in logarithms until the end
          let root = mulWide(logWide(sum), vec2(u.inverse0, u.inverse1));
          let parts = expPartsWide(addCompensated(root, logMost));
          let half = parts.n / 2;
          let steps = vec2<u32>(u32(half + 127) << 23u, u32(parts.n - half + 127) << 23u);
          result = (parts.m.x + parts.m.y) * bitcast<f32>(steps.x) * bitcast<f32>(steps.y);
        }
        default: {}
      }
    }
    out[row] = result;
  }
}
`,
  'reduce/host-scan': `// Running results along rows of n, of FUNCTION (reduce/host-monoid.wgsl), from the end with \`reverse\`.
//   \`main\`      out[i] = x[0] ∘ ... ∘ x[i];  \`extremes\` also its position
//   \`before\`    three words of the product before i, or of the log-sum up to i, for
//   \`after\`     gradients: from the end, the product or the affine maps of what comes after i (MODE: 0 prod, 1 cumprod,
//               2 logSumExp, see DeviceKernelArgs.scanBackward), and out[i] from both
// \`lanes\` invocations share a row, four elements each in a tile, a workgroup holds 256 / lanes rows; tile after tile.
// Bytes: 8 to 24 an element; FLOPs: 20 to 1000 (logSumExp).

//!include lib/grid.wgsl
//!include reduce/host-monoid.wgsl

override MODE: u32 = 0;

struct Uniforms {
  rows: u32,
  n: u32,
  reverse: u32,
  lanes: u32,
  // of index/host-keys.wgsl
  kind: u32,
}

@group(0) @binding(0) var<uniform> u: Uniforms;
@group(0) @binding(1) var<storage, read> x: array<u32>;
@group(0) @binding(2) var<storage, read_write> out: array<u32>;
@group(0) @binding(3) var<storage, read_write> positions: array<u32>;
// of before
@group(0) @binding(2) var<storage, read_write> kept: array<u32>;
// of after
@group(0) @binding(3) var<storage, read> earlier: array<u32>;
@group(0) @binding(4) var<storage, read> g: array<f32>;

const items = 4u;

var<workgroup> states: array<vec4<u32>, 256>;

// What a lane needs of the tile: the state before its first element, and the state after the whole tile.
struct Tile {
  before: vec4<u32>,
  end: vec4<u32>,
}

// \`carry\` is the state before the tile, \`own\` that of the lane's elements alone.
fn scanLanes(place: u32, carry: vec4<u32>, own: vec4<u32>) -> Tile {
  let lane = place % u.lanes;
  var state = own;
  states[place] = state;
  workgroupBarrier();
  for (var step = 1u; step < u.lanes; step *= 2u) {
    if (lane >= step) {
      state = combine(states[place - step], state);
    }
    workgroupBarrier();
    states[place] = state;
    workgroupBarrier();
  }
  var before = carry;
  if (lane > 0u) {
    before = combine(carry, states[place - 1u]);
  }
  let end = combine(carry, states[place - lane + u.lanes - 1u]);
  workgroupBarrier();
  return Tile(before, end);
}

// Element k of the scan's order.
fn indexOf(k: u32) -> u32 {
  return select(k, u.n - 1u - k, u.reverse == 1u);
}

fn rowOf(id: vec3<u32>, count: vec3<u32>, place: u32) -> u32 {
  return workgroupNumber(id, count) * (256u / u.lanes) + place / u.lanes;
}

@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) id: vec3<u32>,
  @builtin(num_workgroups) count: vec3<u32>,
  @builtin(local_invocation_index) place: u32,
) {
  let row = rowOf(id, count, place);
  let start = row * u.n;
  var carry = identity();
  for (var tile = 0u; tile < u.n; tile += u.lanes * items) {
    let first = tile + place % u.lanes * items;
    let last = select(first, min(first + items, u.n), row < u.rows);
    var own = identity();
    for (var k = first; k < last; k++) {
      own = combine(own, leaf(x[start + indexOf(k)], k, u.kind));
    }
    let whole = scanLanes(place, carry, own);
    var state = whole.before;
    for (var k = first; k < last; k++) {
      let i = start + indexOf(k);
      state = combine(state, leaf(x[i], k, u.kind));
      out[i] = valueOf(state);
    }
    carry = whole.end;
  }
}

@compute @workgroup_size(256)
fn extremes(
  @builtin(workgroup_id) id: vec3<u32>,
  @builtin(num_workgroups) count: vec3<u32>,
  @builtin(local_invocation_index) place: u32,
) {
  let row = rowOf(id, count, place);
  let start = row * u.n;
  var carry = identity();
  for (var tile = 0u; tile < u.n; tile += u.lanes * items) {
    let first = tile + place % u.lanes * items;
    let last = select(first, min(first + items, u.n), row < u.rows);
    var own = identity();
    for (var k = first; k < last; k++) {
      own = combine(own, leaf(x[start + k], k, u.kind));
    }
    let whole = scanLanes(place, carry, own);
    var state = whole.before;
    for (var k = first; k < last; k++) {
      state = combine(state, leaf(x[start + k], k, u.kind));
      out[start + k] = valueOf(state);
      positions[start + k] = state.y;
    }
    carry = whole.end;
  }
}

@compute @workgroup_size(256)
fn before(
  @builtin(workgroup_id) id: vec3<u32>,
  @builtin(num_workgroups) count: vec3<u32>,
  @builtin(local_invocation_index) place: u32,
) {
  let row = rowOf(id, count, place);
  let start = row * u.n;
  var carry = identity();
  for (var tile = 0u; tile < u.n; tile += u.lanes * items) {
    let first = tile + place % u.lanes * items;
    let last = select(first, min(first + items, u.n), row < u.rows);
    var own = identity();
    for (var k = first; k < last; k++) {
      own = combine(own, leaf(x[start + k], k, u.kind));
    }
    let whole = scanLanes(place, carry, own);
    var state = whole.before;
    for (var k = first; k < last; k++) {
      let next = combine(state, leaf(x[start + k], k, u.kind));
      let words = select(state, next, MODE == 2u);
      for (var word = 0u; word < 3u; word++) {
        kept[3u * (start + k) + word] = words[word];
      }
      state = next;
    }
    carry = whole.end;
  }
}

fn earlierOf(at: u32) -> vec3<u32> {
  return vec3(earlier[3u * at], earlier[3u * at + 1u], earlier[3u * at + 2u]);
}

// s · e^(a - y) for a + log s <= y = M + log S, and 0 of nothing. Both parts are two floats: a thousand of these are multiplied.
fn share(a: f32, s: vec2<f32>, y: vec3<u32>) -> vec2<f32> {
  let most = bitcast<f32>(y.x);
  if (y.x == 0xff800000u) { return vec2(0.0); }
  if (isNan(a) || isNan(most) || bitcast<u32>(a) == 0x7f800000u) { return wide(notANumber()); }
  if (isInf(a) || isInf(most)) { return vec2(0.0); }
  return mulWide(expWide(twoSum(a, -most)), divWide(s, pairOf(y.yz)));
}

// Element i as the scan from the end sees it.
fn leafAfter(start: u32, i: u32, row: u32) -> vec4<u32> {
  let at = start + i;
  if (MODE == 0u) { return leaf(x[at], i, u.kind); }
  var slope = vec2(0.0);
  if (i + 1u < u.n) {
    if (MODE == 1u) {
      slope = wide(bitcast<f32>(x[at + 1u]));
    } else {
      let own = earlierOf(at);
      slope = share(bitcast<f32>(own.x), pairOf(own.yz), earlierOf(at + 1u));
    }
  }
  return vec4(bitcast<vec2<u32>>(slope), bitcast<u32>(g[at]), 0u);
}

@compute @workgroup_size(256)
fn after(
  @builtin(workgroup_id) id: vec3<u32>,
  @builtin(num_workgroups) count: vec3<u32>,
  @builtin(local_invocation_index) place: u32,
) {
  let row = rowOf(id, count, place);
  let start = row * u.n;
  var carry = identity();
  for (var tile = 0u; tile < u.n; tile += u.lanes * items) {
    let first = tile + place % u.lanes * items;
    let last = select(first, min(first + items, u.n), row < u.rows);
    var own = identity();
    for (var k = first; k < last; k++) {
      own = combine(own, leafAfter(start, indexOf(k), row));
    }
    let whole = scanLanes(place, carry, own);
    var state = whole.before;
    for (var k = first; k < last; k++) {
      let i = indexOf(k);
      let at = start + i;
      let next = combine(state, leafAfter(start, i, row));
      let ahead = earlierOf(at);
      var y: vec2<f32>;
      var power = 0;
      if (MODE == 0u) {
        // of a large g a part waits until the product is scaled
        let large = abs(g[row]) > 1.0;
        let others = mulWide(pairOf(state.xy), pairOf(ahead.xy));
        y = mulFloat(others, g[row] * select(1.0, 0.0625, large));
        power = bitcast<i32>(state.z) + bitcast<i32>(ahead.z) + select(0, 4, large);
      } else if (MODE == 1u) {
        y = mulWide(pairOf(ahead.xy), pairOf(next.zw));
        power = bitcast<i32>(ahead.z);
      } else {
        y = mulWide(share(bitcast<f32>(x[at]), wide(1.0), ahead), pairOf(next.zw));
      }
      out[at] = bitcast<u32>(scaled(y.x + y.y, power));
      state = next;
    }
    carry = whole.end;
  }
}
`,
  'reduce/rows': `// out[r] = sum, mean, maximum or minimum of row r of x [rows, n], contiguous. A workgroup holds 256 / LANES rows, or as many parts
// of longer rows, whose results a second dispatch of this file takes as rows of their own. Bytes: 4 an element; FLOPs: about 8 for
// a sum. Limits: n and rows · n below 2^32.

//!include reduce/function.wgsl
//!include reduce/rows-body.wgsl

@compute @workgroup_size(SIZE)
fn main(
  @builtin(workgroup_id) id: vec3<u32>,
  @builtin(num_workgroups) count: vec3<u32>,
  @builtin(local_invocation_index) place: u32,
) {
  reduceRows(workgroupNumber(id, count), place);
}
`,
  'reduce/rows-body': `// One number a row (or a part of a row) of x [rows, n]: the body of reduce/rows.wgsl and reduce/argmax-rows.wgsl, which say what
// becomes of the elements. LANES invocations walk a row, TILE loads under way at once.

//!include lib/grid.wgsl

struct Uniforms {
  rows: u32,
  n: u32,
  // parts of a row, and elements of a part
  parts: u32,
  length: u32,
  divisor: f32,
}

// Results are those of parts, for scratch.
const PARTIAL: bool = false;
const TILE: u32 = 8;

@group(0) @binding(0) var<uniform> u: Uniforms;

fn reduceRows(number: u32, place: u32) {
  let unit = number * (SIZE / LANES) + place / LANES;
  let lane = place % LANES;
  let present = unit < u.rows * u.parts;
  let row = unit / u.parts;
  let begin = (unit - row * u.parts) * u.length;
  let end = select(begin, min(begin + u.length, u.n), present);
  var mine = nothingYet();
  for (var i = begin + lane; i < end; i += LANES * TILE) {
    var values: array<f32, TILE>;
    for (var k = 0u; k < TILE; k++) {
      values[k] = identity();
      if (i + k * LANES < end) {
        values[k] = x[row * u.n + i + k * LANES];
      }
    }
    for (var k = 0u; k < TILE; k++) {
      mine = take(mine, values[k], i + k * LANES);
    }
  }
  let all = joinLanes(mine, place);
  if (present && lane == 0u) {
    if (PARTIAL) {
      storePartial(unit, all);
    } else {
      storeResult(unit, all, u.divisor);
    }
  }
}
`,
  'reduce/variance': `// out[r] = Σ (x - mean)² / divisor over row r of x [rows, n], contiguous, two-pass. The mean is that of differences from the first
// element, so that equal elements have none; the squares are of differences scaled by the power of two that makes the largest 1 to
// 2, so that none overflows or vanishes; what the rounding of the mean left is taken off. Sums are compensated.
// \`main\`: LANES invocations a row. Few long rows go by parts of \`length\`: \`sums\`, \`squares\` and \`finish\`, each joining the results
// of the parts that the one before left in scratch. Bytes: 8 an element, 4 of them mostly from a cache; FLOPs: about 30.

//!include lib/grid.wgsl
//!include lib/workgroup-reduce.wgsl

struct Uniforms {
  rows: u32,
  n: u32,
  parts: u32,
  length: u32,
  // divisor = mantissa · 2^exponent
  mantissa: f32,
  exponent: i32,
}

const TILE: u32 = 8;

@group(0) @binding(0) var<uniform> u: Uniforms;
@group(0) @binding(1) var<storage, read> x: array<f32>;
// of main
@group(0) @binding(2) var<storage, read_write> out: array<f32>;
// of sums: the sum in two floats and the largest difference
@group(0) @binding(2) var<storage, read_write> sumsOut: array<vec4<f32>>;
// of squares: the sum and the sum of squares, two floats each
@group(0) @binding(2) var<storage, read> sumsIn: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read_write> squaresOut: array<vec4<f32>>;
// of finish
@group(0) @binding(3) var<storage, read> squaresIn: array<vec4<f32>>;
@group(0) @binding(4) var<storage, read_write> result: array<f32>;

const shrink: f32 = 2.3283064365386963e-10; // 2^-32: no sum of differences overflows

struct Span {
  // of the row in x
  row: u32,
  begin: u32,
  end: u32,
  present: bool,
}

struct Sums {
  // of (x - first) · 2^-32
  sum: vec2<f32>,
  largest: f32,
}

struct Squares {
  // of differences from the mean, scaled
  sum: vec2<f32>,
  squares: vec2<f32>,
}

// The differences are (x - mean) · 2^-32 · scale.
struct Centre {
  mean: f32,
  scale: f32,
  // scale = 2^-exponent
  exponent: i32,
  // not a number, or equal elements: no scale
  special: bool,
}

fn grow(sum: vec2<f32>, value: f32) -> vec2<f32> {
  let s = twoSum(sum.x, value);
  return vec2(s.x, sum.y + s.y);
}

fn sumsOf(span: Span, lane: u32) -> Sums {
  var result = Sums(vec2(0.0), 0.0);
  let start = span.row * u.n;
  let first = x[start] * shrink;
  for (var i = span.begin + lane; i < span.end; i += LANES * TILE) {
    var values: array<f32, TILE>;
    for (var k = 0u; k < TILE; k++) {
      values[k] = 0.0;
      if (i + k * LANES < span.end) {
        values[k] = x[start + i + k * LANES] * shrink - first;
      }
    }
    for (var k = 0u; k < TILE; k++) {
      result.sum = grow(result.sum, values[k]);
      result.largest = maxNan(result.largest, abs(values[k]));
    }
  }
  return result;
}

fn joinSums(mine: Sums, place: u32) -> Sums {
  return Sums(wideSumOfLanes(mine.sum, place, 1u), maxOfLanes(mine.largest, place, 1u));
}

fn centreOf(sums: Sums, row: u32) -> Centre {
  let exponentBits = bitcast<u32>(sums.largest) >> 23u;
  let mean = x[row * u.n] * shrink + (sums.sum.x + sums.sum.y) / f32(u.n);
  let special = exponentBits == 0u || exponentBits >= 254u;
  // sizes as they are, the largest difference is 2^129 · 2^-32
  let bits = select(254u - exponentBits, 127u, special) << 23u;
  return Centre(mean, bitcast<f32>(bits), i32(exponentBits) - 127, special);
}

fn squaresOf(span: Span, lane: u32, centre: Centre) -> Squares {
  var result = Squares(vec2(0.0), vec2(0.0));
  let start = span.row * u.n;
  let mean = centre.mean * centre.scale;
  for (var i = span.begin + lane; i < span.end; i += LANES * TILE) {
    var values: array<f32, TILE>;
    for (var k = 0u; k < TILE; k++) {
      values[k] = 0.0;
      if (i + k * LANES < span.end) {
        values[k] = x[start + i + k * LANES] * shrink * centre.scale - mean;
      }
    }
    for (var k = 0u; k < TILE; k++) {
      result.sum = grow(result.sum, values[k]);
      result.squares = grow(result.squares, values[k] * values[k]);
    }
  }
  return result;
}

fn joinSquares(mine: Squares, place: u32) -> Squares {
  return Squares(wideSumOfLanes(mine.sum, place, 1u), wideSumOfLanes(mine.squares, place, 1u));
}

fn powerOfTwo(exponent: i32) -> f32 {
  return bitcast<f32>(u32(exponent + 127) << 23u);
}

fn varianceOf(largest: f32, centre: Centre, squares: Squares) -> f32 {
  // an infinity has no mean
  if (isNan(largest) || isInf(largest)) { return notANumber(); }
  let rest = squares.sum.x + squares.sum.y;
  let all = squares.squares.x + squares.squares.y;
  let spread = max(all - rest * rest / max(f32(u.n), 1.0), 0.0);
  if (u.mantissa == 0.0) {
    // nothing divides: as 0 / 0 and 1 / 0
    if (centre.special) { return notANumber(); }
    return infinity();
  }
  if (centre.special) { return 0.0; }
  // by steps that no float exceeds
  let exponent = 2 * centre.exponent + 64 - u.exponent;
  let third = clamp(exponent / 3, -126, 126);
  let two = clamp(exponent - 2 * third, -126, 126);
  return spread / u.mantissa * powerOfTwo(third) * powerOfTwo(third) * powerOfTwo(two);
}

@compute @workgroup_size(SIZE)
fn main(
  @builtin(workgroup_id) id: vec3<u32>,
  @builtin(num_workgroups) count: vec3<u32>,
  @builtin(local_invocation_index) place: u32,
) {
  let row = workgroupNumber(id, count) * (SIZE / LANES) + place / LANES;
  let lane = place % LANES;
  let present = row < u.rows;
  let span = Span(select(0u, row, present), 0u, select(0u, u.n, present), present);
  let sums = joinSums(sumsOf(span, lane), place);
  let centre = centreOf(sums, span.row);
  let squares = joinSquares(squaresOf(span, lane, centre), place);
  if (present && lane == 0u) {
    out[row] = varianceOf(sums.largest, centre, squares);
  }
}

// From here on a workgroup is one part of a row, or one row, and LANES is SIZE.
fn partSpan(unit: u32) -> Span {
  let row = unit / u.parts;
  let begin = (unit - row * u.parts) * u.length;
  let present = unit < u.rows * u.parts;
  return Span(select(0u, row, present), begin, select(begin, min(begin + u.length, u.n), present), present);
}

fn sumsOfParts(row: u32, lane: u32) -> Sums {
  var result = Sums(vec2(0.0), 0.0);
  for (var part = lane; part < u.parts; part += SIZE) {
    let other = sumsIn[row * u.parts + part];
    result = Sums(addCompensated(result.sum, other.xy), maxNan(result.largest, other.z));
  }
  return joinSums(result, lane);
}

@compute @workgroup_size(SIZE)
fn sums(
  @builtin(workgroup_id) id: vec3<u32>,
  @builtin(num_workgroups) count: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let unit = workgroupNumber(id, count);
  let span = partSpan(unit);
  let sums = joinSums(sumsOf(span, lane), lane);
  if (span.present && lane == 0u) {
    sumsOut[unit] = vec4(sums.sum, sums.largest, 0.0);
  }
}

@compute @workgroup_size(SIZE)
fn squares(
  @builtin(workgroup_id) id: vec3<u32>,
  @builtin(num_workgroups) count: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let unit = workgroupNumber(id, count);
  let span = partSpan(unit);
  let centre = centreOf(sumsOfParts(span.row, lane), span.row);
  let squares = joinSquares(squaresOf(span, lane, centre), lane);
  if (span.present && lane == 0u) {
    squaresOut[unit] = vec4(squares.sum, squares.squares);
  }
}

@compute @workgroup_size(SIZE)
fn finish(
  @builtin(workgroup_id) id: vec3<u32>,
  @builtin(num_workgroups) count: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let unit = workgroupNumber(id, count);
  let present = unit < u.rows;
  let row = select(0u, unit, present);
  let sums = sumsOfParts(row, lane);
  var mine = Squares(vec2(0.0), vec2(0.0));
  for (var part = lane; part < u.parts; part += SIZE) {
    let other = squaresIn[row * u.parts + part];
    mine = Squares(addCompensated(mine.sum, other.xy), addCompensated(mine.squares, other.zw));
  }
  let squares = joinSquares(mine, lane);
  if (present && lane == 0u) {
    result[row] = varianceOf(sums.largest, centreOf(sums, row), squares);
  }
}
`,
  'softmax/backward': `// out = scale · y · (g - Σ y g) over rows of y [rows, n], contiguous; of log softmax out = g - e^y Σ g, by FUNCTION. A workgroup
// holds SIZE / LANES rows in registers and reads them once. Bytes: 12 an element; FLOPs: 6 (log softmax 15). Limits: n <= LANES
// · HELD; longer rows go to softmax/backward-long.wgsl.

//!include lib/workgroup-reduce.wgsl
//!include softmax/backward-body.wgsl

@compute @workgroup_size(SIZE)
fn main(
  @builtin(workgroup_id) id: vec3<u32>,
  @builtin(num_workgroups) count: vec3<u32>,
  @builtin(local_invocation_index) place: u32,
) {
  softmaxBackwardRows(workgroupNumber(id, count), place, 1u);
}
`,
  'softmax/backward-body': `// Gradient of softmax or log softmax over rows that the registers of their LANES invocations hold: the body of
// softmax/backward.wgsl and softmax/backward-subgroups.wgsl, which say how lanes add up.

//!include lib/grid.wgsl
//!include lib/math.wgsl

struct Uniforms {
  rows: u32,
  n: u32,
  scale: f32,
}

const HELD: u32 = 16;
// 0 softmax, 1 log softmax
const FUNCTION: u32 = 0;

@group(0) @binding(0) var<uniform> u: Uniforms;
@group(0) @binding(1) var<storage, read> y: array<f32>;
@group(0) @binding(2) var<storage, read> g: array<f32>;
@group(0) @binding(3) var<storage, read_write> out: array<f32>;

fn softmaxBackwardRows(number: u32, place: u32, subgroup: u32) {
  let row = number * (SIZE / LANES) + place / LANES;
  let lane = place % LANES;
  let end = select(0u, u.n, row < u.rows);
  let start = row * u.n;
  var heldY: array<f32, HELD>;
  var heldG: array<f32, HELD>;
  var part = 0.0;
  for (var k = 0u; k < HELD; k++) {
    if (k * LANES < u.n) {
      let i = k * LANES + lane;
      if (i < end) {
        heldY[k] = y[start + i];
        heldG[k] = g[start + i];
        part += select(heldG[k], heldY[k] * heldG[k], FUNCTION == 0u);
      }
    }
  }
  let sum = sumOfLanes(vec2(part, 0.0), place, subgroup).x;
  for (var k = 0u; k < HELD; k++) {
    if (k * LANES < u.n) {
      let i = k * LANES + lane;
      if (i < end) {
        if (FUNCTION == 0u) {
          out[start + i] = heldY[k] * u.scale * (heldG[k] - sum);
        } else {
          out[start + i] = heldG[k] - expOf(heldY[k]) * sum;
        }
      }
    }
  }
}
`,
  'softmax/backward-long': `// Gradient of softmax, scale · y · (g - Σ y g), or log softmax, g - e^y Σ g, over rows too long for registers, by \`parts\` of
// each row. \`sums\` leaves the sum of each part in scratch; \`main\` joins those of its row and writes one part of it. A workgroup
// is a part. Bytes: 12 an element, in two readings 20; FLOPs: 6 (log softmax 15). Limits: rows · n below 2^32.

//!include lib/grid.wgsl
//!include lib/math.wgsl
//!include lib/workgroup-reduce.wgsl

struct Uniforms {
  rows: u32,
  n: u32,
  parts: u32,
  length: u32,
  scale: f32,
}

const TILE: u32 = 8;
// 0 softmax, 1 log softmax
const FUNCTION: u32 = 0;

@group(0) @binding(0) var<uniform> u: Uniforms;
@group(0) @binding(1) var<storage, read> y: array<f32>;
@group(0) @binding(2) var<storage, read> g: array<f32>;
// of sums
@group(0) @binding(3) var<storage, read_write> sumsOut: array<f32>;
// of main
@group(0) @binding(3) var<storage, read> sumsIn: array<f32>;
@group(0) @binding(4) var<storage, read_write> out: array<f32>;

@compute @workgroup_size(SIZE)
fn sums(
  @builtin(workgroup_id) id: vec3<u32>,
  @builtin(num_workgroups) count: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let unit = workgroupNumber(id, count);
  let present = unit < u.rows * u.parts;
  let row = unit / u.parts;
  let begin = (unit - row * u.parts) * u.length;
  let end = select(begin, min(begin + u.length, u.n), present);
  var sum = vec2(0.0);
  for (var i = begin + lane; i < end; i += SIZE * TILE) {
    var tile = 0.0;
    for (var k = 0u; k < TILE; k++) {
      let at = i + k * SIZE;
      if (at < end) {
        let gradient = g[row * u.n + at];
        if (FUNCTION == 0u) {
          tile += y[row * u.n + at] * gradient;
        } else {
          tile += gradient;
        }
      }
    }
    sum = addFloat(sum, tile);
  }
  let all = wideSumOfLanes(sum, lane, 1u);
  if (present && lane == 0u) {
    sumsOut[unit] = all.x + all.y;
  }
}

@compute @workgroup_size(SIZE)
fn main(
  @builtin(workgroup_id) id: vec3<u32>,
  @builtin(num_workgroups) count: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let unit = workgroupNumber(id, count);
  let present = unit < u.rows * u.parts;
  let row = unit / u.parts;
  var mine = 0.0;
  for (var part = lane; present && part < u.parts; part += SIZE) {
    mine += sumsIn[row * u.parts + part];
  }
  let sum = sumOfLanes(vec2(mine, 0.0), lane, 1u).x;
  let begin = (unit - row * u.parts) * u.length;
  let end = select(begin, min(begin + u.length, u.n), present);
  for (var i = begin + lane; i < end; i += SIZE) {
    let at = row * u.n + i;
    if (FUNCTION == 0u) {
      out[at] = y[at] * u.scale * (g[at] - sum);
    } else {
      out[at] = g[at] - expOf(y[at]) * sum;
    }
  }
}
`,
  'softmax/backward-subgroups': `// As softmax/backward.wgsl, with subgroups.

//!include lib/subgroup-reduce.wgsl
//!include softmax/backward-body.wgsl

@compute @workgroup_size(SIZE)
fn main(
  @builtin(workgroup_id) id: vec3<u32>,
  @builtin(num_workgroups) count: vec3<u32>,
  @builtin(subgroup_invocation_id) lane: u32,
  @builtin(subgroup_size) subgroup: u32,
) {
  softmaxBackwardRows(workgroupNumber(id, count), placeOf(lane, subgroup), subgroup);
}
`,
  'softmax/long': `// The second dispatch of softmax and log softmax of rows too long for registers. Maximum and Σ e^(x - maximum) of the \`parts\` of
// each row stand in scratch (softmax/statistics.wgsl). A workgroup joins those of its row and writes one part of it. Bytes: 8 an
// element, in two readings 12; FLOPs: about 20. Limits: rows · n below 2^32.

//!include lib/grid.wgsl
//!include softmax/online.wgsl

struct Uniforms {
  rows: u32,
  n: u32,
  parts: u32,
  length: u32,
  rowsPerMask: u32,
  scale: f32,
}

// as softmax/rows-body.wgsl
const FUNCTION: u32 = 0;

@group(0) @binding(0) var<uniform> u: Uniforms;
@group(0) @binding(1) var<storage, read> x: array<f32>;
// bound to x where there is no mask
@group(0) @binding(2) var<storage, read> mask: array<u32>;
@group(0) @binding(3) var<storage, read> partials: array<vec2<f32>>;
@group(0) @binding(4) var<storage, read_write> out: array<f32>;

@compute @workgroup_size(SIZE)
fn main(
  @builtin(workgroup_id) id: vec3<u32>,
  @builtin(num_workgroups) count: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let unit = workgroupNumber(id, count);
  let present = unit < u.rows * u.parts;
  let row = unit / u.parts;
  var mine = vec2(-infinity(), 0.0);
  for (var part = lane; present && part < u.parts; part += SIZE) {
    let other = partials[row * u.parts + part];
    let top = maxNan(mine.x, other.x);
    mine = vec2(top, rescaled(mine, top) + rescaled(other, top));
  }
  let all = joinOnline(mine, lane);
  let top = all.x;
  // -infinity alone has no shares, unless nothing is shown at all
  let inverse = select(1.0 / all.y, notANumber(), FUNCTION == 1u && isInf(top) && all.y != 0.0);
  let hidden = select(0.0, inverse, isNan(inverse));
  let logSum = logOf(all.y);
  let begin = (unit - row * u.parts) * u.length;
  let end = select(begin, min(begin + u.length, u.n), present);
  let maskRow = row / u.rowsPerMask * u.n;
  for (var i = begin + lane; i < end; i += SIZE * TILE) {
    var values: array<f32, TILE>;
    var shown: array<bool, TILE>;
    for (var k = 0u; k < TILE; k++) {
      let at = i + k * SIZE;
      shown[k] = false;
      if (at < end) {
        values[k] = u.scale * x[row * u.n + at] - top;
        shown[k] = FUNCTION != 1u || mask[maskRow + at] != 0u;
      }
    }
    for (var k = 0u; k < TILE; k++) {
      let at = i + k * SIZE;
      if (at < end) {
        if (FUNCTION == 2u) {
          out[row * u.n + at] = values[k] - logSum;
        } else {
          out[row * u.n + at] = select(hidden, expNegative(values[k]) * inverse, shown[k]);
        }
      }
    }
  }
}
`,
  'softmax/online': `// Maximum and Σ e^(x - maximum) in one reading of a row (Milakov and Gimelshein 2018): the sum is scaled when the maximum grows.
// A state is vec2(maximum, sum), (-infinity, 0) for nothing; the maximum is NaN where any element is. Beside -infinity the sum
// is no sum: elements of -infinity add nothing to it, unless a kernel notes there that it has seen some.

//!include lib/math.wgsl
//!include lib/workgroup-reduce.wgsl

const TILE: u32 = 8;

fn isLowest(x: f32) -> bool {
  return bitcast<u32>(x) == 0xff800000u;
}

// The sum beside another maximum. -infinity less itself is none, and has nothing to scale.
fn rescaled(state: vec2<f32>, top: f32) -> f32 {
  if (isLowest(state.x)) { return select(0.0, state.y, isLowest(top)); }
  return state.y * expNegative(state.x - top);
}

// -infinity adds nothing.
fn takeTile(state: vec2<f32>, values: ptr<function, array<f32, TILE>>) -> vec2<f32> {
  var top = state.x;
  for (var k = 0u; k < TILE; k++) {
    top = maxNan(top, (*values)[k]);
  }
  if (isLowest(top)) { return state; }
  var sum = rescaled(state, top);
  for (var k = 0u; k < TILE; k++) {
    sum += expNegative((*values)[k] - top);
  }
  return vec2(top, sum);
}

fn joinOnline(mine: vec2<f32>, place: u32) -> vec2<f32> {
  let top = maxOfLanes(mine.x, place, 1u);
  return vec2(top, sumOfLanes(vec2(rescaled(mine, top), 0.0), place, 1u).x);
}
`,
  'softmax/rows': `// out = softmax(scale · x) over rows of x [rows, n], contiguous, e^(x - maximum) / Σ; log softmax, x - maximum - log Σ, by
// FUNCTION. With a mask, row r reads mask row r / rowsPerMask, and lanes with 0 are 0 (NaN where the row is). A workgroup holds
// SIZE / LANES rows in registers and reads them once. Bytes: 8 an element; FLOPs: about 20. Limits: n <= LANES · HELD; longer
// rows go to softmax/long.wgsl.

//!include lib/workgroup-reduce.wgsl
//!include softmax/rows-body.wgsl

@compute @workgroup_size(SIZE)
fn main(
  @builtin(workgroup_id) id: vec3<u32>,
  @builtin(num_workgroups) count: vec3<u32>,
  @builtin(local_invocation_index) place: u32,
) {
  softmaxRows(workgroupNumber(id, count), place, 1u);
}
`,
  'softmax/rows-body': `// Softmax or log softmax of rows that the registers of their LANES invocations hold, HELD elements each: the body of
// softmax/rows.wgsl and softmax/rows-subgroups.wgsl, which say how lanes add up.

//!include lib/grid.wgsl
//!include lib/math.wgsl

struct Uniforms {
  rows: u32,
  n: u32,
  rowsPerMask: u32,
  scale: f32,
}

// Up to 32 with a mask.
const HELD: u32 = 16;
// 0 softmax, 1 softmax over the lanes whose mask is not 0, 2 log softmax
const FUNCTION: u32 = 0;

@group(0) @binding(0) var<uniform> u: Uniforms;
@group(0) @binding(1) var<storage, read> x: array<f32>;
// bound to x where there is no mask
@group(0) @binding(2) var<storage, read> mask: array<u32>;
@group(0) @binding(3) var<storage, read_write> out: array<f32>;

// Whether element i of a row, the k-th of its lane, counts: \`shown\` says so of masked ones.
fn counts(shown: u32, k: u32, i: u32, end: u32) -> bool {
  if (FUNCTION == 1u) { return ((shown >> k) & 1u) == 1u; }
  return i < end;
}

fn softmaxRows(number: u32, place: u32, subgroup: u32) {
  let row = number * (SIZE / LANES) + place / LANES;
  let lane = place % LANES;
  let end = select(0u, u.n, row < u.rows);
  let start = row * u.n;
  let maskRow = row / u.rowsPerMask * u.n;
  var held: array<f32, HELD>;
  // bit k: element k of this lane is not hidden by a mask
  var shown = 0u;
  var mine = -infinity();
  for (var k = 0u; k < HELD; k++) {
    // the same for all: no work for the registers that this n leaves over
    if (k * LANES < u.n) {
      let i = k * LANES + lane;
      if (i < end) {
        if (FUNCTION != 1u || mask[maskRow + i] != 0u) {
          held[k] = u.scale * x[start + i];
          mine = maxNan(mine, held[k]);
          if (FUNCTION == 1u) { shown |= 1u << k; }
        }
      }
    }
  }
  let top = maxOfLanes(mine, place, subgroup);
  var part = 0.0;
  for (var k = 0u; k < HELD; k++) {
    if (k * LANES < u.n) {
      let e = expNegative(held[k] - top);
      part += select(0.0, e, counts(shown, k, k * LANES + lane, end));
      held[k] = select(e, held[k], FUNCTION == 2u);
    }
  }
  let sum = sumOfLanes(vec2(part, 0.0), place, subgroup).x;
  let inverse = 1.0 / sum;
  let logSum = logOf(sum);
  // 0 where nothing is shown, NaN beside one that is
  let hidden = select(0.0, sum, isNan(sum));
  for (var k = 0u; k < HELD; k++) {
    if (k * LANES < u.n) {
      let i = k * LANES + lane;
      if (i < end) {
        if (FUNCTION == 2u) {
          out[start + i] = held[k] - top - logSum;
        } else {
          out[start + i] = select(hidden, held[k] * inverse, counts(shown, k, i, end));
        }
      }
    }
  }
}
`,
  'softmax/rows-subgroups': `// As softmax/rows.wgsl, with subgroups.

//!include lib/subgroup-reduce.wgsl
//!include softmax/rows-body.wgsl

@compute @workgroup_size(SIZE)
fn main(
  @builtin(workgroup_id) id: vec3<u32>,
  @builtin(num_workgroups) count: vec3<u32>,
  @builtin(subgroup_invocation_id) lane: u32,
  @builtin(subgroup_size) subgroup: u32,
) {
  softmaxRows(workgroupNumber(id, count), placeOf(lane, subgroup), subgroup);
}
`,
  'softmax/statistics': `// log Σ e^x of row r of x [rows, n], contiguous, or, with PARTIAL, maximum and Σ e^(scale · x - maximum) of each of its parts for
// scratch. -infinity for n = 0, an infinite maximum itself, NaN where any element is. With MASKED, lanes whose mask is 0 do not
// count. \`main\`: LANES invocations a row or part, one reading. \`finish\`: joins the parts of each row by a workgroup.
// Bytes: 4 an element; FLOPs: about 25. Limits: rows · n below 2^32.

//!include lib/grid.wgsl
//!include softmax/online.wgsl

struct Uniforms {
  rows: u32,
  n: u32,
  parts: u32,
  length: u32,
  rowsPerMask: u32,
  scale: f32,
}

const PARTIAL: bool = false;
const MASKED: bool = false;

@group(0) @binding(0) var<uniform> u: Uniforms;
@group(0) @binding(1) var<storage, read> x: array<f32>;
// bound to x where there is no mask
@group(0) @binding(2) var<storage, read> mask: array<u32>;
@group(0) @binding(3) var<storage, read_write> out: array<f32>;
// of finish
@group(0) @binding(1) var<storage, read> partials: array<vec2<f32>>;
@group(0) @binding(2) var<storage, read_write> result: array<f32>;

fn logOfState(state: vec2<f32>) -> f32 {
  if (isNan(state.x) || isInf(state.x)) { return state.x; }
  return state.x + logOf(state.y);
}

@compute @workgroup_size(SIZE)
fn main(
  @builtin(workgroup_id) id: vec3<u32>,
  @builtin(num_workgroups) count: vec3<u32>,
  @builtin(local_invocation_index) place: u32,
) {
  let unit = workgroupNumber(id, count) * (SIZE / LANES) + place / LANES;
  let lane = place % LANES;
  let present = unit < u.rows * u.parts;
  let row = unit / u.parts;
  let begin = (unit - row * u.parts) * u.length;
  let end = select(begin, min(begin + u.length, u.n), present);
  let maskRow = row / u.rowsPerMask * u.n;
  var mine = vec2(-infinity(), 0.0);
  var shown = false;
  for (var i = begin + lane; i < end; i += LANES * TILE) {
    var values: array<f32, TILE>;
    for (var k = 0u; k < TILE; k++) {
      let at = i + k * LANES;
      values[k] = -infinity();
      if (at < end) {
        if (!MASKED || mask[maskRow + at] != 0u) {
          values[k] = u.scale * x[row * u.n + at];
          shown = true;
        }
      }
    }
    mine = takeTile(mine, &values);
  }
  // a row of which nothing is shown is not one of -infinity
  if (MASKED && shown && isLowest(mine.x)) {
    mine.y = 1.0;
  }
  let all = joinOnline(mine, place);
  if (present && lane == 0u) {
    if (PARTIAL) {
      out[2u * unit] = all.x;
      out[2u * unit + 1u] = all.y;
    } else {
      out[unit] = logOfState(all);
    }
  }
}

@compute @workgroup_size(SIZE)
fn finish(
  @builtin(workgroup_id) id: vec3<u32>,
  @builtin(num_workgroups) count: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let row = workgroupNumber(id, count);
  let end = select(0u, u.parts, row < u.rows);
  var mine = vec2(-infinity(), 0.0);
  for (var part = lane; part < end; part += SIZE) {
    let other = partials[row * u.parts + part];
    let top = maxNan(mine.x, other.x);
    mine = vec2(top, rescaled(mine, top) + rescaled(other, top));
  }
  let all = joinOnline(mine, lane);
  if (row < u.rows && lane == 0u) {
    result[row] = logOfState(all);
  }
}
`,
} as const;
