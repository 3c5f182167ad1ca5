// Which points stand for a cloud, and which lie around them. Ties go to the lower index, and all sums are in float64 in one order:
// the same points on every machine.

const squaredDistance = (positions: ArrayLike<number>, i: number, j: number): number => {
  const x = positions[3 * i] - positions[3 * j];
  const y = positions[3 * i + 1] - positions[3 * j + 1];
  const z = positions[3 * i + 2] - positions[3 * j + 2];
  return x * x + y * y + z * z;
};

/** The mean of positions [count, 3]. */
export const centroidOf = (positions: ArrayLike<number>, count: number): [number, number, number] => {
  const sums: [number, number, number] = [0, 0, 0];
  for (let i = 0; i < 3 * count; i++) sums[i % 3] += positions[i];
  return [sums[0] / count, sums[1] / count, sums[2] / count];
};

/**
 * Farthest-point sampling of `wanted` of `count` points [count, 3]: the point farthest from the centroid, then always the one that is
 * farthest from those chosen. Steps: count · wanted.
 */
export const farthestPoints = (positions: ArrayLike<number>, count: number, wanted: number): Int32Array => {
  const chosen = new Int32Array(wanted);
  const [x, y, z] = centroidOf(positions, count);
  const distances = new Float64Array(count);
  for (let i = 0; i < count; i++) {
    distances[i] = (positions[3 * i] - x) ** 2 + (positions[3 * i + 1] - y) ** 2 + (positions[3 * i + 2] - z) ** 2;
  }
  const taken = new Uint8Array(count);
  for (let k = 0; k < wanted; k++) {
    let next = -1;
    for (let i = 0; i < count; i++) {
      if (taken[i] === 0 && (next < 0 || distances[i] > distances[next])) next = i;
    }
    chosen[k] = next;
    taken[next] = 1;
    for (let i = 0; i < count; i++) {
      const d = squaredDistance(positions, i, next);
      // the first distances were those to the centroid
      if (k === 0 || d < distances[i]) distances[i] = d;
    }
  }
  return chosen;
};

/** The `wanted` points nearest to point `centre`, itself first, by distance. */
export const nearestPoints = (
  positions: ArrayLike<number>,
  count: number,
  centre: number,
  wanted: number,
): Int32Array => {
  const distances = Float64Array.from({ length: count }, (_, i) => squaredDistance(positions, i, centre));
  // of points at the same place the centre itself comes first
  distances[centre] = -1;
  const order = Int32Array.from({ length: count }, (_, i) => i);
  return order.sort((a, b) => distances[a] - distances[b] || a - b).slice(0, wanted);
};
