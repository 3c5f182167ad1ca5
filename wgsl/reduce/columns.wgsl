// out[o, c] = sum, mean, maximum or minimum of x[o, :, c] of x [outer, n, inner], contiguous. A workgroup takes 256 / LANES
// columns, or a part of each; the results of parts stand in scratch as rows for reduce/rows.wgsl. Bytes: 4 an element; FLOPs:
// about 8 for a sum. Limits: outer · n · inner below 2^32.

//!include reduce/function.wgsl
//!include reduce/columns-body.wgsl

@compute @workgroup_size(SIZE)
fn main(
  @builtin(workgroup_id) id: vec3<u32>,
  @builtin(num_workgroups) count: vec3<u32>,
  @builtin(local_invocation_index) index: u32,
) {
  reduceColumns(workgroupNumber(id, count), index);
}
