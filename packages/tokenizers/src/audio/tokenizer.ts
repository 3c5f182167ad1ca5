// Sounds as patches of a log-mel spectrogram (AST), hidden as in AudioMAE.

import { createLogMel, type LogMel, type RawAudio } from '@omnigrad/data';
import type { Mode, ParameterScope, ReconstructionMask, Tokens } from '@omnigrad/nn';
import type { RngKey } from '@omnigrad/tensor';
import type { MaskedBatch, Tokenizer } from '../contract.ts';
import { type PatchArrays, patchify, unpatchify } from '../shared/patch-grid.ts';
import { PatchTokenizer } from '../shared/patch-tokenizer.ts';
import { type AudioConfig, audioGrid, logMelConfig } from './config.ts';
import { maskSounds } from './mask.ts';
import { type AudioFeatures, audioEnergies, preprocessAudio } from './preprocess.ts';

/** patches [B, T, patchFrames · patchMels] */
export type AudioArrays = PatchArrays;

export class AudioTokenizer extends PatchTokenizer implements Tokenizer<RawAudio, AudioFeatures, AudioArrays> {
  readonly modality = 'audio';
  readonly config: AudioConfig;
  readonly #mel: LogMel;

  constructor(scope: ParameterScope, config: AudioConfig, width: number) {
    super(scope, audioGrid(config), config.mask.method, width);
    this.config = config;
    this.#mel = createLogMel(logMelConfig(config));
  }

  preprocess(raw: RawAudio, sample?: string): AudioFeatures {
    return preprocessAudio(raw, this.config, this.#mel, sample);
  }

  collate(features: readonly AudioFeatures[]): AudioArrays {
    return patchify(
      'AudioTokenizer',
      this.grid,
      features.map(({ values }) => values),
    );
  }

  mask(arrays: AudioArrays, key: RngKey): MaskedBatch<AudioArrays> {
    return maskSounds(arrays, key, this.config, this.grid);
  }

  forward(arrays: AudioArrays, _mode: Mode, mask?: ReconstructionMask): Tokens {
    return this.embed(arrays, mask);
  }

  /** Patches [B, T, P] back to log-mel values [B, frames, nMels], for pictures. */
  toSpectrogram(patches: ArrayLike<number>): Float32Array {
    return audioEnergies(unpatchify(this.grid, patches), this.config);
  }
}
