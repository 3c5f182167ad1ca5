// Log-mel spectrogram: Kaldi's filter bank for frames counted in samples, without its rarer options. One difference: a
// signal shorter than one frame is padded with zeros to one frame.

import { DataError } from '../errors.ts';
import { createFbank, kaldiDefaults } from './kaldi-fbank.ts';

export interface LogMelConfig {
  /** Hz */
  readonly sampleRate: number;
  /** Samples in a frame; 25 ms by default. */
  readonly frameLength: number;
  /** Samples between the starts of two frames; 10 ms by default. */
  readonly hopLength: number;
  readonly nMels: number;
  /** Hz; 20 by default. */
  readonly lowHz: number;
  /** Hz; half the sample rate by default. */
  readonly highHz: number;
  /** `x[i] - p x[i-1]`; 0.97 by default, 0 for none. */
  readonly preEmphasis: number;
}

export interface MelSpectrogram {
  /** `[frames, nMels]`, row-major: natural logarithms of energies, at least log(2^-23) = -15.94. */
  readonly values: Float32Array;
  readonly frames: number;
  readonly nMels: number;
}

export interface LogMel {
  readonly config: LogMelConfig;
  /** Frames of a signal: `1 + floor((n - frameLength) / hopLength)`, at least 1. */
  frames(samples: number): number;
  /** @throws {DataError} empty: no sample at all; bad-value: a sample that is not finite */
  transform(samples: Float32Array): MelSpectrogram;
}

/**
 * Per frame: subtract the mean, pre-emphasise, Hann window, zero-pad to a power of two, power spectrum, triangles that
 * are even on the scale `mel(f) = 1127 ln(1 + f / 700)`, log. A triangle too narrow to hold an FFT bin stays at the floor.
 * @throws {DataError} out-of-range, naming the wrong field
 */
export function createLogMel(
  options: Pick<LogMelConfig, 'sampleRate' | 'nMels'> & Partial<Omit<LogMelConfig, 'sampleRate' | 'nMels'>>,
): LogMel {
  const config: LogMelConfig = {
    sampleRate: options.sampleRate,
    nMels: options.nMels,
    frameLength: options.frameLength ?? Math.round(0.025 * options.sampleRate),
    hopLength: options.hopLength ?? Math.round(0.01 * options.sampleRate),
    lowHz: options.lowHz ?? 20,
    highHz: options.highHz ?? options.sampleRate / 2,
    preEmphasis: options.preEmphasis ?? 0.97,
  };
  check(config);
  const { sampleRate, nMels, frameLength, hopLength, lowHz, highHz, preEmphasis } = config;
  // Symmetric Hann, as Kaldi's "hanning": zero at both ends.
  const kaldi = { ...kaldiDefaults, sampleRate, nMels, lowHz, highHz, preEmphasis, window: 'hanning' } as const;
  const fbank = createFbank(kaldi, frameLength, hopLength, 'log-mel');
  const transform = (samples: Float32Array): MelSpectrogram => {
    let filled = samples;
    if (samples.length > 0 && samples.length < frameLength) {
      filled = new Float32Array(frameLength);
      filled.set(samples);
    }
    const { values, frames } = fbank.transform(filled);
    return { values, frames, nMels };
  };
  return { config, frames: (samples) => Math.max(1, fbank.frames(samples)), transform };
}

function check(config: LogMelConfig): void {
  const whole = ['sampleRate', 'nMels', 'frameLength', 'hopLength'] as const;
  for (const field of whole) {
    if (!Number.isSafeInteger(config[field]) || config[field] < 1) {
      throw failure(field, 'a whole number of at least 1', `${config[field]}`);
    }
  }
  const { lowHz, highHz, sampleRate, preEmphasis } = config;
  if (!(lowHz >= 0 && lowHz < highHz && highHz <= sampleRate / 2)) {
    throw failure('lowHz, highHz', `0 <= lowHz < highHz <= ${sampleRate / 2}`, `${lowHz}, ${highHz}`);
  }
  if (!(preEmphasis >= 0 && preEmphasis < 1)) {
    throw failure('preEmphasis', 'at least 0 and below 1', `${preEmphasis}`);
  }
}

function failure(place: string, expected: string, actual: string): DataError {
  const fix = 'correct the configuration';
  return new DataError({ code: 'out-of-range', source: 'log-mel', file: null, place, expected, actual, fix });
}
