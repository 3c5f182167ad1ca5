// What must be predicted at a hidden patch: its values, in the units of the batch's patches.

import type { ReconstructionMask } from '@omnigrad/nn';
import type { ReconstructionTarget } from '../contract.ts';
import { type PatchGrid, patchWidth } from '../shared/patch-grid.ts';
import { patchTarget } from '../shared/patch-target.ts';
import type { TimeseriesConfig } from './config.ts';
import type { TimeseriesArrays } from './preprocess.ts';

export const timeseriesTarget = (
  { patches }: TimeseriesArrays,
  mask: ReconstructionMask,
  config: TimeseriesConfig,
  grid: PatchGrid,
): ReconstructionTarget => patchTarget(patches, mask, patchWidth(grid), config.normaliseTarget ? 'patch' : 'none');
