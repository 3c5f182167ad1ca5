// Adam on ranges of arenas, in place on param, m and v (and vMax in the entry `amsgrad`):
//   g = gradScale · grad (+ wd · p where decay and not DECOUPLED);  m = b1·m + (1-b1)·g;  v = b2·v + (1-b2)·g²
//   p -= lr · wd · p (where decay and DECOUPLED: AdamW);  p -= (lr / c1) · m / (sqrt(v / c2) + eps)
// hyper = [lr, b1, b2, 1-b1, 1-b2, eps, wd, c1, c2]. One workgroup takes 1024 elements of a range.
// Bytes: 28 an element; FLOPs: about 20.

//!include lib/grid.wgsl
//!include lib/numbers.wgsl
//!include optim/ranges.wgsl

override DECOUPLED: bool = true;

@group(0) @binding(0) var<uniform> u: Uniforms;
@group(0) @binding(1) var<storage, read_write> param: array<f32>;
@group(0) @binding(2) var<storage, read> grad: array<f32>;
@group(0) @binding(3) var<storage, read_write> m: array<f32>;
@group(0) @binding(4) var<storage, read_write> v: array<f32>;
@group(0) @binding(5) var<storage, read> hyper: array<f32>;
@group(0) @binding(6) var<storage, read> gradScale: array<f32>;
@group(0) @binding(7) var<storage, read_write> vMax: array<f32>;

// New moments of element i, which are written.
fn moments(i: u32, decay: bool) -> vec2<f32> {
  var g = grad[i] * gradScale[0];
  if (decay && !DECOUPLED) {
    g += hyper[6] * param[i];
  }
  let first = hyper[1] * m[i] + hyper[3] * g;
  let second = hyper[2] * v[i] + hyper[4] * g * g;
  m[i] = first;
  v[i] = second;
  return vec2(first, second);
}

fn update(i: u32, decay: bool, first: f32, second: f32) {
  var p = param[i];
  if (decay && DECOUPLED) {
    p -= hyper[0] * hyper[6] * p;
  }
  param[i] = p - (hyper[0] / hyper[7]) * first / (sqrt(second / hyper[8]) + hyper[5]);
}

@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) id: vec3<u32>,
  @builtin(num_workgroups) count: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let part = partOf(workgroupNumber(id, count), 1024u);
  for (var i = part.start + lane; i < part.end; i += 256u) {
    let now = moments(i, part.decay);
    update(i, part.decay, now.x, now.y);
  }
}

@compute @workgroup_size(256)
fn amsgrad(
  @builtin(workgroup_id) id: vec3<u32>,
  @builtin(num_workgroups) count: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let part = partOf(workgroupNumber(id, count), 1024u);
  for (var i = part.start + lane; i < part.end; i += 256u) {
    let now = moments(i, part.decay);
    let most = maxNan(vMax[i], now.y);
    vMax[i] = most;
    update(i, part.decay, now.x, most);
  }
}
