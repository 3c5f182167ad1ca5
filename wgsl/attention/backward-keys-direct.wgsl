// As backward-keys.wgsl, without workgroup memory: one invocation makes four keys of a head, at most 64 columns of dk and of dv. The rows come
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
