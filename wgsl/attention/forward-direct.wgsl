// As forward.wgsl, without workgroup memory: one invocation makes four queries of a head, at most 64 columns of them.
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
