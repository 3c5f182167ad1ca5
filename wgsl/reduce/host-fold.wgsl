// out[o] = x[outer(o) + inner(0)] ∘ x[outer(o) + inner(1)] ∘ ... over n elements, of FUNCTION (reduce/host-monoid.wgsl). x is
// walked by strides on both sides. `lanes` invocations share an output, a workgroup holds 256 / lanes of them; joined in a tree.
// Bytes: 4 an element; FLOPs: at most 30.

//!include lib/grid.wgsl
//!include reduce/host-monoid.wgsl
//!include index/host-walk.wgsl

struct Uniforms {
  outputs: u32,
  n: u32,
  lanes: u32,
  // of index/host-keys.wgsl
  kind: u32,
  outerShape: Axes,
  outerStrides: Axes,
  innerShape: Axes,
  innerStrides: Axes,
}

@group(0) @binding(0) var<uniform> u: Uniforms;
@group(0) @binding(1) var<storage, read> x: array<u32>;
@group(0) @binding(2) var<storage, read_write> out: array<u32>;

var<workgroup> states: array<vec4<u32>, 256>;

@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) id: vec3<u32>,
  @builtin(num_workgroups) count: vec3<u32>,
  @builtin(local_invocation_index) place: u32,
) {
  let lane = place % u.lanes;
  let o = workgroupNumber(id, count) * (256u / u.lanes) + place / u.lanes;
  var own = identity();
  if (o < u.outputs) {
    let start = walkOffset(u.outerShape, u.outerStrides, o);
    for (var i = lane; i < u.n; i += u.lanes) {
      own = combine(own, leaf(x[start + walkOffset(u.innerShape, u.innerStrides, i)], i, u.kind));
    }
  }
  states[place] = own;
  workgroupBarrier();
  for (var half = u.lanes / 2u; half > 0u; half /= 2u) {
    if (lane < half) {
      states[place] = combine(states[place], states[place + half]);
    }
    workgroupBarrier();
  }
  if (lane == 0u && o < u.outputs) {
    out[o] = valueOf(states[place]);
  }
}
