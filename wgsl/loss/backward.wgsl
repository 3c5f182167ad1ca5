// dx = g · (p - (1 - s) · [i = id] - s / n) over rows of x [rows, n], contiguous, 0 for rows whose id is the ignored one; lse
// and g are [rows]. p = e^(x - lse) over the sum of the same, which is 1 but for the rounding of lse: a large logit makes that
// large. A workgroup holds SIZE / LANES rows in registers and reads them once. Bytes: 8 an element; FLOPs: about 20. Limits: n
// <= LANES · HELD; longer rows go to loss/backward-long.wgsl.

//!include lib/workgroup-reduce.wgsl
//!include loss/backward-body.wgsl

@compute @workgroup_size(SIZE)
fn main(
  @builtin(workgroup_id) id: vec3<u32>,
  @builtin(num_workgroups) count: vec3<u32>,
  @builtin(local_invocation_index) place: u32,
) {
  crossEntropyBackwardRows(workgroupNumber(id, count), place, 1u);
}
