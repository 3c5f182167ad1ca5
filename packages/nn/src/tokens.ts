// Tokens and the two kinds of mask, which have two types so that they cannot be exchanged.

import type { Tensor } from '@omnigrad/tensor';

/** Which tokens exist: bool [B, T]. */
export interface PaddingMask {
  readonly kind: 'padding';
  readonly exists: Tensor;
}

/**
 * Which tokens are hidden for reconstruction, the same number in every sample. Positions count tokens of the tokenizer
 * (the [CLS] of the trunk is not one of them); i32, `visible` [B, Tv] and `hidden` [B, Th], together all of 0 .. T-1.
 */
export interface ReconstructionMask {
  readonly kind: 'reconstruction';
  readonly visible: Int32Array;
  readonly hidden: Int32Array;
  readonly batch: number;
}

/** x [B, T, width], and which of the tokens exist (null: all). */
export interface Tokens {
  readonly x: Tensor;
  readonly padding: PaddingMask | null;
}
