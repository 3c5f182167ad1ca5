// What a point cloud tokenizer must be told. Values the paper does not state are this project's own.

import { ArgumentError } from '@omnigrad/tensor';
import type { MaskMethod } from '../contract.ts';
import { checkMaskConfig } from '../shared/draw-mask.ts';

export interface PointMaskConfig {
  /** 'random': any groups; 'block': a group and those whose centres lie nearest to its own (Point-BERT). */
  readonly kind: 'random' | 'block';
  /** Share of the groups that is hidden, in (0, 1). */
  readonly ratio: number;
  readonly method: MaskMethod;
}

export interface PointCloudConfig {
  /** Points of a sample; larger clouds are thinned by farthest-point sampling, smaller ones refused. */
  readonly points: number;
  /** Tokens: centres by farthest-point sampling. */
  readonly groups: number;
  /** Points of a group: the nearest to its centre, which is one of them. */
  readonly groupSize: number;
  /** Numbers of a point beside its place, for example 3 of a colour; shown, not reconstructed. */
  readonly features: number;
  /** First width of the PointNet of a group; doubled twice (Point-MAE: 128, 256, 512). */
  readonly hidden: number;
  /** Width of the layer that turns centres into positions. */
  readonly positionHidden: number;
  readonly mask: PointMaskConfig;
}

/** 128 points in 16 groups of 16. Point-MAE: 1024 points, 64 groups of 32, hidden 128, positionHidden 128, ratio 0.6. */
export const pointCloudDefaults: PointCloudConfig = {
  points: 128,
  groups: 16,
  groupSize: 16,
  features: 0,
  hidden: 32,
  positionHidden: 64,
  mask: { kind: 'random', ratio: 0.6, method: 'drop' },
};

export const pointCloudName = 'PointCloudTokenizer';

/** Throws ArgumentError for a configuration that cannot work. */
export const checkPointCloud = (config: PointCloudConfig): void => {
  const { points, groups, groupSize, mask } = config;
  for (const [key, value] of Object.entries(config)) {
    const least = key === 'features' ? 0 : 1;
    if (key === 'mask' || (Number.isSafeInteger(value) && value >= least)) continue;
    throw new ArgumentError(pointCloudName, `${key} must be a whole number from ${least} on, came ${value}`);
  }
  if (groups > points || groupSize > points) {
    throw new ArgumentError(
      pointCloudName,
      `${groups} groups of ${groupSize} want at least as many points each, came ${points}; take more points or fewer groups`,
    );
  }
  checkMaskConfig(pointCloudName, { kind: 'random', ratio: mask.ratio, method: mask.method }, groups);
};
