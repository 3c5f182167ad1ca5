// 32-bit words as unsigned keys in the order of their numbers: 0 and -0 are equal, all NaN are, and NaN is largest.
// `kind`: 0 f32, 1 i32, 2 u32.

fn keyOf(word: u32, kind: u32) -> u32 {
  if (kind == 2u) { return word; }
  if (kind == 1u) { return word ^ 0x80000000u; }
  let magnitude = word & 0x7fffffffu;
  if (magnitude > 0x7f800000u) { return 0xffffffffu; }
  if (magnitude == 0u) { return 0x80000000u; }
  return select(word + 0x80000000u, ~word, word >= 0x80000000u);
}
