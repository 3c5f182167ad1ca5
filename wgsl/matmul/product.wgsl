// What the kernels of a product share: C = activation(alpha · op(A) · op(B) + bias) + residual, batched.
// Layout: A is [m, k] with row step lda, or [k, m] if TRANS_A; B is [k, n] with row step ldb, or [n, k] if TRANS_B. With WALK_B element
// [k, n] of B lies at offsets[k] + offsets[K + n], with WALK_A element [m, k] of A at m · lda + offsets[K + N + k]. C, the residual and
// what the activation is given are [m, n] with row step ldc. k may be cut into splits, whose sums then lie cSplit apart.
// Operands that are read are bound as vec4s, of which single components may be read too; c and before are each one buffer that is
// declared both ways, since writing a component may write the whole vec4.

//!include lib/math.wgsl

struct Uniforms {
  m: u32,
  n: u32,
  k: u32,
  lda: u32,
  ldb: u32,
  ldc: u32,
  aOffset: u32,
  bOffset: u32,
  cOffset: u32,
  // Batches of the inner axis, and steps along both.
  inner: u32,
  aOuter: u32,
  aInner: u32,
  bOuter: u32,
  bInner: u32,
  cOuter: u32,
  cInner: u32,
  alpha: f32,
  // Workgroups in all, and tiles of C along m and n.
  count: u32,
  tilesM: u32,
  tilesN: u32,
  splits: u32,
  // k of one split.
  depth: u32,
  cSplit: u32,
}

override TRANS_A: bool = false;
override TRANS_B: bool = false;
override WALK_A: bool = false;
override WALK_B: bool = false;
override HAS_BIAS: bool = false;
override HAS_RESIDUAL: bool = false;
// 0 none, 1 relu, 2 gelu, 3 geluTanh, 4 silu
override ACTIVATION: u32 = 0;

@group(0) @binding(0) var<uniform> u: Uniforms;
@group(0) @binding(1) var<storage, read> a: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> b: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read> bias: array<vec4<f32>>;
@group(0) @binding(4) var<storage, read> residual: array<vec4<f32>>;
@group(0) @binding(5) var<storage, read> offsets: array<u32>;
@group(0) @binding(6) var<storage, read_write> c: array<f32>;
@group(0) @binding(6) var<storage, read_write> c4: array<vec4<f32>>;
@group(0) @binding(7) var<storage, read_write> before: array<f32>;
@group(0) @binding(7) var<storage, read_write> before4: array<vec4<f32>>;

fn aAt(i: u32) -> f32 {
  return a[i >> 2u][i & 3u];
}

fn bAt(i: u32) -> f32 {
  return b[i >> 2u][i & 3u];
}

// Where the operands of a batch begin.
struct Bases {
  a: u32,
  b: u32,
  c: u32,
}

fn basesOf(batch: u32) -> Bases {
  let outer = batch / u.inner;
  let inner = batch % u.inner;
  return Bases(
    u.aOffset + outer * u.aOuter + inner * u.aInner,
    u.bOffset + outer * u.bOuter + inner * u.bInner,
    u.cOffset + outer * u.cOuter + inner * u.cInner,
  );
}

// Place of an element of A, after the base.
fn placeInA(row: u32, k: u32) -> u32 {
  if (WALK_A) { return row * u.lda + offsets[u.k + u.n + k]; }
  if (TRANS_A) { return k * u.lda + row; }
  return row * u.lda + k;
}

fn placeInB(k: u32, column: u32) -> u32 {
  if (WALK_B) { return offsets[k] + offsets[u.k + column]; }
  if (TRANS_B) { return column * u.ldb + k; }
  return k * u.ldb + column;
}

fn activated(x: f32) -> f32 {
  switch (ACTIVATION) {
    case 1u: { return select(0.0, x, x > 0.0 || isNan(x)); }
    case 2u: { return geluOf(x); }
    case 3u: { return geluTanhOf(x); }
    case 4u: { return siluOf(x); }
    default: { return x; }
  }
}

// What the activation is given.
fn preActivation(sum: f32, column: u32) -> f32 {
  let x = u.alpha * sum;
  if (HAS_BIAS) { return x + bias[column >> 2u][column & 3u]; }
  return x;
}

fn preActivation4(sum: vec4<f32>, column: u32) -> vec4<f32> {
  let x = u.alpha * sum;
  if (HAS_BIAS) { return x + bias[column >> 2u]; }
  return x;
}

// The element of C at `at`.
fn result(x: f32, at: u32) -> f32 {
  let y = activated(x);
  if (HAS_RESIDUAL) { return y + residual[at >> 2u][at & 3u]; }
  return y;
}

fn result4(x: vec4<f32>, at: u32) -> vec4<f32> {
  let y = vec4(activated(x.x), activated(x.y), activated(x.z), activated(x.w));
  if (HAS_RESIDUAL) { return y + residual[at >> 2u]; }
  return y;
}
