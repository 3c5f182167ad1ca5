// What depth, X-ray and infrared share: a plane of one channel in square patches, hidden at random.

import type { Modality } from '@omnigrad/data';
import type { Mode, ParameterScope, ReconstructionMask, Tokens } from '@omnigrad/nn';
import type { RngKey } from '@omnigrad/tensor';
import type { MaskedBatch, Tokenizer } from '../contract.ts';
import { checkMaskConfig, drawMask, type MaskConfig } from './draw-mask.ts';
import { checkMoments } from './errors.ts';
import { maskPatches } from './mask-patches.ts';
import {
  checkGrid,
  gridTokens,
  type PatchArrays,
  type PatchGrid,
  patchify,
  patchWidth,
  unpatchify,
} from './patch-grid.ts';
import { PatchTokenizer } from './patch-tokenizer.ts';

export interface PlaneConfig {
  /** pixels */
  readonly height: number;
  /** pixels */
  readonly width: number;
  /** Side of a square patch in pixels; divides height and width. */
  readonly patch: number;
  /** Of the train split, after scaling. */
  readonly mean: number;
  readonly std: number;
  readonly mask: MaskConfig;
  /** Whether the target of a hidden patch is normalised by the patch's own mean and deviation. */
  readonly normaliseTarget: boolean;
}

/** [height, width], standardised */
export interface PlaneFeatures {
  readonly values: Float32Array;
}

/** patches [B, T, patch · patch] */
export type PlaneArrays = PatchArrays;

/** Throws ArgumentError for a configuration that cannot work. */
export const planeGrid = (tokenizer: string, { height, width, patch, mean, std, mask }: PlaneConfig): PatchGrid => {
  const grid = checkGrid(tokenizer, {
    rows: height,
    columns: width,
    channels: 1,
    patchRows: patch,
    patchColumns: patch,
  });
  checkMoments(tokenizer, [{ mean, std }]);
  checkMaskConfig(tokenizer, mask, gridTokens(grid));
  return grid;
};

export abstract class PlaneTokenizer<Raw, Config extends PlaneConfig>
  extends PatchTokenizer
  implements Tokenizer<Raw, PlaneFeatures, PlaneArrays>
{
  abstract readonly modality: Modality;
  readonly config: Config;
  readonly #name: string;

  constructor(scope: ParameterScope, name: string, config: Config, width: number) {
    super(scope, planeGrid(name, config), config.mask.method, width);
    this.config = config;
    this.#name = name;
  }

  abstract preprocess(raw: Raw, sample?: string): PlaneFeatures;

  collate(features: readonly PlaneFeatures[]): PlaneArrays {
    return patchify(
      this.#name,
      this.grid,
      features.map(({ values }) => values),
    );
  }

  mask(arrays: PlaneArrays, key: RngKey): MaskedBatch<PlaneArrays> {
    const mask = drawMask(this.config.mask, key, arrays.batch, gridTokens(this.grid));
    return maskPatches(arrays, mask, patchWidth(this.grid), this.config.normaliseTarget ? 'patch' : 'none');
  }

  forward(arrays: PlaneArrays, _mode: Mode, mask?: ReconstructionMask): Tokens {
    return this.embed(arrays, mask);
  }

  /** Patches [B, T, P] back to planes [B, height, width] as they were before they were standardised, for pictures. */
  toPlane(patches: ArrayLike<number>): Float32Array {
    const { mean, std } = this.config;
    return unpatchify(this.grid, patches).map((x) => x * std + mean);
  }
}
