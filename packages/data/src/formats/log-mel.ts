// Log-mel spectrogram after Kaldi's filter bank: what audio models are fed. Pure host code over fft.js.
// Two deliberate differences: no dither, and a signal shorter than one frame is padded with zeros to one frame.

import FFT from 'fft.js';
import { DataError } from '../errors.ts';

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

/** Smallest energy, the float32 epsilon 2^-23: silence gives a finite number. */
const minEnergy = 2 ** -23;

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
  const { frameLength, hopLength, nMels, preEmphasis } = config;
  const fftSize = Math.max(2, 2 ** Math.ceil(Math.log2(frameLength)));
  const fft = new FFT(fftSize);
  const filters = melFilters(config, fftSize);
  // Symmetric Hann, as Kaldi's "hanning": zero at both ends.
  const window = Float64Array.from({ length: frameLength }, (_, i) =>
    frameLength === 1 ? 1 : 0.5 - 0.5 * Math.cos((2 * Math.PI * i) / (frameLength - 1)),
  );
  const frames = (samples: number): number => Math.max(1, 1 + Math.floor((samples - frameLength) / hopLength));

  const transform = (samples: Float32Array): MelSpectrogram => {
    if (samples.length === 0) throw failure('empty', 'samples', 'at least one sample', 'none');
    const broken = samples.findIndex((value) => !Number.isFinite(value));
    if (broken >= 0) throw failure('bad-value', `sample ${broken}`, 'a finite number', `${samples[broken]}`);
    const count = frames(samples.length);
    const values = new Float32Array(count * nMels);
    const frame = new Float64Array(fftSize);
    const spectrum = new Float64Array(2 * fftSize);
    const power = new Float64Array(fftSize / 2 + 1);
    for (let index = 0; index < count; index++) {
      const start = index * hopLength;
      let mean = 0;
      for (let i = 0; i < frameLength; i++) mean += (samples[start + i] ?? 0) / frameLength;
      for (let i = 0; i < frameLength; i++) frame[i] = (samples[start + i] ?? 0) - mean;
      // From the end, so that the earlier sample is still the raw one; the first is its own predecessor, as in Kaldi.
      for (let i = frameLength - 1; i > 0; i--) frame[i] -= preEmphasis * frame[i - 1];
      frame[0] -= preEmphasis * frame[0];
      for (let i = 0; i < frameLength; i++) frame[i] *= window[i];
      fft.realTransform(spectrum, frame);
      for (let bin = 0; bin < power.length; bin++) power[bin] = spectrum[2 * bin] ** 2 + spectrum[2 * bin + 1] ** 2;
      for (let mel = 0; mel < nMels; mel++) {
        const { first, weights } = filters[mel];
        let energy = 0;
        for (let i = 0; i < weights.length; i++) energy += weights[i] * power[first + i];
        values[index * nMels + mel] = Math.log(Math.max(energy, minEnergy));
      }
    }
    return { values, frames: count, nMels };
  };
  return { config, frames, transform };
}

interface MelFilter {
  readonly first: number;
  readonly weights: Float64Array;
}

/** Triangle `m` rises from edge m to edge m + 1 and falls to edge m + 2; the edges are even in mel. */
function melFilters({ sampleRate, nMels, lowHz, highHz }: LogMelConfig, fftSize: number): readonly MelFilter[] {
  const mel = (hz: number): number => 1127 * Math.log(1 + hz / 700);
  const low = mel(lowHz);
  const step = (mel(highHz) - low) / (nMels + 1);
  const bins = fftSize / 2 + 1;
  return Array.from({ length: nMels }, (_, index) => {
    const left = low + index * step;
    const weights: number[] = [];
    let first = 0;
    for (let bin = 0; bin < bins; bin++) {
      const position = (mel((bin * sampleRate) / fftSize) - left) / step;
      if (position <= 0 || position >= 2) continue;
      if (weights.length === 0) first = bin;
      weights.push(position <= 1 ? position : 2 - position);
    }
    return { first, weights: Float64Array.from(weights) };
  });
}

function check(config: LogMelConfig): void {
  const whole = ['sampleRate', 'nMels', 'frameLength', 'hopLength'] as const;
  for (const field of whole) {
    if (!Number.isSafeInteger(config[field]) || config[field] < 1) {
      throw failure('out-of-range', field, 'a whole number of at least 1', `${config[field]}`);
    }
  }
  const { lowHz, highHz, sampleRate, preEmphasis } = config;
  if (!(lowHz >= 0 && lowHz < highHz && highHz <= sampleRate / 2)) {
    throw failure('out-of-range', 'lowHz, highHz', `0 <= lowHz < highHz <= ${sampleRate / 2}`, `${lowHz}, ${highHz}`);
  }
  if (!(preEmphasis >= 0 && preEmphasis < 1)) {
    throw failure('out-of-range', 'preEmphasis', 'at least 0 and below 1', `${preEmphasis}`);
  }
}

function failure(
  code: 'empty' | 'bad-value' | 'out-of-range',
  place: string,
  expected: string,
  actual: string,
): DataError {
  const fix = code === 'out-of-range' ? 'correct the configuration' : 'check the audio file';
  return new DataError({ code, source: 'log-mel', file: null, place, expected, actual, fix });
}
