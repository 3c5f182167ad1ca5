// Pixels -> standardised numbers. No resizing: an image of another size is an error, not a guess.

import type { RawImage } from '@omnigrad/data';
import { sampleError } from '../shared/errors.ts';
import type { ImageConfig } from './config.ts';

export interface ImageFeatures {
  /** [height, width, channels], standardised */
  readonly values: Float32Array;
}

// x = (pixel / 255 - mean) / std
export const preprocessImage = (raw: RawImage, config: ImageConfig, sample?: string): ImageFeatures => {
  const { height, width, channels, mean, std } = config;
  const size = height * width * channels;
  const sameShape = raw.height === height && raw.width === width && raw.channels === channels;
  if (!sameShape || raw.pixels.length !== size) {
    throw sampleError('ImageTokenizer', sample, {
      expected: `${height} x ${width} x ${channels} pixels (${size} bytes)`,
      came: `${raw.height} x ${raw.width} x ${raw.channels} (${raw.pixels.length} bytes)`,
      fix: 'resize the image or change the config',
    });
  }
  const values = new Float32Array(size);
  for (let i = 0; i < size; i++) values[i] = (raw.pixels[i] / 255 - mean[i % channels]) / std[i % channels];
  return { values };
};

/** The inverse: standardised numbers [..., channels] -> pixels, clipped to 0 .. 255. */
export const imagePixels = (values: Float32Array, { channels, mean, std }: ImageConfig): Uint8ClampedArray =>
  Uint8ClampedArray.from(values, (x, i) => 255 * (x * std[i % channels] + mean[i % channels]));
