// What the passes of a stable sort of row numbers by key share; the key of row i of all groups is (i / rows) · tableRows + ids[i]. A pass
// sorts by a digit of 8 bits, the lowest first (radix sort): counts per segment of 1024 rows and digit, sums of them, moves.

//!include lib/grid.wgsl

struct Uniforms {
  // rows of all groups
  n: u32,
  rows: u32,
  tableRows: u32,
  segments: u32,
  shift: u32,
  // 1: the order so far is that of the rows
  first: u32,
}

@group(0) @binding(0) var<uniform> u: Uniforms;
@group(0) @binding(1) var<storage, read> ids: array<u32>;

fn keyOf(i: u32) -> u32 {
  return (i / u.rows) * u.tableRows + ids[i];
}

fn digitOf(i: u32) -> u32 {
  return (keyOf(i) >> u.shift) & 255u;
}
