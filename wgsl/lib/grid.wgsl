// The number of a workgroup of a row that was folded into two axes (`grid` in dispatch.ts).

fn workgroupNumber(id: vec3<u32>, count: vec3<u32>) -> u32 {
  return id.y * count.x + id.x;
}
