// out[o, c] = index of the first maximum of x[o, :, c] of x [outer, n, inner], contiguous; NaN counts as the maximum. A
// workgroup takes 256 / LANES columns, or a part of each, which reduce/argmax-parts.wgsl joins. Bytes: 4 an element; about 8
// integer operations. Limits: outer · n · inner below 2^32.

//!include reduce/argmax-function.wgsl
//!include reduce/columns-body.wgsl

@compute @workgroup_size(SIZE)
fn main(
  @builtin(workgroup_id) id: vec3<u32>,
  @builtin(num_workgroups) count: vec3<u32>,
  @builtin(local_invocation_index) index: u32,
) {
  reduceColumns(workgroupNumber(id, count), index);
}
