// Clips: what moves in them.

import { type Dataset, featureBaseline, type RawVideo } from '@omnigrad/data';
import { type VideoAugment, type VideoConfig, VideoTokenizer, videoAugment, videoDefaults } from '@omnigrad/tokenizers';
import { defineStream, type StreamDefinition } from '../stream.ts';
import { type Augmented, augmentation, withAugment } from './augmentation.ts';
import { classificationTask } from './classification.ts';
import { illustratePatches } from './illustrate.ts';
import { channelMoments, pooled } from './measure.ts';

/** Grey frames, pooled. */
const featuresOf = ({ pixels, frames, height, width, channels }: RawVideo): number[] => {
  const size = height * width;
  const grey = Float32Array.from({ length: frames * size }, (_, i) => {
    let sum = 0;
    for (let c = 0; c < channels; c++) sum += pixels[i * channels + c];
    return sum / (255 * channels);
  });
  return Array.from({ length: frames }, (_, f) =>
    pooled(grey.subarray(f * size, (f + 1) * size), height, width),
  ).flat();
};

export const videoStream = (
  dataset: Dataset<RawVideo>,
  options: Partial<VideoConfig> = {},
  more: Augmented<VideoAugment> = {},
): StreamDefinition => {
  const moments = channelMoments(dataset, videoDefaults.channels, ({ pixels }) =>
    Float32Array.from(pixels, (v) => v / 255),
  );
  const measured = { mean: moments.map(({ mean }) => mean), std: moments.map(({ std }) => std) };
  const config: VideoConfig = { ...videoDefaults, ...measured, ...options };
  return defineStream({
    modality: 'video',
    dataset,
    tokenizer: (scope, width) => new VideoTokenizer(scope, config, width),
    cacheFeatures: true,
    tasks: [classificationTask('class', dataset, () => featureBaseline('2 x 2 pooled frames', dataset, featuresOf))],
    settings: withAugment(config, more),
    ...augmentation(more, videoAugment),
    illustrate: (tokenizer, arrays, mask, predictions) => ({
      kind: 'clip',
      frames: config.frames,
      rows: config.height,
      columns: config.width,
      channels: config.channels === 3 ? ['red', 'green', 'blue'] : ['grey'],
      items: illustratePatches(arrays, mask, predictions, {
        width: tokenizer.reconstruction.width,
        normalise: config.normaliseTarget ? { channels: config.channels } : 'none',
        toField: (patches) => Float32Array.from(tokenizer.toPixels(patches), (v) => v / 255),
      }),
    }),
  });
};
