// Chromium's subgroup matrices as plain WGSL, to run matmul/matrix.wgsl where there are none. A subgroup is one invocation. Matrices that are
// multiplied stay where they lie, in tileA and tileB, and are known by place and step; sums are known by their number, 0 for a matrix of
// zeros. f16 is f32 that was rounded. Order and rounding of sums are those of a loop.

const replacements = `
var<private> matrices: array<f32, 256u * UNITS>;
var<private> made: u32;

fn multiplied(left: vec2<u32>, right: vec2<u32>, added: u32) -> u32 {
  var matrix = added;
  if (matrix == 0u) {
    made++;
    matrix = made;
  }
  for (var i = 0u; i < 256u; i++) {
    var sum = matrices[256u * (matrix - 1u) + i];
    for (var k = 0u; k < 16u; k++) {
      sum = fma(tileA[left.x + (i / 16u) * left.y + k], tileB[right.x + k * right.y + i % 16u], sum);
    }
    matrices[256u * (matrix - 1u) + i] = sum;
  }
  return matrix;
}

fn store(at: u32, matrix: u32, step: u32) {
  for (var i = 0u; i < 256u; i++) {
    staged[at + (i / 16u) * step + i % 16u] = 0.0;
    if (matrix > 0u) { staged[at + (i / 16u) * step + i % 16u] = matrices[256u * (matrix - 1u) + i]; }
  }
}

fn halfOf(x: f32) -> f32 {
  let size = bitcast<u32>(x) & 0x7fffffffu;
  if (size > 0x7f800000u) { return x; }
  if (size >= 0x477ff000u) { return bitcast<f32>((bitcast<u32>(x) & 0x80000000u) | 0x7f800000u); }
  return unpack2x16float(pack2x16float(vec2(x, 0.0))).x;
}
`;

const edits: readonly (readonly [pattern: RegExp, by: string])[] = [
  [/^enable .*\n/gm, ''],
  [/^const SUBGROUP: u32 = 32u;/m, 'const SUBGROUP: u32 = 1u;'],
  [/subgroupMatrixLoad<subgroup_matrix_left<f16, 16, 16>, row_major>\(&tileA, /g, 'vec2<u32>('],
  [/subgroupMatrixLoad<subgroup_matrix_right<f16, 16, 16>, row_major>\(&tileB, /g, 'vec2<u32>('],
  [/subgroupMatrixStore<row_major>\(&staged, /g, 'store('],
  [/subgroupMatrixMultiplyAccumulate/g, 'multiplied'],
  [/subgroup_matrix_right<f16, 16, 16>/g, 'vec2<u32>'],
  [/subgroup_matrix_result<f32, 16, 16>/g, 'u32'],
  [/array<f16, /g, 'array<f32, '],
  [/\bf16\(/g, 'halfOf('],
  [/ {2}@builtin\(subgroup_id\) subgroup: u32,\n\) \{/g, ') {\n  let subgroup = local;'],
];

/** Throws where the text has nothing that an edit is for, or something that none is for. */
export const withoutSubgroupMatrices = (wgsl: string): string => {
  const code = edits.reduce((text, [pattern, by]) => {
    const edited = text.replace(pattern, by);
    if (edited === text) throw new Error(`no ${pattern} in the kernel`);
    return edited;
  }, wgsl);
  const left = /^(?!\/\/).*(subgroupMatrix|subgroup_|f16)/m.exec(code);
  if (left !== null) throw new Error(`not translated: ${left[0]}`);
  return code + replacements;
};
