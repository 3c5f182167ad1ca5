// counts[digit, segment] = rows of the segment whose key has that digit (index/sort.wgsl).
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
