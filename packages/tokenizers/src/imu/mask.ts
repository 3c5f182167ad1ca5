// Spans of patches (LIMU-BERT hides spans of steps), replaced by the mask token.

import type { ReconstructionMask } from '@omnigrad/nn';
import type { RngKey } from '@omnigrad/tensor';
import type { MaskedBatch } from '../contract.ts';
import { drawMask } from '../shared/draw-mask.ts';
import { gridTokens, type PatchArrays, type PatchGrid, patchWidth } from '../shared/patch-grid.ts';
import { firstAngle, type ImuConfig } from './config.ts';
import { imuTarget } from './target.ts';

/**
 * relativeAttitude centred each angle over the whole window, so the visible part would tell the mean of the hidden one.
 * Here the angles are centred again over the visible patches alone.
 */
const centreOnVisible = (
  arrays: PatchArrays,
  mask: ReconstructionMask,
  config: ImuConfig,
  grid: PatchGrid,
): PatchArrays => {
  const [T, P, C] = [gridTokens(grid), patchWidth(grid), grid.channels];
  const patches = arrays.patches.slice();
  const visible = mask.visible.length / mask.batch;
  for (let b = 0; b < arrays.batch; b++) {
    for (let channel = firstAngle; channel < C; channel++) {
      let sum = 0;
      for (let v = 0; v < visible; v++) {
        const start = (b * T + mask.visible[b * visible + v]) * P;
        for (let i = channel; i < P; i += C) sum += patches[start + i];
      }
      const mean = sum / (visible * config.patch);
      for (let i = b * T * P + channel; i < (b + 1) * T * P; i += C) patches[i] -= mean;
    }
  }
  return { batch: arrays.batch, patches };
};

export const maskMotion = (
  arrays: PatchArrays,
  key: RngKey,
  config: ImuConfig,
  grid: PatchGrid,
): MaskedBatch<PatchArrays> => {
  const mask = drawMask(config.mask, key, arrays.batch, gridTokens(grid));
  const centred = config.attitude === 'relative' ? centreOnVisible(arrays, mask, config, grid) : arrays;
  return { arrays: centred, mask, target: imuTarget(centred, mask, config, grid), order: null };
};
