// C as product.wgsl says, in tiles whose operands lie in workgroup memory as f16: tiles.wgsl says how. Sums stay f32.
// Workgroup memory: a quad is two words of two f16, 8 bytes. Packing is part of WGSL everywhere: shader-f16 is not asked for.
// Rounding: x becomes x (1 + d), |d| <= 2^-11 where the adapter rounds to the nearest f16, 2^-10 where it does not; below 2^-14 the error is
// 2^-24 at most, or x becomes 0. From 65520 on x becomes infinity, and NaN stays NaN: WGSL leaves both open, and an adapter may spoil the
// other half of the word.
// Cost: for each k 16 conversions beside the 64 multiply-adds of 2 x 2 blocks, 8 beside the 16 of one block, for half the bytes that are
// read from workgroup memory. It can only pay where a product waits for those reads. Not measured on a GPU.

alias Quad = vec2<u32>;

fn quadOf(x: vec4<f32>) -> Quad {
  let bits = bitcast<vec4<u32>>(x);
  let size = bits & vec4(0x7fffffffu);
  // 65520, of which the nearest f16 is infinity
  let beyond = size >= vec4(0x477ff000u);
  let inside = select(x, vec4<f32>(), beyond);
  let packed = vec2(pack2x16float(inside.xy), pack2x16float(inside.zw));
  if (!any(beyond)) { return packed; }
  let sign = (bits >> vec4(16u)) & vec4(0x8000u);
  let halves = select(vec4<u32>(), sign | select(vec4(0x7c00u), vec4(0x7e00u), size > vec4(0x7f800000u)), beyond);
  return packed | (halves.xz | (halves.yw << vec2(16u)));
}

fn numbersOf(x: Quad) -> vec4<f32> {
  return vec4(unpack2x16float(x.x), unpack2x16float(x.y));
}

//!include matmul/tiles.wgsl
