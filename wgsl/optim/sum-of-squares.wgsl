// out[0] = Σ x² over ranges of an arena, as good as a float64 sum. `main` leaves the sum of each part of 4096 elements in
// partials[first + workgroup], as two floats that hold it together; `finish` adds those up in one workgroup. The order of sums
// depends on the ranges alone. Bytes: 4 an element; FLOPs: about 40.

//!include lib/grid.wgsl
//!include lib/compensated.wgsl
//!include optim/ranges.wgsl

@group(0) @binding(0) var<uniform> u: Uniforms;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read_write> partials: array<vec2<f32>>;
// of finish
@group(0) @binding(1) var<storage, read> sums: array<vec2<f32>>;
@group(0) @binding(2) var<storage, read_write> out: array<f32>;

const size = 4096u;
// Invocations of a workgroup, a power of two: few on a processor, where each of them looks up the range.
const SIZE: u32 = 256u;

var<workgroup> lanes: array<vec2<f32>, SIZE>;

fn total(lane: u32, own: vec2<f32>) -> vec2<f32> {
  lanes[lane] = own;
  workgroupBarrier();
  for (var half = SIZE / 2u; half > 0u; half /= 2u) {
    if (lane < half) {
      lanes[lane] = addCompensated(lanes[lane], lanes[lane + half]);
    }
    workgroupBarrier();
  }
  return lanes[0];
}

@compute @workgroup_size(SIZE)
fn main(
  @builtin(workgroup_id) id: vec3<u32>,
  @builtin(num_workgroups) count: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let number = workgroupNumber(id, count);
  let part = partOf(number, size);
  var own = vec2(0.0);
  for (var i = part.start + lane; i < part.end; i += SIZE) {
    own = addCompensated(own, twoProduct(x[i], x[i]));
  }
  let sum = total(lane, own);
  if (lane == 0u && part.start < part.end) {
    partials[u.firstWorkgroup + number] = sum;
  }
}

// `count` is the number of partials here.
@compute @workgroup_size(SIZE)
fn finish(@builtin(local_invocation_index) lane: u32) {
  var own = vec2(0.0);
  for (var i = lane; i < u.count; i += SIZE) {
    own = addCompensated(own, sums[i]);
  }
  let sum = total(lane, own);
  if (lane == 0u) {
    out[0] = sum.x + sum.y;
  }
}
