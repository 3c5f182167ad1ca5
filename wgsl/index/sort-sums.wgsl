// counts[i] = Σ counts[j] over j < i: where the rows of a digit and a segment begin in the order (index/sort.wgsl).
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
