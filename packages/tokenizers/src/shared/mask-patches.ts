// Masked batches of patches whose content is fixed by the raw data alone: nothing of a hidden patch is in another.

import type { ReconstructionMask } from '@omnigrad/nn';
import type { MaskedBatch } from '../contract.ts';
import type { PatchArrays } from './patch-grid.ts';
import { type PatchNormalisation, patchTarget } from './patch-target.ts';

export const maskPatches = (
  arrays: PatchArrays,
  mask: ReconstructionMask,
  width: number,
  normalise: PatchNormalisation,
): MaskedBatch<PatchArrays> => ({
  arrays,
  mask,
  target: patchTarget(arrays.patches, mask, width, normalise),
  order: null,
});
