// Adam on ranges of arenas, in place on param, m and v (and vMax in the entry `amsgrad`):
//   g = gradScale · grad (+ wd · p where decay and not DECOUPLED);  m = b1·m + (1-b1)·g;  v = b2·v + (1-b2)·g²
//   p -= lr · wd · p (where decay and DECOUPLED: AdamW);  p -= (lr / c1) · m / (sqrt(v / c2) + eps)
// hyper = [lr, b1, b2, 1-b1, 1-b2, eps, wd, c1, c2]. One workgroup takes 1024 elements of a range.
// Bytes: 28 an element; FLOPs: about 20.

//!include lib/grid.wgsl
//!include lib/numbers.wgsl
//!include optim/ranges.wgsl

override DECOUPLED: bool = true;
// Invocations of a workgroup: few on a processor, where each of them looks up the range.
const SIZE: u32 = 256u;

@group(0) @binding(0) var<uniform> u: Uniforms;
@group(0) @binding(1) var<storage, read_write> param: array<f32>;
@group(0) @binding(2) var<storage, read> grad: array<f32>;
@group(0) @binding(3) var<storage, read_write> m: array<f32>;
@group(0) @binding(4) var<storage, read_write> v: array<f32>;
@group(0) @binding(5) var<storage, read> hyper: array<f32>;
@group(0) @binding(6) var<storage, read> gradScale: array<f32>;
@group(0) @binding(7) var<storage, read_write> vMax: array<f32>;

// The numbers of the call: read once, for not every compiler sees that they stay as they are.
struct Hyper {
  b1: f32,
  b2: f32,
  rest1: f32,
  rest2: f32,
  eps: f32,
  decay: f32,
  c2: f32,
  // lr / c1, lr · wd
  step: f32,
  shrink: f32,
  gradScale: f32,
}

fn hyperOf() -> Hyper {
  let rate = hyper[0];
  let decay = hyper[6];
  return Hyper(
    hyper[1], hyper[2], hyper[3], hyper[4], hyper[5], decay, hyper[8], rate / hyper[7], rate * decay, gradScale[0]
  );
}

// New moments of element i, which are written.
fn moments(h: Hyper, i: u32, decay: bool) -> vec2<f32> {
  var g = grad[i] * h.gradScale;
  if (decay && !DECOUPLED) {
    g += h.decay * param[i];
  }
  let first = h.b1 * m[i] + h.rest1 * g;
  let second = h.b2 * v[i] + h.rest2 * g * g;
  m[i] = first;
  v[i] = second;
  return vec2(first, second);
}

fn update(h: Hyper, i: u32, decay: bool, first: f32, second: f32) {
  var p = param[i];
  if (decay && DECOUPLED) {
    p -= h.shrink * p;
  }
  param[i] = p - h.step * first / (sqrt(second / h.c2) + h.eps);
}

@compute @workgroup_size(SIZE)
fn main(
  @builtin(workgroup_id) id: vec3<u32>,
  @builtin(num_workgroups) count: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let part = partOf(workgroupNumber(id, count), 1024u);
  let h = hyperOf();
  for (var i = part.start + lane; i < part.end; i += SIZE) {
    let now = moments(h, i, part.decay);
    update(h, i, part.decay, now.x, now.y);
  }
}

@compute @workgroup_size(SIZE)
fn amsgrad(
  @builtin(workgroup_id) id: vec3<u32>,
  @builtin(num_workgroups) count: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let part = partOf(workgroupNumber(id, count), 1024u);
  let h = hyperOf();
  for (var i = part.start + lane; i < part.end; i += SIZE) {
    let now = moments(h, i, part.decay);
    let most = maxNan(vMax[i], now.y);
    vMax[i] = most;
    update(h, i, part.decay, now.x, most);
  }
}
