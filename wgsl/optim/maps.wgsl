// Changes of arenas in place, element by element on ranges:
//   `lerp`: y += rate · (x - y);  `swap`: y and x change places;  `scale`: y *= factor;
//   `clampTo`: y = max(-limit, min(limit, y)), NaN stays
// One workgroup takes 1024 elements of a range. Bytes: 12, 16, 8 and 8 an element; FLOPs: at most 3.

//!include lib/grid.wgsl
//!include lib/numbers.wgsl
//!include optim/ranges.wgsl

@group(0) @binding(0) var<uniform> u: Uniforms;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;
// of lerp
@group(0) @binding(2) var<storage, read> x: array<f32>;
@group(0) @binding(3) var<storage, read> rate: array<f32>;
// of swap: words, for the bits of NaN
@group(0) @binding(1) var<storage, read_write> a: array<u32>;
@group(0) @binding(2) var<storage, read_write> b: array<u32>;
// of scale
@group(0) @binding(2) var<storage, read> factor: array<f32>;

@compute @workgroup_size(256)
fn lerp(
  @builtin(workgroup_id) id: vec3<u32>,
  @builtin(num_workgroups) count: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let part = partOf(workgroupNumber(id, count), 1024u);
  for (var i = part.start + lane; i < part.end; i += 256u) {
    y[i] += rate[0] * (x[i] - y[i]);
  }
}

@compute @workgroup_size(256)
fn swap(
  @builtin(workgroup_id) id: vec3<u32>,
  @builtin(num_workgroups) count: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let part = partOf(workgroupNumber(id, count), 1024u);
  for (var i = part.start + lane; i < part.end; i += 256u) {
    let held = a[i];
    a[i] = b[i];
    b[i] = held;
  }
}

@compute @workgroup_size(256)
fn scale(
  @builtin(workgroup_id) id: vec3<u32>,
  @builtin(num_workgroups) count: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let part = partOf(workgroupNumber(id, count), 1024u);
  for (var i = part.start + lane; i < part.end; i += 256u) {
    y[i] *= factor[0];
  }
}

@compute @workgroup_size(256)
fn clampTo(
  @builtin(workgroup_id) id: vec3<u32>,
  @builtin(num_workgroups) count: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let part = partOf(workgroupNumber(id, count), 1024u);
  for (var i = part.start + lane; i < part.end; i += 256u) {
    let value = y[i];
    if (!isNan(value)) {
      y[i] = select(select(value, -u.limit, value < -u.limit), u.limit, value > u.limit);
    }
  }
}
