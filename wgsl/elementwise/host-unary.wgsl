// out[i] = f(x[i]) of functions that have no CPU kernel, FUNCTION chooses: 0 erfc and 1 cbrt of f32, 2 |x|, 3 -x and 4 the sign
// of i32. Contiguous; one workgroup takes 1024 elements. Bytes: 8 an element; FLOPs: at most 60.

//!include lib/grid.wgsl
//!include lib/math.wgsl

override FUNCTION: u32 = 0;

struct Uniforms {
  n: u32,
}

@group(0) @binding(0) var<uniform> u: Uniforms;
@group(0) @binding(1) var<storage, read> x: array<u32>;
@group(0) @binding(2) var<storage, read_write> out: array<u32>;

// A guess by a third of the exponent, then Newton; the last step with what rounding loses of y³.
fn cbrtOf(x: f32) -> f32 {
  let bits = bitcast<u32>(x) & 0x7fffffffu;
  if (bits == 0u || bits >= 0x7f800000u) { return x; }
  // a number under 2^-126 as one of 2^-150
  let tiny = bits < 0x00800000u;
  let a = select(bitcast<f32>(bits), f32(2u * bits), tiny);
  var y = bitcast<f32>(bitcast<u32>(a) / 3u + 709921077u);
  for (var k = 0u; k < 3u; k++) {
    y -= (y - a / (y * y)) * 0.3333333333333333;
  }
  let square = y * y;
  let rest = productRest(a, square, y) + productRest(square, y, y) * y;
  y += rest / (3.0 * square);
  return withSign(select(y, y * 8.881784197001252e-16, tiny), x);
}

fn apply(word: u32) -> u32 {
  let whole = bitcast<i32>(word);
  switch (FUNCTION) {
    case 0u: { return bitcast<u32>(erfcOf(bitcast<f32>(word))); }
    case 1u: { return bitcast<u32>(cbrtOf(bitcast<f32>(word))); }
    case 2u: { return bitcast<u32>(abs(whole)); }
    case 3u: { return bitcast<u32>(-whole); }
    default: { return bitcast<u32>(sign(whole)); }
  }
}

@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) id: vec3<u32>,
  @builtin(num_workgroups) count: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let start = workgroupNumber(id, count) * 1024u;
  for (var k = 0u; k < 4u; k++) {
    let i = start + k * 256u + lane;
    if (i < u.n) {
      out[i] = apply(x[i]);
    }
  }
}
