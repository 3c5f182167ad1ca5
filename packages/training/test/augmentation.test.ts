// Streams with augmentation: train batches change by their key alone, what is scored stays, targets follow their samples, and
// a stream without is what it was.

import { createCpuBackend } from '@omnigrad/cpu';
import { type Dataset, type Example, poly13, type RawImage } from '@omnigrad/data';
import { evaluation, ParameterScope } from '@omnigrad/nn';
import { foldKey, noGrad, rngKey, scope, useBackend } from '@omnigrad/tensor';
import {
  imageDefaults,
  usualAudioAugment,
  usualDepthAugment,
  usualGraphAugment,
  usualHyperspectralAugment,
  usualImageAugment,
  usualImuAugment,
  usualInfraredAugment,
  usualPointCloudAugment,
  usualTimeseriesAugment,
  usualVideoAugment,
  usualXrayAugment,
} from '@omnigrad/tokenizers';
import { expect, it } from 'vitest';
import {
  audioStream,
  configHash,
  depthStream,
  graphStream,
  hyperspectralStream,
  imageStream,
  imuStream,
  infraredStream,
  OmniVec2,
  parseRunConfig,
  pointCloudStream,
  type StreamDefinition,
  taskLoss,
  timeseriesStream,
  videoStream,
  xrayStream,
} from '../src/index.ts';
import { smallConfig } from './small-model.ts';

const key = rngKey(9);
const rows = Int32Array.of(2, 0, 3, 1);

/** Eight pictures of 28 x 28, brighter to the right. */
const pictures = (): Dataset<RawImage> => {
  const split = (name: 'train' | 'test') => ({
    name,
    length: 8,
    get: (i: number): Example<RawImage> => ({
      input: {
        pixels: Uint8Array.from({ length: 784 }, (_, p) => 8 * (p % 28) + 4 * i),
        ...{ height: 28, width: 28, channels: 1 },
      },
      label: i % 3,
      id: `${name}-${i}`,
    }),
  });
  return {
    ...{ name: 'ramps', modality: 'image', classes: ['a', 'b', 'c'], split: 'none', fingerprint: 'ramps' },
    train: split('train'),
    test: split('test'),
  };
};

it('of eleven modalities change train batches by the key, and leave the rest alone', () => {
  const sets = poly13({ seed: 2, rho: 1, trainCount: 4, testCount: 2 });
  const graphs = { nodes: { numbers: [{ mean: 2.2, std: 1.6 }], classes: [4] } };
  const { steps: days } = sets.timeseries.train.get(0).input;
  const { steps } = sets.imu.train.get(0).input;
  const week = { steps: days, patch: 4 };
  type Pair = readonly [plain: StreamDefinition, same: StreamDefinition, augmented: StreamDefinition];
  const pairs: readonly Pair[] = [
    [
      imageStream(pictures()),
      imageStream(pictures(), imageDefaults, {}),
      imageStream(pictures(), imageDefaults, { augment: usualImageAugment }),
    ],
    [
      audioStream(sets.audio),
      audioStream(sets.audio, undefined, {}),
      audioStream(sets.audio, undefined, { augment: usualAudioAugment }),
    ],
    [
      timeseriesStream(sets.timeseries, 'leading', week),
      timeseriesStream(sets.timeseries, 'leading', week, {}),
      timeseriesStream(sets.timeseries, 'leading', week, { augment: usualTimeseriesAugment }),
    ],
    [
      imuStream(sets.imu, { steps }),
      imuStream(sets.imu, { steps }, {}),
      imuStream(sets.imu, { steps }, { augment: { ...usualImuAugment, vectors: [0, 3] } }),
    ],
    [
      videoStream(sets.video),
      videoStream(sets.video, {}, {}),
      videoStream(sets.video, {}, { augment: usualVideoAugment }),
    ],
    [
      depthStream(sets.depth),
      depthStream(sets.depth, {}, {}),
      depthStream(sets.depth, {}, { augment: usualDepthAugment }),
    ],
    [
      pointCloudStream(sets.pointcloud),
      pointCloudStream(sets.pointcloud, {}, {}),
      pointCloudStream(sets.pointcloud, {}, { augment: usualPointCloudAugment }),
    ],
    [
      graphStream(sets.graph, graphs),
      graphStream(sets.graph, graphs, {}),
      graphStream(sets.graph, graphs, { augment: usualGraphAugment }),
    ],
    [xrayStream(sets.xray), xrayStream(sets.xray, {}, {}), xrayStream(sets.xray, {}, { augment: usualXrayAugment })],
    [
      infraredStream(sets.infrared),
      infraredStream(sets.infrared, {}, {}),
      infraredStream(sets.infrared, {}, { augment: usualInfraredAugment }),
    ],
    [
      hyperspectralStream(sets.hyperspectral),
      hyperspectralStream(sets.hyperspectral, {}, {}),
      hyperspectralStream(sets.hyperspectral, {}, { augment: usualHyperspectralAugment }),
    ],
  ];
  const config = smallConfig();
  for (const [plain, same, augmented] of pairs) {
    expect(same.settings).toEqual(plain.settings);
    expect(configHash(config, [augmented])).not.toBe(configHash(config, [plain]));
    const [a, b] = [plain, augmented].map((definition) => definition.bind(new ParameterScope(), 16));
    const ask = (task: string | null, seed: number) => ({
      ...{ modality: plain.modality, task, indices: rows },
      key: foldKey(key, seed),
    });
    for (const task of [null, b.tasks[0].name]) {
      const made = b.prepare(ask(task, 1));
      expect(b.prepare(ask(task, 1))).toEqual(made);
      expect(b.prepare(ask(task, 2)).arrays).not.toEqual(made.arrays);
      expect(a.prepare(ask(task, 1)).arrays).not.toEqual(made.arrays);
    }
    // nothing augmented is kept for those that are scored, or looked at
    for (const [x, y] of [
      [a.tasks[0].test([1, 0]), b.tasks[0].test([1, 0])],
      [a.masked('test', [1, 0], key), b.masked('test', [1, 0], key)],
    ]) {
      expect(y.uploads()).toEqual(x.uploads());
    }
  }
}, 30_000);

it('targets are those of the changed sample', () => {
  const stream = imageStream(pictures(), imageDefaults, { augment: { flip: 1 } }).bind(new ParameterScope(), 16);
  const plain = imageStream(pictures()).bind(new ParameterScope(), 16);
  const targetOf = (s: typeof stream) => {
    const [target] = s.tasks[1].train(rows, key).targets;
    if (target.kind !== 'values') throw new Error('expected values');
    return target;
  };
  const [flipped, straight] = [targetOf(stream), targetOf(plain)];
  expect(flipped.weights).toEqual(straight.weights);
  // token-major [4 x 4 patches, 7 x 7]: the mirror of a row of pixels is that of the patches, and of each patch
  const at = (values: Float32Array, y: number, x: number): number =>
    values[((y / 7) | 0) * 196 + ((x / 7) | 0) * 49 + (y % 7) * 7 + (x % 7)];
  for (let y = 0; y < 28; y += 3) {
    for (let x = 0; x < 28; x++) expect(at(flipped.values, y, x)).toBe(at(straight.values, y, 27 - x));
  }
});

it('mixed classes cost the shares of both', () => {
  const base = smallConfig();
  const config = parseRunConfig({ ...base, modalities: ['image'], model: { ...base.model, dropout: 0 } });
  const backend = createCpuBackend();
  useBackend(backend);
  try {
    const definition = imageStream(pictures(), imageDefaults, { mix: { mixup: 1, cutmix: 0 } });
    using model = new OmniVec2(config.model, [definition], backend, key);
    const [stream] = model.streams;
    const [task, inpaint] = stream.tasks;
    const batch = task.train(rows, key);
    const [loss, logits] = noGrad(() =>
      scope(() => {
        const tokens = model.alone(batch.tokens(evaluation), evaluation);
        const out = model.predict(task.id, batch.tokens(evaluation), evaluation);
        return [taskLoss(model.head(task.id), tokens, batch, evaluation).itemSync(), [...out.readSync()]];
      }),
    );
    const costs = batch.targets.map((target, b) => {
      if (target.kind !== 'mixed') throw new Error('expected mixed classes');
      expect(target.ids[0]).toBe(rows[b] % 3);
      const row = logits.slice(3 * b, 3 * b + 3);
      const total = Math.log(row.reduce((sum, x) => sum + Math.exp(x), 0));
      return target.share * (total - row[target.ids[0]]) + (1 - target.share) * (total - row[target.ids[1]]);
    });
    expect(batch.targets.some((t) => t.kind === 'mixed' && t.share > 0.02 && t.share < 0.98)).toBe(true);
    expect(loss).toBeCloseTo(costs.reduce((a, b) => a + b) / 4, 5);
    // targets of pixels are not mixed, nor is anything at a test
    expect(inpaint.train(rows, key).targets[0].kind).toBe('values');
    expect(task.test([0]).targets[0].kind).toBe('class');
  } finally {
    useBackend(undefined);
    backend.dispose();
  }
});
