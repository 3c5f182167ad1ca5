// How many elements of an ascending list are below each value, or not above it with `right`: a binary search by one invocation. Value i
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
