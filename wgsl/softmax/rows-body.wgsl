// Softmax or log softmax of rows that the registers of their LANES invocations hold, HELD elements each: the body of
// softmax/rows.wgsl and softmax/rows-subgroups.wgsl, which say how lanes add up.

//!include lib/grid.wgsl
//!include lib/math.wgsl

struct Uniforms {
  rows: u32,
  n: u32,
  rowsPerMask: u32,
  scale: f32,
}

// Up to 32 with a mask.
const HELD: u32 = 16;
// 0 softmax, 1 softmax over the lanes whose mask is not 0, 2 log softmax
const FUNCTION: u32 = 0;

@group(0) @binding(0) var<uniform> u: Uniforms;
@group(0) @binding(1) var<storage, read> x: array<f32>;
// bound to x where there is no mask
@group(0) @binding(2) var<storage, read> mask: array<u32>;
@group(0) @binding(3) var<storage, read_write> out: array<f32>;

// Whether element i of a row, the k-th of its lane, counts: `shown` says so of masked ones.
fn counts(shown: u32, k: u32, i: u32, end: u32) -> bool {
  if (FUNCTION == 1u) { return ((shown >> k) & 1u) == 1u; }
  return i < end;
}

fn softmaxRows(number: u32, place: u32, subgroup: u32) {
  let row = number * (SIZE / LANES) + place / LANES;
  let lane = place % LANES;
  let end = select(0u, u.n, row < u.rows);
  let start = row * u.n;
  let maskRow = row / u.rowsPerMask * u.n;
  var held: array<f32, HELD>;
  // bit k: element k of this lane is not hidden by a mask
  var shown = 0u;
  var mine = -infinity();
  for (var k = 0u; k < HELD; k++) {
    // the same for all: no work for the registers that this n leaves over
    if (k * LANES < u.n) {
      let i = k * LANES + lane;
      if (i < end) {
        if (FUNCTION != 1u || mask[maskRow + i] != 0u) {
          held[k] = u.scale * x[start + i];
          mine = maxNan(mine, held[k]);
          if (FUNCTION == 1u) { shown |= 1u << k; }
        }
      }
    }
  }
  let top = maxOfLanes(mine, place, subgroup);
  var part = 0.0;
  for (var k = 0u; k < HELD; k++) {
    if (k * LANES < u.n) {
      let e = expNegative(held[k] - top);
      part += select(0.0, e, counts(shown, k, k * LANES + lane, end));
      held[k] = select(e, held[k], FUNCTION == 2u);
    }
  }
  let sum = sumOfLanes(vec2(part, 0.0), place, subgroup).x;
  let inverse = 1.0 / sum;
  let logSum = logOf(sum);
  // 0 where nothing is shown, NaN beside one that is
  let hidden = select(0.0, sum, isNan(sum));
  for (var k = 0u; k < HELD; k++) {
    if (k * LANES < u.n) {
      let i = k * LANES + lane;
      if (i < end) {
        if (FUNCTION == 2u) {
          out[start + i] = held[k] - top - logSum;
        } else {
          out[start + i] = select(hidden, held[k] * inverse, counts(shown, k, i, end));
        }
      }
    }
  }
}
