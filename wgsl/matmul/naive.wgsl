// C as product.wgsl says, in the plainest way: all strides, transposes, walks and epilogues.
// One invocation an element of C, one workgroup 16 x 16 of them; a sum is one chain of f32 multiply-adds in order of k.
// Bytes: 8 k an element, mostly from caches; FLOPs: 2 m n k. For small products, and the measure of the other kernels.

//!include lib/grid.wgsl
//!include matmul/product.wgsl

const SIDE: u32 = 16u;

struct Element {
  inside: bool,
  column: u32,
  at: u32,
  sum: f32,
}

fn elementOf(local: vec3<u32>, number: u32) -> Element {
  let tiles = u.tilesM * u.tilesN;
  let tile = number % tiles;
  let row = (tile / u.tilesN) * SIDE + local.y;
  let column = (tile % u.tilesN) * SIDE + local.x;
  if (number >= u.count || row >= u.m || column >= u.n) { return Element(false, 0u, 0u, 0.0); }
  let base = basesOf(number / tiles);
  var sum = 0.0;
  for (var k = 0u; k < u.k; k++) {
    sum = fma(aAt(base.a + placeInA(row, k)), bAt(base.b + placeInB(k, column)), sum);
  }
  return Element(true, column, base.c + row * u.ldc + column, sum);
}

@compute @workgroup_size(SIDE, SIDE)
fn scalar(
  @builtin(local_invocation_id) local: vec3<u32>,
  @builtin(workgroup_id) id: vec3<u32>,
  @builtin(num_workgroups) count: vec3<u32>,
) {
  let e = elementOf(local, workgroupNumber(id, count));
  if (e.inside) { c[e.at] = result(preActivation(e.sum, e.column), e.at); }
}

@compute @workgroup_size(SIDE, SIDE)
fn scalarBefore(
  @builtin(local_invocation_id) local: vec3<u32>,
  @builtin(workgroup_id) id: vec3<u32>,
  @builtin(num_workgroups) count: vec3<u32>,
) {
  let e = elementOf(local, workgroupNumber(id, count));
  if (e.inside) {
    let x = preActivation(e.sum, e.column);
    before[e.at] = x;
    c[e.at] = result(x, e.at);
  }
}
