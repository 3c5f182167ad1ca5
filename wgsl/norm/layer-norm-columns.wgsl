// First stage of dgamma = Σ g · z and dbeta = Σ g over rows, z = (x - mean) · rstd, for x [rows, n], contiguous: sums over parts
// of the rows, [parts, n], for reduce/columns.wgsl to add up. A workgroup has SIZE / LANES columns side by side and LANES
// invocations down each of them, over `length` rows. The order of sums is fixed. Bytes: 8 an element; FLOPs: 5. Limits: rows · n
// below 2^32.

//!include lib/grid.wgsl
//!include lib/workgroup-reduce.wgsl

struct Uniforms {
  rows: u32,
  n: u32,
  parts: u32,
  length: u32,
}

const TILE: u32 = 8;

@group(0) @binding(0) var<uniform> u: Uniforms;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> mean: array<f32>;
@group(0) @binding(3) var<storage, read> rstd: array<f32>;
@group(0) @binding(4) var<storage, read> g: array<f32>;
@group(0) @binding(5) var<storage, read_write> dgamma: array<f32>;
@group(0) @binding(6) var<storage, read_write> dbeta: array<f32>;

@compute @workgroup_size(SIZE)
fn main(
  @builtin(workgroup_id) id: vec3<u32>,
  @builtin(num_workgroups) count: vec3<u32>,
  @builtin(local_invocation_index) index: u32,
) {
  const COLUMNS = SIZE / LANES;
  let number = workgroupNumber(id, count);
  let block = number / u.parts;
  let part = number - block * u.parts;
  let column = block * COLUMNS + index % COLUMNS;
  let lane = index / COLUMNS;
  let present = column < u.n;
  let begin = part * u.length;
  let end = select(begin, min(begin + u.length, u.rows), present);
  var mine = vec2(0.0);
  for (var i = begin + lane; i < end; i += LANES * TILE) {
    // in tiles, so that no sum runs over many rows one by one
    var tile = vec2(0.0);
    for (var k = 0u; k < TILE; k++) {
      let row = i + k * LANES;
      if (row < end) {
        let at = row * u.n + column;
        let gradient = g[at];
        tile += vec2(gradient * ((x[at] - mean[row]) * rstd[row]), gradient);
      }
    }
    mine += tile;
  }
  let all = sumOfLanes(mine, index % COLUMNS * LANES + lane, 1u);
  if (present && lane == 0u) {
    dgamma[part * u.n + column] = all.x;
    dbeta[part * u.n + column] = all.y;
  }
}
