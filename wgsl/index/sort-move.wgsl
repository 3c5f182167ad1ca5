// moved[place] = row for the rows in order, place being where the rows of its digit and segment begin (`starts`) and how many of
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
