// out[i] = f(x[i]) on f32, f chosen by FUNCTION (the table in kernels/elementwise.ts).
// Layout: x and out contiguous, read and written by vec4; what shares the last vec4 with element n - 1 stays as it is.
// One workgroup: 2048 elements, two vec4s an invocation, 256 vec4s apart. Bytes: 8 an element. FLOPs: 1 to 60 an element.

//!include lib/trigonometry.wgsl
//!include lib/grid.wgsl

override FUNCTION: u32 = 0;

struct Uniforms {
  n: u32,
}

@group(0) @binding(0) var<uniform> u: Uniforms;
@group(0) @binding(1) var<storage, read> x: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read_write> out: array<vec4<f32>>;

// The root of 0 keeps its sign, and so does 1 / ±0.
fn reciprocalOf(x: f32) -> f32 {
  if (x == 0.0) { return withSign(infinity(), x); }
  return quotient(1.0, x);
}

fn rsqrtOf(x: f32) -> f32 {
  if (x == 0.0) { return withSign(infinity(), x); }
  return quotient(1.0, sqrtOf(x));
}

fn valueOf(x: f32) -> f32 {
  switch (FUNCTION) {
    case 0u: { return bitcast<f32>(bitcast<u32>(x) ^ 0x80000000u); }
    case 1u: { return bitcast<f32>(bitcast<u32>(x) & 0x7fffffffu); }
    case 2u: { return select(withSign(1.0, x), x, x == 0.0); }
    case 3u: { return floor(x); }
    case 4u: { return ceil(x); }
    case 5u: { return round(x); }
    case 6u: { return trunc(x); }
    case 7u: { return expOf(x); }
    case 8u: { return exp2Of(x); }
    case 9u: { return expm1Of(x); }
    case 10u: { return logOf(x); }
    case 11u: { return log2Of(x); }
    case 12u: { return log10Of(x); }
    case 13u: { return log1pOf(x); }
    case 14u: { return sqrtOf(x); }
    case 15u: { return rsqrtOf(x); }
    case 16u: { return reciprocalOf(x); }
    case 17u: { return x * x; }
    case 18u: { return tanhOf(x); }
    case 19u: { return sigmoidOf(x); }
    case 20u: { return select(0.0, x, x > 0.0); }
    case 21u: { return geluOf(x); }
    case 22u: { return geluTanhOf(x); }
    case 23u: { return erfOf(x); }
    case 24u: { return siluOf(x); }
    case 25u: { return softplusOf(x); }
    case 26u: { return sinOf(x); }
    case 27u: { return cosOf(x); }
    case 28u: { return tanOf(x); }
    case 29u: { return asinOf(x); }
    case 30u: { return acosOf(x); }
    case 31u: { return atanOf(x); }
    case 32u: { return sinhOf(x); }
    case 33u: { return coshOf(x); }
    case 34u: { return asinhOf(x); }
    case 35u: { return acoshOf(x); }
    case 36u: { return atanhOf(x); }
    default: { return quotient(x, 1.0 + abs(x)); }
  }
}

fn valuesOf(x: vec4<f32>) -> vec4<f32> {
  let y = vec4(valueOf(x.x), valueOf(x.y), valueOf(x.z), valueOf(x.w));
  // no function makes a number of NaN
  let bits = bitcast<vec4<u32>>(x) & vec4(0x7fffffffu);
  return select(y, x, bits > vec4(0x7f800000u));
}

@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) id: vec3<u32>,
  @builtin(num_workgroups) count: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let first = workgroupNumber(id, count) * 512u + local;
  for (var k = 0u; k < 2u; k++) {
    let i = first + k * 256u;
    if (i * 4u < u.n) {
      let y = valuesOf(x[i]);
      if (u.n - i * 4u >= 4u) { out[i] = y; }
      else { out[i] = select(out[i], y, vec4(0u, 1u, 2u, 3u) < vec4(u.n - i * 4u)); }
    }
  }
}
