// Random tokens, groups of bands, places, or both axes with ratios of their own (HyperSIGMA).

import type { RngKey } from '@omnigrad/tensor';
import type { MaskedBatch } from '../contract.ts';
import { drawLayeredMask, layersOf } from '../shared/layers.ts';
import { maskPatches } from '../shared/mask-patches.ts';
import { type PatchArrays, type PatchGrid, patchWidth } from '../shared/patch-grid.ts';
import { bandGroups, type HyperspectralConfig } from './config.ts';
import { hyperspectralTarget } from './target.ts';

export const maskCubes = (
  arrays: PatchArrays,
  key: RngKey,
  config: HyperspectralConfig,
  grid: PatchGrid,
): MaskedBatch<PatchArrays> => {
  const mask = drawLayeredMask(config.mask, key, arrays.batch, layersOf(bandGroups(config), grid));
  return maskPatches(arrays, mask, patchWidth(grid), hyperspectralTarget(config));
};
