// A waveform -> its standardised log-mel spectrogram: the costly part, worth caching.

import { createLogMel, type LogMel, type RawAudio } from '@omnigrad/data';
import { ArgumentError } from '@omnigrad/tensor';
import { checkFinite, sampleError } from '../shared/errors.ts';
import { type AudioConfig, audioSamples, logMelConfig } from './config.ts';

export interface AudioFeatures {
  /** [frames, nMels], standardised */
  readonly values: Float32Array;
}

/** The log-mel values [frames, nMels] of a sound, cut or padded as `config.features` says; not yet standardised. */
export const logMelOf = (raw: RawAudio, config: AudioConfig, mel: LogMel, sample?: string): Float32Array => {
  if (raw.sampleRate !== config.sampleRate) {
    throw sampleError('AudioTokenizer', sample, {
      expected: `${config.sampleRate} Hz`,
      came: `${raw.sampleRate} Hz`,
      fix: 'resample() it first',
    });
  }
  if (raw.samples.length === 0) {
    throw sampleError('AudioTokenizer', sample, { expected: 'a sound', came: 'no samples', fix: 'leave it out' });
  }
  if (config.features === 'kaldi') return kaldiOf(raw.samples, config, mel, sample);
  const filled = new Float32Array(audioSamples(config));
  filled.set(raw.samples.subarray(0, filled.length));
  checkFinite('AudioTokenizer', sample, filled, (i) => `position ${i} of the waveform`);
  return mel.transform(filled).values;
};

/** As `createAstFeatures` of `@omnigrad/data` before it standardises. */
const kaldiOf = (samples: Float32Array, config: AudioConfig, mel: LogMel, sample?: string): Float32Array => {
  checkFinite('AudioTokenizer', sample, samples, (i) => `position ${i} of the waveform`);
  const values = new Float32Array(config.frames * config.nMels);
  if (samples.length < config.frameLength) return values;
  let mean = 0;
  for (const value of samples) mean += value / samples.length;
  const centred = samples.subarray(0, audioSamples(config)).map((value) => value - mean);
  values.set(mel.transform(centred).values);
  return values;
};

// x = (value - mean) / (2 std), after AST: twice the deviation, so that the bulk lies within ±0.5.
export const preprocessAudio = (raw: RawAudio, config: AudioConfig, mel: LogMel, sample?: string): AudioFeatures => ({
  values: logMelOf(raw, config, mel, sample).map((x) => (x - config.mean) / (2 * config.std)),
});

/** The inverse: standardised numbers -> natural logarithms of mel energies. */
export const audioEnergies = (values: Float32Array, { mean, std }: AudioConfig): Float32Array =>
  values.map((x) => x * 2 * std + mean);

/** Mean and population deviation of all log-mel values of some sounds: give it the train split. Throws ArgumentError for none. */
export const audioStatistics = (
  sounds: Iterable<RawAudio>,
  config: AudioConfig,
): { readonly mean: number; readonly std: number } => {
  const mel = createLogMel(logMelConfig(config));
  let [count, sum, squares] = [0, 0, 0];
  for (const raw of sounds) {
    for (const x of logMelOf(raw, config, mel)) {
      count++;
      sum += x;
      squares += x * x;
    }
  }
  if (count === 0) throw new ArgumentError('audioStatistics', 'came without sounds; pass the train split');
  const mean = sum / count;
  // One pass is safe here: values lie within ±20 and their deviation is of the same size.
  return { mean, std: Math.sqrt(Math.max(0, squares / count - mean * mean)) || 1 };
};
