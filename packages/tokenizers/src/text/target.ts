// What must be predicted at a hidden position: the piece that stood there before it was corrupted (after the shuffle).

import type { ReconstructionMask } from '@omnigrad/nn';
import type { ReconstructionTarget } from '../contract.ts';

/**
 * ids [B, Th] of the clean [B, T] at the hidden positions. Where `asked` [B, T] is 0 the position only fills the fixed
 * number of hidden ones: it is shown unchanged and its target is -100, ignored.
 */
export const textTarget = (
  clean: Int32Array,
  asked: Uint8Array,
  mask: ReconstructionMask,
  classes: number,
): ReconstructionTarget => {
  const T = clean.length / mask.batch;
  const count = mask.hidden.length / mask.batch;
  const ids = mask.hidden.map((position, i) => {
    const at = Math.floor(i / count) * T + position;
    return asked[at] === 1 ? clean[at] : -100;
  });
  return { kind: 'ids', ids, classes };
};
