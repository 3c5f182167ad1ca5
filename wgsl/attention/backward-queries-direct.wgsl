// As backward-queries.wgsl, without workgroup memory: one invocation makes four queries of a head, at most 64 columns of dq. What delta lacks,
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
