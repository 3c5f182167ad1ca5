// out[outOffset + i · outSteps] = x[inOffset + i · inSteps], or with ADD += on f32, for every index i of up to eight axes; different
// indices reach different elements of out. Copies any 32-bit type.
// Layout: walks by strides, axes from the fastest of out on. `scalars` moves elements, `vectors` vec4s, of which sizes, steps and
// offsets count then. One workgroup: 1024 units, four an invocation, 256 apart, so that neighbours move neighbours.
// Bytes: 8 an element, with ADD 12.

//!include lib/grid.wgsl

override ADD: bool = false;

struct Uniforms {
  n: u32,
  rank: u32,
  inOffset: u32,
  outOffset: u32,
  sizes: array<vec4<u32>, 2>,
  // modulo 2^32, where they are negative
  inSteps: array<vec4<u32>, 2>,
  outSteps: array<vec4<u32>, 2>,
}

@group(0) @binding(0) var<uniform> u: Uniforms;
@group(0) @binding(1) var<storage, read> x: array<u32>;
@group(0) @binding(2) var<storage, read_write> out: array<u32>;
@group(0) @binding(1) var<storage, read> xVectors: array<vec4<u32>>;
@group(0) @binding(2) var<storage, read_write> outVectors: array<vec4<u32>>;

// Where unit i lies in x and in out.
fn placeOf(i: u32) -> vec2<u32> {
  var rest = i;
  var place = vec2(u.inOffset, u.outOffset);
  let last = u.rank - 1u;
  for (var axis = 0u; axis < last; axis++) {
    let size = u.sizes[axis >> 2u][axis & 3u];
    let next = rest / size;
    place += (rest - next * size) * vec2(u.inSteps[axis >> 2u][axis & 3u], u.outSteps[axis >> 2u][axis & 3u]);
    rest = next;
  }
  return place + rest * vec2(u.inSteps[last >> 2u][last & 3u], u.outSteps[last >> 2u][last & 3u]);
}

@compute @workgroup_size(256)
fn scalars(
  @builtin(workgroup_id) id: vec3<u32>,
  @builtin(num_workgroups) count: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let first = workgroupNumber(id, count) * 1024u + local;
  for (var k = 0u; k < 4u; k++) {
    let i = first + k * 256u;
    if (i < u.n) {
      let place = placeOf(i);
      let value = x[place.x];
      if (ADD) { out[place.y] = bitcast<u32>(bitcast<f32>(out[place.y]) + bitcast<f32>(value)); }
      else { out[place.y] = value; }
    }
  }
}

@compute @workgroup_size(256)
fn vectors(
  @builtin(workgroup_id) id: vec3<u32>,
  @builtin(num_workgroups) count: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let first = workgroupNumber(id, count) * 1024u + local;
  for (var k = 0u; k < 4u; k++) {
    let i = first + k * 256u;
    if (i < u.n) {
      let place = placeOf(i);
      let value = xVectors[place.x];
      if (ADD) {
        outVectors[place.y] =
          bitcast<vec4<u32>>(bitcast<vec4<f32>>(outVectors[place.y]) + bitcast<vec4<f32>>(value));
      } else {
        outVectors[place.y] = value;
      }
    }
  }
}
