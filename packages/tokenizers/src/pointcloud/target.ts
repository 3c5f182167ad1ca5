// What must be predicted at a hidden group: its points relative to their centre, as a set (Point-MAE).

import type { ReconstructionMask } from '@omnigrad/nn';
import type { ReconstructionTarget } from '../contract.ts';
import type { PointCloudConfig } from './config.ts';
import type { PointCloudArrays } from './preprocess.ts';

export const pointCloudTarget = (
  { groups }: PointCloudArrays,
  mask: ReconstructionMask,
  { groups: G, groupSize: K, features: F }: PointCloudConfig,
): ReconstructionTarget => {
  const values = new Float32Array(mask.hidden.length * K * 3);
  const count = mask.hidden.length / mask.batch;
  mask.hidden.forEach((group, at) => {
    const first = (Math.floor(at / count) * G + group) * K;
    for (let k = 0; k < K; k++) {
      const from = (first + k) * (3 + F);
      values.set(groups.subarray(from, from + 3), (at * K + k) * 3);
    }
  });
  return { kind: 'points', values, points: K };
};
