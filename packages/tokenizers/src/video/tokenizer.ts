// Clips as tubelets: patches of a few frames (ViViT, VideoMAE), with or without divided space-time attention.

import type { RawVideo } from '@omnigrad/data';
import { type Mode, modeOf, type ParameterScope, type ReconstructionMask, type Tokens } from '@omnigrad/nn';
import type { RngKey } from '@omnigrad/tensor';
import type { MaskedBatch, Tokenizer } from '../contract.ts';
import { type PatchArrays, patchify, unpatchify } from '../shared/patch-grid.ts';
import { PatchTokenizer } from '../shared/patch-tokenizer.ts';
import { clipLayers, type VideoConfig, videoGrid } from './config.ts';
import { DividedBlock } from './divided-block.ts';
import { maskClips } from './mask.ts';
import { preprocessVideo, type VideoFeatures, videoPixels } from './preprocess.ts';

/** patches [B, T, patch · patch · tubelet · channels] */
export type VideoArrays = PatchArrays;

export class VideoTokenizer extends PatchTokenizer implements Tokenizer<RawVideo, VideoFeatures, VideoArrays> {
  readonly modality = 'video';
  readonly config: VideoConfig;
  readonly blocks: readonly DividedBlock[];

  constructor(scope: ParameterScope, config: VideoConfig, width: number) {
    super(scope, videoGrid(config), config.mask.method, width);
    this.config = config;
    const { blocks, heads } = config.divided;
    this.blocks = Array.from({ length: blocks }, (_, i) => new DividedBlock(scope.child(`block${i}`), width, heads));
  }

  preprocess(raw: RawVideo, sample?: string): VideoFeatures {
    return preprocessVideo(raw, this.config, sample);
  }

  collate(features: readonly VideoFeatures[]): VideoArrays {
    return patchify(
      'VideoTokenizer',
      this.grid,
      features.map(({ values }) => values),
    );
  }

  mask(arrays: VideoArrays, key: RngKey): MaskedBatch<VideoArrays> {
    return maskClips(arrays, key, this.config, this.grid);
  }

  forward(arrays: VideoArrays, mode: Mode, mask?: ReconstructionMask): Tokens {
    return this.within(() => {
      const moments = clipLayers(this.config);
      let { x } = this.embed(arrays, mask);
      this.blocks.forEach((block, i) => {
        x = block.forward(x, moments, modeOf(mode, `block${i}`));
      });
      return { x, padding: null };
    });
  }

  /** Patches [B, T, P] back to pixels [B, frames, height, width, channels], for pictures. */
  toPixels(patches: ArrayLike<number>): Uint8ClampedArray {
    return videoPixels(unpatchify(this.grid, patches), this.config);
  }
}
