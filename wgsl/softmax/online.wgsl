// Maximum and Σ e^(x - maximum) in one reading of a row (Milakov and Gimelshein 2018): the sum is scaled when the maximum grows.
// A state is vec2(maximum, sum), (-infinity, 0) for nothing; the maximum is NaN where any element is. Beside -infinity the sum
// is no sum: elements of -infinity add nothing to it, unless a kernel notes there that it has seen some.

//!include lib/math.wgsl
//!include lib/workgroup-reduce.wgsl

const TILE: u32 = 8;

fn isLowest(x: f32) -> bool {
  return bitcast<u32>(x) == 0xff800000u;
}

// The sum beside another maximum. -infinity less itself is none, and has nothing to scale.
fn rescaled(state: vec2<f32>, top: f32) -> f32 {
  if (isLowest(state.x)) { return select(0.0, state.y, isLowest(top)); }
  return state.y * expNegative(state.x - top);
}

// -infinity adds nothing.
fn takeTile(state: vec2<f32>, values: ptr<function, array<f32, TILE>>) -> vec2<f32> {
  var top = state.x;
  for (var k = 0u; k < TILE; k++) {
    top = maxNan(top, (*values)[k]);
  }
  if (isLowest(top)) { return state; }
  var sum = rescaled(state, top);
  for (var k = 0u; k < TILE; k++) {
    sum += expNegative((*values)[k] - top);
  }
  return vec2(top, sum);
}

fn joinOnline(mine: vec2<f32>, place: u32) -> vec2<f32> {
  let top = maxOfLanes(mine.x, place, 1u);
  return vec2(top, sumOfLanes(vec2(rescaled(mine, top), 0.0), place, 1u).x);
}
