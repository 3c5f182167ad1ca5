// out[r] = sum, mean, maximum or minimum of row r of x [rows, n], contiguous. A workgroup holds 256 / LANES rows, or as many parts
// of longer rows, whose results a second dispatch of this file takes as rows of their own. Bytes: 4 an element; FLOPs: about 8 for
// a sum. Limits: n and rows · n below 2^32.

//!include reduce/function.wgsl
//!include reduce/rows-body.wgsl

@compute @workgroup_size(SIZE)
fn main(
  @builtin(workgroup_id) id: vec3<u32>,
  @builtin(num_workgroups) count: vec3<u32>,
  @builtin(local_invocation_index) place: u32,
) {
  reduceRows(workgroupNumber(id, count), place);
}
