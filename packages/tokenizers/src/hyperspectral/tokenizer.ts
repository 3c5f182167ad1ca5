// Windows of a spectral cube as groups of neighbouring bands (SpectralFormer), of the whole window or of patches of it.

import type { RawCube } from '@omnigrad/data';
import type { Mode, ParameterScope, ReconstructionMask, Tokens } from '@omnigrad/nn';
import type { RngKey } from '@omnigrad/tensor';
import type { MaskedBatch, Tokenizer } from '../contract.ts';
import { type PatchArrays, patchify, unpatchify } from '../shared/patch-grid.ts';
import { PatchTokenizer } from '../shared/patch-tokenizer.ts';
import { type HyperspectralConfig, hyperspectralGrid } from './config.ts';
import { maskCubes } from './mask.ts';
import { cubeUnits, type HyperspectralFeatures, preprocessCube } from './preprocess.ts';

/** patches [B, T, patch · patch · group] */
export type HyperspectralArrays = PatchArrays;

export class HyperspectralTokenizer
  extends PatchTokenizer
  implements Tokenizer<RawCube, HyperspectralFeatures, HyperspectralArrays>
{
  readonly modality = 'hyperspectral';
  readonly config: HyperspectralConfig;

  constructor(scope: ParameterScope, config: HyperspectralConfig, width: number) {
    super(scope, hyperspectralGrid(config), config.mask.method, width);
    this.config = config;
  }

  preprocess(raw: RawCube, sample?: string): HyperspectralFeatures {
    return preprocessCube(raw, this.config, sample);
  }

  collate(features: readonly HyperspectralFeatures[]): HyperspectralArrays {
    return patchify(
      'HyperspectralTokenizer',
      this.grid,
      features.map(({ values }) => values),
    );
  }

  mask(arrays: HyperspectralArrays, key: RngKey): MaskedBatch<HyperspectralArrays> {
    return maskCubes(arrays, key, this.config, this.grid);
  }

  forward(arrays: HyperspectralArrays, _mode: Mode, mask?: ReconstructionMask): Tokens {
    return this.embed(arrays, mask);
  }

  /** Patches [B, T, P] back to cubes [B, height, width, bands] in the units of the file, for pictures. */
  toCube(patches: ArrayLike<number>): Float32Array {
    return cubeUnits(unpatchify(this.grid, patches), this.config);
  }
}
