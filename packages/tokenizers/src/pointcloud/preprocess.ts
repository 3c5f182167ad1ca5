// A cloud -> groups of neighbours around centres (Point-BERT), in the unit sphere.

import type { RawPoints } from '@omnigrad/data';
import { ArgumentError } from '@omnigrad/tensor';
import { checkFinite, sampleError } from '../shared/errors.ts';
import { type PointCloudConfig, pointCloudName } from './config.ts';
import { centroidOf, farthestPoints, nearestPoints } from './sampling.ts';

export interface PointCloudFeatures {
  /** [groups, groupSize, 3 + features]: coordinates relative to the centre of the group, then the features as they are. */
  readonly groups: Float32Array;
  /** [groups, 3] */
  readonly centres: Float32Array;
}

export interface PointCloudArrays {
  readonly batch: number;
  /** [B, groups, groupSize, 3 + features] */
  readonly groups: Float32Array;
  /** [B, groups, 3] */
  readonly centres: Float32Array;
}

/** Rows of [.., width] at `indices`. */
const rowsAt = (values: ArrayLike<number>, width: number, indices: Int32Array): Float64Array =>
  Float64Array.from(
    { length: indices.length * width },
    (_, i) => values[indices[Math.floor(i / width)] * width + (i % width)],
  );

/** Centred, and scaled so that the farthest point lies at distance 1; points at one place stay there. */
const inUnitSphere = (positions: Float64Array): Float64Array => {
  const count = positions.length / 3;
  const centre = centroidOf(positions, count);
  const centred = positions.map((x, i) => x - centre[i % 3]);
  let radius = 0;
  for (let i = 0; i < centred.length; i += 3)
    radius = Math.max(radius, Math.hypot(centred[i], centred[i + 1], centred[i + 2]));
  return radius === 0 ? centred : centred.map((x) => x / radius);
};

const checkCloud = (raw: RawPoints, config: PointCloudConfig, sample?: string): void => {
  const { positions, features, count } = raw;
  const width = config.features;
  if (positions.length !== 3 * count || (features?.length ?? 0) !== width * count) {
    throw sampleError(pointCloudName, sample, {
      expected: `${count} points of 3 coordinates and ${width} features`,
      came: `${positions.length} coordinates and ${features?.length ?? 0} features`,
      fix: 'give one row a point, or change the config',
    });
  }
  if (count < config.points) {
    throw sampleError(pointCloudName, sample, {
      expected: `at least ${config.points} points`,
      came: `${count}`,
      fix: 'sample the surface more densely or change the config',
    });
  }
  checkFinite(pointCloudName, sample, positions, (i) => `point ${Math.floor(i / 3)}, coordinate ${'xyz'[i % 3]}`);
  if (features !== null)
    checkFinite(pointCloudName, sample, features, (i) => `point ${Math.floor(i / width)}, feature ${i % width}`);
};

export const preprocessPoints = (raw: RawPoints, config: PointCloudConfig, sample?: string): PointCloudFeatures => {
  checkCloud(raw, config, sample);
  const { points, groups: G, groupSize: K, features: F } = config;
  const kept = farthestPoints(raw.positions, raw.count, points);
  const positions = inUnitSphere(rowsAt(raw.positions, 3, kept));
  const features = raw.features === null ? null : rowsAt(raw.features, F, kept);
  const centres = farthestPoints(positions, points, G);
  const groups = new Float32Array(G * K * (3 + F));
  centres.forEach((centre, g) => {
    nearestPoints(positions, points, centre, K).forEach((point, k) => {
      const at = (g * K + k) * (3 + F);
      for (let c = 0; c < 3; c++) groups[at + c] = positions[3 * point + c] - positions[3 * centre + c];
      for (let f = 0; features !== null && f < F; f++) groups[at + 3 + f] = features[point * F + f];
    });
  });
  return { groups, centres: Float32Array.from(rowsAt(positions, 3, centres)) };
};

export const collateClouds = (clouds: readonly PointCloudFeatures[], config: PointCloudConfig): PointCloudArrays => {
  if (clouds.length === 0) throw new ArgumentError(pointCloudName, 'collate came without samples; pass at least one');
  const { groups: G, groupSize, features } = config;
  const size = G * groupSize * (3 + features);
  const batch = clouds.length;
  const groups = new Float32Array(batch * size);
  const centres = new Float32Array(batch * G * 3);
  clouds.forEach((cloud, b) => {
    if (cloud.groups.length !== size || cloud.centres.length !== 3 * G) {
      throw new ArgumentError(
        pointCloudName,
        `sample ${b} of the batch has ${cloud.groups.length} numbers, expected ${size}; preprocess it with this tokenizer`,
      );
    }
    groups.set(cloud.groups, b * size);
    centres.set(cloud.centres, b * G * 3);
  });
  return { batch, groups, centres };
};
