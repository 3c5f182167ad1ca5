// C as product.wgsl says, in tiles of f32 in workgroup memory: tiles.wgsl says how.
// Workgroup memory: a quad is a vec4, 16 bytes.

alias Quad = vec4<f32>;

fn quadOf(x: vec4<f32>) -> Quad {
  return x;
}

fn numbersOf(x: Quad) -> vec4<f32> {
  return x;
}

//!include matmul/tiles.wgsl
