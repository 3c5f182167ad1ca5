// out[r] = (Σ |x|^p)^(1/p) over rows of n, powers taken beside the |x| that counts most, so that none overflows. KIND: 0 the
// number of elements that are not 0, 1 the largest |x|, 2 the smallest, 3 p = 1, 4 p = 2, 5 any other p = p0 + p1. `lanes`
// invocations share a row, a workgroup holds 256 / lanes rows. Bytes: 8 an element; FLOPs: 5 to 400.

//!include lib/grid.wgsl
//!include elementwise/host-wide.wgsl

override KIND: u32 = 4;

struct Uniforms {
  rows: u32,
  n: u32,
  lanes: u32,
  p0: f32,
  p1: f32,
  inverse0: f32,
  inverse1: f32,
}

@group(0) @binding(0) var<uniform> u: Uniforms;
@group(0) @binding(1) var<storage, read> x: array<u32>;
@group(0) @binding(2) var<storage, read_write> out: array<f32>;

var<workgroup> words: array<vec2<u32>, 256>;
var<workgroup> sums: array<vec2<f32>, 256>;

fn magnitude(i: u32) -> u32 {
  return x[i] & 0x7fffffffu;
}

// Bits of the largest and of the smallest |x| of the row.
fn extremesOf(start: u32, end: u32, place: u32) -> vec2<u32> {
  let lane = place % u.lanes;
  var own = vec2(0u, 0x7f800000u);
  for (var i = start + lane; i < end; i += u.lanes) {
    own = vec2(max(own.x, magnitude(i)), min(own.y, magnitude(i)));
  }
  words[place] = own;
  workgroupBarrier();
  for (var half = u.lanes / 2u; half > 0u; half /= 2u) {
    if (lane < half) {
      let other = words[place + half];
      words[place] = vec2(max(words[place].x, other.x), min(words[place].y, other.y));
    }
    workgroupBarrier();
  }
  return words[place - lane];
}

fn sumOf(own: vec2<f32>, place: u32) -> vec2<f32> {
  let lane = place % u.lanes;
  sums[place] = own;
  workgroupBarrier();
  for (var half = u.lanes / 2u; half > 0u; half /= 2u) {
    if (lane < half) {
      sums[place] = addCompensated(sums[place], sums[place + half]);
    }
    workgroupBarrier();
  }
  return sums[place - lane];
}

@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) id: vec3<u32>,
  @builtin(num_workgroups) count: vec3<u32>,
  @builtin(local_invocation_index) place: u32,
) {
  let lane = place % u.lanes;
  let row = workgroupNumber(id, count) * (256u / u.lanes) + place / u.lanes;
  let start = row * u.n;
  let end = select(start, start + u.n, row < u.rows);
  let extremes = extremesOf(start, end, place);
  let p = vec2(u.p0, u.p1);
  let smallest = KIND == 2u || (KIND == 5u && u.p0 < 0.0);
  let most = select(extremes.x, extremes.y, smallest);
  let special = KIND != 0u && (extremes.x > 0x7f800000u || most == 0u || most == 0x7f800000u);
  // |x| · 2^-k is between 1 and 2 for the largest
  let k = clamp(most >> 23u, 1u, 253u);
  let scale = bitcast<f32>((254u - k) << 23u);
  var logMost = vec2(0.0);
  if (KIND == 5u && !special) { logMost = logWide(wide(bitcast<f32>(most))); }
  var own = vec2(0.0);
  if (!special) {
    for (var i = start + lane; i < end; i += u.lanes) {
      let bits = magnitude(i);
      let t = bitcast<f32>(bits) * scale;
      switch (KIND) {
        case 0u: { own = addFloat(own, select(0.0, 1.0, bits != 0u)); }
        case 3u: { own = addFloat(own, t); }
        case 4u: { own = addCompensated(own, twoProduct(t, t)); }
        case 5u: {
          if (bits != 0u && bits < 0x7f800000u) {
            let beside = addCompensated(logWide(wide(bitcast<f32>(bits))), -logMost);
            own = addCompensated(own, expWide(mulWide(p, beside)));
          }
        }
        default: {}
      }
    }
  }
  let sum = sumOf(own, place);
  if (lane == 0u && row < u.rows) {
    var result = bitcast<f32>(most);
    if (u.n == 0u) {
      result = 0.0;
    } else if (KIND != 0u && extremes.x > 0x7f800000u) {
      result = notANumber();
    } else if (!special) {
      let back = bitcast<f32>(k << 23u);
      switch (KIND) {
        case 0u: { result = sum.x + sum.y; }
        case 3u: { result = (sum.x + sum.y) * back; }
        case 4u: {
          let root = sqrtWide(sum);
          result = (root.x + root.y) * back;
        }
        case 5u: {
          // (Σ)^(1/p) · most, in logarithms until the end
          let root = mulWide(logWide(sum), vec2(u.inverse0, u.inverse1));
          let parts = expPartsWide(addCompensated(root, logMost));
          let half = parts.n / 2;
          let steps = vec2<u32>(u32(half + 127) << 23u, u32(parts.n - half + 127) << 23u);
          result = (parts.m.x + parts.m.y) * bitcast<f32>(steps.x) * bitcast<f32>(steps.y);
        }
        default: {}
      }
    }
    out[row] = result;
  }
}
