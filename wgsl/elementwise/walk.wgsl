// Walks over a contiguous output and up to three operands that are broadcast to it, four elements a time: uniforms, and the places of
// the operands' elements. The including file binds the operands and reads them by kind of their fastest axis.
// One workgroup: 2048 elements, two vec4s an invocation, 256 vec4s apart, so that neighbours write neighbours.

//!include lib/grid.wgsl

struct Uniforms {
  n: u32,
  rank: u32,
  // 1: four elements from a multiple of four on lie on one stretch of the fastest axis
  whole: u32,
  unused: u32,
  // sizes of the axes, the fastest first
  sizes: array<vec4<u32>, 2>,
  // of each operand: the steps along the axes (modulo 2^32, where they are negative), and as seventh number its kind
  steps: array<vec4<u32>, 6>,
}

@group(0) @binding(0) var<uniform> u: Uniforms;

// Four elements are one vec4, one element four times, or apart from each other.
const dense = 0u;
const repeated = 1u;

fn kindOf(operand: u32) -> u32 {
  return u.steps[operand * 2u + 1u].z;
}

fn stepOf(operand: u32, axis: u32) -> u32 {
  return u.steps[operand * 2u + (axis >> 2u)][axis & 3u];
}

// Offsets of element i of the output in the operands.
fn placeOf(i: u32) -> vec3<u32> {
  var rest = i;
  var place = vec3(0u);
  let last = u.rank - 1u;
  for (var axis = 0u; axis < last; axis++) {
    let size = u.sizes[axis >> 2u][axis & 3u];
    let next = rest / size;
    place += (rest - next * size) * vec3(stepOf(0u, axis), stepOf(1u, axis), stepOf(2u, axis));
    rest = next;
  }
  return place + rest * vec3(stepOf(0u, last), stepOf(1u, last), stepOf(2u, last));
}

// Offsets of elements i to i + 3: of each operand four.
struct Places {
  a: vec4<u32>,
  b: vec4<u32>,
  c: vec4<u32>,
}

fn placesOf(i: u32) -> Places {
  let p = placeOf(i);
  if (u.whole == 1u) {
    let lanes = vec4(0u, 1u, 2u, 3u);
    return Places(p.x + lanes * stepOf(0u, 0u), p.y + lanes * stepOf(1u, 0u), p.z + lanes * stepOf(2u, 0u));
  }
  let q = placeOf(i + 1u);
  let r = placeOf(i + 2u);
  let s = placeOf(i + 3u);
  return Places(vec4(p.x, q.x, r.x, s.x), vec4(p.y, q.y, r.y, s.y), vec4(p.z, q.z, r.z, s.z));
}

// The first vec4 of an invocation; the second is 256 further.
fn firstVector(id: vec3<u32>, count: vec3<u32>, local: u32) -> u32 {
  return workgroupNumber(id, count) * 512u + local;
}

// Which elements of vec4 i the output has.
fn within(i: u32) -> vec4<bool> {
  return vec4(0u, 1u, 2u, 3u) < vec4(u.n - i * 4u);
}
