// What the Audio Spectrogram Transformer and those after it are fed: Kaldi's filter bank, padded or cut to a number of
// frames, then standardised.

import { DataError } from '../errors.ts';
import { createKaldiFbank, type KaldiFbankConfig } from './kaldi-fbank.ts';
import type { MelSpectrogram } from './log-mel.ts';

export interface AstStatistics {
  /** Of the filter bank's values over the training set. */
  readonly mean: number;
  readonly std: number;
  /** Length of the input, at 10 ms a frame. */
  readonly frames: number;
}

/** As published with AST (Gong, Chung and Glass, 2021) for 128 bands at 16 kHz. */
export const astStatistics = {
  audioSet: { mean: -4.2677393, std: 4.5689974, frames: 1024 },
  esc50: { mean: -6.6268077, std: 5.358466, frames: 512 },
  speechCommands: { mean: -6.845978, std: 5.5654526, frames: 128 },
} as const satisfies Readonly<Record<string, AstStatistics>>;

/** The options of AST's filter bank. */
export const astFbank = {
  sampleRate: 16_000,
  nMels: 128,
  window: 'hanning',
  htkCompat: true,
  dither: 0,
} as const satisfies Partial<KaldiFbankConfig>;

/**
 * `[frames, nMels]` of a mono sound: its mean is subtracted, its filter bank taken; frames that lack are zeros, those over
 * are cut; then `(x - mean) / (2 std)`, with the zeros too, as AST has it. A sound shorter than one frame is all padding.
 * @throws {DataError} empty, bad-value, out-of-range
 */
export function createAstFeatures(
  { mean, std, frames }: AstStatistics,
  options: Partial<KaldiFbankConfig> = {},
): (samples: Float32Array) => MelSpectrogram {
  const wrong = (place: string, expected: string, actual: string): DataError => {
    const fix = 'pass the statistics of the training set, such as astStatistics.audioSet';
    return new DataError({ code: 'out-of-range', source: 'ast', file: null, place, expected, actual, fix });
  };
  if (!Number.isFinite(mean) || !(std > 0 && Number.isFinite(std))) {
    throw wrong('mean, std', 'a finite mean and a positive std', `${mean}, ${std}`);
  }
  if (!Number.isSafeInteger(frames) || frames < 1 || frames > 2 ** 20) {
    throw wrong('frames', 'a whole number from 1 to 2^20', `${frames}`);
  }
  const fbank = createKaldiFbank({ ...astFbank, ...options });
  const columns = fbank.config.nMels + (fbank.config.useEnergy ? 1 : 0);
  return (samples) => {
    const values = new Float32Array(frames * columns);
    if (samples.length === 0 || fbank.frames(samples.length) > 0) {
      const all = fbank.transform(centred(samples)).values;
      values.set(all.subarray(0, values.length));
    }
    for (let at = 0; at < values.length; at++) values[at] = (values[at] - mean) / (2 * std);
    return { values, frames, nMels: columns };
  };
}

function centred(samples: Float32Array): Float32Array {
  let mean = 0;
  for (const value of samples) mean += value / samples.length;
  return samples.map((value) => value - mean);
}
