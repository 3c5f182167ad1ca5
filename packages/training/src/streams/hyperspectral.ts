// Spectra of a pixel and those around it: what they are mixed of.

import { type Dataset, featureBaseline, type RawCube } from '@omnigrad/data';
import { type HyperspectralConfig, HyperspectralTokenizer, hyperspectralDefaults } from '@omnigrad/tokenizers';
import { defineStream, type StreamDefinition } from '../stream.ts';
import { classificationTask } from './classification.ts';
import { channelMoments } from './measure.ts';

/** The mean spectrum. */
const featuresOf = ({ values, bands }: RawCube): number[] =>
  Array.from({ length: bands }, (_, band) => {
    let sum = 0;
    for (let i = band; i < values.length; i += bands) sum += values[i];
    return (sum * bands) / values.length;
  });

export const hyperspectralStream = (
  dataset: Dataset<RawCube>,
  options: Partial<HyperspectralConfig> = {},
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
    settings: config,
  });
};
