import type { RawPoints } from '@omnigrad/data';
import type { ReconstructionMask } from '@omnigrad/nn';
import { rngKey } from '@omnigrad/tensor';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  farthestPoints,
  nearestPoints,
  type PointCloudArrays,
  type PointCloudConfig,
  PointCloudTokenizer,
  pointCloudDefaults,
} from '../src/index.ts';
import { describeContract, make, onReferenceBackend, readTokens, width } from './contract.ts';

const cloud = (seed: number, count = 200, features = 0): RawPoints => {
  const wave = (i: number): number => Math.sin(12.9898 * (i + 1) + 78.233 * seed) * 43758.5453;
  const uniform = (i: number): number => wave(i) - Math.floor(wave(i));
  return {
    positions: Float32Array.from({ length: 3 * count }, (_, i) => 4 * uniform(i) + seed),
    count,
    features: features === 0 ? null : Float32Array.from({ length: features * count }, (_, i) => uniform(i + 9999)),
  };
};
const small: PointCloudConfig = {
  ...pointCloudDefaults,
  points: 64,
  groups: 8,
  groupSize: 8,
  hidden: 4,
  positionHidden: 6,
};

/** Other points in the hidden groups, the centres as they are: those are shown. */
const disturb = (arrays: PointCloudArrays, mask: ReconstructionMask): PointCloudArrays => {
  const groups = arrays.groups.slice();
  const [G, size] = [small.groups, groups.length / (arrays.batch * small.groups)];
  const count = mask.hidden.length / mask.batch;
  mask.hidden.forEach((group, i) => {
    const start = (Math.floor(i / count) * G + group) * size;
    for (let j = 0; j < size; j++) groups[start + j] += 0.1 + 0.01 * j;
  });
  return { ...arrays, groups };
};

for (const [name, change] of [
  ['point cloud', {}],
  ['point cloud, replaced', { mask: { kind: 'random', ratio: 0.6, method: 'replace' } }],
  ['point cloud, block', { mask: { kind: 'block', ratio: 0.6, method: 'drop' } }],
  ['point cloud, colours', { features: 3 }],
] as const satisfies readonly (readonly [string, Partial<PointCloudConfig>])[]) {
  const config: PointCloudConfig = { ...small, ...change };
  describeContract(name, {
    make: (s) => new PointCloudTokenizer(s, config, width),
    raws: [1, 2, 3, 4].map((seed) => cloud(seed, 200, config.features)),
    hiddenCount: 5,
    disturb,
    targetIsClean: (arrays, { mask, target, places }) => {
      if (target.kind !== 'points') throw new Error('expected points');
      const [G, K, P] = [config.groups, config.groupSize, 3 + config.features];
      expect(target.points).toBe(K);
      expect([...(places ?? [])]).toEqual([...arrays.centres]);
      mask.hidden.forEach((group, i) => {
        for (let k = 0; k < K; k++) {
          const from = ((Math.floor(i / 5) * G + group) * K + k) * P;
          expect([...target.values.subarray((i * K + k) * 3, (i * K + k + 1) * 3)]).toEqual([
            ...arrays.groups.subarray(from, from + 3),
          ]);
        }
      });
    },
  });
}

describe('farthest points and neighbours', () => {
  // corners of a square, its middle, and a corner twice
  const square = [0, 0, 0, 1, 0, 0, 1, 1, 0, 0, 1, 0, 0.5, 0.5, 0, 1, 1, 0];

  test('spread out, ties to the lower index, no point twice', () => {
    expect([...farthestPoints(square, 6, 6)]).toEqual([0, 2, 1, 3, 4, 5]);
    expect([...farthestPoints(square, 6, 2)]).toEqual([0, 2]);
  });

  test('neighbours by distance, the centre first even among equals', () => {
    expect([...nearestPoints(square, 6, 5, 4)]).toEqual([5, 2, 4, 1]);
    expect([...nearestPoints(square, 6, 4, 6)]).toEqual([4, 0, 1, 2, 3, 5]);
  });

  test('each next point is as far from the chosen as any that is left', () => {
    const coordinate = fc.integer({ min: -20, max: 20 });
    fc.assert(
      fc.property(fc.array(fc.tuple(coordinate, coordinate, coordinate), { minLength: 1, maxLength: 30 }), (points) => {
        const order = [...farthestPoints(points.flat(), points.length, points.length)];
        expect(order.toSorted((a, b) => a - b)).toEqual(points.map((_, i) => i));
        const away = (i: number, chosen: readonly number[]): number =>
          Math.min(...chosen.map((j) => points[i].reduce((s, x, c) => s + (x - points[j][c]) ** 2, 0)));
        for (let k = 1; k < order.length; k++) {
          const [chosen, left] = [order.slice(0, k), order.slice(k)];
          expect(away(order[k], chosen)).toBe(Math.max(...left.map((i) => away(i, chosen))));
        }
      }),
      { numRuns: 30 },
    );
  });
});

describe('point cloud numbers', () => {
  onReferenceBackend();

  test('the cloud is moved and scaled into the unit sphere: neither place nor size of the whole counts', () => {
    const { tokenizer } = make((s) => new PointCloudTokenizer(s, small, width));
    const raw = cloud(1);
    const moved = { ...raw, positions: raw.positions.map((x, i) => 4 * x + 8 * (i % 3)) };
    const [a, b] = [raw, moved].map((one) => tokenizer.preprocess(one));
    a.groups.forEach((x, i) => {
      expect(b.groups[i]).toBeCloseTo(x, 4);
    });
    const radii = Array.from({ length: 8 }, (_, g) => Math.hypot(...a.centres.subarray(3 * g, 3 * g + 3)));
    expect(Math.max(...radii)).toBeLessThanOrEqual(1 + 1e-6);
    // the first point of each group is its centre
    for (let g = 0; g < 8; g++) expect([...a.groups.subarray(g * 24, g * 24 + 3)]).toEqual([0, 0, 0]);
  });

  test('the order of the points of a group does not reach its token', () => {
    const { tokenizer, arena } = make((s) => new PointCloudTokenizer(s, small, width));
    const arrays = tokenizer.collate([tokenizer.preprocess(cloud(1))]);
    const turned = arrays.groups.slice();
    for (let g = 0; g < 8; g++) {
      for (let k = 0; k < 8; k++) {
        turned.set(arrays.groups.subarray((g * 8 + k) * 3, (g * 8 + k) * 3 + 3), (g * 8 + 7 - k) * 3);
      }
    }
    expect(readTokens(tokenizer, { ...arrays, groups: turned }).values).toEqual(readTokens(tokenizer, arrays).values);
    arena.dispose();
  });

  test('a block is a group and those around it', () => {
    const config: PointCloudConfig = { ...small, mask: { kind: 'block', ratio: 0.5, method: 'drop' } };
    const { tokenizer } = make((s) => new PointCloudTokenizer(s, config, width));
    const arrays = tokenizer.collate([tokenizer.preprocess(cloud(1))]);
    const { mask } = tokenizer.mask(arrays, rngKey(5));
    const hidden = [...mask.hidden];
    const isBlock = (seed: number): boolean =>
      hidden.join() === [...nearestPoints(arrays.centres, 8, seed, 4)].sort((x, y) => x - y).join();
    expect(hidden.some(isBlock)).toBe(true);
  });

  test('points at one place are a cloud too, and finite', () => {
    const { tokenizer, arena } = make((s) => new PointCloudTokenizer(s, small, width));
    const raw: RawPoints = { positions: new Float32Array(3 * 64).fill(7), count: 64, features: null };
    const { values } = readTokens(tokenizer, tokenizer.collate([tokenizer.preprocess(raw)]));
    expect(values.every(Number.isFinite)).toBe(true);
    arena.dispose();
  });

  test('what is no cloud is refused in one line', () => {
    const { tokenizer } = make((s) => new PointCloudTokenizer(s, small, width));
    const raw = cloud(1, 64);
    const error = (change: Partial<RawPoints>) => () => tokenizer.preprocess({ ...raw, ...change }, 'a');
    expect(error({ positions: new Float32Array(0), count: 0 })).toThrow(
      'PointCloudTokenizer: sample "a": expected at least 64 points, came 0; sample the surface more densely or change the config',
    );
    expect(error({ count: 65 })).toThrow(
      'PointCloudTokenizer: sample "a": expected 65 points of 3 coordinates and 0 features, came 192 coordinates and 0 features; give one row a point, or change the config',
    );
    const positions = raw.positions.slice();
    positions[100] = Number.POSITIVE_INFINITY;
    expect(error({ positions })).toThrow(
      'PointCloudTokenizer: sample "a": expected a finite number at point 33, coordinate y, came Infinity; clean the data before tokenizing',
    );
    const build = (change: Partial<PointCloudConfig>) => () =>
      make((s) => new PointCloudTokenizer(s, { ...small, ...change }, width));
    expect(build({ groups: 65 })).toThrow(
      'PointCloudTokenizer: 65 groups of 8 want at least as many points each, came 64; take more points or fewer groups',
    );
    expect(build({ groupSize: 0 })).toThrow('PointCloudTokenizer: groupSize must be a whole number from 1 on, came 0');
    expect(build({ features: -1 })).toThrow('PointCloudTokenizer: features must be a whole number from 0 on, came -1');
  });
});
