// Sounds at random: the waveform is rolled and made louder or softer, and bars of the spectrogram are silenced (SpecAugment,
// Park et al. 2019).

import type { RawAudio } from '@omnigrad/data';
import { foldKey, type RngKey } from '@omnigrad/tensor';
import type { Augment } from '../contract.ts';
import { checkStrength, Draws } from '../shared/draws.ts';
import type { AudioConfig } from './config.ts';
import type { AudioFeatures } from './preprocess.ts';

export interface AudioAugment {
  /** The sound goes round by up to this share of its length, either way. */
  readonly roll?: number;
  /** Louder or softer by up to so many decibels. */
  readonly gain?: number;
  /** Width of the widest bar over time that is masked, as a share of the frames. */
  readonly timeMask?: number;
  /** The same over frequency, as a share of the bands. */
  readonly frequencyMask?: number;
}

/** Of the fine-tuning of AST on ESC-50: 96 of 512 frames, 24 of 128 bands. */
export const usualAudioAugment: AudioAugment = { roll: 0.5, gain: 6, timeMask: 96 / 512, frequencyMask: 24 / 128 };

const name = 'audioAugment';

/** The change of the waveform. Throws ArgumentError for strengths that cannot be. */
export const audioAugment = ({ roll = 0, gain = 0, timeMask, frequencyMask }: AudioAugment): Augment<RawAudio> => {
  checkStrength(name, 'roll', roll, [0, 1]);
  checkStrength(name, 'gain', gain, [0, 60]);
  checkStrength(name, 'timeMask', timeMask, [0, 1]);
  checkStrength(name, 'frequencyMask', frequencyMask, [0, 1]);
  return (raw, key) => {
    const { samples } = raw;
    const n = samples.length;
    const shift = Math.round(n * new Draws(foldKey(key, 'roll')).uniform(-roll, roll));
    const factor = 10 ** (new Draws(foldKey(key, 'gain')).uniform(-gain, gain) / 20);
    const out = new Float32Array(n);
    for (let i = 0; i < n; i++) out[(((i + shift) % n) + n) % n] = factor * samples[i];
    return { ...raw, samples: out };
  };
};

/** The change of the spectrogram: masked values become 0, the mean of the data. */
export const audioMasking =
  ({ timeMask = 0, frequencyMask = 0 }: AudioAugment, { frames, nMels }: Pick<AudioConfig, 'frames' | 'nMels'>) =>
  ({ values }: AudioFeatures, key: RngKey): AudioFeatures => {
    const out = values.slice();
    const barOf = (bar: string, share: number, length: number): readonly [number, number] => {
      const draws = new Draws(foldKey(key, bar));
      const width = Math.round(draws.uniform(0, share * length));
      const start = draws.below(length - width + 1);
      return [start, start + width];
    };
    const [fromFrame, toFrame] = barOf('time', timeMask, frames);
    const [fromBand, toBand] = barOf('frequency', frequencyMask, nMels);
    out.fill(0, fromFrame * nMels, toFrame * nMels);
    for (let frame = 0; frame < frames; frame++) out.fill(0, frame * nMels + fromBand, frame * nMels + toBand);
    return { values: out };
  };
