// dx = rstd · (h - mean(h) - z · mean(h z)) with h = g · gamma, z = (x - mean) · rstd, over rows of x [rows, n], contiguous. A
// workgroup holds SIZE / LANES rows in registers and reads them once. Bytes: 12 an element and gamma from caches; FLOPs: about
// 10. Limits: n <= LANES · HELD; longer rows go to norm/layer-norm-backward-long.wgsl.

//!include lib/workgroup-reduce.wgsl
//!include norm/layer-norm-backward-body.wgsl

@compute @workgroup_size(SIZE)
fn main(
  @builtin(workgroup_id) id: vec3<u32>,
  @builtin(num_workgroups) count: vec3<u32>,
  @builtin(local_invocation_index) place: u32,
) {
  layerNormBackwardRows(workgroupNumber(id, count), place, 1u);
}
