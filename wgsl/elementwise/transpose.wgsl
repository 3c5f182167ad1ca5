// The copy (or with ADD the sum on f32) of elementwise/copy.wgsl where x and out have different fastest axes, p and q.
// Layout: walks by strides; up to eight other axes, the fastest of out first.
// One workgroup: a tile of 32 x 32 elements of p and q, read along p and written along q through workgroup memory, whose rows are one
// longer so that columns lie in different banks. Bytes: 8 an element, with ADD 12; 4.2 KB of workgroup memory.

//!include lib/grid.wgsl

override ADD: bool = false;

struct Uniforms {
  inOffset: u32,
  outOffset: u32,
  workgroups: u32,
  rank: u32,
  pSize: u32,
  pIn: u32,
  pOut: u32,
  pTiles: u32,
  qSize: u32,
  qIn: u32,
  qOut: u32,
  qTiles: u32,
  sizes: array<vec4<u32>, 2>,
  inSteps: array<vec4<u32>, 2>,
  outSteps: array<vec4<u32>, 2>,
}

@group(0) @binding(0) var<uniform> u: Uniforms;
@group(0) @binding(1) var<storage, read> x: array<u32>;
@group(0) @binding(2) var<storage, read_write> out: array<u32>;

var<workgroup> tile: array<u32, 1056>;

@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) id: vec3<u32>,
  @builtin(num_workgroups) count: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let number = workgroupNumber(id, count);
  if (number >= u.workgroups) { return; }
  let pTile = number / u.qTiles;
  let q0 = (number - pTile * u.qTiles) * 32u;
  var rest = pTile / u.pTiles;
  let p0 = (pTile - rest * u.pTiles) * 32u;
  var inAt = u.inOffset + p0 * u.pIn + q0 * u.qIn;
  var outAt = u.outOffset + p0 * u.pOut + q0 * u.qOut;
  for (var axis = 0u; axis < u.rank; axis++) {
    let size = u.sizes[axis >> 2u][axis & 3u];
    let next = rest / size;
    inAt += (rest - next * size) * u.inSteps[axis >> 2u][axis & 3u];
    outAt += (rest - next * size) * u.outSteps[axis >> 2u][axis & 3u];
    rest = next;
  }
  let lane = local & 31u;
  let row = local >> 5u;
  for (var k = row; k < 32u; k += 8u) {
    if (p0 + lane < u.pSize && q0 + k < u.qSize) { tile[k * 33u + lane] = x[inAt + lane * u.pIn + k * u.qIn]; }
  }
  workgroupBarrier();
  for (var k = row; k < 32u; k += 8u) {
    if (q0 + lane < u.qSize && p0 + k < u.pSize) {
      let value = tile[lane * 33u + k];
      let at = outAt + lane * u.qOut + k * u.pOut;
      if (ADD) { out[at] = bitcast<u32>(bitcast<f32>(out[at]) + bitcast<f32>(value)); }
      else { out[at] = value; }
    }
  }
}
