// Spectra -> standardised numbers, group of bands by group.

import type { RawCube } from '@omnigrad/data';
import { checkFinite, sampleError } from '../shared/errors.ts';
import type { HyperspectralConfig } from './config.ts';

export interface HyperspectralFeatures {
  /** [bands / group, height, width, group], standardised */
  readonly values: Float32Array;
}

/** Calls `visit` for each number: its place in a cube [height, width, bands] and in the features, and its band. */
const walkBands = (
  { height, width, bands, group }: HyperspectralConfig,
  visit: (inCube: number, inFeatures: number, band: number) => void,
): void => {
  const plane = height * width;
  for (let p = 0; p < plane; p++) {
    for (let band = 0; band < bands; band++) {
      visit(p * bands + band, (Math.floor(band / group) * plane + p) * group + (band % group), band);
    }
  }
};

// x = (value - mean) / std of the band
export const preprocessCube = (raw: RawCube, config: HyperspectralConfig, sample?: string): HyperspectralFeatures => {
  const { height, width, bands, mean, std } = config;
  const size = height * width * bands;
  if (raw.height !== height || raw.width !== width || raw.bands !== bands || raw.values.length !== size) {
    throw sampleError('HyperspectralTokenizer', sample, {
      expected: `${height} x ${width} pixels of ${bands} bands (${size} numbers)`,
      came: `${raw.height} x ${raw.width} of ${raw.bands} (${raw.values.length} numbers)`,
      fix: 'cut such windows or change the config',
    });
  }
  checkFinite('HyperspectralTokenizer', sample, raw.values, (i) => `pixel ${Math.floor(i / bands)}, band ${i % bands}`);
  const values = new Float32Array(size);
  walkBands(config, (from, to, band) => {
    values[to] = (raw.values[from] - mean[band]) / std[band];
  });
  return { values };
};

/** The inverse: features of any number of windows -> cubes [.., height, width, bands] in the units of the file. */
export const cubeUnits = (features: Float32Array, config: HyperspectralConfig): Float32Array => {
  const { height, width, bands, mean, std } = config;
  const size = height * width * bands;
  const values = new Float32Array(features.length);
  for (let start = 0; start < features.length; start += size) {
    walkBands(config, (to, from, band) => {
      values[start + to] = features[start + from] * std[band] + mean[band];
    });
  }
  return values;
};
