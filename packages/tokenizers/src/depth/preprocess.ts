// Depth -> disparity, which weighs near things as cameras see them: baseline · focal length / depth (Omnivore).

import type { RawDepth } from '@omnigrad/data';
import { checkFinite, sampleError } from '../shared/errors.ts';
import { checkPlaneSize } from '../shared/plane-scale.ts';
import type { PlaneFeatures } from '../shared/plane-tokenizer.ts';
import type { DepthConfig } from './config.ts';

/**
 * min(most, disparity) / most with disparity = baseline · focal / min(farthest, max(nearest, depth)) [height, width]. A pixel without depth
 * has disparity 0, as if it were infinitely far.
 */
export const disparityShares = (
  { depth, focalLength, baseline }: RawDepth,
  { nearest, farthest, mostDisparity }: Pick<DepthConfig, 'nearest' | 'farthest' | 'mostDisparity'>,
): Float32Array =>
  depth.map((d) => {
    const disparity = d === 0 ? 0 : (baseline * focalLength) / Math.min(farthest, Math.max(nearest, d));
    return Math.min(mostDisparity, disparity) / mostDisparity;
  });

// x = (share - mean) / std
export const preprocessDepth = (raw: RawDepth, config: DepthConfig, sample?: string): PlaneFeatures => {
  const { depth, height, width, focalLength, baseline } = raw;
  checkPlaneSize('DepthTokenizer', sample, config, { height, width, count: depth.length });
  const camera = baseline * focalLength;
  if (!(camera > 0 && Number.isFinite(camera))) {
    throw sampleError('DepthTokenizer', sample, {
      expected: 'a focal length in pixels and a baseline in m, both above 0',
      came: `${focalLength} and ${baseline}`,
      fix: 'take them from the intrinsics of the camera',
    });
  }
  const place = (i: number): string => `row ${Math.floor(i / width)}, column ${i % width}`;
  checkFinite('DepthTokenizer', sample, depth, place);
  const negative = depth.findIndex((d) => d < 0);
  if (negative >= 0) {
    throw sampleError('DepthTokenizer', sample, {
      expected: `a depth of at least 0 m at ${place(negative)}`,
      came: `${depth[negative]}`,
      fix: 'clean the data before tokenizing; 0 says that there is none',
    });
  }
  const { mean, std } = config;
  return { values: disparityShares(raw, config).map((share) => (share - mean) / std) };
};
