// out = (x - mean) · rstd · gamma + beta over rows of x [rows, n], contiguous; mean and rstd = 1 / √(variance + eps) are [rows].
// Two-pass variance. A workgroup holds SIZE / LANES rows in registers and reads them once. Bytes: 8 an element and gamma and
// beta from caches; FLOPs: about 10. Limits: n <= LANES · HELD; longer rows go to norm/layer-norm-long.wgsl.

//!include lib/workgroup-reduce.wgsl
//!include norm/layer-norm-body.wgsl

@compute @workgroup_size(SIZE)
fn main(
  @builtin(workgroup_id) id: vec3<u32>,
  @builtin(num_workgroups) count: vec3<u32>,
  @builtin(local_invocation_index) place: u32,
) {
  layerNormRows(workgroupNumber(id, count), place, 1u);
}
