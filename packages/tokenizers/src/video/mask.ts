// Tubes by default: the same places hidden at all times (VideoMAE).

import type { RngKey } from '@omnigrad/tensor';
import type { MaskedBatch } from '../contract.ts';
import { drawLayeredMask, layersOf } from '../shared/layers.ts';
import { maskPatches } from '../shared/mask-patches.ts';
import { type PatchArrays, type PatchGrid, patchWidth } from '../shared/patch-grid.ts';
import { clipLayers, type VideoConfig } from './config.ts';
import { videoTarget } from './target.ts';

export const maskClips = (
  arrays: PatchArrays,
  key: RngKey,
  config: VideoConfig,
  grid: PatchGrid,
): MaskedBatch<PatchArrays> => {
  const mask = drawLayeredMask(config.mask, key, arrays.batch, layersOf(clipLayers(config), grid));
  return maskPatches(arrays, mask, patchWidth(grid), videoTarget(config));
};
