// Random patches, replaced by the mask token (PatchTST puts zeros there).

import type { ReconstructionMask } from '@omnigrad/nn';
import type { RngKey } from '@omnigrad/tensor';
import type { MaskedBatch } from '../contract.ts';
import { drawMask, hiddenFlags } from '../shared/draw-mask.ts';
import { fieldSize, gridTokens, type PatchGrid, patchify, unpatchify } from '../shared/patch-grid.ts';
import type { TimeseriesConfig } from './config.ts';
import { instanceStatistics, normaliseInstance, restoreInstance } from './instance-norm.ts';
import type { TimeseriesArrays } from './preprocess.ts';
import { timeseriesTarget } from './target.ts';

/**
 * Statistics of a whole window would tell what is hidden: with 'last', even the last value itself. Here they are taken
 * again from the visible days alone.
 */
const normaliseByVisible = (
  arrays: TimeseriesArrays,
  mask: ReconstructionMask,
  config: TimeseriesConfig,
  grid: PatchGrid,
): TimeseriesArrays => {
  const C = config.channels.length;
  const T = gridTokens(grid);
  const size = fieldSize(grid);
  const hidden = hiddenFlags(mask, T);
  const whole = unpatchify(grid, arrays.patches);
  const level = arrays.level.slice();
  const scale = arrays.scale.slice();
  const windows = Array.from({ length: arrays.batch }, (_, b) => {
    const before = {
      level: arrays.level.subarray(b * C, (b + 1) * C),
      scale: arrays.scale.subarray(b * C, (b + 1) * C),
    };
    const values = restoreInstance(whole.subarray(b * size, (b + 1) * size), before);
    const isSeen = (step: number, channel: number): boolean => {
      const column = grid.columns === 1 ? 0 : channel;
      return hidden[b * T + Math.floor(step / config.patch) * grid.columns + column] === 0;
    };
    const own = instanceStatistics(values, C, config.instanceNorm, isSeen);
    level.set(own.level, b * C);
    scale.set(own.scale, b * C);
    return normaliseInstance(values, own);
  });
  return { ...arrays, patches: patchify('TimeseriesTokenizer', grid, windows).patches, level, scale };
};

export const maskSeries = (
  arrays: TimeseriesArrays,
  key: RngKey,
  config: TimeseriesConfig,
  grid: PatchGrid,
): MaskedBatch<TimeseriesArrays> => {
  const mask = drawMask(config.mask, key, arrays.batch, gridTokens(grid));
  const fair = config.instanceNorm === 'none' ? arrays : normaliseByVisible(arrays, mask, config, grid);
  return { arrays: fair, mask, target: timeseriesTarget(fair, mask, config, grid), order: null };
};
