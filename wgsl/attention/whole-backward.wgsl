// Of products q kT in scores[row, :] and g vT in slopes[row, :]: probabilities, those that dropout keeps times 1 / (1 - p), and the gradient
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
