// Kaldi's filter bank with the options of torchaudio.compliance.kaldi.fbank: what published audio models were trained on.
// In float64, so it differs from either by their rounding. `createLogMel` is the same for frames counted in samples.

import FFT from 'fft.js';
import { DataError, type DataErrorCode } from '../errors.ts';
import { hashCounter } from '../sampling/hash.ts';
import type { Seed } from '../sampling/shuffle.ts';

export type KaldiWindow = 'povey' | 'hanning' | 'hamming' | 'rectangular' | 'blackman';

export interface KaldiFbankConfig {
  /** Hz; 16,000 by default. */
  readonly sampleRate: number;
  /** 23 by default; at least 4. */
  readonly nMels: number;
  /** Milliseconds; 25 by default. A part of a sample is cut off. */
  readonly frameLength: number;
  /** Milliseconds between the starts of two frames; 10 by default. */
  readonly frameShift: number;
  /** 'povey' by default: a Hann window to the power of 0.85. */
  readonly window: KaldiWindow;
  /** 0.42 by default. */
  readonly blackmanCoefficient: number;
  /** `x[i] - p x[i-1]`; 0.97 by default, 0 for none. */
  readonly preEmphasis: number;
  /** Subtract the mean of each frame; true by default. */
  readonly removeDcOffset: boolean;
  /** Only whole frames; otherwise one frame a shift, the signal mirrored at its ends. True by default. */
  readonly snipEdges: boolean;
  /** Pad frames with zeros to a power of two; true by default. */
  readonly roundToPowerOfTwo: boolean;
  /** Hz; 20 by default. */
  readonly lowHz: number;
  /** Hz; 0 and below count from half the sample rate. 0 by default. */
  readonly highHz: number;
  /** Energies rather than magnitudes; true by default. */
  readonly usePower: boolean;
  /** Natural logarithms; true by default. */
  readonly useLog: boolean;
  /** A column more, the logarithm of the frame's energy: first, or last if `htkCompat`. False by default. */
  readonly useEnergy: boolean;
  readonly htkCompat: boolean;
  /** Take that energy before pre-emphasis and window; true by default. */
  readonly rawEnergy: boolean;
  /** Least energy of that column; 1 by default, as of torchaudio. 0 for none. */
  readonly energyFloor: number;
  /** Deviation of Gaussian noise on each sample of each frame, drawn from `ditherSeed`; 0 by default. */
  readonly dither: number;
  readonly ditherSeed: Seed;
  /** Subtract the mean of each column; false by default. */
  readonly subtractMean: boolean;
  /** Vocal tract length: 1 for none, the default; with the two frequencies between which it acts, 100 and -500 Hz. */
  readonly vtlnWarp: number;
  readonly vtlnLowHz: number;
  readonly vtlnHighHz: number;
}

export const kaldiDefaults: KaldiFbankConfig = {
  sampleRate: 16_000,
  nMels: 23,
  frameLength: 25,
  frameShift: 10,
  window: 'povey',
  blackmanCoefficient: 0.42,
  preEmphasis: 0.97,
  removeDcOffset: true,
  snipEdges: true,
  roundToPowerOfTwo: true,
  lowHz: 20,
  highHz: 0,
  usePower: true,
  useLog: true,
  useEnergy: false,
  htkCompat: false,
  rawEnergy: true,
  energyFloor: 1,
  dither: 0,
  ditherSeed: [0, 0],
  subtractMean: false,
  vtlnWarp: 1,
  vtlnLowHz: 100,
  vtlnHighHz: -500,
};

export interface Fbank {
  /** `[frames, columns]`, row-major. */
  readonly values: Float32Array;
  readonly frames: number;
  /** nMels, and one more with `useEnergy`. */
  readonly columns: number;
}

export interface KaldiFbank {
  readonly config: KaldiFbankConfig;
  /** Frames of a signal of so many samples; 0 where it is too short for one. */
  frames(samples: number): number;
  /** @throws {DataError} empty: too short for one frame; bad-value: a sample that is not finite */
  transform(samples: Float32Array): Fbank;
}

/** Smallest energy, the float32 epsilon 2^-23: silence gives a finite number. */
const epsilon = 2 ** -23;

/** @throws {DataError} out-of-range, naming the wrong field */
export function createKaldiFbank(options: Partial<KaldiFbankConfig> = {}): KaldiFbank {
  const config: KaldiFbankConfig = { ...kaldiDefaults, ...options };
  const { sampleRate, frameLength, frameShift } = config;
  check(config);
  return createFbank(
    config,
    Math.trunc(sampleRate * frameLength * 0.001),
    Math.trunc(sampleRate * frameShift * 0.001),
    'kaldi-fbank',
  );
}

/** With frames counted in samples; the configuration is checked before. */
export function createFbank(config: KaldiFbankConfig, frameLength: number, shift: number, source: string): KaldiFbank {
  const { nMels, preEmphasis, snipEdges, useEnergy, dither } = config;
  const size = config.roundToPowerOfTwo ? Math.max(2, 2 ** Math.ceil(Math.log2(frameLength))) : frameLength;
  const spectrumOf = createSpectrum(size);
  const filters = melFilters(config, size);
  const window = windowOf(config, frameLength);
  const columns = nMels + (useEnergy ? 1 : 0);
  const firstMel = useEnergy && !config.htkCompat ? 1 : 0;
  const energyColumn = config.htkCompat ? nMels : 0;

  const frames = (samples: number): number => {
    if (snipEdges) return samples < frameLength ? 0 : 1 + Math.floor((samples - frameLength) / shift);
    return Math.floor((samples + Math.floor(shift / 2)) / shift);
  };
  // Without snipping, frame t is centred at (t + 1/2) shift.
  const before = snipEdges ? 0 : Math.floor(frameLength / 2) - Math.floor(shift / 2);

  const transform = (samples: Float32Array): Fbank => {
    const fail = (code: DataErrorCode, place: string, expected: string, actual: string): DataError =>
      new DataError({ code, source, file: null, place, expected, actual, fix: 'check the audio file' });
    const count = frames(samples.length);
    if (samples.length === 0) throw fail('empty', 'samples', 'at least one sample', 'none');
    if (count === 0) throw fail('empty', 'samples', `at least one frame of ${frameLength}`, `${samples.length}`);
    const broken = samples.findIndex((value) => !Number.isFinite(value));
    if (broken >= 0) throw fail('bad-value', `sample ${broken}`, 'a finite number', `${samples[broken]}`);
    const values = new Float32Array(count * columns);
    const frame = new Float64Array(size);
    const power = new Float64Array(size / 2 + 1);
    for (let index = 0; index < count; index++) {
      const start = index * shift - before;
      const inside = start >= 0 && start + frameLength <= samples.length;
      for (let i = 0; i < frameLength; i++) {
        frame[i] = samples[inside ? start + i : mirrored(start + i, samples.length)];
      }
      if (dither !== 0) {
        for (let i = 0; i < frameLength; i++) frame[i] += dither * gaussian(config.ditherSeed, index * frameLength + i);
      }
      if (config.removeDcOffset) {
        let mean = 0;
        for (let i = 0; i < frameLength; i++) mean += frame[i] / frameLength;
        for (let i = 0; i < frameLength; i++) frame[i] -= mean;
      }
      let energy = config.rawEnergy ? energyOf(frame, frameLength) : 0;
      // From the end, so that the earlier sample is still the raw one; the first is its own predecessor.
      for (let i = frameLength - 1; i > 0; i--) frame[i] -= preEmphasis * frame[i - 1];
      frame[0] -= preEmphasis * frame[0];
      for (let i = 0; i < frameLength; i++) frame[i] *= window[i];
      if (!config.rawEnergy) energy = energyOf(frame, frameLength);
      spectrumOf(frame, power);
      if (!config.usePower) for (let bin = 0; bin < power.length; bin++) power[bin] = Math.sqrt(power[bin]);
      for (let mel = 0; mel < nMels; mel++) {
        const { first, weights } = filters[mel];
        let sum = 0;
        for (let i = 0; i < weights.length; i++) sum += weights[i] * power[first + i];
        values[index * columns + firstMel + mel] = config.useLog ? Math.log(Math.max(sum, epsilon)) : sum;
      }
      if (useEnergy) {
        const floor = Math.max(epsilon, config.energyFloor);
        values[index * columns + energyColumn] = Math.log(Math.max(energy, floor));
      }
    }
    if (config.subtractMean) subtractMeans(values, count, columns);
    return { values, frames: count, columns };
  };
  return { config, frames, transform };
}

/** The first sample is the mirror of place -1, and so on from both ends, as often as it takes. */
function mirrored(at: number, length: number): number {
  let place = at;
  while (place < 0 || place >= length) place = place < 0 ? -place - 1 : 2 * length - 1 - place;
  return place;
}

function energyOf(frame: Float64Array, length: number): number {
  let sum = 0;
  for (let i = 0; i < length; i++) sum += frame[i] ** 2;
  return sum;
}

function subtractMeans(values: Float32Array, rows: number, columns: number): void {
  for (let column = 0; column < columns; column++) {
    let mean = 0;
    for (let row = 0; row < rows; row++) mean += values[row * columns + column] / rows;
    for (let row = 0; row < rows; row++) values[row * columns + column] -= mean;
  }
}

/** Box and Muller on two hashes; the first is never 0. */
function gaussian(seed: Seed, counter: number): number {
  const radius = Math.sqrt(-2 * Math.log((hashCounter(seed, 2 * counter) + 1) / 2 ** 32));
  return radius * Math.cos((2 * Math.PI * hashCounter(seed, 2 * counter + 1)) / 2 ** 32);
}

function windowOf({ window, blackmanCoefficient }: KaldiFbankConfig, length: number): Float64Array {
  const formulas: Readonly<Record<KaldiWindow, (angle: number) => number>> = {
    hanning: (angle) => 0.5 - 0.5 * Math.cos(angle),
    hamming: (angle) => 0.54 - 0.46 * Math.cos(angle),
    povey: (angle) => (0.5 - 0.5 * Math.cos(angle)) ** 0.85,
    rectangular: () => 1,
    blackman: (angle) =>
      blackmanCoefficient - 0.5 * Math.cos(angle) + (0.5 - blackmanCoefficient) * Math.cos(2 * angle),
  };
  const formula = formulas[window];
  return Float64Array.from({ length }, (_, i) => (length === 1 ? 1 : formula((2 * Math.PI * i) / (length - 1))));
}

/** Fills `power` with |X[0 .. n/2]|^2 of the n real numbers of a frame. */
function createSpectrum(size: number): (frame: Float64Array, power: Float64Array) => void {
  if (Number.isInteger(Math.log2(size))) {
    const fft = new FFT(size);
    const spectrum = new Float64Array(2 * size);
    return (frame, power) => {
      fft.realTransform(spectrum, frame);
      for (let bin = 0; bin < power.length; bin++) power[bin] = spectrum[2 * bin] ** 2 + spectrum[2 * bin + 1] ** 2;
    };
  }
  // Bluestein: with n k = (n^2 + k^2 - (k - n)^2) / 2 the sum is a convolution with a chirp, of any length.
  const padded = 2 ** Math.ceil(Math.log2(2 * size));
  const fft = new FFT(padded);
  const chirp = new Float64Array(2 * size);
  const kernel = new Float64Array(2 * padded);
  for (let n = 0; n < size; n++) {
    // n^2 modulo 2 n keeps the angle exact.
    const angle = (Math.PI * ((n * n) % (2 * size))) / size;
    chirp[2 * n] = Math.cos(angle);
    chirp[2 * n + 1] = Math.sin(angle);
    for (const at of n === 0 ? [0] : [n, padded - n]) {
      kernel[2 * at] = chirp[2 * n];
      kernel[2 * at + 1] = chirp[2 * n + 1];
    }
  }
  const kernelSpectrum = new Float64Array(2 * padded);
  fft.transform(kernelSpectrum, kernel);
  const input = new Float64Array(2 * padded);
  const spectrum = new Float64Array(2 * padded);
  const product = new Float64Array(2 * padded);
  const output = new Float64Array(2 * padded);
  return (frame, power) => {
    for (let n = 0; n < size; n++) {
      input[2 * n] = frame[n] * chirp[2 * n];
      input[2 * n + 1] = -frame[n] * chirp[2 * n + 1];
    }
    fft.transform(spectrum, input);
    for (let at = 0; at < 2 * padded; at += 2) {
      product[at] = spectrum[at] * kernelSpectrum[at] - spectrum[at + 1] * kernelSpectrum[at + 1];
      product[at + 1] = spectrum[at] * kernelSpectrum[at + 1] + spectrum[at + 1] * kernelSpectrum[at];
    }
    fft.inverseTransform(output, product);
    // The last factor of the sum has magnitude 1.
    for (let bin = 0; bin < power.length; bin++) power[bin] = output[2 * bin] ** 2 + output[2 * bin + 1] ** 2;
  };
}

interface MelFilter {
  readonly first: number;
  readonly weights: Float64Array;
}

/**
 * Triangle `m` rises from edge m to edge m + 1 and falls to edge m + 2; the edges are even on the scale
 * `mel(f) = 1127 ln(1 + f / 700)`, then warped. The bin of half the sample rate is never used.
 */
function melFilters(config: KaldiFbankConfig, size: number): readonly MelFilter[] {
  const { sampleRate, nMels, lowHz, vtlnWarp } = config;
  const highHz = topOf(config.highHz, sampleRate);
  const low = mel(lowHz);
  const step = (mel(highHz) - low) / (nMels + 1);
  const edge = (index: number): number => {
    const even = low + index * step;
    if (vtlnWarp === 1) return even;
    return mel(warp(700 * (Math.exp(even / 1127) - 1), lowHz, highHz, config));
  };
  return Array.from({ length: nMels }, (_, index) => {
    const [left, centre, right] = [edge(index), edge(index + 1), edge(index + 2)];
    const weights: number[] = [];
    let first = 0;
    for (let bin = 0; bin < size / 2; bin++) {
      const at = mel((bin * sampleRate) / size);
      if (at <= left || at >= right) continue;
      if (weights.length === 0) first = bin;
      weights.push(at <= centre ? (at - left) / (centre - left) : (right - at) / (right - centre));
    }
    return { first, weights: Float64Array.from(weights) };
  });
}

const mel = (hz: number): number => 1127 * Math.log(1 + hz / 700);
const topOf = (hz: number, sampleRate: number): number => (hz <= 0 ? hz + sampleRate / 2 : hz);

/** Piecewise linear and continuous, fixed at both ends, f / warp in the middle: Kaldi's vocal tract length normalisation. */
function warp(hz: number, lowHz: number, highHz: number, config: KaldiFbankConfig): number {
  const { vtlnWarp, vtlnLowHz } = config;
  if (hz < lowHz || hz > highHz) return hz;
  const bottom = vtlnLowHz * Math.max(1, vtlnWarp);
  const top = topOf(config.vtlnHighHz, config.sampleRate) * Math.min(1, vtlnWarp);
  if (hz < bottom) return lowHz + ((bottom / vtlnWarp - lowHz) / (bottom - lowHz)) * (hz - lowHz);
  if (hz < top) return hz / vtlnWarp;
  return highHz + ((highHz - top / vtlnWarp) / (highHz - top)) * (hz - highHz);
}

function check(config: KaldiFbankConfig): void {
  const wrong = (place: string, expected: string, actual: unknown): DataError => {
    const fix = 'correct the configuration';
    const code = 'out-of-range';
    return new DataError({ code, source: 'kaldi-fbank', file: null, place, expected, actual: `${actual}`, fix });
  };
  const { sampleRate, nMels, frameLength, frameShift, lowHz, highHz, preEmphasis } = config;
  if (!(sampleRate > 0 && sampleRate <= 2 ** 24)) throw wrong('sampleRate', 'a rate from 1 to 2^24 Hz', sampleRate);
  if (!Number.isSafeInteger(nMels) || nMels < 4 || nMels > 4096) throw wrong('nMels', '4 to 4096', nMels);
  const length = Math.trunc(sampleRate * frameLength * 0.001);
  const shift = Math.trunc(sampleRate * frameShift * 0.001);
  if (!(length >= 2 && length <= 2 ** 24)) throw wrong('frameLength', '2 to 2^24 samples', length);
  if (!(shift >= 1 && shift <= 2 ** 24)) throw wrong('frameShift', '1 to 2^24 samples', shift);
  if (!config.roundToPowerOfTwo && length % 2 !== 0) {
    throw wrong('frameLength', 'an even number of samples, or roundToPowerOfTwo', length);
  }
  const nyquist = sampleRate / 2;
  const top = topOf(highHz, sampleRate);
  if (!(lowHz >= 0 && lowHz < top && top <= nyquist)) {
    throw wrong('lowHz, highHz', `0 <= lowHz < highHz <= ${nyquist}`, `${lowHz}, ${top}`);
  }
  if (!(preEmphasis >= 0 && preEmphasis <= 1)) throw wrong('preEmphasis', '0 to 1', preEmphasis);
  for (const field of ['dither', 'energyFloor', 'blackmanCoefficient'] as const) {
    if (!(config[field] >= 0 && Number.isFinite(config[field]))) throw wrong(field, 'at least 0', config[field]);
  }
  if (!['povey', 'hanning', 'hamming', 'rectangular', 'blackman'].includes(config.window)) {
    throw wrong('window', 'povey, hanning, hamming, rectangular or blackman', config.window);
  }
  if (config.vtlnWarp !== 1) {
    const { vtlnWarp, vtlnLowHz } = config;
    const high = config.vtlnHighHz < 0 ? config.vtlnHighHz + nyquist : config.vtlnHighHz;
    const bottom = vtlnLowHz * Math.max(1, vtlnWarp);
    const end = high * Math.min(1, vtlnWarp);
    if (!(vtlnWarp > 0 && lowHz < vtlnLowHz && bottom < end && high < top)) {
      const actual = `${vtlnLowHz}, ${high} with warp ${vtlnWarp}`;
      throw wrong('vtlnLowHz, vtlnHighHz', `frequencies in order between ${lowHz} and ${top}`, actual);
    }
  }
}
