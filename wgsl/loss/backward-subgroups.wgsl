// As loss/backward.wgsl, with subgroups.

//!include lib/subgroup-reduce.wgsl
//!include loss/backward-body.wgsl

@compute @workgroup_size(SIZE)
fn main(
  @builtin(workgroup_id) id: vec3<u32>,
  @builtin(num_workgroups) count: vec3<u32>,
  @builtin(subgroup_invocation_id) lane: u32,
  @builtin(subgroup_size) subgroup: u32,
) {
  crossEntropyBackwardRows(workgroupNumber(id, count), placeOf(lane, subgroup), subgroup);
}
