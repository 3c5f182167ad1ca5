// out[i] = data[i]: a few words from the host that travel with the uniforms, in order with the commands around them.
// Layout: out, contiguous. One workgroup writes all. Bytes: 4 a word. At most 48 words.

struct Uniforms {
  n: u32,
  words: array<vec4<u32>, 12>,
}

@group(0) @binding(0) var<uniform> u: Uniforms;
@group(0) @binding(1) var<storage, read_write> out: array<u32>;

@compute @workgroup_size(64)
fn main(@builtin(local_invocation_index) i: u32) {
  if (i < u.n) {
    out[i] = u.words[i / 4u][i % 4u];
  }
}
