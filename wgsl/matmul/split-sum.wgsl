// The last pass of a product whose k was cut into splits: C as product.wgsl says of the sum of the partial products, in order.
// Layout: `a` holds the partial products [splits, batches, m, n], dense; depth the elements of one of them.
// One invocation four elements in a row (main, mainBefore: n a multiple of 4, C readable by vec4s) or one (scalar, scalarBefore).
// Bytes: 4 splits + 4 an element; FLOPs: splits an element.

//!include lib/grid.wgsl
//!include matmul/product.wgsl

const SIZE: u32 = 256u;

struct Place {
  column: u32,
  at: u32,
}

fn placeOf(element: u32) -> Place {
  let area = u.m * u.n;
  let inBatch = element % area;
  let column = inBatch % u.n;
  return Place(column, basesOf(element / area).c + (inBatch / u.n) * u.ldc + column);
}

fn sumOf(element: u32) -> f32 {
  var sum = aAt(element);
  for (var split = 1u; split < u.splits; split++) { sum += aAt(split * u.depth + element); }
  return sum;
}

fn sumOf4(element: u32) -> vec4<f32> {
  var sum = a[element >> 2u];
  for (var split = 1u; split < u.splits; split++) { sum += a[(split * u.depth + element) >> 2u]; }
  return sum;
}

@compute @workgroup_size(SIZE)
fn main(
  @builtin(local_invocation_index) local: u32,
  @builtin(workgroup_id) id: vec3<u32>,
  @builtin(num_workgroups) count: vec3<u32>,
) {
  let element = 4u * (workgroupNumber(id, count) * SIZE + local);
  if (element >= u.depth) { return; }
  let place = placeOf(element);
  c4[place.at >> 2u] = result4(preActivation4(sumOf4(element), place.column), place.at);
}

@compute @workgroup_size(SIZE)
fn mainBefore(
  @builtin(local_invocation_index) local: u32,
  @builtin(workgroup_id) id: vec3<u32>,
  @builtin(num_workgroups) count: vec3<u32>,
) {
  let element = 4u * (workgroupNumber(id, count) * SIZE + local);
  if (element >= u.depth) { return; }
  let place = placeOf(element);
  let x = preActivation4(sumOf4(element), place.column);
  before4[place.at >> 2u] = x;
  c4[place.at >> 2u] = result4(x, place.at);
}

@compute @workgroup_size(SIZE)
fn scalar(
  @builtin(local_invocation_index) local: u32,
  @builtin(workgroup_id) id: vec3<u32>,
  @builtin(num_workgroups) count: vec3<u32>,
) {
  let element = workgroupNumber(id, count) * SIZE + local;
  if (element >= u.depth) { return; }
  let place = placeOf(element);
  c[place.at] = result(preActivation(sumOf(element), place.column), place.at);
}

@compute @workgroup_size(SIZE)
fn scalarBefore(
  @builtin(local_invocation_index) local: u32,
  @builtin(workgroup_id) id: vec3<u32>,
  @builtin(num_workgroups) count: vec3<u32>,
) {
  let element = workgroupNumber(id, count) * SIZE + local;
  if (element >= u.depth) { return; }
  let place = placeOf(element);
  let x = preActivation(sumOf(element), place.column);
  before[place.at] = x;
  c[place.at] = result(x, place.at);
}
