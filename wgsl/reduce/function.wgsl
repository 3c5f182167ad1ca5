// What reduce/rows-body.wgsl and reduce/columns-body.wgsl do with elements: sum, mean, max or min, in f32. Sums are compensated,
// two floats a lane. Extremes propagate NaN; a minimum is the maximum of the negated. A part's result goes to scratch as two
// numbers that the same function takes again: sum and what its rounding lost, or twice the extreme.

//!include lib/workgroup-reduce.wgsl

// 0 sum over a divisor, 1 maximum, 2 minimum
const FUNCTION: u32 = 0;

alias Partial = vec2<f32>;

@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read_write> out: array<f32>;

fn nothingYet() -> Partial {
  if (FUNCTION == 0u) { return vec2(0.0); }
  return vec2(-infinity());
}

fn identity() -> f32 {
  if (FUNCTION == 0u) { return 0.0; }
  return select(infinity(), -infinity(), FUNCTION == 1u);
}

fn take(partial: Partial, value: f32, index: u32) -> Partial {
  if (FUNCTION == 0u) {
    let s = twoSum(partial.x, value);
    return vec2(s.x, partial.y + s.y);
  }
  return vec2(maxNan(partial.x, select(-value, value, FUNCTION == 1u)));
}

fn joinLanes(mine: Partial, place: u32) -> Partial {
  if (FUNCTION == 0u) { return wideSumOfLanes(mine, place, 1u); }
  return vec2(maxOfLanes(mine.x, place, 1u));
}

// (sum) / divisor, corrected by what the first quotient leaves over; NaN for 0 elements of a mean.
fn quotient(sum: Partial, divisor: f32) -> f32 {
  let whole = sum.x + sum.y;
  if (divisor == 1.0) { return whole; }
  if (divisor == 0.0) { return notANumber(); }
  let q = whole / divisor;
  if (isNan(q) || isInf(q)) { return q; }
  return q + (fma(-q, divisor, sum.x) + sum.y) / divisor;
}

fn storeResult(at: u32, partial: Partial, divisor: f32) {
  if (FUNCTION == 0u) {
    out[at] = quotient(partial, divisor);
  } else {
    out[at] = select(-partial.x, partial.x, FUNCTION == 1u);
  }
}

fn storePartial(at: u32, partial: Partial) {
  out[2u * at] = select(-partial.x, partial.x, FUNCTION != 2u);
  out[2u * at + 1u] = select(-partial.y, partial.y, FUNCTION != 2u);
}
