// A linear map along an axis of x [outer, inputs, inner] -> [outer, outputs, inner]:
//   `mean`    each window's average;  `meanBack`    its adjoint, Σ g / divisor over the windows that hold an element
//   `linear`  interpolation;          `linearBack`  its adjoint
//   `taps`    rows given one by one: out of row `first` + r is the sum of its taps, a few rows a dispatch
// Weights come from whole numbers and sums are two floats (lib/compensated.wgsl). One invocation an output, 256 in a workgroup.
// Bytes: 4 a tap, mostly from cache, and 4 an output.

//!include lib/grid.wgsl
//!include lib/math.wgsl
//!include lib/compensated.wgsl
//!include index/host-windows.wgsl

struct Uniforms {
  outer: u32,
  inner: u32,
  inputs: u32,
  outputs: u32,
  unused1: u32,
  // of linear
  alignCorners: u32,
  unused2: u32,
  unused3: u32,
  // of mean
  axis: WindowAxis,
}

struct Taps {
  outer: u32,
  inner: u32,
  inputs: u32,
  outputs: u32,
  first: u32,
  rows: u32,
  unused1: u32,
  unused2: u32,
  // two taps each: column, bits of the weight; the top bit of a column ends a row
  words: array<vec4<u32>, 14>,
}

@group(0) @binding(0) var<uniform> u: Uniforms;
@group(0) @binding(0) var<uniform> t: Taps;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read_write> out: array<f32>;

struct Place {
  // first element of the line along the axis
  line: u32,
  i: u32,
  inside: bool,
}

fn placeOf(number: u32, lane: u32) -> Place {
  let o = number * 256u + lane;
  let row = o / u.inner;
  return Place(row / u.outputs * u.inputs * u.inner + o % u.inner, row % u.outputs, o < u.outer * u.outputs * u.inner);
}

fn rounded(sum: vec2<f32>) -> f32 {
  return sum.x + sum.y;
}

struct Point {
  low: u32,
  // shares of the input after it and of its own, in parts of `whole`
  share: f32,
  own: f32,
  whole: f32,
}

// Point i of `points` that lie between n inputs.
fn pointOf(i: u32, points: u32, n: u32) -> Point {
  var at = vec2(0u);
  var divisor = 1u;
  if (u.alignCorners == 1u) {
    if (points > 1u) {
      divisor = points - 1u;
      at = mulDivide(i, n - 1u, divisor);
    }
  } else {
    divisor = 2u * points;
    at = mulDivide(2u * i + 1u, n, divisor);
    // less a half
    if (at.y >= points) {
      at.y -= points;
    } else if (at.x > 0u) {
      at = vec2(at.x - 1u, at.y + points);
    } else {
      at = vec2(0u);
    }
  }
  if (at.x >= n - 1u || at.y == 0u) { return Point(min(at.x, n - 1u), 0.0, f32(divisor), f32(divisor)); }
  return Point(at.x, f32(at.y), f32(divisor - at.y), f32(divisor));
}

@compute @workgroup_size(256)
fn mean(
  @builtin(workgroup_id) id: vec3<u32>,
  @builtin(num_workgroups) count: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let number = workgroupNumber(id, count);
  let place = placeOf(number, lane);
  if (!place.inside) { return; }
  let window = windowOf(u.axis, place.i);
  var sum = vec2(0.0);
  for (var k = 0u; k < window.count; k++) {
    sum = addFloat(sum, x[place.line + (window.start + k * u.axis.step) * u.inner]);
  }
  var y = 0.0;
  if (window.count > 0u) { y = quotient(rounded(sum), f32(window.divisor)); }
  out[number * 256u + lane] = y;
}

// Windows end at a later element the later they begin: the first that reaches this one is searched for.
@compute @workgroup_size(256)
fn meanBack(
  @builtin(workgroup_id) id: vec3<u32>,
  @builtin(num_workgroups) count: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let number = workgroupNumber(id, count);
  let place = placeOf(number, lane);
  if (!place.inside) { return; }
  var low = 0u;
  var high = u.axis.windows;
  while (low < high) {
    let middle = (low + high) / 2u;
    let window = windowOf(u.axis, middle);
    if (window.start + window.count * u.axis.step < place.i + u.axis.step) {
      low = middle + 1u;
    } else {
      high = middle;
    }
  }
  var sum = vec2(0.0);
  for (var i = low; i < u.axis.windows; i++) {
    let window = windowOf(u.axis, i);
    if (window.start > place.i) { break; }
    let steps = (place.i - window.start) / u.axis.step;
    if ((place.i - window.start) % u.axis.step == 0u && steps < window.count) {
      sum = addFloat(sum, quotient(x[place.line + i * u.inner], f32(window.divisor)));
    }
  }
  out[number * 256u + lane] = rounded(sum);
}

@compute @workgroup_size(256)
fn linear(
  @builtin(workgroup_id) id: vec3<u32>,
  @builtin(num_workgroups) count: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let number = workgroupNumber(id, count);
  let place = placeOf(number, lane);
  if (!place.inside) { return; }
  let point = pointOf(place.i, u.outputs, u.inputs);
  let at = place.line + point.low * u.inner;
  var y = x[at];
  if (point.share > 0.0) {
    let sum = addCompensated(twoProduct(point.own, y), twoProduct(point.share, x[at + u.inner]));
    y = quotient(rounded(sum), point.whole);
  }
  out[number * 256u + lane] = y;
}

@compute @workgroup_size(256)
fn linearBack(
  @builtin(workgroup_id) id: vec3<u32>,
  @builtin(num_workgroups) count: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let number = workgroupNumber(id, count);
  let place = placeOf(number, lane);
  if (!place.inside) { return; }
  // the first point that lies behind the input before this one
  var low = 0u;
  var high = u.inputs;
  while (low < high) {
    let middle = (low + high) / 2u;
    let point = pointOf(middle, u.inputs, u.outputs);
    if (point.low + select(0u, 1u, point.share > 0.0) < place.i) {
      low = middle + 1u;
    } else {
      high = middle;
    }
  }
  var sum = vec2(0.0);
  var whole = 1.0;
  for (var i = low; i < u.inputs; i++) {
    let point = pointOf(i, u.inputs, u.outputs);
    if (point.low > place.i) { break; }
    whole = point.whole;
    let weight = select(point.share, point.own, point.low == place.i);
    sum = addCompensated(sum, twoProduct(weight, x[place.line + i * u.inner]));
  }
  out[number * 256u + lane] = quotient(rounded(sum), whole);
}

// Taps of the rows one after the other; each row ends with its last tap, or with a word of no tap (column 0x7fffffff).
@compute @workgroup_size(256)
fn taps(
  @builtin(workgroup_id) id: vec3<u32>,
  @builtin(num_workgroups) count: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let o = workgroupNumber(id, count) * 256u + lane;
  if (o >= t.outer * t.rows * t.inner) { return; }
  let column = o % t.inner;
  let row = o / t.inner % t.rows;
  let outer = o / t.inner / t.rows;
  var at = 0u;
  for (var skip = row; skip > 0u; ) {
    let word = t.words[at / 2u][2u * (at & 1u)];
    skip -= word >> 31u;
    at++;
  }
  var sum = vec2(0.0);
  for (var last = false; !last; at++) {
    let pair = t.words[at / 2u];
    let word = select(pair.xy, pair.zw, (at & 1u) == 1u);
    last = (word.x >> 31u) == 1u;
    let source = word.x & 0x7fffffffu;
    if (source != 0x7fffffffu) {
      sum = addCompensated(sum, twoProduct(bitcast<f32>(word.y), x[(outer * t.inputs + source) * t.inner + column]));
    }
  }
  out[(outer * t.outputs + t.first + row) * t.inner + column] = rounded(sum);
}
