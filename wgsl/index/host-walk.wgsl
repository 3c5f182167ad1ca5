// Offsets of row-major element i of a shape of at most six axes: sizes in words 0 to 5, from the front, strides alike. Axes that are
// not there have size 1 and come first.

struct Axes {
  first: vec4<u32>,
  last: vec4<u32>,
}

fn walkOffset(shape: Axes, strides: Axes, i: u32) -> u32 {
  var rest = i;
  var offset = rest % shape.last.y * strides.last.y;
  rest /= shape.last.y;
  if (rest == 0u) { return offset; }
  offset += rest % shape.last.x * strides.last.x;
  rest /= shape.last.x;
  for (var axis = 4u; axis > 0u && rest > 0u; axis--) {
    let d = shape.first[axis - 1u];
    offset += rest % d * strides.first[axis - 1u];
    rest /= d;
  }
  return offset;
}
