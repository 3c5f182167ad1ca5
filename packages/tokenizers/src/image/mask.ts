// Random patches, left out of the sequence by default.

import type { RngKey } from '@omnigrad/tensor';
import type { MaskedBatch } from '../contract.ts';
import { drawMask } from '../shared/draw-mask.ts';
import { gridTokens, type PatchArrays, type PatchGrid } from '../shared/patch-grid.ts';
import type { ImageConfig } from './config.ts';
import { imageTarget } from './target.ts';

export const maskImages = (
  arrays: PatchArrays,
  key: RngKey,
  config: ImageConfig,
  grid: PatchGrid,
): MaskedBatch<PatchArrays> => {
  const mask = drawMask(config.mask, key, arrays.batch, gridTokens(grid));
  return { arrays, mask, target: imageTarget(arrays, mask, config, grid), order: null };
};
