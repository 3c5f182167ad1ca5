// Sums and maxima over the LANES invocations that share a row, in a tree through workgroup memory; each of them gets the result.
// A workgroup of SIZE invocations holds SIZE / LANES rows. `place` is the number of the invocation among the SIZE, those of a
// row side by side; LANES is a power of 4, and one lane waits for nobody. The order of a sum is fixed by LANES alone: lanes a quarter of the row apart, (a + b)
// + (c + d), then a quarter of that. Call in uniform control flow. `subgroup` is for lib/subgroup-reduce.wgsl, which does the
// same with subgroups.

//!include lib/compensated.wgsl

const SIZE: u32 = 256;
const LANES: u32 = 256;

var<workgroup> lanePartials: array<vec2<f32>, SIZE>;

// What lane 0 of the row has, and then the memory is free again.
fn ofLaneZero(place: u32) -> vec2<f32> {
  workgroupBarrier();
  let result = lanePartials[place / LANES * LANES];
  workgroupBarrier();
  return result;
}

// Two sums at once.
fn sumOfLanes(mine: vec2<f32>, place: u32, subgroup: u32) -> vec2<f32> {
  if (LANES == 1u) { return mine; }
  lanePartials[place] = mine;
  for (var step = LANES / 4u; step > 0u; step /= 4u) {
    workgroupBarrier();
    if (place % LANES < step) {
      let near = lanePartials[place] + lanePartials[place + step];
      lanePartials[place] = near + (lanePartials[place + 2u * step] + lanePartials[place + 3u * step]);
    }
  }
  return ofLaneZero(place);
}

// One sum, of numbers that are two floats each (lib/compensated.wgsl).
fn wideSumOfLanes(mine: vec2<f32>, place: u32, subgroup: u32) -> vec2<f32> {
  if (LANES == 1u) { return mine; }
  lanePartials[place] = mine;
  for (var step = LANES / 4u; step > 0u; step /= 4u) {
    workgroupBarrier();
    if (place % LANES < step) {
      let near = addCompensated(lanePartials[place], lanePartials[place + step]);
      let far = addCompensated(lanePartials[place + 2u * step], lanePartials[place + 3u * step]);
      lanePartials[place] = addCompensated(near, far);
    }
  }
  return ofLaneZero(place);
}

// NaN where any is.
fn maxOfLanes(mine: f32, place: u32, subgroup: u32) -> f32 {
  if (LANES == 1u) { return mine; }
  lanePartials[place].x = mine;
  for (var step = LANES / 4u; step > 0u; step /= 4u) {
    workgroupBarrier();
    if (place % LANES < step) {
      let near = maxNan(lanePartials[place].x, lanePartials[place + step].x);
      let far = maxNan(lanePartials[place + 2u * step].x, lanePartials[place + 3u * step].x);
      lanePartials[place].x = maxNan(near, far);
    }
  }
  return ofLaneZero(place).x;
}
