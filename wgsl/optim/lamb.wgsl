// LAMB (You et al. 2020) on ranges of arenas, each one parameter tensor, in three dispatches with g = gradScale · grad:
//   `moments`: m = b1·m + (1-b1)·g, v = b2·v + (1-b2)·g², and the sums of squares of p and of the update u of each part
//   `ratios`:  |p| / |u| of each range, 1 where either is 0, one workgroup a range
//   `main`:    p -= lr · ratio · u,  u = (m / c1) / (sqrt(v / c2) + eps) + wd · p (where decay)
// hyper = [lr, b1, b2, 1-b1, 1-b2, eps, wd, c1, c2]. A part is 1024 elements. Squares are taken beside a power of two near the
// largest element, so that none leaves the range of float32. Bytes: 44 an element; FLOPs: about 45.

//!include lib/grid.wgsl
//!include lib/numbers.wgsl
//!include optim/ranges.wgsl

@group(0) @binding(0) var<uniform> u: Uniforms;
@group(0) @binding(1) var<storage, read_write> param: array<f32>;
@group(0) @binding(2) var<storage, read> grad: array<f32>;
@group(0) @binding(3) var<storage, read_write> m: array<f32>;
@group(0) @binding(4) var<storage, read_write> v: array<f32>;
@group(0) @binding(5) var<storage, read> hyper: array<f32>;
@group(0) @binding(6) var<storage, read> gradScale: array<f32>;
@group(0) @binding(7) var<storage, read_write> partials: array<vec4<f32>>;
// of ratios
@group(0) @binding(1) var<storage, read> sums: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read_write> ratioOf: array<f32>;
// of main
@group(0) @binding(1) var<storage, read_write> weights: array<f32>;
@group(0) @binding(2) var<storage, read> first: array<f32>;
@group(0) @binding(3) var<storage, read> second: array<f32>;
@group(0) @binding(4) var<storage, read> rates: array<f32>;
@group(0) @binding(5) var<storage, read> ratio: array<f32>;

const size = 1024u;

// A sum of squares (s, k) stands for s · 4^k.
var<workgroup> lanes: array<vec4<f32>, 256>;
var<workgroup> mostWeight: atomic<u32>;
var<workgroup> mostUpdate: atomic<u32>;

fn powerOf2(k: f32) -> f32 {
  return bitcast<f32>(u32(i32(k) + 127) << 23u);
}

// k with 2^k <= |x| < 2^(k + 1) of the bits of |x|, within what powerOf2(-k) can say.
fn exponentOf(bits: u32) -> f32 {
  return clamp(f32(bits >> 23u), 1.0, 253.0) - 127.0;
}

fn addSquares(a: vec2<f32>, b: vec2<f32>) -> vec2<f32> {
  let k = max(a.y, b.y);
  let least = k - 60.0;
  let shareA = select(0.0, powerOf2(2.0 * (max(a.y, least) - k)), a.y > least);
  let shareB = select(0.0, powerOf2(2.0 * (max(b.y, least) - k)), b.y > least);
  return vec2(a.x * shareA + b.x * shareB, k);
}

// Σ over the workgroup, of weights in xy and of updates in zw.
fn total(lane: u32, own: vec4<f32>) -> vec4<f32> {
  lanes[lane] = own;
  workgroupBarrier();
  for (var half = 128u; half > 0u; half /= 2u) {
    if (lane < half) {
      let a = lanes[lane];
      let b = lanes[lane + half];
      lanes[lane] = vec4(addSquares(a.xy, b.xy), addSquares(a.zw, b.zw));
    }
    workgroupBarrier();
  }
  return lanes[0];
}

@compute @workgroup_size(256)
fn moments(
  @builtin(workgroup_id) id: vec3<u32>,
  @builtin(num_workgroups) count: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let number = workgroupNumber(id, count);
  let part = partOf(number, size);
  var weight: array<f32, 4>;
  var update: array<f32, 4>;
  for (var k = 0u; k < 4u; k++) {
    let i = part.start + k * 256u + lane;
    if (i < part.end) {
      let g = grad[i] * gradScale[0];
      let now = hyper[1] * m[i] + hyper[3] * g;
      let squared = hyper[2] * v[i] + hyper[4] * g * g;
      m[i] = now;
      v[i] = squared;
      weight[k] = param[i];
      update[k] = now / hyper[7] / (sqrt(squared / hyper[8]) + hyper[5]);
      if (part.decay) {
        update[k] += hyper[6] * param[i];
      }
      atomicMax(&mostWeight, bitcast<u32>(weight[k]) & 0x7fffffffu);
      atomicMax(&mostUpdate, bitcast<u32>(update[k]) & 0x7fffffffu);
    }
  }
  workgroupBarrier();
  let weightPower = exponentOf(atomicLoad(&mostWeight));
  let updatePower = exponentOf(atomicLoad(&mostUpdate));
  var squares = vec2(0.0);
  for (var k = 0u; k < 4u; k++) {
    let w = weight[k] * powerOf2(-weightPower);
    let d = update[k] * powerOf2(-updatePower);
    squares += vec2(w * w, d * d);
  }
  let sum = total(lane, vec4(squares.x, weightPower, squares.y, updatePower));
  if (lane == 0u && part.start < part.end) {
    partials[u.firstWorkgroup + number] = sum;
  }
}

@compute @workgroup_size(256)
fn ratios(
  @builtin(workgroup_id) id: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let range = id.x;
  var start = u.firstWorkgroup;
  for (var before = 0u; before < range; before++) {
    start += workgroupsOf(entryOf(before).length, size);
  }
  let end = start + workgroupsOf(entryOf(range).length, size);
  var own = vec4(0.0, -126.0, 0.0, -126.0);
  for (var i = start + lane; i < end; i += 256u) {
    own = vec4(addSquares(own.xy, sums[i].xy), addSquares(own.zw, sums[i].zw));
  }
  let sum = total(lane, own);
  if (lane == 0u) {
    var result = 1.0;
    if (!isNan(sum.x) && !isNan(sum.z) && sum.x > 0.0 && sum.z > 0.0) {
      // two steps, for the whole power may be beyond float32
      let power = sum.y - sum.w;
      let half = trunc(power / 2.0);
      result = sqrt(sum.x) / sqrt(sum.z) * powerOf2(half) * powerOf2(power - half);
    }
    ratioOf[u.firstRange + range] = result;
  }
}

@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) id: vec3<u32>,
  @builtin(num_workgroups) count: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let part = partOf(workgroupNumber(id, count), size);
  let rate = rates[0] * ratio[u.firstRange + part.range];
  for (var i = part.start + lane; i < part.end; i += 256u) {
    var update = first[i] / rates[7] / (sqrt(second[i] / rates[8]) + rates[5]);
    if (part.decay) {
      update += rates[6] * weights[i];
    }
    weights[i] -= rate * update;
  }
}
