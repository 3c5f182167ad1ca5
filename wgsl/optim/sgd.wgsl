// SGD on ranges of arenas, in place on param (and on buffer in the entry `momentum`):
//   d = gradScale · grad (+ wd · p where decay);  b = momentum · b + share · d;  p -= lr · (NESTEROV ? d + momentum · b : b)
// and p -= lr · d without momentum. hyper = [lr, momentum, share, wd]. One workgroup takes 1024 elements of a range.
// Bytes: 12 an element, 20 with momentum; FLOPs: 5 and 8.

//!include lib/grid.wgsl
//!include optim/ranges.wgsl

override NESTEROV: bool = false;

@group(0) @binding(0) var<uniform> u: Uniforms;
@group(0) @binding(1) var<storage, read_write> param: array<f32>;
@group(0) @binding(2) var<storage, read> grad: array<f32>;
@group(0) @binding(3) var<storage, read> hyper: array<f32>;
@group(0) @binding(4) var<storage, read> gradScale: array<f32>;
@group(0) @binding(5) var<storage, read_write> buffer: array<f32>;

fn direction(i: u32, decay: bool) -> f32 {
  let g = grad[i] * gradScale[0];
  if (decay) {
    return g + hyper[3] * param[i];
  }
  return g;
}

@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) id: vec3<u32>,
  @builtin(num_workgroups) count: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let part = partOf(workgroupNumber(id, count), 1024u);
  for (var i = part.start + lane; i < part.end; i += 256u) {
    param[i] -= hyper[0] * direction(i, part.decay);
  }
}

@compute @workgroup_size(256)
fn momentum(
  @builtin(workgroup_id) id: vec3<u32>,
  @builtin(num_workgroups) count: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let part = partOf(workgroupNumber(id, count), 1024u);
  for (var i = part.start + lane; i < part.end; i += 256u) {
    let d = direction(i, part.decay);
    let b = hyper[1] * buffer[i] + hyper[2] * d;
    buffer[i] = b;
    param[i] -= hyper[0] * select(b, d + hyper[1] * b, NESTEROV);
  }
}
