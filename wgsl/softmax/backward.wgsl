// out = scale · y · (g - Σ y g) over rows of y [rows, n], contiguous; of log softmax out = g - e^y Σ g, by FUNCTION. A workgroup
// holds SIZE / LANES rows in registers and reads them once. Bytes: 12 an element; FLOPs: 6 (log softmax 15). Limits: n <= LANES
// · HELD; longer rows go to softmax/backward-long.wgsl.

//!include lib/workgroup-reduce.wgsl
//!include softmax/backward-body.wgsl

@compute @workgroup_size(SIZE)
fn main(
  @builtin(workgroup_id) id: vec3<u32>,
  @builtin(num_workgroups) count: vec3<u32>,
  @builtin(local_invocation_index) place: u32,
) {
  softmaxBackwardRows(workgroupNumber(id, count), place, 1u);
}
