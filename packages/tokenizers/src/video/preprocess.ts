// Pixels -> standardised numbers, the frames of a tubelet side by side. No resizing and no choice of frames: a clip of another
// size is an error, not a guess.

import type { RawVideo } from '@omnigrad/data';
import { sampleError } from '../shared/errors.ts';
import type { VideoConfig } from './config.ts';

export interface VideoFeatures {
  /** [frames / tubelet, height, width, tubelet, channels], standardised */
  readonly values: Float32Array;
}

/** Calls `visit` with the place of each pixel's first channel in a clip [frames, height, width, channels] and in the features. */
const walkPixels = (config: VideoConfig, visit: (inClip: number, inFeatures: number) => void): void => {
  const { frames, height, width, channels, tubelet } = config;
  const plane = height * width;
  for (let frame = 0; frame < frames; frame++) {
    const layer = Math.floor(frame / tubelet);
    for (let p = 0; p < plane; p++) {
      visit((frame * plane + p) * channels, ((layer * plane + p) * tubelet + (frame % tubelet)) * channels);
    }
  }
};

// x = (pixel / 255 - mean) / std
export const preprocessVideo = (raw: RawVideo, config: VideoConfig, sample?: string): VideoFeatures => {
  const { frames, height, width, channels, mean, std } = config;
  const size = frames * height * width * channels;
  const same = raw.frames === frames && raw.height === height && raw.width === width && raw.channels === channels;
  if (!same || raw.pixels.length !== size) {
    throw sampleError('VideoTokenizer', sample, {
      expected: `${frames} frames of ${height} x ${width} x ${channels} pixels (${size} bytes)`,
      came: `${raw.frames} of ${raw.height} x ${raw.width} x ${raw.channels} (${raw.pixels.length} bytes)`,
      fix: 'sample and resize the clip or change the config',
    });
  }
  const values = new Float32Array(size);
  walkPixels(config, (from, to) => {
    for (let c = 0; c < channels; c++) values[to + c] = (raw.pixels[from + c] / 255 - mean[c]) / std[c];
  });
  return { values };
};

/** The inverse: features of any number of clips -> pixels [.., frames, height, width, channels], clipped to 0 .. 255. */
export const videoPixels = (features: Float32Array, config: VideoConfig): Uint8ClampedArray => {
  const { frames, height, width, channels, mean, std } = config;
  const size = frames * height * width * channels;
  const pixels = new Uint8ClampedArray(features.length);
  for (let clip = 0; clip < features.length; clip += size) {
    walkPixels(config, (to, from) => {
      for (let c = 0; c < channels; c++) pixels[clip + to + c] = 255 * (features[clip + from + c] * std[c] + mean[c]);
    });
  }
  return pixels;
};
