import { describe, expect, it } from 'vitest';
import {
  corruptPoints,
  fitBox,
  type PointCorruption,
  pointCorruptions,
  type Severity,
  severities,
} from '../src/published/point-corruptions.ts';
import { deformByRadialBasis, type RadialBasis } from '../src/published/point-deformations.ts';
import { eyeAt, lidarRows, visibleFrom } from '../src/published/point-views.ts';
import { hashCounter } from '../src/sampling/hash.ts';
import { errorOf } from './fixtures.ts';
import { golden } from './mutated.ts';

/** Points on a sphere of radius 1, evenly: Fibonacci's spiral, with a small dent so that no symmetry hides a mistake. */
const sphere = (count: number): Float32Array =>
  fitBox(
    Float32Array.from({ length: count * 3 }, (_, at) => {
      const k = Math.floor(at / 3);
      const z = 1 - (2 * k + 1) / count;
      const [radius, turn] = [Math.sqrt(1 - z * z), k * Math.PI * (3 - Math.sqrt(5))];
      return [radius * Math.cos(turn), z, radius * Math.sin(turn) * 0.8][at % 3];
    }),
  );
const cloud = sphere(1024);
const dense = sphere(2048);
const sourceOf = (corruption: PointCorruption): Float32Array => (corruption === 'density_inc' ? dense : cloud);

/** Mean distance of each point to the nearest of another cloud. */
function away(points: Float32Array, other: Float32Array): number {
  let total = 0;
  for (let a = 0; a < points.length; a += 3) {
    let least = Number.POSITIVE_INFINITY;
    for (let b = 0; b < other.length; b += 3) {
      const [x, y, z] = [points[a] - other[b], points[a + 1] - other[b + 1], points[a + 2] - other[b + 2]];
      least = Math.min(least, x * x + y * y + z * z);
    }
    total += Math.sqrt(least);
  }
  return total / (points.length / 3);
}

describe('corruptPoints', () => {
  it('has the published number of points', () => {
    const counts: Readonly<Partial<Record<PointCorruption, readonly number[]>>> = {
      upsampling: [1228, 1280, 1365, 1536, 2048],
      background: [1046, 1049, 1053, 1058, 1075],
      cutout: [964, 934, 874, 814, 724],
      density: [949, 874, 799, 724, 649],
      lidar: [768, 768, 768, 768, 768],
    };
    const countOf = (corruption: PointCorruption, severity: Severity): number =>
      corruptPoints(sourceOf(corruption), corruption, severity, [1, 2]).length / 3;
    for (const corruption of pointCorruptions) {
      const known = counts[corruption];
      if (known === undefined) expect([corruption, countOf(corruption, 2)]).toEqual([corruption, 1024]);
      else
        expect([corruption, severities.map((severity) => countOf(corruption, severity))]).toEqual([corruption, known]);
    }
  });

  it.each(pointCorruptions)('%s: the key decides every byte, and the input stays', (corruption) => {
    const source = sourceOf(corruption);
    const before = source.slice();
    const once = corruptPoints(source, corruption, 3, [5, 6]);
    expect(corruptPoints(source, corruption, 3, [5, 6])).toEqual(once);
    expect(source).toEqual(before);
    expect(once).not.toEqual(corruptPoints(source, corruption, 3, [5, 7]));
    expect(once).not.toEqual(corruptPoints(source, corruption, 4, [5, 6]).subarray(0, once.length));
    expect(once.every((value) => Number.isFinite(value) && Math.abs(value) < 1.2)).toBe(true);
  });

  it('moves points further the more severe it is', () => {
    for (const corruption of [
      'rotation',
      'shear',
      'distortion',
      'distortion_rbf',
      'distortion_rbf_inv',
      'uniform',
      'gaussian',
    ] as const) {
      const moves = severities.map((severity) => {
        let total = 0;
        for (let seed = 0; seed < 2; seed++) {
          const moved = corruptPoints(cloud, corruption, severity, [seed, 9]);
          for (let at = 0; at < cloud.length; at++) total += Math.abs(moved[at] - cloud[at]);
        }
        return total / (2 * cloud.length);
      });
      expect([corruption, moves.every((move, at) => at === 0 || move > moves[at - 1])]).toEqual([corruption, true]);
    }
  });

  it('keeps distances in a rotation, up to the scale of the box', () => {
    const turned = corruptPoints(cloud, 'rotation', 5, [1, 1]);
    const ratios = [1, 100, 500, 900].map((k) => {
      const length = (points: Float32Array): number =>
        Math.hypot(...[0, 1, 2].map((axis) => points[3 * k + axis] - points[axis]));
      return length(turned) / length(cloud);
    });
    expect(Math.max(...ratios) - Math.min(...ratios)).toBeLessThan(1e-5);
  });

  it('moves a fifteenth of the points by 0.1 on every axis in impulse 4', () => {
    const moved = corruptPoints(cloud, 'impulse', 4, [3, 3]);
    // The box grows a little, which moves all others by one scale and one shift: the medians.
    const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[values.length >> 1];
    const [from, to] = [cloud, moved].map((points) => Array.from({ length: 1024 }, (_, k) => points[3 * k]));
    const scale = median(from.slice(1).map((x, k) => (to[k + 1] - to[k]) / (x - from[k])));
    const shift = median(from.map((x, k) => to[k] - scale * x));
    const steps = from.map((x, k) => Math.abs(to[k] - scale * x - shift) / scale);
    expect(steps.filter((step) => Math.abs(step - 0.1) < 1e-4).length).toBe(68);
    expect(steps.filter((step) => step < 1e-4).length).toBe(1024 - 68);
  });

  it('has the published noise', () => {
    const jitter = corruptPoints(cloud, 'gaussian', 5, [8, 1]);
    const inner = [...cloud.keys()].filter((at) => Math.abs(cloud[at]) < 0.85);
    const squares = inner.reduce((sum, at) => sum + (jitter[at] - cloud[at]) ** 2, 0);
    expect(Math.sqrt(squares / inner.length)).toBeCloseTo(0.03, 2);
    expect(Math.max(...jitter.map(Math.abs))).toBeLessThanOrEqual(1);
    const even = corruptPoints(cloud, 'uniform', 2, [8, 1]);
    expect(Math.max(...even.map((value, at) => Math.abs(value - cloud[at])))).toBeLessThan(0.045);
  });

  it('drops or thins clusters, and adds none', () => {
    for (const corruption of ['cutout', 'density'] as const) {
      const rest = corruptPoints(cloud, corruption, 5, [2, 2]);
      expect(away(rest, cloud)).toBe(0);
    }
    const dense1 = corruptPoints(dense, 'density_inc', 1, [2, 2]);
    expect(away(dense1, dense)).toBe(0);
    // The cluster is whole: 100 points as near to their neighbours as in the dense cloud.
    const cluster = dense1.subarray(0, 300);
    const centre = [0, 1, 2].map((axis) => cluster.filter((_, at) => at % 3 === axis).reduce((a, b) => a + b, 0) / 100);
    const radius = Math.max(
      ...Array.from({ length: 100 }, (_, k) => Math.hypot(...centre.map((c, axis) => cluster[3 * k + axis] - c))),
    );
    expect(radius).toBeLessThan(0.6);
  });

  it('sees the near half of a sphere only, from each fifth of the way around', () => {
    for (const severity of severities) {
      const seen = corruptPoints(cloud, 'occlusion', severity, [4, 4]);
      const scan = corruptPoints(cloud, 'lidar', severity, [4, 4]);
      const rows = (points: Float32Array): number =>
        new Set(Array.from({ length: points.length / 3 }, (_, k) => points.slice(3 * k, 3 * k + 3).join())).size;
      expect(rows(seen)).toBeGreaterThan(200);
      expect(rows(seen)).toBeLessThan(700);
      expect(rows(scan)).toBeGreaterThan(80);
    }
    const eye = eyeAt(3, 2.2, 0.4);
    const { visible } = visibleFrom(cloud, 3, 2.2, 0.4);
    expect(Math.hypot(...eye)).toBeCloseTo(3, 10);
    // The eye stands above: y is up.
    expect(eye[1]).toBeGreaterThan(0);
    const towards = (k: number): number => eye.reduce((sum, e, axis) => sum + e * cloud[3 * k + axis], 0) / 3;
    const hidden = [...Array(1024).keys()].filter((k) => !visible.includes(k));
    const mean = (list: readonly number[]): number => list.reduce((sum, k) => sum + towards(k), 0) / list.length;
    expect(mean(visible)).toBeGreaterThan(0.4);
    expect(mean(hidden)).toBeLessThan(0);
  });

  it('puts the points of a lidar into rows of a degree', () => {
    const eye = eyeAt(5, (5 / 8) * Math.PI, 1);
    const scan = lidarRows(cloud, eye);
    const angles = Array.from({ length: scan.length / 3 }, (_, k) => {
      const [x, y, z] = [0, 1, 2].map((axis) => scan[3 * k + axis] - eye[axis]);
      return (Math.atan2(Math.hypot(x, z), y) * 180) / Math.PI;
    });
    const least = Math.min(...angles);
    expect(Math.max(...angles.map((angle) => Math.abs(angle - least - Math.round(angle - least))))).toBeLessThan(1e-3);
    expect(scan.length / 3).toBeGreaterThan(300);
  });

  it('follows its control points as scipy does', () => {
    const values = new Float64Array(golden('published/radial-basis.bin').buffer);
    // 125 x 3 moves, 20 x 3 points, then for each kind 20 x 3 places.
    const [moves, points] = [values.subarray(0, 375), Float32Array.from(values.subarray(375, 435))];
    for (const [at, kind] of (['multiquadric', 'inverse'] as const satisfies readonly RadialBasis[]).entries()) {
      let control = 0;
      const out = deformByRadialBasis(points, kind, () => {
        const [x, y, z] = moves.subarray(3 * control, 3 * control++ + 3);
        return [x, y, z];
      });
      const expected = values.subarray(435 + 60 * at, 495 + 60 * at);
      expect(Math.max(...out.map((value, k) => Math.abs(value - expected[k])))).toBeLessThan(1e-5);
    }
  });

  it('refuses what it cannot corrupt', () => {
    const message = (points: Float32Array, corruption: PointCorruption, severity: Severity = 1): string =>
      errorOf(() => corruptPoints(points, corruption, severity, [0, 0])).message;
    expect(message(cloud, 'density_inc')).toBe(
      'point corruption: density_inc: expected at least 1200 points of 3 numbers, got 3072 numbers; fix: draw more points',
    );
    expect(message(new Float32Array(4), 'shear')).toContain('expected at least 60 points of 3 numbers, got 4 numbers');
    const broken = cloud.slice();
    broken[5] = Number.NaN;
    expect(message(broken, 'shear')).toBe(
      'point corruption: shear: expected finite numbers in point 1, got NaN; fix: clean it',
    );
  });

  it('holds for any cloud', () => {
    for (let seed = 0; seed < 3; seed++) {
      const cloud = Float32Array.from({ length: 3 * 1250 }, (_, at) => hashCounter([seed, 1], at) / 2 ** 31 - 1);
      // A plane and a point: boxes without a side.
      const flat = cloud.map((value, at) => (at % 3 === 1 ? 0 : value));
      const one = new Float32Array(3 * 1250).fill(0.5);
      for (const points of [cloud, flat, one]) {
        for (const corruption of pointCorruptions) {
          if (points === one && corruption === 'occlusion') continue;
          const out = corruptPoints(points.subarray(0, corruption === 'density_inc' ? 3600 : 1800), corruption, 5, [
            seed,
            0,
          ]);
          expect(out.every((value) => Number.isFinite(value))).toBe(true);
        }
      }
    }
  });
});
