// Motion as patches of a few steps with all channels together.

import type { RawImu } from '@omnigrad/data';
import type { Mode, ParameterScope, ReconstructionMask, Tokens } from '@omnigrad/nn';
import type { RngKey } from '@omnigrad/tensor';
import type { MaskedBatch, Tokenizer } from '../contract.ts';
import { type PatchArrays, patchify, unpatchify } from '../shared/patch-grid.ts';
import { PatchTokenizer } from '../shared/patch-tokenizer.ts';
import { type ImuConfig, imuGrid } from './config.ts';
import { maskMotion } from './mask.ts';
import { type ImuFeatures, imuUnits, preprocessImu } from './preprocess.ts';

/** patches [B, T, patch · channels] */
export type ImuArrays = PatchArrays;

export class ImuTokenizer extends PatchTokenizer implements Tokenizer<RawImu, ImuFeatures, ImuArrays> {
  readonly modality = 'imu';
  readonly config: ImuConfig;

  constructor(scope: ParameterScope, config: ImuConfig, width: number) {
    super(scope, imuGrid(config), config.mask.method, width);
    this.config = config;
  }

  preprocess(raw: RawImu, sample?: string): ImuFeatures {
    return preprocessImu(raw, this.config, sample);
  }

  collate(features: readonly ImuFeatures[]): ImuArrays {
    return patchify(
      'ImuTokenizer',
      this.grid,
      features.map(({ values }) => values),
    );
  }

  mask(arrays: ImuArrays, key: RngKey): MaskedBatch<ImuArrays> {
    return maskMotion(arrays, key, this.config, this.grid);
  }

  forward(arrays: ImuArrays, _mode: Mode, mask?: ReconstructionMask): Tokens {
    return this.embed(arrays, mask);
  }

  /** Patches [B, T, P] back to [B, steps, channels] in the channels' units, for pictures. */
  toWindow(patches: ArrayLike<number>): Float32Array {
    return imuUnits(unpatchify(this.grid, patches), this.config);
  }
}
