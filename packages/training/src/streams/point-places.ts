// Where all points of a cloud lie among the groups that the tokenizer made of it.

import type { RawPoints } from '@omnigrad/data';
import { type Interpolation, interpolate } from '@omnigrad/heads';
import { centroidOf, farthestPoints, type PointCloudConfig, type PointCloudFeatures } from '@omnigrad/tokenizers';

/**
 * Every point of a cloud, in its own order, in the coordinates of the tokenizer's centres: the sphere is that of the points which the tokenizer
 * keeps, so that others may lie a little outside. `points`: places of the head; a cloud may have fewer points.
 */
export const pointPlaces =
  (config: Pick<PointCloudConfig, 'points'>, points: number) =>
  ({ positions, count }: RawPoints, { centres }: PointCloudFeatures): Interpolation => {
    const kept = farthestPoints(positions, count, config.points);
    const own = Float64Array.from(
      { length: 3 * kept.length },
      (_, i) => positions[3 * kept[Math.floor(i / 3)] + (i % 3)],
    );
    const middle = centroidOf(own, kept.length);
    let radius = 0;
    for (let i = 0; i < own.length; i += 3) {
      radius = Math.max(radius, Math.hypot(own[i] - middle[0], own[i + 1] - middle[1], own[i + 2] - middle[2]));
    }
    const scale = radius === 0 ? 1 : 1 / radius;
    const moved = Float64Array.from({ length: 3 * count }, (_, i) => (positions[i] - middle[i % 3]) * scale);
    return interpolate(moved, centres, points);
  };
