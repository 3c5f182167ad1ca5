// Motion: walking or not.

import { type ImuDataset, imuBaseline } from '@omnigrad/data';
import { type ImuAugment, type ImuConfig, ImuTokenizer, imuAugment, imuDefaults } from '@omnigrad/tokenizers';
import { defineStream, type StreamDefinition } from '../stream.ts';
import { type Augmented, augmentation, withAugment } from './augmentation.ts';
import { classificationTask } from './classification.ts';
import { illustratePatches } from './illustrate.ts';

export const imuStream = (
  dataset: ImuDataset,
  options: Partial<ImuConfig> = {},
  more: Augmented<ImuAugment> = {},
): StreamDefinition => {
  const config: ImuConfig = { ...imuDefaults, channels: dataset.channels, ...options };
  const { length } = config.channels;
  return defineStream({
    modality: 'imu',
    dataset,
    tokenizer: (scope, width) => new ImuTokenizer(scope, config, width),
    cacheFeatures: true,
    tasks: [classificationTask('walking', dataset, () => imuBaseline(dataset, config.attitude))],
    settings: withAugment(config, more),
    ...augmentation(more, imuAugment),
    illustrate: (tokenizer, arrays, mask, predictions) => ({
      kind: 'series',
      rows: config.steps,
      columns: length,
      channels: dataset.channels.map((c) => `${c.name}, ${c.unit}`),
      items: illustratePatches(arrays, mask, predictions, {
        width: config.patch * length,
        normalise: config.normaliseTarget ? 'patch' : 'none',
        toField: (patches) => tokenizer.toWindow(patches),
      }),
    }),
  });
};
