// Sums of strided elements: out[k] += Σ x[k, s] over a part of s (LAST), or the sums of parts of `length` each go to parts[part, k].
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
