// The device half that image, audio and IMU share: patches through one linear layer, then the token embedding.

import { Linear, Module, type ParameterScope, type ReconstructionMask, type Tokens } from '@omnigrad/nn';
import { type NumericArray, tensor } from '@omnigrad/tensor';
import type { MaskMethod } from '../contract.ts';
import { gridTokens, type PatchArrays, type PatchGrid, patchWidth } from './patch-grid.ts';
import { TokenEmbedding } from './token-embedding.ts';

export abstract class PatchTokenizer extends Module {
  readonly tokenCount: number;
  readonly maskMethod: MaskMethod;
  readonly reconstruction: { readonly kind: 'values'; readonly width: number };
  readonly grid: PatchGrid;
  readonly projection: Linear;
  readonly embedding: TokenEmbedding;

  constructor(scope: ParameterScope, grid: PatchGrid, masking: MaskMethod, width: number) {
    super(scope);
    this.grid = grid;
    this.tokenCount = gridTokens(grid);
    this.maskMethod = masking;
    this.reconstruction = { kind: 'values', width: patchWidth(grid) };
    this.projection = new Linear(scope.child('projection'), patchWidth(grid), width);
    this.embedding = new TokenEmbedding(scope.child('embedding'), { tokens: this.tokenCount, width, masking });
  }

  uploads({ patches }: PatchArrays, mask?: ReconstructionMask): readonly NumericArray[] {
    return [patches, ...this.embedding.uploads(mask)];
  }

  /** patches [B, T, P] -> [B, T, width], or [B, Tv, width] with a mask and 'drop'. */
  protected embed({ batch, patches }: PatchArrays, mask?: ReconstructionMask): Tokens {
    return this.within(() => {
      const x = this.projection.forward(tensor(patches, [batch, this.tokenCount, this.reconstruction.width]));
      return { x: this.embedding.forward(x, mask), padding: null };
    });
  }
}
