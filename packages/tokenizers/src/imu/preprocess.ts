// A window of motion -> standardised channels, with angles relative to the window.

import { type RawImu, relativeAttitude } from '@omnigrad/data';
import { checkFinite, sampleError } from '../shared/errors.ts';
import type { ImuConfig } from './config.ts';

export interface ImuFeatures {
  /** [steps, channels], standardised */
  readonly values: Float32Array;
}

// x = (value - mean) / std of the channel
export const preprocessImu = (raw: RawImu, config: ImuConfig, sample?: string): ImuFeatures => {
  const { steps, channels, attitude } = config;
  const C = channels.length;
  if (raw.steps !== steps || raw.channels !== C || raw.window.length !== steps * C) {
    throw sampleError('ImuTokenizer', sample, {
      expected: `a window of ${steps} steps x ${C} channels`,
      came: `${raw.steps} x ${raw.channels} (${raw.window.length} numbers)`,
      fix: 'cut the recording into such windows or change the config',
    });
  }
  checkFinite('ImuTokenizer', sample, raw.window, (i) => `step ${Math.floor(i / C)}, channel ${channels[i % C].name}`);
  const window = attitude === 'relative' ? relativeAttitude(raw) : raw.window;
  return { values: window.map((x, i) => (x - channels[i % C].mean) / channels[i % C].std) };
};

/** The inverse: standardised numbers [..., channels] -> the channels' units (angles stay relative). */
export const imuUnits = (values: Float32Array, { channels }: ImuConfig): Float32Array =>
  values.map((x, i) => x * channels[i % channels.length].std + channels[i % channels.length].mean);
