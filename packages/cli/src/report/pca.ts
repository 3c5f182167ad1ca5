// Principal components of a few hundred vectors: power iteration from a fixed start, no randomness, signs fixed.

export interface Projection {
  /** Coordinates on the first two components, one pair a row. */
  readonly points: readonly (readonly [number, number])[];
  /** Share of the variance along each of the two, in [0, 1]. */
  readonly explained: readonly [number, number];
}

const maxIterations = 1000;
const tolerance = 1e-12;

const dot = (a: Float64Array, b: Float64Array): number => {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i];
  return sum;
};

/**
 * rows [n, d] -> n pairs. The sign of a component is such that its largest loading (the first of equals) is positive.
 * A direction without variance gives zeros. All rows must be finite and of one length.
 */
export const projectToPlane = (rows: readonly (readonly number[])[]): Projection => {
  const width = rows[0]?.length ?? 0;
  const center = new Float64Array(width);
  for (const row of rows) for (let j = 0; j < width; j++) center[j] += row[j] / rows.length;
  const centered = rows.map((row) => Float64Array.from(row, (v, j) => v - center[j]));
  const total = centered.reduce((sum, row) => sum + dot(row, row), 0);

  const found: Float64Array[] = [];
  for (let k = 0; k < 2; k++) found.push(strongest(centered, found, total));
  const [first, second] = principalAxes(centered, found[0], found[1]);
  const points = centered.map((row) => [dot(row, first), dot(row, second)] as const);
  const share = (axis: 0 | 1): number => (total > 0 ? points.reduce((sum, p) => sum + p[axis] ** 2, 0) / total : 0);
  return { points, explained: [share(0), share(1)] };
};

/**
 * The two axes inside the plane of u and v, the stronger one first: where two variances are close, power iteration stops
 * between their axes. tan 2θ = 2 Σab / (Σa² - Σb²) for the coordinates a, b.
 */
const principalAxes = (rows: readonly Float64Array[], u: Float64Array, v: Float64Array): readonly Float64Array[] => {
  let [aa, ab, bb] = [0, 0, 0];
  for (const row of rows) {
    const [a, b] = [dot(row, u), dot(row, v)];
    aa += a * a;
    ab += a * b;
    bb += b * b;
  }
  const angle = Math.atan2(2 * ab, aa - bb) / 2;
  const [c, s] = [Math.cos(angle), Math.sin(angle)];
  return [u.map((x, j) => c * x + s * v[j]), u.map((x, j) => c * v[j] - s * x)].map(withSign);
};

const withSign = (v: Float64Array): Float64Array => {
  let largest = 0;
  for (let j = 1; j < v.length; j++) if (Math.abs(v[j]) > Math.abs(v[largest]) * (1 + 1e-9)) largest = j;
  return v[largest] < 0 ? v.map((x) => -x) : v;
};

/** v <- X^T X v / |X^T X v|, kept orthogonal to the directions already found. */
const strongest = (rows: readonly Float64Array[], found: readonly Float64Array[], total: number): Float64Array => {
  const width = rows[0]?.length ?? 0;
  const none = new Float64Array(width);
  let v = start(rows, found);
  if (!normalise(v, found, 1e-12 * Math.sqrt(total))) return none;
  for (let i = 0; i < maxIterations; i++) {
    const next = new Float64Array(width);
    for (const row of rows) {
      const along = dot(row, v);
      for (let j = 0; j < width; j++) next[j] += along * row[j];
    }
    if (!normalise(next, found, 1e-12 * total)) return none;
    const change = 1 - Math.abs(dot(next, v));
    v = next;
    if (change < tolerance) break;
  }
  return v;
};

/** The row that is longest outside the directions found: never orthogonal to what is left, unless nothing is. */
const start = (rows: readonly Float64Array[], found: readonly Float64Array[]): Float64Array => {
  let best = new Float64Array(rows[0]?.length ?? 0);
  let length = 0;
  for (const row of rows) {
    const rest = Float64Array.from(row);
    for (const u of found) subtract(rest, u);
    const size = dot(rest, rest);
    if (size > length) [best, length] = [rest, size];
  }
  return best;
};

const subtract = (v: Float64Array, unit: Float64Array): void => {
  const along = dot(v, unit);
  for (let j = 0; j < v.length; j++) v[j] -= along * unit[j];
};

/** Orthogonal to `found` and of length 1; false if `v` is shorter than `least`. */
const normalise = (v: Float64Array, found: readonly Float64Array[], least: number): boolean => {
  for (const u of found) subtract(v, u);
  const size = Math.sqrt(dot(v, v));
  if (!(size > least)) return false;
  for (let j = 0; j < v.length; j++) v[j] /= size;
  return true;
};
