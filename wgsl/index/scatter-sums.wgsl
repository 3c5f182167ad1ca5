// out[t, :] = Σ x[order[j], :] over the places j with keys[j] = t, in their order; those of whole chunks of 128 come from
// index/scatter-chunks.wgsl, so that a row that all ids name is no long walk.
// Layout: dense; `scalars` adds elements, `vectors` vec4s, which `width` counts then. One workgroup: 256 units of out, in order of
// columns; the places of a row are found by bisection. Bytes: 4 an element of x and of out.

//!include lib/grid.wgsl

struct Uniforms {
  // units of out, and rows of x
  n: u32,
  width: u32,
  rows: u32,
}

@group(0) @binding(0) var<uniform> u: Uniforms;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> xVectors: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> order: array<u32>;
@group(0) @binding(3) var<storage, read> keys: array<u32>;
@group(0) @binding(4) var<storage, read> chunks: array<f32>;
@group(0) @binding(4) var<storage, read> chunkVectors: array<vec4<f32>>;
@group(0) @binding(5) var<storage, read_write> out: array<f32>;
@group(0) @binding(5) var<storage, read_write> outVectors: array<vec4<f32>>;

// The first place from `low` on whose key is at least `key`.
fn placeOf(key: u32, begin: u32) -> u32 {
  var low = begin;
  var high = u.rows;
  while (low < high) {
    let middle = (low + high) / 2u;
    if (keys[middle] < key) { low = middle + 1u; } else { high = middle; }
  }
  return low;
}

struct Places {
  begin: u32,
  // whole chunks are those from `chunk` to `lastChunk`
  chunk: u32,
  lastChunk: u32,
  end: u32,
}

fn placesOf(row: u32) -> Places {
  let begin = placeOf(row, 0u);
  let end = placeOf(row + 1u, begin);
  let chunk = (begin + 127u) / 128u;
  return Places(begin, chunk, max(chunk, end / 128u), end);
}

@compute @workgroup_size(256)
fn scalars(
  @builtin(workgroup_id) id: vec3<u32>,
  @builtin(num_workgroups) count: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let i = workgroupNumber(id, count) * 256u + local;
  if (i >= u.n) { return; }
  let row = i / u.width;
  let column = i - row * u.width;
  let places = placesOf(row);
  var head = 0.0;
  for (var j = places.begin; j < min(places.end, places.chunk * 128u); j++) { head += x[order[j] * u.width + column]; }
  var middle = 0.0;
  for (var chunk = places.chunk; chunk < places.lastChunk; chunk++) { middle += chunks[chunk * u.width + column]; }
  var tail = 0.0;
  for (var j = places.lastChunk * 128u; j < places.end; j++) { tail += x[order[j] * u.width + column]; }
  out[i] = head + middle + tail;
}

@compute @workgroup_size(256)
fn vectors(
  @builtin(workgroup_id) id: vec3<u32>,
  @builtin(num_workgroups) count: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let i = workgroupNumber(id, count) * 256u + local;
  if (i >= u.n) { return; }
  let row = i / u.width;
  let column = i - row * u.width;
  let places = placesOf(row);
  var head = vec4(0.0);
  for (var j = places.begin; j < min(places.end, places.chunk * 128u); j++) { head += xVectors[order[j] * u.width + column]; }
  var middle = vec4(0.0);
  for (var chunk = places.chunk; chunk < places.lastChunk; chunk++) { middle += chunkVectors[chunk * u.width + column]; }
  var tail = vec4(0.0);
  for (var j = places.lastChunk * 128u; j < places.end; j++) { tail += xVectors[order[j] * u.width + column]; }
  outVectors[i] = head + middle + tail;
}
