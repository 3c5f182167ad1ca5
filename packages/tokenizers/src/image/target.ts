// What must be predicted at a hidden patch: its pixels, normalised by the patch itself (MAE).

import type { ReconstructionMask } from '@omnigrad/nn';
import type { ReconstructionTarget } from '../contract.ts';
import { type PatchArrays, type PatchGrid, patchWidth } from '../shared/patch-grid.ts';
import { patchTarget } from '../shared/patch-target.ts';
import type { ImageConfig } from './config.ts';

export const imageTarget = (
  { patches }: PatchArrays,
  mask: ReconstructionMask,
  config: ImageConfig,
  grid: PatchGrid,
): ReconstructionTarget => patchTarget(patches, mask, patchWidth(grid), config.normaliseTarget ? 'patch' : 'none');
