// Motion: walking or not.

import { type ImuDataset, imuBaseline } from '@omnigrad/data';
import { type ImuConfig, ImuTokenizer, imuDefaults } from '@omnigrad/tokenizers';
import { defineStream, type StreamDefinition } from '../stream.ts';
import { classificationTask } from './classification.ts';
import { illustratePatches } from './illustrate.ts';

export const imuStream = (dataset: ImuDataset, options: Partial<ImuConfig> = {}): StreamDefinition => {
  const config: ImuConfig = { ...imuDefaults, channels: dataset.channels, ...options };
  const { length } = config.channels;
  return defineStream({
    modality: 'imu',
    dataset,
    tokenizer: (scope, width) => new ImuTokenizer(scope, config, width),
    cacheFeatures: true,
    tasks: [classificationTask('walking', dataset, () => imuBaseline(dataset))],
    settings: config,
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
