// Running results along rows of n, of FUNCTION (reduce/host-monoid.wgsl), from the end with `reverse`.
//   `main`      out[i] = x[0] ∘ ... ∘ x[i];  `extremes` also its position
//   `before`    three words of the product before i, or of the log-sum up to i, for
//   `after`     gradients: from the end, the product or the affine maps of what comes after i (MODE: 0 prod, 1 cumprod,
//               2 logSumExp, see DeviceKernelArgs.scanBackward), and out[i] from both
// `lanes` invocations share a row, four elements each in a tile, a workgroup holds 256 / lanes rows; tile after tile.
// Bytes: 8 to 24 an element; FLOPs: 20 to 1000 (logSumExp).

//!include lib/grid.wgsl
//!include reduce/host-monoid.wgsl

override MODE: u32 = 0;

struct Uniforms {
  rows: u32,
  n: u32,
  reverse: u32,
  lanes: u32,
  // of index/host-keys.wgsl
  kind: u32,
}

@group(0) @binding(0) var<uniform> u: Uniforms;
@group(0) @binding(1) var<storage, read> x: array<u32>;
@group(0) @binding(2) var<storage, read_write> out: array<u32>;
@group(0) @binding(3) var<storage, read_write> positions: array<u32>;
// of before
@group(0) @binding(2) var<storage, read_write> kept: array<u32>;
// of after
@group(0) @binding(3) var<storage, read> earlier: array<u32>;
@group(0) @binding(4) var<storage, read> g: array<f32>;

const items = 4u;

var<workgroup> states: array<vec4<u32>, 256>;

// What a lane needs of the tile: the state before its first element, and the state after the whole tile.
struct Tile {
  before: vec4<u32>,
  end: vec4<u32>,
}

// `carry` is the state before the tile, `own` that of the lane's elements alone.
fn scanLanes(place: u32, carry: vec4<u32>, own: vec4<u32>) -> Tile {
  let lane = place % u.lanes;
  var state = own;
  states[place] = state;
  workgroupBarrier();
  for (var step = 1u; step < u.lanes; step *= 2u) {
    if (lane >= step) {
      state = combine(states[place - step], state);
    }
    workgroupBarrier();
    states[place] = state;
    workgroupBarrier();
  }
  var before = carry;
  if (lane > 0u) {
    before = combine(carry, states[place - 1u]);
  }
  let end = combine(carry, states[place - lane + u.lanes - 1u]);
  workgroupBarrier();
  return Tile(before, end);
}

// Element k of the scan's order.
fn indexOf(k: u32) -> u32 {
  return select(k, u.n - 1u - k, u.reverse == 1u);
}

fn rowOf(id: vec3<u32>, count: vec3<u32>, place: u32) -> u32 {
  return workgroupNumber(id, count) * (256u / u.lanes) + place / u.lanes;
}

@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) id: vec3<u32>,
  @builtin(num_workgroups) count: vec3<u32>,
  @builtin(local_invocation_index) place: u32,
) {
  let row = rowOf(id, count, place);
  let start = row * u.n;
  var carry = identity();
  for (var tile = 0u; tile < u.n; tile += u.lanes * items) {
    let first = tile + place % u.lanes * items;
    let last = select(first, min(first + items, u.n), row < u.rows);
    var own = identity();
    for (var k = first; k < last; k++) {
      own = combine(own, leaf(x[start + indexOf(k)], k, u.kind));
    }
    let whole = scanLanes(place, carry, own);
    var state = whole.before;
    for (var k = first; k < last; k++) {
      let i = start + indexOf(k);
      state = combine(state, leaf(x[i], k, u.kind));
      out[i] = valueOf(state);
    }
    carry = whole.end;
  }
}

@compute @workgroup_size(256)
fn extremes(
  @builtin(workgroup_id) id: vec3<u32>,
  @builtin(num_workgroups) count: vec3<u32>,
  @builtin(local_invocation_index) place: u32,
) {
  let row = rowOf(id, count, place);
  let start = row * u.n;
  var carry = identity();
  for (var tile = 0u; tile < u.n; tile += u.lanes * items) {
    let first = tile + place % u.lanes * items;
    let last = select(first, min(first + items, u.n), row < u.rows);
    var own = identity();
    for (var k = first; k < last; k++) {
      own = combine(own, leaf(x[start + k], k, u.kind));
    }
    let whole = scanLanes(place, carry, own);
    var state = whole.before;
    for (var k = first; k < last; k++) {
      state = combine(state, leaf(x[start + k], k, u.kind));
      out[start + k] = valueOf(state);
      positions[start + k] = state.y;
    }
    carry = whole.end;
  }
}

@compute @workgroup_size(256)
fn before(
  @builtin(workgroup_id) id: vec3<u32>,
  @builtin(num_workgroups) count: vec3<u32>,
  @builtin(local_invocation_index) place: u32,
) {
  let row = rowOf(id, count, place);
  let start = row * u.n;
  var carry = identity();
  for (var tile = 0u; tile < u.n; tile += u.lanes * items) {
    let first = tile + place % u.lanes * items;
    let last = select(first, min(first + items, u.n), row < u.rows);
    var own = identity();
    for (var k = first; k < last; k++) {
      own = combine(own, leaf(x[start + k], k, u.kind));
    }
    let whole = scanLanes(place, carry, own);
    var state = whole.before;
    for (var k = first; k < last; k++) {
      let next = combine(state, leaf(x[start + k], k, u.kind));
      let words = select(state, next, MODE == 2u);
      for (var word = 0u; word < 3u; word++) {
        kept[3u * (start + k) + word] = words[word];
      }
      state = next;
    }
    carry = whole.end;
  }
}

fn earlierOf(at: u32) -> vec3<u32> {
  return vec3(earlier[3u * at], earlier[3u * at + 1u], earlier[3u * at + 2u]);
}

// s · e^(a - y) for a + log s <= y = M + log S, and 0 of nothing. Both parts are two floats: a thousand of these are multiplied.
fn share(a: f32, s: vec2<f32>, y: vec3<u32>) -> vec2<f32> {
  let most = bitcast<f32>(y.x);
  if (y.x == 0xff800000u) { return vec2(0.0); }
  if (isNan(a) || isNan(most) || bitcast<u32>(a) == 0x7f800000u) { return wide(notANumber()); }
  if (isInf(a) || isInf(most)) { return vec2(0.0); }
  return mulWide(expWide(twoSum(a, -most)), divWide(s, pairOf(y.yz)));
}

// Element i as the scan from the end sees it.
fn leafAfter(start: u32, i: u32, row: u32) -> vec4<u32> {
  let at = start + i;
  if (MODE == 0u) { return leaf(x[at], i, u.kind); }
  var slope = vec2(0.0);
  if (i + 1u < u.n) {
    if (MODE == 1u) {
      slope = wide(bitcast<f32>(x[at + 1u]));
    } else {
      let own = earlierOf(at);
      slope = share(bitcast<f32>(own.x), pairOf(own.yz), earlierOf(at + 1u));
    }
  }
  return vec4(bitcast<vec2<u32>>(slope), bitcast<u32>(g[at]), 0u);
}

@compute @workgroup_size(256)
fn after(
  @builtin(workgroup_id) id: vec3<u32>,
  @builtin(num_workgroups) count: vec3<u32>,
  @builtin(local_invocation_index) place: u32,
) {
  let row = rowOf(id, count, place);
  let start = row * u.n;
  var carry = identity();
  for (var tile = 0u; tile < u.n; tile += u.lanes * items) {
    let first = tile + place % u.lanes * items;
    let last = select(first, min(first + items, u.n), row < u.rows);
    var own = identity();
    for (var k = first; k < last; k++) {
      own = combine(own, leafAfter(start, indexOf(k), row));
    }
    let whole = scanLanes(place, carry, own);
    var state = whole.before;
    for (var k = first; k < last; k++) {
      let i = indexOf(k);
      let at = start + i;
      let next = combine(state, leafAfter(start, i, row));
      let ahead = earlierOf(at);
      var y: vec2<f32>;
      var power = 0;
      if (MODE == 0u) {
        // of a large g a part waits until the product is scaled
        let large = abs(g[row]) > 1.0;
        let others = mulWide(pairOf(state.xy), pairOf(ahead.xy));
        y = mulFloat(others, g[row] * select(1.0, 0.0625, large));
        power = bitcast<i32>(state.z) + bitcast<i32>(ahead.z) + select(0, 4, large);
      } else if (MODE == 1u) {
        y = mulWide(pairOf(ahead.xy), pairOf(next.zw));
        power = bitcast<i32>(ahead.z);
      } else {
        y = mulWide(share(bitcast<f32>(x[at]), wide(1.0), ahead), pairOf(next.zw));
      }
      out[at] = bitcast<u32>(scaled(y.x + y.y, power));
      state = next;
    }
    carry = whole.end;
  }
}
