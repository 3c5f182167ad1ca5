// Windows along an axis, and points of a linear interpolation, in whole numbers: no rounding of positions, whatever the sizes.

struct WindowAxis {
  size: u32,
  windows: u32,
  step: u32,
  // 1: window i reaches from floor(i · size / windows) to ceil((i + 1) · size / windows)
  adaptive: u32,
  // else it begins at i · stride - padding
  kernel: u32,
  stride: u32,
  padding: u32,
  countIncludePad: u32,
}

struct Window {
  start: u32,
  count: u32,
  divisor: u32,
}

// (floor(a · b / d), a · b modulo d) for a quotient under 2^32, b < 2^31 and 0 < d < 2^31.
fn mulDivide(a: u32, b: u32, d: u32) -> vec2<u32> {
  if (b == 0u || a <= 0xffffffffu / b) { return vec2(a * b / d, a * b % d); }
  let whole = b / d;
  let part = b % d;
  var q = 0u;
  var r = 0u;
  for (var bit = 32u; bit > 0u; bit--) {
    q *= 2u;
    r *= 2u;
    if (r >= d) { r -= d; q++; }
    if (((a >> (bit - 1u)) & 1u) == 1u) {
      r += part;
      if (r >= d) { r -= d; q++; }
    }
  }
  return vec2(q + a * whole, r);
}

fn windowOf(axis: WindowAxis, i: u32) -> Window {
  if (axis.adaptive == 1u) {
    let start = mulDivide(i, axis.size, axis.windows).x;
    let end = mulDivide(i + 1u, axis.size, axis.windows);
    let count = end.x + select(0u, 1u, end.y > 0u) - start;
    return Window(start, count, count);
  }
  let begin = i32(i * axis.stride) - i32(axis.padding);
  var skipped = 0u;
  if (begin < 0) { skipped = (u32(-begin) + axis.step - 1u) / axis.step; }
  let start = u32(begin + i32(skipped * axis.step));
  var count = 0u;
  if (start < axis.size && skipped < axis.kernel) {
    count = min(axis.kernel - skipped, (axis.size - 1u - start) / axis.step + 1u);
  }
  var divisor = count;
  if (axis.countIncludePad == 1u) {
    divisor = u32(min(begin + i32(axis.kernel), i32(axis.size + axis.padding)) - begin);
  }
  return Window(start, count, divisor);
}
