// Images as square patches (ViT), hidden as in MAE.

import type { RawImage } from '@omnigrad/data';
import type { Mode, ParameterScope, ReconstructionMask, Tokens } from '@omnigrad/nn';
import type { RngKey } from '@omnigrad/tensor';
import type { MaskedBatch, Tokenizer } from '../contract.ts';
import { type PatchArrays, patchify, unpatchify } from '../shared/patch-grid.ts';
import { PatchTokenizer } from '../shared/patch-tokenizer.ts';
import { type ImageConfig, imageGrid } from './config.ts';
import { maskImages } from './mask.ts';
import { type ImageFeatures, imagePixels, preprocessImage } from './preprocess.ts';

/** patches [B, T, patch · patch · channels] */
export type ImageArrays = PatchArrays;

export class ImageTokenizer extends PatchTokenizer implements Tokenizer<RawImage, ImageFeatures, ImageArrays> {
  readonly modality = 'image';
  readonly config: ImageConfig;

  constructor(scope: ParameterScope, config: ImageConfig, width: number) {
    super(scope, imageGrid(config), config.mask.method, width);
    this.config = config;
  }

  preprocess(raw: RawImage, sample?: string): ImageFeatures {
    return preprocessImage(raw, this.config, sample);
  }

  collate(features: readonly ImageFeatures[]): ImageArrays {
    return patchify(
      'ImageTokenizer',
      this.grid,
      features.map(({ values }) => values),
    );
  }

  mask(arrays: ImageArrays, key: RngKey): MaskedBatch<ImageArrays> {
    return maskImages(arrays, key, this.config, this.grid);
  }

  forward(arrays: ImageArrays, _mode: Mode, mask?: ReconstructionMask): Tokens {
    return this.embed(arrays, mask);
  }

  /** Patches [B, T, P] back to pixels [B, height, width, channels], for pictures. */
  toPixels(patches: ArrayLike<number>): Uint8ClampedArray {
    return imagePixels(unpatchify(this.grid, patches), this.config);
  }
}
