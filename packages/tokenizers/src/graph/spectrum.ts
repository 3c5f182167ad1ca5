// Eigenvectors of the normalised Laplacian, in float64 by Jacobi's rotations: only sums, products, quotients and square roots, in one
// order, so that a graph has the same bytes on every machine.

/**
 * L [nodes, nodes] of edges [E, 2], whatever their direction: L_vv = 1, L_uv = -1 / sqrt(degree_u degree_v) for neighbours; the row of a
 * node without neighbours is 0. Edges from a node to itself do not count.
 */
export const normalisedLaplacian = (nodes: number, edges: ArrayLike<number>): Float64Array => {
  const near = new Uint8Array(nodes * nodes);
  for (let e = 0; e < edges.length; e += 2) {
    const [u, v] = [edges[e], edges[e + 1]];
    if (u === v) continue;
    near[u * nodes + v] = 1;
    near[v * nodes + u] = 1;
  }
  const degrees = new Float64Array(nodes);
  near.forEach((one, i) => {
    degrees[Math.floor(i / nodes)] += one;
  });
  return Float64Array.from(near, (one, i) => {
    const [u, v] = [Math.floor(i / nodes), i % nodes];
    if (u === v) return degrees[u] === 0 ? 0 : 1;
    return one === 0 ? 0 : -1 / Math.sqrt(degrees[u] * degrees[v]);
  });
};

export interface Spectrum {
  /** [n], ascending */
  readonly values: Float64Array;
  /** [n, n]: column j belongs to values[j] */
  readonly vectors: Float64Array;
}

/** Turns the n numbers from p on and the n from q on, `step` apart, by the angle of cosine c and sine s. */
const turn = (a: Float64Array, p: number, q: number, step: number, n: number, c: number, s: number): void => {
  for (let i = 0; i < n * step; i += step) {
    const x = a[p + i];
    const y = a[q + i];
    a[p + i] = c * x - s * y;
    a[q + i] = s * x + c * y;
  }
};

/**
 * All eigenvalues and orthonormal eigenvectors of a symmetric matrix [n, n], by cyclic Jacobi (Golub and Van Loan, 8.5): 6 to 10 sweeps of
 * about 9 n³ products, 0.2 s for 128 nodes and 1 s for 256 (2026-11-26, on two cores that others used too). A rotation makes one element 0, and from sweep to sweep what is off the diagonal shrinks quadratically.
 */
export const eigenOfSymmetric = (matrix: Float64Array, n: number): Spectrum => {
  const a = matrix.slice();
  // the eigenvectors as rows
  const rows = Float64Array.from({ length: n * n }, (_, i) => Number(i % (n + 1) === 0));
  const whole = a.reduce((total, x) => total + x * x, 0);
  const above = (): number => {
    let total = 0;
    for (let p = 0; p < n; p++) for (let q = p + 1; q < n; q++) total += a[p * n + q] * a[p * n + q];
    return total;
  };
  // to 1e-15 of the matrix; 60 sweeps are never needed and end the loop whatever the rounding
  for (let sweep = 0; sweep < 60 && above() > 1e-30 * whole; sweep++) {
    for (let p = 0; p < n; p++) {
      for (let q = p + 1; q < n; q++) {
        const apq = a[p * n + q];
        if (apq === 0) continue;
        // t: tangent of the smaller of the angles that make a_pq = 0
        const theta = (a[q * n + q] - a[p * n + p]) / (2 * apq);
        const t = (theta < 0 ? -1 : 1) / (Math.abs(theta) + Math.sqrt(theta * theta + 1));
        const c = 1 / Math.sqrt(t * t + 1);
        const s = t * c;
        turn(a, p * n, q * n, 1, n, c, s);
        turn(a, p, q, n, n, c, s);
        a[p * n + q] = 0;
        a[q * n + p] = 0;
        turn(rows, p * n, q * n, 1, n, c, s);
      }
    }
  }
  const order = Array.from({ length: n }, (_, j) => j).sort((i, j) => a[i * n + i] - a[j * n + j] || i - j);
  return {
    values: Float64Array.from(order, (j) => a[j * n + j]),
    vectors: Float64Array.from({ length: n * n }, (_, i) => rows[order[i % n] * n + Math.floor(i / n)]),
  };
};

/** Numbers below this count as 0 where a sign is decided. */
const nothing = 1e-9;

/**
 * The sign that an eigenvector is given: that of the sum of its cubes, which does not depend on how nodes are numbered; where the sum
 * is 0, as for a vector that a symmetry of the graph turns round, that of its first number that is not 0.
 */
const signOf = (vector: Float64Array): 1 | -1 => {
  const cubes = vector.reduce((total, x) => total + x * x * x, 0);
  const decides = Math.abs(cubes) > nothing ? cubes : (vector.find((x) => Math.abs(x) > nothing) ?? 1);
  return decides < 0 ? -1 : 1;
};

/**
 * Eigenvectors of the `count` smallest eigenvalues of the normalised Laplacian [nodes, count], the one of eigenvalue 0 among them; columns
 * beyond the number of nodes are 0. Of an eigenvalue that comes several times, the basis is the one that the rotations end with.
 */
export const laplacianVectors = (nodes: number, edges: ArrayLike<number>, count: number): Float64Array => {
  const { vectors } = eigenOfSymmetric(normalisedLaplacian(nodes, edges), nodes);
  const out = new Float64Array(nodes * count);
  for (let j = 0; j < Math.min(nodes, count); j++) {
    const vector = Float64Array.from({ length: nodes }, (_, v) => vectors[v * nodes + j]);
    const sign = signOf(vector);
    vector.forEach((x, v) => {
      out[v * count + j] = sign * x;
    });
  }
  return out;
};
