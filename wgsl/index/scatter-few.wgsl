// out[g, t, :] = Σ x[g, i, :] over the rows i with ids[g, i] = t, in order of i; for groups of at most 1024 rows. No atomics on floats:
// each row of out looks for its own among the ids of its group.
// Layout: dense; `scalars` adds elements, `vectors` vec4s, which `width` counts then.
// One workgroup: a row of out, 64 invocations: the rows that it sums as bits in workgroup memory, then columns side by side.
// Bytes: 4 an element of x and of out, and 4 · rows for the ids.

//!include lib/grid.wgsl

struct Uniforms {
  // rows of out in all groups
  count: u32,
  rows: u32,
  tableRows: u32,
  width: u32,
}

@group(0) @binding(0) var<uniform> u: Uniforms;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> xVectors: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> ids: array<u32>;
@group(0) @binding(3) var<storage, read_write> out: array<f32>;
@group(0) @binding(3) var<storage, read_write> outVectors: array<vec4<f32>>;

var<workgroup> found: array<atomic<u32>, 32>;

// Sets the bits of the rows that go to row `number` of out, and gives the first row of its group.
fn search(number: u32, local: u32) -> u32 {
  let group = number / u.tableRows;
  let wanted = number - group * u.tableRows;
  let first = group * u.rows;
  if (local < 32u) { atomicStore(&found[local], 0u); }
  workgroupBarrier();
  for (var i = local; i < u.rows; i += 64u) {
    if (ids[first + i] == wanted) { atomicOr(&found[i >> 5u], 1u << (i & 31u)); }
  }
  workgroupBarrier();
  return first;
}

@compute @workgroup_size(64)
fn scalars(
  @builtin(workgroup_id) id: vec3<u32>,
  @builtin(num_workgroups) count: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let number = workgroupNumber(id, count);
  if (number >= u.count) { return; }
  let first = search(number, local);
  for (var column = local; column < u.width; column += 64u) {
    var total = 0.0;
    for (var word = 0u; word * 32u < u.rows; word++) {
      var bits = atomicLoad(&found[word]);
      var sum = 0.0;
      while (bits != 0u) {
        sum += x[(first + word * 32u + countTrailingZeros(bits)) * u.width + column];
        bits &= bits - 1u;
      }
      total += sum;
    }
    out[number * u.width + column] = total;
  }
}

@compute @workgroup_size(64)
fn vectors(
  @builtin(workgroup_id) id: vec3<u32>,
  @builtin(num_workgroups) count: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let number = workgroupNumber(id, count);
  if (number >= u.count) { return; }
  let first = search(number, local);
  for (var column = local; column < u.width; column += 64u) {
    var total = vec4(0.0);
    for (var word = 0u; word * 32u < u.rows; word++) {
      var bits = atomicLoad(&found[word]);
      var sum = vec4(0.0);
      while (bits != 0u) {
        sum += xVectors[(first + word * 32u + countTrailingZeros(bits)) * u.width + column];
        bits &= bits - 1u;
      }
      total += sum;
    }
    outVectors[number * u.width + column] = total;
  }
}
