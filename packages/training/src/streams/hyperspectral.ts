// Spectra of a pixel and those around it: what they are mixed of.

import { type Dataset, featureBaseline, type RawCube } from '@omnigrad/data';
import {
  type HyperspectralAugment,
  type HyperspectralConfig,
  HyperspectralTokenizer,
  hyperspectralAugment,
  hyperspectralDefaults,
} from '@omnigrad/tokenizers';
import { defineStream, type StreamDefinition } from '../stream.ts';
import { type Augmented, augmentation, withAugment } from './augmentation.ts';
import { classificationTask } from './classification.ts';
import { illustratePatches } from './illustrate.ts';
import { channelMoments } from './measure.ts';

/** The mean spectrum. */
const featuresOf = ({ values, bands }: RawCube): number[] =>
  Array.from({ length: bands }, (_, band) => {
    let sum = 0;
    for (let i = band; i < values.length; i += bands) sum += values[i];
    return (sum * bands) / values.length;
  });

/** Cubes [B, height, width, bands] -> [B, bands]. */
const middlePixels = (cubes: Float32Array, { height, width, bands }: HyperspectralConfig): Float32Array => {
  const size = height * width * bands;
  const middle = (Math.floor(height / 2) * width + Math.floor(width / 2)) * bands;
  return Float32Array.from(
    { length: (cubes.length / size) * bands },
    (_, i) => cubes[Math.floor(i / bands) * size + middle + (i % bands)],
  );
};

export const hyperspectralStream = (
  dataset: Dataset<RawCube>,
  options: Partial<HyperspectralConfig> = {},
  more: Augmented<HyperspectralAugment> = {},
): StreamDefinition => {
  const { bands } = dataset.train.get(0).input;
  const moments = channelMoments(dataset, bands, ({ values }) => values);
  const measured = { bands, mean: moments.map(({ mean }) => mean), std: moments.map(({ std }) => std) };
  const config: HyperspectralConfig = { ...hyperspectralDefaults, ...measured, ...options };
  return defineStream({
    modality: 'hyperspectral',
    dataset,
    tokenizer: (scope, width) => new HyperspectralTokenizer(scope, config, width),
    cacheFeatures: true,
    tasks: [classificationTask('class', dataset, () => featureBaseline('mean spectrum', dataset, featuresOf))],
    settings: withAugment(config, more),
    ...augmentation(more, hyperspectralAugment),
    illustrate: (tokenizer, arrays, mask, predictions) => ({
      kind: 'spectrum',
      rows: config.bands,
      columns: 1,
      channels: ['middle pixel'],
      items: illustratePatches(arrays, mask, predictions, {
        width: tokenizer.reconstruction.width,
        normalise: config.normaliseTarget ? 'patch' : 'none',
        toField: (patches) => middlePixels(tokenizer.toCube(patches), config),
      }),
    }),
  });
};
