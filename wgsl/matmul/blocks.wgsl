// 4 x 4 blocks of A, B and C: how they are loaded and multiplied.
// Layout: A4 and B4 say that the operand may be read by vec4s: its contiguous size, steps and offsets are multiples of 4. Loads do not
// branch: past the last row or column they give the last one, whose sums nobody stores, and past the end of k numbers that are there, which
// byRowsA and byRowsB then make 0. Where A4 or B4 is read along k, the end of k is a multiple of 4 too.

//!include matmul/work.wgsl

override A4: bool = false;
override B4: bool = false;

fn rowOfA(base: u32, row: u32, k: u32) -> vec4<f32> {
  return vec4(
    aAt(base + placeInA(min(row, u.m - 1u), k)),
    aAt(base + placeInA(min(row + 1u, u.m - 1u), k)),
    aAt(base + placeInA(min(row + 2u, u.m - 1u), k)),
    aAt(base + placeInA(min(row + 3u, u.m - 1u), k)),
  );
}

// A block of A at four k and four rows, as it lies in memory: vec4s along k where A4 and not TRANS_A, along the rows otherwise.
fn loadA(base: u32, row: u32, k: u32, end: u32) -> mat4x4<f32> {
  if (A4 && !TRANS_A) {
    let at = base + min(k, end - 4u);
    return mat4x4(
      a[(at + min(row, u.m - 1u) * u.lda) >> 2u],
      a[(at + min(row + 1u, u.m - 1u) * u.lda) >> 2u],
      a[(at + min(row + 2u, u.m - 1u) * u.lda) >> 2u],
      a[(at + min(row + 3u, u.m - 1u) * u.lda) >> 2u],
    );
  }
  let last = end - 1u;
  if (A4) {
    let at = base + min(row, u.m - 4u);
    return mat4x4(
      a[(at + min(k, last) * u.lda) >> 2u],
      a[(at + min(k + 1u, last) * u.lda) >> 2u],
      a[(at + min(k + 2u, last) * u.lda) >> 2u],
      a[(at + min(k + 3u, last) * u.lda) >> 2u],
    );
  }
  return mat4x4(
    rowOfA(base, row, min(k, last)),
    rowOfA(base, row, min(k + 1u, last)),
    rowOfA(base, row, min(k + 2u, last)),
    rowOfA(base, row, min(k + 3u, last)),
  );
}

fn rowOfB(base: u32, column: u32, k: u32) -> vec4<f32> {
  return vec4(
    bAt(base + placeInB(k, min(column, u.n - 1u))),
    bAt(base + placeInB(k, min(column + 1u, u.n - 1u))),
    bAt(base + placeInB(k, min(column + 2u, u.n - 1u))),
    bAt(base + placeInB(k, min(column + 3u, u.n - 1u))),
  );
}

// As loadA: vec4s along k where B4 and TRANS_B, along the columns otherwise.
fn loadB(base: u32, column: u32, k: u32, end: u32) -> mat4x4<f32> {
  if (B4 && TRANS_B) {
    let at = base + min(k, end - 4u);
    return mat4x4(
      b[(at + min(column, u.n - 1u) * u.ldb) >> 2u],
      b[(at + min(column + 1u, u.n - 1u) * u.ldb) >> 2u],
      b[(at + min(column + 2u, u.n - 1u) * u.ldb) >> 2u],
      b[(at + min(column + 3u, u.n - 1u) * u.ldb) >> 2u],
    );
  }
  let last = end - 1u;
  if (B4) {
    let at = base + min(column, u.n - 4u);
    return mat4x4(
      b[(at + min(k, last) * u.ldb) >> 2u],
      b[(at + min(k + 1u, last) * u.ldb) >> 2u],
      b[(at + min(k + 2u, last) * u.ldb) >> 2u],
      b[(at + min(k + 3u, last) * u.ldb) >> 2u],
    );
  }
  return mat4x4(
    rowOfB(base, column, min(k, last)),
    rowOfB(base, column, min(k + 1u, last)),
    rowOfB(base, column, min(k + 2u, last)),
    rowOfB(base, column, min(k + 3u, last)),
  );
}

fn endAt(x: mat4x4<f32>, k: u32, end: u32) -> mat4x4<f32> {
  let zero = vec4<f32>();
  return mat4x4(
    select(zero, x[0], k < end),
    select(zero, x[1], k + 1u < end),
    select(zero, x[2], k + 2u < end),
    select(zero, x[3], k + 3u < end),
  );
}

// What was loaded, k + j in column j, 0 past the end. Apart from the loads, so that these need not have come.
fn byRowsA(x: mat4x4<f32>, k: u32, end: u32) -> mat4x4<f32> {
  if (A4 && !TRANS_A) { return endAt(transpose(x), k, end); }
  return endAt(x, k, end);
}

fn byRowsB(x: mat4x4<f32>, k: u32, end: u32) -> mat4x4<f32> {
  if (B4 && TRANS_B) { return endAt(transpose(x), k, end); }
  return endAt(x, k, end);
}

// Row i of a block of C += x[i] · y.
fn addProduct(sums: ptr<function, mat4x4<f32>>, x: vec4<f32>, y: vec4<f32>) {
  (*sums)[0] = fma(vec4(x.x), y, (*sums)[0]);
  (*sums)[1] = fma(vec4(x.y), y, (*sums)[1]);
  (*sums)[2] = fma(vec4(x.z), y, (*sums)[2]);
  (*sums)[3] = fma(vec4(x.w), y, (*sums)[3]);
}
