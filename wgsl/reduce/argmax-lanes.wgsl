// Keys and indices of maxima, and the best of the LANES invocations that share a row (as lib/workgroup-reduce.wgsl, which says
// SIZE and LANES).

// key, index
alias Partial = vec2<u32>;

var<workgroup> laneBest: array<Partial, SIZE>;

// Integers in the order of the floats, from 1; NaN is the highest.
fn keyOf(value: f32) -> u32 {
  let bits = bitcast<u32>(value);
  if (isNan(value)) { return 0xffffffffu; }
  if ((bits & 0x7fffffffu) == 0u) { return 0x80000000u; }
  return select(bits | 0x80000000u, ~bits, (bits >> 31u) == 1u);
}

fn better(a: Partial, b: Partial) -> Partial {
  return select(a, b, b.x > a.x || (b.x == a.x && b.y < a.y));
}

fn joinLanes(mine: Partial, place: u32) -> Partial {
  laneBest[place] = mine;
  for (var step = LANES / 4u; step > 0u; step /= 4u) {
    workgroupBarrier();
    if (place % LANES < step) {
      let near = better(laneBest[place], laneBest[place + step]);
      laneBest[place] = better(near, better(laneBest[place + 2u * step], laneBest[place + 3u * step]));
    }
  }
  workgroupBarrier();
  return laneBest[place / LANES * LANES];
}
