// What an IMU tokenizer must be told. Values the paper does not state are this project's own.

import type { Channel } from '@omnigrad/data';
import { checkMaskConfig, type MaskConfig } from '../shared/draw-mask.ts';
import { checkMoments } from '../shared/errors.ts';
import { checkGrid, gridTokens, type PatchGrid } from '../shared/patch-grid.ts';

export interface ImuConfig {
  /** Steps of a window. */
  readonly steps: number;
  /** Steps of a patch; divides `steps`. */
  readonly patch: number;
  /** Train statistics of what is fed in: `channels` of an ImuDataset with attitude 'relative', `rawChannels` with 'absolute'. */
  readonly channels: readonly Pick<Channel, 'name' | 'mean' | 'std'>[];
  /**
   * 'relative': channels from the fourth on are angles in rad, unwrapped and centred over the window by relativeAttitude.
   * 'absolute': all channels as they come.
   */
  readonly attitude: 'relative' | 'absolute';
  readonly mask: MaskConfig;
  readonly normaliseTarget: boolean;
}

/** Everything but the channels, which come with the dataset: 128 steps in 16 tokens of 8. */
export const imuDefaults: Omit<ImuConfig, 'channels'> = {
  steps: 128,
  patch: 8,
  attitude: 'relative',
  mask: { kind: 'spans', ratio: 0.4, minSpan: 2, maxSpan: 4, method: 'replace' },
  normaliseTarget: false,
};

/** The first channel that relativeAttitude treats as an angle. */
export const firstAngle = 3;

/** Throws ArgumentError for a configuration that cannot work. */
export const imuGrid = (config: ImuConfig): PatchGrid => {
  const { steps, patch, channels, mask } = config;
  const grid = checkGrid('ImuTokenizer', {
    rows: steps,
    columns: 1,
    channels: channels.length,
    patchRows: patch,
    patchColumns: 1,
  });
  checkMoments('ImuTokenizer', channels);
  checkMaskConfig('ImuTokenizer', mask, gridTokens(grid));
  return grid;
};
