// Sounds: which instrument.

import { audioBaseline, type Dataset, type RawAudio } from '@omnigrad/data';
import {
  type AudioAugment,
  type AudioConfig,
  AudioTokenizer,
  audioAugment,
  audioDefaults,
  audioMasking,
} from '@omnigrad/tokenizers';
import { defineStream, type StreamDefinition } from '../stream.ts';
import { type Augmented, augmentation, withAugment } from './augmentation.ts';
import { classificationTask } from './classification.ts';
import { illustratePatches } from './illustrate.ts';

export const audioStream = (
  dataset: Dataset<RawAudio>,
  config: AudioConfig = audioDefaults,
  more: Augmented<AudioAugment> = {},
): StreamDefinition =>
  defineStream({
    modality: 'audio',
    dataset,
    tokenizer: (scope, width) => new AudioTokenizer(scope, config, width),
    cacheFeatures: true,
    tasks: [classificationTask('instrument', dataset, () => audioBaseline(dataset))],
    settings: withAugment(config, more),
    ...augmentation(more, audioAugment),
    ...(more.augment === undefined ? {} : { augmentFeatures: audioMasking(more.augment, config) }),
    illustrate: (tokenizer, arrays, mask, predictions) => ({
      kind: 'spectrogram',
      rows: config.frames,
      columns: config.nMels,
      channels: ['log-mel energy'],
      items: illustratePatches(arrays, mask, predictions, {
        width: config.patchFrames * config.patchMels,
        normalise: config.normaliseTarget ? 'patch' : 'none',
        toField: (patches) => tokenizer.toSpectrogram(patches),
      }),
    }),
  });
