// Depth, X-ray and infrared: what is seen in a plane of one channel.

import type { Modality } from '@omnigrad/data';
import { type Dataset, featureBaseline, type RawDepth, type RawPlane } from '@omnigrad/data';
import type { ParameterScope } from '@omnigrad/nn';
import {
  type Augment,
  type DepthAugment,
  type DepthConfig,
  DepthTokenizer,
  depthAugment,
  depthDefaults,
  disparityShares,
  type InfraredAugment,
  type InfraredConfig,
  InfraredTokenizer,
  infraredAugment,
  infraredDefaults,
  type PlaneConfig,
  type PlaneTokenizer,
  planeShares,
  type XrayAugment,
  type XrayConfig,
  XrayTokenizer,
  xrayAugment,
  xrayDefaults,
} from '@omnigrad/tokenizers';
import { defineStream, type StreamDefinition } from '../stream.ts';
import { type Augmented, augmentation, withAugment } from './augmentation.ts';
import { classificationTask } from './classification.ts';
import { illustratePatches } from './illustrate.ts';
import { channelMoments, pooled } from './measure.ts';

interface PlaneStream<Raw, Config extends PlaneConfig> {
  readonly modality: Modality;
  readonly dataset: Dataset<Raw>;
  readonly config: Config;
  readonly tokenizer: (scope: ParameterScope, config: Config, width: number) => PlaneTokenizer<Raw, Config>;
  /** Of the values of `scaled`. */
  readonly unit: string;
  /** The plane on its way to the tokenizer, before it is standardised. */
  readonly scaled: (raw: Raw) => Float32Array;
  readonly settings: object;
  readonly augment?: Augment<Raw>;
}

const planeStream = <Raw extends { readonly height: number; readonly width: number }, Config extends PlaneConfig>({
  modality,
  dataset,
  config,
  tokenizer: make,
  unit,
  scaled,
  settings,
  augment,
}: PlaneStream<Raw, Config>): StreamDefinition =>
  defineStream({
    modality,
    dataset,
    tokenizer: (scope, width) => make(scope, config, width),
    cacheFeatures: true,
    tasks: [
      classificationTask('class', dataset, () =>
        featureBaseline('2 x 2 pooled pixels', dataset, (raw) => pooled(scaled(raw), raw.height, raw.width)),
      ),
    ],
    settings,
    ...(augment === undefined ? {} : { augment }),
    illustrate: (tokenizer, arrays, mask, predictions) => ({
      kind: 'image',
      rows: config.height,
      columns: config.width,
      channels: [unit],
      items: illustratePatches(arrays, mask, predictions, {
        width: config.patch * config.patch,
        normalise: config.normaliseTarget ? 'patch' : 'none',
        toField: (patches) => tokenizer.toPlane(patches),
      }),
    }),
  });

export const depthStream = (
  dataset: Dataset<RawDepth>,
  options: Partial<DepthConfig> = {},
  more: Augmented<DepthAugment> = {},
): StreamDefinition => {
  const base = { ...depthDefaults, ...options };
  const scaled = (raw: RawDepth): Float32Array => disparityShares(raw, base);
  const [moments] = channelMoments(dataset, 1, scaled);
  const config: DepthConfig = { ...base, ...moments, ...options };
  return planeStream({
    modality: 'depth',
    dataset,
    config,
    settings: withAugment(config, more),
    ...augmentation(more, depthAugment),
    tokenizer: (scope, own, width) => new DepthTokenizer(scope, own, width),
    unit: 'disparity',
    scaled,
  });
};

export const xrayStream = (
  dataset: Dataset<RawPlane>,
  options: Partial<XrayConfig> = {},
  more: Augmented<XrayAugment> = {},
): StreamDefinition => {
  const config: XrayConfig = { ...xrayDefaults, ...channelMoments(dataset, 1, planeShares)[0], ...options };
  return planeStream({
    modality: 'xray',
    dataset,
    config,
    settings: withAugment(config, more),
    ...augmentation(more, xrayAugment),
    tokenizer: (scope, own, width) => new XrayTokenizer(scope, own, width),
    unit: 'grey',
    scaled: planeShares,
  });
};

export const infraredStream = (
  dataset: Dataset<RawPlane>,
  options: Partial<InfraredConfig> = {},
  more: Augmented<InfraredAugment> = {},
): StreamDefinition => {
  const config: InfraredConfig = { ...infraredDefaults, ...channelMoments(dataset, 1, planeShares)[0], ...options };
  return planeStream({
    modality: 'infrared',
    dataset,
    config,
    settings: withAugment(config, more),
    ...augmentation(more, infraredAugment),
    tokenizer: (scope, own, width) => new InfraredTokenizer(scope, own, width),
    unit: 'radiance',
    scaled: planeShares,
  });
};
