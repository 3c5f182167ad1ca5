// Point clouds: whose surface they are of.

import { type Dataset, featureBaseline, type RawPoints } from '@omnigrad/data';
import {
  centroidOf,
  type PointCloudAugment,
  type PointCloudConfig,
  PointCloudTokenizer,
  pointCloudAugment,
  pointCloudDefaults,
} from '@omnigrad/tokenizers';
import { defineStream, type StreamDefinition } from '../stream.ts';
import { type Augmented, augmentation, withAugment } from './augmentation.ts';
import { classificationTask } from './classification.ts';
import { illustrateGroups } from './illustrate-groups.ts';

/** Distances from the middle in deciles by their mean, and the spread along each axis. */
const featuresOf = ({ positions, count }: RawPoints): number[] => {
  const centre = centroidOf(positions, count);
  const away = Float64Array.from({ length: count }, (_, i) =>
    Math.hypot(positions[3 * i] - centre[0], positions[3 * i + 1] - centre[1], positions[3 * i + 2] - centre[2]),
  ).sort();
  const size = away.reduce((sum, d) => sum + d, 0) / count;
  const deciles = Array.from({ length: 10 }, (_, k) => away[Math.floor(((k + 0.5) * count) / 10)] / size);
  const spread = centre.map((c, axis) => {
    let sum = 0;
    for (let i = 0; i < count; i++) sum += (positions[3 * i + axis] - c) ** 2;
    return Math.sqrt(sum / count) / size;
  });
  return [...deciles, ...spread];
};

export const pointCloudStream = (
  dataset: Dataset<RawPoints>,
  options: Partial<PointCloudConfig> = {},
  more: Augmented<PointCloudAugment> = {},
): StreamDefinition => {
  const config: PointCloudConfig = { ...pointCloudDefaults, ...options };
  return defineStream({
    modality: 'pointcloud',
    dataset,
    tokenizer: (scope, width) => new PointCloudTokenizer(scope, config, width),
    cacheFeatures: true,
    tasks: [classificationTask('class', dataset, () => featureBaseline('distances and spread', dataset, featuresOf))],
    settings: withAugment(config, more),
    ...augmentation(more, pointCloudAugment),
    illustrate: (_tokenizer, arrays, mask, predictions) => ({
      kind: 'points',
      rows: config.groups * config.groupSize,
      columns: 3,
      channels: ['x', 'y', 'z'],
      items: illustrateGroups(arrays, mask, predictions, config),
    }),
  });
};
