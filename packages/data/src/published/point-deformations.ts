// Two smooth deformations of space within the cube of -1 to 1, by a lattice of 5 x 5 x 5 control points: free-form (Sederberg
// and Parry 1986) and by radial basis functions with a linear part (Buhmann 2003), both with the constants of PyGeM.

const lattice = 5;
const controls = lattice ** 3;

const binomial = [1, 4, 6, 4, 1];

/**
 * Each of the 125 control points moves by `draw()` times the side of the cube along x, then all along y, then z; points follow
 * by Bernstein polynomials of degree 4. Points outside the cube stay.
 */
export function deformByControls(points: Float32Array, draw: () => number): Float32Array {
  const moves = Float64Array.from({ length: 3 * controls }, draw);
  const out = points.slice();
  for (let at = 0; at < points.length; at += 3) {
    const place = [0, 1, 2].map((axis) => (points[at + axis] + 1) / 2);
    if (place.some((value) => value < 0 || value > 1)) continue;
    const [bx, by, bz] = place.map((u) => binomial.map((c, k) => c * u ** k * (1 - u) ** (lattice - 1 - k)));
    for (let i = 0; i < lattice; i++) {
      for (let j = 0; j < lattice; j++) {
        for (let k = 0; k < lattice; k++) {
          const weight = bx[i] * by[j] * bz[k];
          const control = (i * lattice + j) * lattice + k;
          for (let axis = 0; axis < 3; axis++) out[at + axis] += 2 * weight * moves[axis * controls + control];
        }
      }
    }
  }
  return out;
}

/** Radius of both functions. */
const radius = 0.5;
const basis = {
  multiquadric: (squared: number) => Math.sqrt(squared + radius * radius),
  inverse: (squared: number) => 1 / Math.sqrt(squared + radius * radius),
} as const;
export type RadialBasis = keyof typeof basis;

/** `[125, 3]`: x slowest. */
const grid = Float64Array.from({ length: controls * 3 }, (_, at) => {
  const control = Math.floor(at / 3);
  const index = Math.floor(control / lattice ** (2 - (at % 3))) % lattice;
  return (2 * index) / (lattice - 1) - 1;
});

/** Points follow the control points, each of which moves by `draw()`; between them the smoothest map of the kind. */
export function deformByRadialBasis(
  points: Float32Array,
  kind: RadialBasis,
  draw: () => readonly [number, number, number],
): Float32Array {
  const moves = new Float64Array(controls * 3);
  for (let control = 0; control < controls; control++) moves.set(draw(), control * 3);
  const size = controls + 4;
  const weights = solve(systemOf(kind), rightSide(moves), size);
  const phi = basis[kind];
  const out = points.slice();
  for (let at = 0; at < points.length; at += 3) {
    const row = rowOf(phi, points[at], points[at + 1], points[at + 2]);
    for (let axis = 0; axis < 3; axis++) {
      let move = 0;
      for (let k = 0; k < size; k++) move += row[k] * weights[k * 3 + axis];
      out[at + axis] += move;
    }
  }
  return out;
}

/** phi of the distance to each control point, then 1, x, y, z. */
function rowOf(phi: (squared: number) => number, x: number, y: number, z: number): Float64Array {
  const row = new Float64Array(controls + 4);
  for (let control = 0; control < controls; control++) {
    const dx = x - grid[control * 3];
    const dy = y - grid[control * 3 + 1];
    const dz = z - grid[control * 3 + 2];
    row[control] = phi(dx * dx + dy * dy + dz * dz);
  }
  row.set([1, x, y, z], controls);
  return row;
}

/** Interpolation at the control points, and weights that no linear map could take the place of: [[Phi, P], [P', 0]]. */
function systemOf(kind: RadialBasis): Float64Array {
  const size = controls + 4;
  const matrix = new Float64Array(size * size);
  for (let row = 0; row < controls; row++) {
    const values = rowOf(basis[kind], grid[row * 3], grid[row * 3 + 1], grid[row * 3 + 2]);
    matrix.set(values, row * size);
    for (let k = controls; k < size; k++) matrix[k * size + row] = values[k];
  }
  return matrix;
}

function rightSide(moves: Float64Array): Float64Array {
  const out = new Float64Array((controls + 4) * 3);
  out.set(moves);
  return out;
}

/** Gauss with the largest pivot of each column: `matrix` `[n, n]`, `right` `[n, 3]`, both used up. */
function solve(matrix: Float64Array, right: Float64Array, n: number): Float64Array {
  for (let column = 0; column < n; column++) {
    let pivot = column;
    for (let row = column + 1; row < n; row++) {
      if (Math.abs(matrix[row * n + column]) > Math.abs(matrix[pivot * n + column])) pivot = row;
    }
    swapRows(matrix, n, pivot, column);
    swapRows(right, 3, pivot, column);
    for (let row = column + 1; row < n; row++) {
      const factor = matrix[row * n + column] / matrix[column * n + column];
      if (factor === 0) continue;
      for (let k = column; k < n; k++) matrix[row * n + k] -= factor * matrix[column * n + k];
      for (let k = 0; k < 3; k++) right[row * 3 + k] -= factor * right[column * 3 + k];
    }
  }
  for (let row = n - 1; row >= 0; row--) {
    for (let k = 0; k < 3; k++) {
      let sum = right[row * 3 + k];
      for (let column = row + 1; column < n; column++) sum -= matrix[row * n + column] * right[column * 3 + k];
      right[row * 3 + k] = sum / matrix[row * n + row];
    }
  }
  return right;
}

function swapRows(values: Float64Array, width: number, a: number, b: number): void {
  if (a === b) return;
  for (let k = 0; k < width; k++) {
    const kept = values[a * width + k];
    values[a * width + k] = values[b * width + k];
    values[b * width + k] = kept;
  }
}
