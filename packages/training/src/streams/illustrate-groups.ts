// Clouds for pictures: the points of all groups, those of hidden ones left out or as they were predicted.

import type { ReconstructionMask } from '@omnigrad/nn';
import type { PointCloudArrays, PointCloudConfig } from '@omnigrad/tokenizers';
import { type IllustratedItem, rounded } from './illustrate.ts';

/**
 * predictions [B, Th, 3 · groupSize] at mask.hidden -> one item a sample of [groups · groupSize, 3], in the unit sphere. A point that
 * lies in several groups is there as often.
 */
export const illustrateGroups = (
  { groups, centres }: Pick<PointCloudArrays, 'groups' | 'centres'>,
  mask: ReconstructionMask,
  predictions: Float32Array,
  { groups: G, groupSize: K, features }: Pick<PointCloudConfig, 'groups' | 'groupSize' | 'features'>,
): IllustratedItem[] => {
  const each = mask.hidden.length / mask.batch;
  return Array.from({ length: mask.batch }, (_, b) => {
    const hidden = mask.hidden.subarray(b * each, (b + 1) * each);
    /** Coordinate i % 3 of point floor(i / 3), from the numbers of its group. */
    const around = (i: number, relative: number): number =>
      rounded(centres[3 * (b * G + Math.floor(i / (3 * K))) + (i % 3)] + relative);
    const places = Array.from({ length: 3 * G * K }, (_p, i) => i);
    const original = places.map((i) => around(i, groups[(b * G * K + Math.floor(i / 3)) * (3 + features) + (i % 3)]));
    const order = places.map((i) => hidden.indexOf(Math.floor(i / (3 * K))));
    return {
      original,
      masked: original.map((x, i) => (order[i] < 0 ? x : null)),
      reconstructed: original.map((x, i) =>
        order[i] < 0 ? x : around(i, predictions[(b * each + order[i]) * 3 * K + (i % (3 * K))]),
      ),
    };
  });
};
