// What must be predicted at a hidden patch: its log-mel values, normalised by the patch itself (AudioMAE).

import type { ReconstructionMask } from '@omnigrad/nn';
import type { ReconstructionTarget } from '../contract.ts';
import { type PatchArrays, type PatchGrid, patchWidth } from '../shared/patch-grid.ts';
import { patchTarget } from '../shared/patch-target.ts';
import type { AudioConfig } from './config.ts';

export const audioTarget = (
  { patches }: PatchArrays,
  mask: ReconstructionMask,
  config: AudioConfig,
  grid: PatchGrid,
): ReconstructionTarget => patchTarget(patches, mask, patchWidth(grid), config.normaliseTarget ? 'patch' : 'none');
