// The fifteen corruptions of ModelNet40-C (Sun et al. 2022) with their five severities, as functions of points, severity and
// key. Written from the published numbers; the random bits are this project's, so the points are others than the published
// ones. Points are expected as ModelNet40 gives them, within about -1 to 1, y up.

import { DataError } from '../errors.ts';
import { hashCounter } from '../sampling/hash.ts';
import { type Seed, shuffledIndices } from '../sampling/shuffle.ts';
import { deformByControls, deformByRadialBasis } from './point-deformations.ts';
import { lidarRows, visibleFrom } from './point-views.ts';

/** As their files are called: distortion is the free-form one, density the decrease. */
export const pointCorruptions = [
  'rotation',
  'shear',
  'distortion',
  'distortion_rbf',
  'distortion_rbf_inv',
  'uniform',
  'gaussian',
  'impulse',
  'upsampling',
  'background',
  'density_inc',
  'density',
  'cutout',
  'occlusion',
  'lidar',
] as const;
export type PointCorruption = (typeof pointCorruptions)[number];

export const severities = [1, 2, 3, 4, 5] as const;
export type Severity = (typeof severities)[number];

/** Numbers in order from a key; each corruption draws what it needs. */
class Draws {
  readonly #seed: Seed;
  #at = 0;

  constructor(seed: Seed) {
    this.#seed = seed;
  }

  /** In [0, 1) */
  uniform(): number {
    return hashCounter(this.#seed, this.#at++) / 2 ** 32;
  }
  between(low: number, high: number): number {
    return low + (high - low) * this.uniform();
  }
  /** 0 to count - 1 */
  below(count: number): number {
    return Math.floor(this.uniform() * count);
  }
  sign(): number {
    return this.uniform() < 0.5 ? -1 : 1;
  }
  /** Box and Muller's. */
  normal(): number {
    return Math.sqrt(-2 * Math.log(1 - this.uniform())) * Math.cos(2 * Math.PI * this.uniform());
  }
  /** `count` of 0 to length - 1, none twice. */
  some(length: number, count: number): Int32Array {
    return shuffledIndices(length, [this.#seed[0], hashCounter(this.#seed, this.#at++)]).slice(0, count);
  }
}

type Corrupt = (points: Float32Array, step: number, draws: Draws) => Float32Array;

/** As rows times a matrix, `p M`. */
function times(points: Float32Array, m: readonly (readonly number[])[]): Float32Array {
  const out = new Float32Array(points.length);
  for (let at = 0; at < points.length; at += 3) {
    for (let axis = 0; axis < 3; axis++) {
      out[at + axis] = points[at] * m[0][axis] + points[at + 1] * m[1][axis] + points[at + 2] * m[2][axis];
    }
  }
  return out;
}

/** Centred by its box, the longest side of which becomes 2. */
export function fitBox(points: Float32Array): Float32Array {
  const least = [Infinity, Infinity, Infinity];
  const most = [-Infinity, -Infinity, -Infinity];
  for (let at = 0; at < points.length; at++) {
    least[at % 3] = Math.min(least[at % 3], points[at]);
    most[at % 3] = Math.max(most[at % 3], points[at]);
  }
  const longest = Math.max(...most.map((value, axis) => value - least[axis]));
  const scale = longest > 0 ? 2 / longest : 1;
  return points.map((value, at) => (value - (most[at % 3] + least[at % 3]) / 2) * scale);
}

const joined = (...parts: readonly Float32Array[]): Float32Array => {
  const out = new Float32Array(parts.reduce((total, part) => total + part.length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
};

const rows = (points: Float32Array, chosen: Iterable<number>): Float32Array =>
  Float32Array.from([...chosen].flatMap((row) => [points[row * 3], points[row * 3 + 1], points[row * 3 + 2]]));

/** The `count` points nearest to point `centre`, itself first; equally far ones in their order. */
function nearest(points: Float32Array, centre: number, count: number): Int32Array {
  const distances = new Float64Array(points.length / 3);
  for (let row = 0; row < distances.length; row++) {
    const x = points[row * 3] - points[centre * 3];
    const y = points[row * 3 + 1] - points[centre * 3 + 1];
    const z = points[row * 3 + 2] - points[centre * 3 + 2];
    distances[row] = x * x + y * y + z * z;
  }
  const order = Int32Array.from(distances.keys()).sort((a, b) => distances[a] - distances[b] || a - b);
  return order.slice(0, count);
}

const without = (points: Float32Array, dropped: Iterable<number>): Float32Array => {
  const gone = new Set(dropped);
  return points.filter((_, at) => !gone.has(Math.floor(at / 3)));
};

/** Rounded down as N // divisor is. */
const share = (points: Float32Array, divisor: number): number => Math.floor(points.length / 3 / divisor);

const rotation: Corrupt = (points, step, draws) => {
  const degrees = [2.5, 5, 7.5, 10, 15][step];
  const angle = (): number => (draws.between(degrees - 2.5, degrees + 2.5) * draws.sign() * Math.PI) / 180;
  const [a, b, c] = [angle(), angle(), angle()].map((radians) => [Math.cos(radians), Math.sin(radians)]);
  const aboutX = [
    [1, 0, 0],
    [0, a[0], -a[1]],
    [0, a[1], a[0]],
  ];
  const aboutY = [
    [b[0], 0, b[1]],
    [0, 1, 0],
    [-b[1], 0, b[0]],
  ];
  const aboutZ = [
    [c[0], -c[1], 0],
    [c[1], c[0], 0],
    [0, 0, 1],
  ];
  return fitBox(times(times(times(points, aboutX), aboutY), aboutZ));
};

const shear: Corrupt = (points, step, draws) => {
  const amount = [0.05, 0.1, 0.15, 0.2, 0.25][step];
  const [b, d, e, f] = Array.from({ length: 4 }, () => draws.between(amount - 0.05, amount + 0.05) * draws.sign());
  return fitBox(
    times(points, [
      [1, 0, b],
      [d, 1, e],
      [f, 0, 1],
    ]),
  );
};

const distortion: Corrupt = (points, step, draws) => {
  const most = [0.1, 0.2, 0.3, 0.4, 0.5][step];
  return fitBox(deformByControls(points, () => draws.between(-most, most)));
};

const radial =
  (kind: 'multiquadric' | 'inverse'): Corrupt =>
  (points, step, draws) => {
    const length = [0.025, 0.05, 0.075, 0.1, 0.125][step];
    const direction = (): readonly [number, number, number] => {
      const [alpha, gamma] = [draws.between(-Math.PI, Math.PI), draws.between(-Math.PI, Math.PI)];
      return [
        length * Math.cos(alpha) * Math.sin(gamma),
        length * Math.sin(alpha) * Math.sin(gamma),
        length * Math.cos(gamma),
      ];
    };
    return fitBox(deformByRadialBasis(points, kind, direction));
  };

const uniform: Corrupt = (points, step, draws) => {
  const most = [0.01, 0.02, 0.03, 0.04, 0.05][step];
  return fitBox(points.map((value) => value + draws.between(-most, most)));
};

const gaussian: Corrupt = (points, step, draws) => {
  const deviation = [0.01, 0.015, 0.02, 0.025, 0.03][step];
  return points.map((value) => Math.min(1, Math.max(-1, value + deviation * draws.normal())));
};

const impulse: Corrupt = (points, step, draws) => {
  const moved = draws.some(points.length / 3, share(points, [30, 25, 20, 15, 10][step]));
  const out = points.slice();
  for (const row of moved) for (let axis = 0; axis < 3; axis++) out[row * 3 + axis] += 0.1 * draws.sign();
  return fitBox(out);
};

const upsampling: Corrupt = (points, step, draws) => {
  const chosen = draws.some(points.length / 3, share(points, [5, 4, 3, 2, 1][step]));
  return fitBox(
    joined(
      points,
      rows(points, chosen).map((value) => value + draws.between(-0.05, 0.05)),
    ),
  );
};

const background: Corrupt = (points, step, draws) => {
  const count = share(points, [45, 40, 35, 30, 20][step]);
  return fitBox(
    joined(
      points,
      Float32Array.from({ length: count * 3 }, () => draws.between(-1, 1)),
    ),
  );
};

const clusterSize = 100;

const densityIncrease: Corrupt = (points, step, draws) => {
  const wanted = points.length / 6;
  const parts: Float32Array[] = [];
  let rest = points;
  for (let cluster = 0; cluster <= step; cluster++) {
    const chosen = nearest(rest, draws.below(rest.length / 3), clusterSize);
    parts.push(rows(rest, chosen));
    rest = without(rest, chosen);
  }
  const left = Math.floor(wanted) - parts.length * clusterSize;
  const drawn = Array.from({ length: left }, () => draws.below(rest.length / 3));
  return joined(...parts, rows(rest, drawn));
};

const densityDecrease: Corrupt = (points, step, draws) => {
  let rest = points;
  for (let cluster = 0; cluster <= step; cluster++) {
    const chosen = nearest(rest, draws.below(rest.length / 3), clusterSize);
    const dropped = draws.some(clusterSize, (3 * clusterSize) / 4);
    rest = without(
      rest,
      Array.from(dropped, (at) => chosen[at]),
    );
  }
  return rest;
};

const cutout: Corrupt = (points, step, draws) => {
  let rest = points;
  for (let hole = 0; hole < [2, 3, 5, 7, 10][step]; hole++) {
    rest = without(rest, nearest(rest, draws.below(rest.length / 3), 30));
  }
  return rest;
};

/** Around the object at a fifth of a turn for each severity, give or take a tenth. */
const azimuth = (step: number, draws: Draws): number =>
  (2 * Math.PI * (step + 1)) / 5 + draws.between(-Math.PI / 5, Math.PI / 5);

const drawn = (points: Float32Array, count: number, draws: Draws): Float32Array =>
  rows(
    points,
    Array.from({ length: count }, () => draws.below(points.length / 3)),
  );

const occlusion: Corrupt = (points, step, draws) => {
  const tilt = draws.between((2 / 3) * Math.PI, (5 / 6) * Math.PI);
  const seen = visibleFrom(points, 3, tilt, azimuth(step, draws));
  return fitBox(drawn(rows(points, seen.visible), points.length / 3, draws));
};

const lidar: Corrupt = (points, step, draws) => {
  const { visible, eye } = visibleFrom(points, 5, (5 / 8) * Math.PI, azimuth(step, draws));
  return drawn(lidarRows(rows(points, visible), eye), share(points, 4 / 3), draws);
};

const corruptions: Readonly<Record<PointCorruption, Corrupt>> = {
  rotation,
  shear,
  distortion,
  distortion_rbf: radial('multiquadric'),
  distortion_rbf_inv: radial('inverse'),
  uniform,
  gaussian,
  impulse,
  upsampling,
  background,
  density_inc: densityIncrease,
  density: densityDecrease,
  cutout,
  occlusion,
  lidar,
};

/** Of published corruptions: density_inc begins with twice the points of the others. */
const leastPoints: Readonly<Partial<Record<PointCorruption, number>>> = {
  density_inc: 1200,
  density: 600,
  cutout: 400,
};

/**
 * `points` `[count, 3]` under one of the corruptions; the input stays. Equal arguments give equal bytes. The count stays but for
 * upsampling and background (more), cutout and density (fewer), lidar (3/4), and density_inc, which makes N of 2 N.
 *
 * Simplified, because the published program renders meshes: in occlusion and lidar a point is seen unless another one lies
 * before it along the ray, within the spacing of the points; no surface closes the gaps between them. Distances, tilt and
 * directions of the eye, the 1 degree rows of the lidar of which the middle half is kept, and the counts are the published ones.
 *
 * @param severity 1 to 5; in occlusion and lidar the direction of view
 * @throws {DataError} out-of-range: too few points, another severity; bad-value: NaN
 */
export function corruptPoints(
  points: Float32Array,
  corruption: PointCorruption,
  severity: Severity,
  key: Seed,
): Float32Array {
  const fail = (code: 'out-of-range' | 'bad-value', expected: string, actual: string, fix: string): DataError =>
    new DataError({ code, source: 'point corruption', file: null, place: corruption, expected, actual, fix });
  const least = leastPoints[corruption] ?? 60;
  if (points.length % 3 !== 0 || points.length / 3 < least) {
    throw fail('out-of-range', `at least ${least} points of 3 numbers`, `${points.length} numbers`, 'draw more points');
  }
  if (!severities.includes(severity)) throw fail('out-of-range', 'a severity from 1 to 5', `${severity}`, 'choose one');
  const bad = points.findIndex((value) => !Number.isFinite(value));
  if (bad >= 0) throw fail('bad-value', `finite numbers in point ${Math.floor(bad / 3)}`, `${points[bad]}`, 'clean it');
  const draws = new Draws([key[0], hashCounter(key, pointCorruptions.indexOf(corruption) * 8 + severity)]);
  return corruptions[corruption](points, severity - 1, draws);
}
