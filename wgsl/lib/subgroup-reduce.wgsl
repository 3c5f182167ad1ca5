// sumOfLanes and maxOfLanes of lib/workgroup-reduce.wgsl through subgroups: shuffles within one, workgroup memory between them.
// For subgroups of any size from 4 to 128: it is not known which invocations share one, so `place` comes from placeOf, which
// numbers the subgroups as they come. Which subgroup has which row does not change its sums. `subgroup` is the size. The order
// of a sum is fixed by LANES and that size.

enable subgroups;
//!include lib/compensated.wgsl

const SIZE: u32 = 256;
const LANES: u32 = 256;

var<workgroup> subgroupsSeen: atomic<u32>;
var<workgroup> subgroupPartials: array<vec2<f32>, SIZE / 4u>;

// The number of this invocation among the SIZE, with those of a subgroup side by side.
fn placeOf(lane: u32, subgroup: u32) -> u32 {
  var number = 0u;
  if (subgroupElect()) {
    number = atomicAdd(&subgroupsSeen, 1u);
  }
  return subgroupBroadcastFirst(number) * subgroup + lane;
}

// The first of the results that the subgroups of this row have left.
fn shareBetweenSubgroups(mine: vec2<f32>, place: u32, subgroup: u32) -> u32 {
  workgroupBarrier();
  if (place % subgroup == 0u) {
    subgroupPartials[place / subgroup] = mine;
  }
  workgroupBarrier();
  return place / LANES * (LANES / subgroup);
}

fn sumOfLanes(mine: vec2<f32>, place: u32, subgroup: u32) -> vec2<f32> {
  var sum = mine;
  for (var step = 1u; step < min(LANES, subgroup); step *= 2u) {
    sum += subgroupShuffleXor(sum, step);
  }
  if (LANES > subgroup) {
    let first = shareBetweenSubgroups(sum, place, subgroup);
    sum = subgroupPartials[first];
    for (var i = 1u; i < LANES / subgroup; i++) {
      sum += subgroupPartials[first + i];
    }
  }
  return sum;
}

fn maxOfLanes(mine: f32, place: u32, subgroup: u32) -> f32 {
  var best = mine;
  for (var step = 1u; step < min(LANES, subgroup); step *= 2u) {
    best = maxNan(best, subgroupShuffleXor(best, step));
  }
  if (LANES > subgroup) {
    let first = shareBetweenSubgroups(vec2(best, 0.0), place, subgroup);
    best = subgroupPartials[first].x;
    for (var i = 1u; i < LANES / subgroup; i++) {
      best = maxNan(best, subgroupPartials[first + i].x);
    }
  }
  return best;
}
