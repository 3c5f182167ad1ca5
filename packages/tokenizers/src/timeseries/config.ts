// What a time series tokenizer must be told. Values the paper does not state are this project's own.

import type { Channel } from '@omnigrad/data';
import { ArgumentError } from '@omnigrad/tensor';
import { checkMaskConfig, type MaskConfig } from '../shared/draw-mask.ts';
import { checkMoments } from '../shared/errors.ts';
import { checkGrid, gridTokens, type PatchGrid } from '../shared/patch-grid.ts';

export interface TimeseriesConfig {
  /** Rows of history: days, unless the data says otherwise. */
  readonly steps: number;
  /** Rows of a patch; divides `steps`. */
  readonly patch: number;
  /** Train statistics, as a SeriesDataset has them. */
  readonly channels: readonly Pick<Channel, 'name' | 'mean' | 'std'>[];
  /** A token holds all channels of a patch (false), or one channel of it (true, as PatchTST). */
  readonly channelIndependent: boolean;
  /**
   * RevIN without learned parameters: each window's channel is shifted by its mean or its last value and divided by its
   * deviation. What was taken away is in the arrays (`level`, `scale`) and enters the tokens through a linear layer.
   */
  readonly instanceNorm: 'none' | 'mean' | 'last';
  readonly mask: MaskConfig;
  readonly normaliseTarget: boolean;
}

/** Everything but the channels, which come with the dataset: 56 days in 8 tokens of a week. */
export const timeseriesDefaults: Omit<TimeseriesConfig, 'channels'> = {
  steps: 56,
  patch: 7,
  channelIndependent: false,
  instanceNorm: 'none',
  mask: { kind: 'random', ratio: 0.4, method: 'replace' },
  normaliseTarget: false,
};

/** Throws ArgumentError for a configuration that cannot work. */
export const timeseriesGrid = (config: TimeseriesConfig): PatchGrid => {
  const { steps, patch, channels, channelIndependent, mask } = config;
  if (channels.length === 0) {
    throw new ArgumentError('TimeseriesTokenizer', 'came without channels; pass those of the dataset');
  }
  checkMoments('TimeseriesTokenizer', channels);
  const grid = checkGrid('TimeseriesTokenizer', {
    rows: steps,
    columns: channelIndependent ? channels.length : 1,
    channels: channelIndependent ? 1 : channels.length,
    patchRows: patch,
    patchColumns: 1,
  });
  checkMaskConfig('TimeseriesTokenizer', mask, gridTokens(grid));
  return grid;
};
