// Features of groups for each point of a cloud, by the inverse squared distances to the nearest centres (Qi et al. 2017, PointNet++).
// Host work, in float64 and with ties to the lower index: the same numbers on every machine.

import { ArgumentError } from '@omnigrad/tensor';

/** Centres that a point takes its features from. */
export const neighbours = 3;

/** Keeps a centre at a point from an infinite weight, as in PointNet++. */
const eps = 1e-8;

export interface Interpolation {
  /** [points, 3] */
  readonly positions: Float32Array;
  /** [points, 3]: the nearest centres, nearest first. With fewer than three centres the last one is repeated, with weight 0. */
  readonly indices: Int32Array;
  /** [points, 3]: 1 together. */
  readonly weights: Float32Array;
}

/**
 * For each of `positions` [n, 3] its three nearest of `centres` [groups, 3] and w_i = (1 / (d_i² + 1e-8)) / Σ. Filled up with zeros to
 * `points` rows. Throws ArgumentError for no centre, for more than `points` positions, and for numbers that are not finite.
 */
export const interpolate = (
  positions: ArrayLike<number>,
  centres: ArrayLike<number>,
  points = positions.length / 3,
): Interpolation => {
  const op = 'interpolate';
  const [n, groups] = [positions.length / 3, centres.length / 3];
  if (!Number.isInteger(n) || !Number.isInteger(groups) || groups === 0 || n > points) {
    throw new ArgumentError(
      op,
      `expected at most ${points} positions [n, 3] and centres [groups, 3], came ${positions.length} and ${centres.length} numbers`,
    );
  }
  for (const [name, values] of [['positions', positions] as const, ['centres', centres] as const]) {
    for (let i = 0; i < values.length; i++) {
      if (!Number.isFinite(values[i])) throw new ArgumentError(op, `${name}[${i}] is ${values[i]}; it must be finite`);
    }
  }
  const out: Interpolation = {
    positions: new Float32Array(3 * points),
    indices: new Int32Array(neighbours * points),
    weights: new Float32Array(neighbours * points),
  };
  out.positions.set(positions);
  const found = new Int32Array(neighbours);
  const squared = new Float64Array(neighbours);
  for (let p = 0; p < n; p++) {
    squared.fill(Infinity);
    found.fill(0);
    for (let g = 0; g < groups; g++) {
      let d = 0;
      for (let c = 0; c < 3; c++) d += (positions[3 * p + c] - centres[3 * g + c]) ** 2;
      let place = neighbours;
      while (place > 0 && d < squared[place - 1]) place--;
      for (let k = neighbours - 1; k > place; k--) {
        squared[k] = squared[k - 1];
        found[k] = found[k - 1];
      }
      if (place === neighbours) continue;
      squared[place] = d;
      found[place] = g;
    }
    let total = 0;
    // 1 / Infinity is 0: what was not found has no weight
    for (let k = 0; k < neighbours; k++) total += 1 / (squared[k] + eps);
    for (let k = 0; k < neighbours; k++) {
      out.indices[neighbours * p + k] = found[k];
      out.weights[neighbours * p + k] = 1 / (squared[k] + eps) / total;
    }
  }
  return out;
};

/** Batches of `interpolate`: [B, points, 3] each. */
export const collateInterpolations = (samples: readonly Interpolation[]): Interpolation => {
  const joined = <A extends Float32Array | Int32Array>(out: A, parts: readonly A[]): A => {
    parts.forEach((part, b) => {
      if (part.length * parts.length !== out.length) {
        throw new ArgumentError('collateInterpolations', `sample ${b} of the batch has another number of points`);
      }
      out.set(part, b * part.length);
    });
    return out;
  };
  const size = samples.reduce((total, { weights }) => total + weights.length, 0);
  return {
    positions: joined(
      new Float32Array(size),
      samples.map((s) => s.positions),
    ),
    indices: joined(
      new Int32Array(size),
      samples.map((s) => s.indices),
    ),
    weights: joined(
      new Float32Array(size),
      samples.map((s) => s.weights),
    ),
  };
};
