// out[r] = index of the first maximum of row r of x [rows, n], contiguous; NaN counts as the maximum, 0 for n = 0. A workgroup
// holds 256 / LANES rows, or as many parts of longer rows, which reduce/argmax-parts.wgsl joins. Bytes: 4 an element; about 8
// integer operations. Limits: n and rows · n below 2^32.

//!include reduce/argmax-function.wgsl
//!include reduce/rows-body.wgsl

@compute @workgroup_size(SIZE)
fn main(
  @builtin(workgroup_id) id: vec3<u32>,
  @builtin(num_workgroups) count: vec3<u32>,
  @builtin(local_invocation_index) place: u32,
) {
  reduceRows(workgroupNumber(id, count), place);
}
