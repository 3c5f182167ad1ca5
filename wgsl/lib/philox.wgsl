// Philox-4x32-10 (Salmon, Moraes, Dror, Shaw: Parallel random numbers, as easy as 1, 2, 3; 2011): four random words of a counter under
// a key. Integers alone: the same bits on every backend.

//!include lib/wide.wgsl

fn philoxBlock(counter: vec4<u32>, key: vec2<u32>) -> vec4<u32> {
  var c = counter;
  var k = key;
  for (var round = 0u; round < 10u; round++) {
    let low = vec2(c.x * 0xd2511f53u, c.z * 0xcd9e8d57u);
    let high = vec2(upperProduct(c.x, 0xd2511f53u), upperProduct(c.z, 0xcd9e8d57u));
    c = vec4(high.y ^ c.y ^ k.x, low.y, high.x ^ c.w ^ k.y, low.x);
    k += vec2(0x9e3779b9u, 0xbb67ae85u);
  }
  return c;
}

// The block whose words are the random numbers of elements 4 · counter to 4 · counter + 3.
fn philox(counter: u32, key: vec2<u32>) -> vec4<u32> {
  return philoxBlock(vec4(counter, 0u, 0u, 0u), key);
}
