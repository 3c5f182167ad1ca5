// What must be predicted at a hidden patch: its standardised channels (LIMU-BERT).

import type { ReconstructionMask } from '@omnigrad/nn';
import type { ReconstructionTarget } from '../contract.ts';
import { type PatchArrays, type PatchGrid, patchWidth } from '../shared/patch-grid.ts';
import { patchTarget } from '../shared/patch-target.ts';
import type { ImuConfig } from './config.ts';

export const imuTarget = (
  { patches }: PatchArrays,
  mask: ReconstructionMask,
  config: ImuConfig,
  grid: PatchGrid,
): ReconstructionTarget => patchTarget(patches, mask, patchWidth(grid), config.normaliseTarget ? 'patch' : 'none');
