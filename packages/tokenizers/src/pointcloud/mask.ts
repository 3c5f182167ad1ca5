// Groups hidden at random (Point-MAE), or as one block (Point-BERT).

import type { ReconstructionMask } from '@omnigrad/nn';
import { foldKey, type RngKey, randomBelow } from '@omnigrad/tensor';
import type { MaskedBatch } from '../contract.ts';
import { hiddenCount, maskOf, randomMask } from '../shared/draw-mask.ts';
import type { PointCloudConfig } from './config.ts';
import type { PointCloudArrays } from './preprocess.ts';
import { nearestPoints } from './sampling.ts';
import { pointCloudTarget } from './target.ts';

const drawMask = (
  { batch, centres }: PointCloudArrays,
  key: RngKey,
  { mask, groups: G }: PointCloudConfig,
): ReconstructionMask => {
  const count = hiddenCount(mask.ratio, G);
  if (mask.kind === 'random') return randomMask(key, batch, G, count);
  const samples = Array.from({ length: batch }, (_, b) =>
    nearestPoints(centres.subarray(3 * G * b, 3 * G * (b + 1)), G, randomBelow(foldKey(key, b), G), count),
  );
  return maskOf(samples, G);
};

export const maskClouds = (
  arrays: PointCloudArrays,
  key: RngKey,
  config: PointCloudConfig,
): MaskedBatch<PointCloudArrays> => {
  const mask = drawMask(arrays, key, config);
  // A copy: a captured step knows its inputs by identity, and forward() uploads the centres too.
  return { arrays, mask, target: pointCloudTarget(arrays, mask, config), order: null, places: arrays.centres.slice() };
};
