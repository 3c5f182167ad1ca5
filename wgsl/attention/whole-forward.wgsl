// scores[row, :] from products of a query and all keys to its probabilities, those that dropout keeps times 1 / (1 - p), in place, and
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
