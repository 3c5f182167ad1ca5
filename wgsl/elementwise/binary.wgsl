// out[i] = f(a[i], b[i]) on f32, f chosen by FUNCTION (the table in kernels/strided.ts); a and b are walked by strides.
// Layout and workgroups: elementwise/walk.wgsl. What shares the last vec4 with element n - 1 stays as it is.
// Bytes: 12 an element, less where an operand repeats. FLOPs: 1 to 60 an element.

//!include elementwise/walk.wgsl
//!include lib/power.wgsl

override FUNCTION: u32 = 0;
// a, b and out are alike: no walk.
override ALIKE: bool = false;

@group(0) @binding(1) var<storage, read> a: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> b: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read_write> out: array<vec4<f32>>;

fn aAt(i: u32) -> f32 {
  return a[i >> 2u][i & 3u];
}

fn bAt(i: u32) -> f32 {
  return b[i >> 2u][i & 3u];
}

fn aOf(at: vec4<u32>) -> vec4<f32> {
  switch (kindOf(0u)) {
    case dense: { return a[at.x >> 2u]; }
    case repeated: { return vec4(aAt(at.x)); }
    default: { return vec4(aAt(at.x), aAt(at.y), aAt(at.z), aAt(at.w)); }
  }
}

fn bOf(at: vec4<u32>) -> vec4<f32> {
  switch (kindOf(1u)) {
    case dense: { return b[at.x >> 2u]; }
    case repeated: { return vec4(bAt(at.x)); }
    default: { return vec4(bAt(at.x), bAt(at.y), bAt(at.z), bAt(at.w)); }
  }
}

// x > 0, and false for NaN
fn isPositive(x: f32) -> bool {
  return bitcast<u32>(x) - 1u < 0x7f800000u;
}

fn valueOf(x: f32, y: f32) -> f32 {
  switch (FUNCTION) {
    case 0u: { return x + y; }
    case 1u: { return x - y; }
    case 2u: { return x * y; }
    case 3u: { return quotient(x, y); }
    case 4u: { return powOf(x, y); }
    case 5u: { return maxNan(x, y); }
    case 6u: { return minNan(x, y); }
    case 7u: { return select(0.0, y, isPositive(x)); }
    case 8u: { return geluBackward(x, y); }
    case 9u: { return geluTanhBackward(x, y); }
    case 10u: { return siluBackward(x, y); }
    default: { return logisticLoss(x, y); }
  }
}

@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) id: vec3<u32>,
  @builtin(num_workgroups) count: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let first = firstVector(id, count, local);
  for (var k = 0u; k < 2u; k++) {
    let i = first + k * 256u;
    if (i * 4u < u.n) {
      var x: vec4<f32>;
      var y: vec4<f32>;
      if (ALIKE) {
        x = a[i];
        y = b[i];
      } else {
        let places = placesOf(i * 4u);
        x = aOf(places.a);
        y = bOf(places.b);
      }
      let z = vec4(valueOf(x.x, y.x), valueOf(x.y, y.y), valueOf(x.z, y.z), valueOf(x.w, y.w));
      if (u.n - i * 4u >= 4u) { out[i] = z; }
      else { out[i] = select(out[i], z, within(i)); }
    }
  }
}
