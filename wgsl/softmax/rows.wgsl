// out = softmax(scale · x) over rows of x [rows, n], contiguous, e^(x - maximum) / Σ; log softmax, x - maximum - log Σ, by
// FUNCTION. With a mask, row r reads mask row r / rowsPerMask, and lanes with 0 are 0 (NaN where the row is). A workgroup holds
// SIZE / LANES rows in registers and reads them once. Bytes: 8 an element; FLOPs: about 20. Limits: n <= LANES · HELD; longer
// rows go to softmax/long.wgsl.

//!include lib/workgroup-reduce.wgsl
//!include softmax/rows-body.wgsl

@compute @workgroup_size(SIZE)
fn main(
  @builtin(workgroup_id) id: vec3<u32>,
  @builtin(num_workgroups) count: vec3<u32>,
  @builtin(local_invocation_index) place: u32,
) {
  softmaxRows(workgroupNumber(id, count), place, 1u);
}
