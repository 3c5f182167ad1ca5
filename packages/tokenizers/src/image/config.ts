// What an image tokenizer must be told. Values the paper does not state are this project's own.

import { ArgumentError } from '@omnigrad/tensor';
import { checkMaskConfig, type MaskConfig } from '../shared/draw-mask.ts';
import { checkMoments } from '../shared/errors.ts';
import { checkGrid, gridTokens, type PatchGrid } from '../shared/patch-grid.ts';

export interface ImageConfig {
  /** pixels */
  readonly height: number;
  /** pixels */
  readonly width: number;
  readonly channels: number;
  /** Side of a square patch in pixels; divides height and width. */
  readonly patch: number;
  /** One a channel, of the train split's pixels on 0 to 1. */
  readonly mean: readonly number[];
  readonly std: readonly number[];
  readonly mask: MaskConfig;
  /** Whether the target of a hidden patch is normalised by the patch's own mean and deviation. */
  readonly normaliseTarget: boolean;
}

/** Grey 28 x 28 with the train statistics of MNIST: 16 tokens. */
export const imageDefaults: ImageConfig = {
  height: 28,
  width: 28,
  channels: 1,
  patch: 7,
  mean: [0.1307],
  std: [0.3081],
  mask: { kind: 'random', ratio: 0.6, method: 'drop' },
  normaliseTarget: true,
};

/** Throws ArgumentError for a configuration that cannot work. */
export const imageGrid = (config: ImageConfig): PatchGrid => {
  const { height, width, channels, patch, mean, std, mask } = config;
  const grid = checkGrid('ImageTokenizer', {
    rows: height,
    columns: width,
    channels,
    patchRows: patch,
    patchColumns: patch,
  });
  if (mean.length !== channels || std.length !== channels) {
    throw new ArgumentError(
      'ImageTokenizer',
      `${mean.length} means and ${std.length} deviations for ${channels} channels; give one of each a channel`,
    );
  }
  checkMoments(
    'ImageTokenizer',
    mean.map((m, i) => ({ mean: m, std: std[i] })),
  );
  checkMaskConfig('ImageTokenizer', mask, gridTokens(grid));
  return grid;
};
