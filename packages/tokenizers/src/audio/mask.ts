// Random patches of time and frequency, left out of the sequence by default.

import type { RngKey } from '@omnigrad/tensor';
import type { MaskedBatch } from '../contract.ts';
import { drawMask } from '../shared/draw-mask.ts';
import { gridTokens, type PatchArrays, type PatchGrid } from '../shared/patch-grid.ts';
import type { AudioConfig } from './config.ts';
import { audioTarget } from './target.ts';

export const maskSounds = (
  arrays: PatchArrays,
  key: RngKey,
  config: AudioConfig,
  grid: PatchGrid,
): MaskedBatch<PatchArrays> => {
  const mask = drawMask(config.mask, key, arrays.batch, gridTokens(grid));
  return { arrays, mask, target: audioTarget(arrays, mask, config, grid), order: null };
};
