// C as product.wgsl says where it has at most four rows, or (COLUMNS_ARE_FEW) columns: up to four vectors times a matrix that is read once.
// Layout: the matrix is B, or A where the columns are few; its other axis than k is the long one. `alongK` reads a matrix that is contiguous
// along k: a workgroup makes 8 places of the long axis, 32 invocations each, which read 128 k in a row. `acrossK` reads one that is
// contiguous along the long axis: a workgroup makes 64 places, 16 invocations for every 16th k. Then partial sums are added, in order.
// MATRIX4 and VECTOR4 say that the matrix and, along k, the vectors may be read by vec4s.
// Bytes: 4 an element of the matrix; FLOPs: 2 m n k. Limits: no walks.

//!include lib/grid.wgsl
//!include matmul/product.wgsl

override COLUMNS_ARE_FEW: bool = false;
override MATRIX4: bool = false;
override VECTOR4: bool = false;

const SIZE: u32 = 256u;
const MOST: u32 = 4u;

var<workgroup> partial: array<vec4<f32>, SIZE * MOST>;

struct Work {
  base: Bases,
  // Number of the workgroup along the long axis.
  part: u32,
  k: u32,
  end: u32,
}

fn workOf(number: u32) -> Work {
  let split = (number / u.tilesN) % u.splits;
  var base = basesOf(number / (u.tilesN * u.splits));
  base.c += split * u.cSplit;
  let k = split * u.depth;
  return Work(base, number % u.tilesN, k, min(u.k, k + u.depth));
}

fn fewOf() -> u32 {
  return select(u.m, u.n, COLUMNS_ARE_FEW);
}

fn longOf() -> u32 {
  return select(u.n, u.m, COLUMNS_ARE_FEW);
}

// Element of A where the rows are few, of B otherwise.
fn vectorAt(base: Bases, vector: u32, k: u32) -> f32 {
  if (COLUMNS_ARE_FEW) { return bAt(base.b + placeInB(k, vector)); }
  return aAt(base.a + placeInA(vector, k));
}

fn firstOf(x: vec4<f32>, count: u32) -> vec4<f32> {
  return select(vec4<f32>(), x, vec4(0u, 1u, 2u, 3u) < vec4(count));
}

// Four k of a vector, of which `left` are there.
fn vectorQuad(base: Bases, vector: u32, k: u32, left: u32) -> vec4<f32> {
  if (VECTOR4) {
    if (COLUMNS_ARE_FEW) { return b[(base.b + placeInB(k, vector)) >> 2u]; }
    return a[(base.a + placeInA(vector, k)) >> 2u];
  }
  let last = k + left - 1u;
  let x = vec4(
    vectorAt(base, vector, k),
    vectorAt(base, vector, min(k + 1u, last)),
    vectorAt(base, vector, min(k + 2u, last)),
    vectorAt(base, vector, min(k + 3u, last)),
  );
  return firstOf(x, left);
}

fn matrixAt(i: u32) -> f32 {
  if (COLUMNS_ARE_FEW) { return aAt(i); }
  return bAt(i);
}

// Four elements of the matrix in a row, of which `left` are there.
fn matrixQuad(base: Bases, long: u32, k: u32, left: u32) -> vec4<f32> {
  var at = base.b + placeInB(k, long);
  if (COLUMNS_ARE_FEW) { at = base.a + placeInA(long, k); }
  if (MATRIX4) {
    if (COLUMNS_ARE_FEW) { return a[at >> 2u]; }
    return b[at >> 2u];
  }
  let last = left - 1u;
  let x = vec4(matrixAt(at), matrixAt(at + min(1u, last)), matrixAt(at + min(2u, last)), matrixAt(at + min(3u, last)));
  return firstOf(x, left);
}

struct Element {
  inside: bool,
  column: u32,
  at: u32,
  sum: f32,
}

fn elementOf(work: Work, vector: u32, long: u32, sum: f32) -> Element {
  let row = select(vector, long, COLUMNS_ARE_FEW);
  let column = select(long, vector, COLUMNS_ARE_FEW);
  let inside = row < u.m && column < u.n;
  return Element(inside, column, work.base.c + row * u.ldc + column, sum);
}

fn sumOf(x: vec4<f32>) -> f32 {
  return (x.x + x.y) + (x.z + x.w);
}

// The element of C of an invocation.
fn alongKOf(work: Work, local: u32) -> Element {
  let few = fewOf();
  let long = work.part * 8u + local / 32u;
  var s0 = vec4<f32>();
  var s1 = vec4<f32>();
  var s2 = vec4<f32>();
  var s3 = vec4<f32>();
  if (long < longOf()) {
    for (var k = work.k + 4u * (local % 32u); k < work.end; k += 128u) {
      let left = work.end - k;
      let x = matrixQuad(work.base, long, k, left);
      s0 = fma(vectorQuad(work.base, 0u, k, left), x, s0);
      if (few > 1u) { s1 = fma(vectorQuad(work.base, 1u, k, left), x, s1); }
      if (few > 2u) { s2 = fma(vectorQuad(work.base, 2u, k, left), x, s2); }
      if (few > 3u) { s3 = fma(vectorQuad(work.base, 3u, k, left), x, s3); }
    }
  }
  partial[local] = vec4(sumOf(s0), sumOf(s1), sumOf(s2), sumOf(s3));
  workgroupBarrier();
  for (var half = 16u; half > 0u; half /= 2u) {
    if (local % 32u < half) { partial[local] += partial[local + half]; }
    workgroupBarrier();
  }
  // the first 8 invocations of the first vector, the next of the second, ...
  if (local >= 8u * few) { return Element(false, 0u, 0u, 0.0); }
  return elementOf(work, local / 8u, work.part * 8u + local % 8u, partial[32u * (local % 8u)][local / 8u]);
}

fn acrossKOf(work: Work, local: u32) -> Element {
  let few = fewOf();
  let long = work.part * 64u + 4u * (local % 16u);
  let left = max(longOf(), long) - long;
  var s0 = vec4<f32>();
  var s1 = vec4<f32>();
  var s2 = vec4<f32>();
  var s3 = vec4<f32>();
  if (left > 0u) {
    for (var k = work.k + local / 16u; k < work.end; k += 16u) {
      let x = matrixQuad(work.base, long, k, left);
      s0 = fma(vec4(vectorAt(work.base, 0u, k)), x, s0);
      if (few > 1u) { s1 = fma(vec4(vectorAt(work.base, 1u, k)), x, s1); }
      if (few > 2u) { s2 = fma(vec4(vectorAt(work.base, 2u, k)), x, s2); }
      if (few > 3u) { s3 = fma(vec4(vectorAt(work.base, 3u, k)), x, s3); }
    }
  }
  partial[local] = s0;
  partial[SIZE + local] = s1;
  partial[2u * SIZE + local] = s2;
  partial[3u * SIZE + local] = s3;
  workgroupBarrier();
  for (var half = 8u; half > 0u; half /= 2u) {
    if (local / 16u < half) {
      for (var i = 0u; i < few; i++) { partial[i * SIZE + local] += partial[i * SIZE + local + 16u * half]; }
    }
    workgroupBarrier();
  }
  // 64 invocations a vector
  let vector = local / 64u;
  if (vector >= few) { return Element(false, 0u, 0u, 0.0); }
  let place = local % 64u;
  return elementOf(work, vector, work.part * 64u + place, partial[vector * SIZE + place / 4u][place % 4u]);
}

@compute @workgroup_size(SIZE)
fn alongK(
  @builtin(local_invocation_index) local: u32,
  @builtin(workgroup_id) id: vec3<u32>,
  @builtin(num_workgroups) count: vec3<u32>,
) {
  let number = workgroupNumber(id, count);
  if (number >= u.count) { return; }
  let e = alongKOf(workOf(number), local);
  if (e.inside) { c[e.at] = result(preActivation(e.sum, e.column), e.at); }
}

@compute @workgroup_size(SIZE)
fn acrossK(
  @builtin(local_invocation_index) local: u32,
  @builtin(workgroup_id) id: vec3<u32>,
  @builtin(num_workgroups) count: vec3<u32>,
) {
  let number = workgroupNumber(id, count);
  if (number >= u.count) { return; }
  let e = acrossKOf(workOf(number), local);
  if (e.inside) { c[e.at] = result(preActivation(e.sum, e.column), e.at); }
}

@compute @workgroup_size(SIZE)
fn alongKBefore(
  @builtin(local_invocation_index) local: u32,
  @builtin(workgroup_id) id: vec3<u32>,
  @builtin(num_workgroups) count: vec3<u32>,
) {
  let number = workgroupNumber(id, count);
  if (number >= u.count) { return; }
  let e = alongKOf(workOf(number), local);
  if (e.inside) {
    let x = preActivation(e.sum, e.column);
    before[e.at] = x;
    c[e.at] = result(x, e.at);
  }
}

@compute @workgroup_size(SIZE)
fn acrossKBefore(
  @builtin(local_invocation_index) local: u32,
  @builtin(workgroup_id) id: vec3<u32>,
  @builtin(num_workgroups) count: vec3<u32>,
) {
  let number = workgroupNumber(id, count);
  if (number >= u.count) { return; }
  let e = acrossKOf(workOf(number), local);
  if (e.inside) {
    let x = preActivation(e.sum, e.column);
    before[e.at] = x;
    c[e.at] = result(x, e.at);
  }
}
