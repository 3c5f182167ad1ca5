// What an audio tokenizer must be told. Values the paper does not state are this project's own.

import { astFbank, astStatistics, type LogMelConfig } from '@omnigrad/data';
import { ArgumentError } from '@omnigrad/tensor';
import { checkMaskConfig, type MaskConfig } from '../shared/draw-mask.ts';
import { checkGrid, gridTokens, type PatchGrid } from '../shared/patch-grid.ts';

export interface AudioConfig {
  /** Hz; sounds of another rate are refused. */
  readonly sampleRate: number;
  /** Samples in a frame. */
  readonly frameLength: number;
  /** Samples between the starts of two frames. */
  readonly hopLength: number;
  readonly nMels: number;
  /** Frames of the spectrogram; the sound is cut or padded with silence to fill them. */
  readonly frames: number;
  /**
   * What fills the frames that a short sound lacks. 'log-mel', the default: silence, before the spectrogram. 'kaldi', after
   * AST: zeros in the spectrogram, of the sound less its mean; with AST's sizes and statistics its input exactly.
   */
  readonly features?: 'log-mel' | 'kaldi';
  /** Size of a patch, in frames and in mel bands. */
  readonly patchFrames: number;
  readonly patchMels: number;
  /** Of the train split's log-mel values; see audioStatistics. */
  readonly mean: number;
  readonly std: number;
  readonly mask: MaskConfig;
  readonly normaliseTarget: boolean;
}

/**
 * 64 frames of 25 ms every 15.3 ms: 0.99 s at 16 kHz, so that one second fills them; 8 x 4 = 32 tokens. Mean and std are
 * those of the train split of `loadInstruments`, measured 2026-11-23.
 */
export const audioDefaults: AudioConfig = {
  sampleRate: 16_000,
  frameLength: 400,
  hopLength: 245,
  nMels: 64,
  frames: 64,
  patchFrames: 8,
  patchMels: 16,
  mean: -8.05,
  std: 6.459,
  mask: { kind: 'random', ratio: 0.6, method: 'drop' },
  normaliseTarget: true,
};

/** Samples that fill the frames exactly. */
export const audioSamples = ({ frames, frameLength, hopLength }: AudioConfig): number =>
  frameLength + (frames - 1) * hopLength;

/**
 * The input of the Audio Spectrogram Transformer for 10 s of AudioSet: 1024 frames of 128 bands, every 10 ms at 16 kHz, patches
 * of 16 x 16 without overlap as of AudioMAE: 64 x 8 = 512 tokens, 80 % of them hidden. For other sets take `frames`, `mean`
 * and `std` of `astStatistics` in `@omnigrad/data`.
 */
export const audioAst: AudioConfig = {
  sampleRate: astFbank.sampleRate,
  frameLength: 400,
  hopLength: 160,
  nMels: astFbank.nMels,
  ...astStatistics.audioSet,
  features: 'kaldi',
  patchFrames: 16,
  patchMels: 16,
  mask: { kind: 'random', ratio: 0.8, method: 'drop' },
  normaliseTarget: true,
};

export const logMelConfig = (
  config: AudioConfig,
): Pick<LogMelConfig, 'sampleRate' | 'nMels' | 'frameLength' | 'hopLength'> => {
  const { sampleRate, nMels, frameLength, hopLength } = config;
  return { sampleRate, nMels, frameLength, hopLength };
};

/** Throws ArgumentError for a configuration that cannot work; the log-mel settings are checked where they are used. */
export const audioGrid = (config: AudioConfig): PatchGrid => {
  const { frames, nMels, patchFrames, patchMels, mean, std } = config;
  const grid = checkGrid('AudioTokenizer', {
    rows: frames,
    columns: nMels,
    channels: 1,
    patchRows: patchFrames,
    patchColumns: patchMels,
  });
  if (!Number.isFinite(mean) || !(std > 0) || !Number.isFinite(std)) {
    throw new ArgumentError(
      'AudioTokenizer',
      `mean ${mean} and std ${std} cannot standardise; measure them with audioStatistics()`,
    );
  }
  checkMaskConfig('AudioTokenizer', config.mask, gridTokens(grid));
  return grid;
};
