// Published sets as streams of the library. Targets that are no classes reach the tasks of the training through `targetOf`: several labels of a film, a number of a graph.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createCpuBackend } from '@omnigrad/cpu';
import {
  datasetOf,
  fitPlane,
  openPublished,
  type PublishedChannels,
  type PublishedDataset,
  type RawGraph,
  type RawSeries,
} from '@omnigrad/data';
import { rngKey, useBackend } from '@omnigrad/tensor';
import { XrayTokenizer, xrayDefaults } from '@omnigrad/tokenizers';
import { expect, it } from 'vitest';
import { writeChestXray14 } from '../../data/test/published/fixtures/chestx-ray14.ts';
import {
  defineStream,
  evaluateTask,
  graphStream,
  labelsTask,
  OmniVec2,
  openRun,
  type RunConfig,
  type StreamDefinition,
  timeseriesStream,
  train,
} from '../src/index.ts';
import { smallConfig } from './small-model.ts';

const films = async (folder: string): Promise<StreamDefinition> => {
  const dataset = await datasetOf(await openPublished('chestx-ray14', folder), {
    targets: 'labels',
    prepare: (raw) => fitPlane(raw, { height: 32, width: 32 }),
  });
  const labels = dataset.classes.length;
  const findings = labelsTask({
    name: 'findings',
    dataset,
    head: { kind: 'labels', labels },
    labelsOf: ({ id }) => {
      const present = new Set(dataset.targetOf(id).ids);
      return Float32Array.from({ length: labels }, (_, label) => Number(present.has(label)));
    },
    baseline: () => ({ method: 'none', value: 0 }),
  });
  return defineStream({
    modality: 'xray',
    dataset,
    tokenizer: (scope, width) => new XrayTokenizer(scope, xrayDefaults, width),
    cacheFeatures: true,
    tasks: [findings],
    settings: xrayDefaults,
  });
};

/** Rings of 3 to 12 nodes; the target is how many. */
const rings = async (): Promise<StreamDefinition> => {
  const ring = (nodes: number): RawGraph => ({
    nodes,
    directed: false,
    edges: Int32Array.from({ length: 2 * nodes }, (_, at) => Math.floor((at + 1) / 2) % nodes),
    nodeFeatures: Float32Array.from({ length: nodes }, (_, node) => node % 3),
    edgeFeatures: null,
  });
  const split = (name: string) => ({
    name,
    length: 10,
    groups: null,
    get: async (at: number) => ({
      input: ring(3 + at),
      target: { kind: 'values', values: Float32Array.of(3 + at) } as const,
      id: `${name}-${at}`,
    }),
  });
  const published: PublishedDataset<RawGraph> = {
    ...{ name: 'rings', modality: 'graph', classes: [], fingerprint: 'rings' },
    splits: new Map([
      ['train', split('train')],
      ['validation', split('validation')],
    ]),
  };
  const dataset = await datasetOf(published, { targets: 'values' });
  const value = { name: 'size', unit: 'nodes', numberOf: (id: string) => dataset.targetOf(id).values[0] };
  return graphStream(dataset, { nodes: { numbers: [], classes: [3] } }, {}, { value });
};

it('several labels of a film and a number of a graph are trained on and scored', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'omnigrad-targets-'));
  const backend = createCpuBackend();
  const previous = useBackend(backend);
  try {
    writeChestXray14(folder);
    const streams = [await films(folder), await rings()];
    const config: RunConfig = { ...smallConfig([2, 2, 4]), modalities: ['xray', 'graph'] };
    using run = openRun({ dir: join(folder, 'run'), mode: 'new' });
    run.writeConfig(config);
    const outcome = await train({
      ...{ config, streams, backend, run, resume: null, events: {} },
      stopRequested: () => false,
    });
    if (outcome.status === 'interrupted') throw new Error('nobody asked it to stop');
    using model = outcome.model;
    const [xray, graph] = model.streams;
    expect([...xray.tasks, ...graph.tasks].map(({ id }) => id)).toEqual(['xray/findings', 'graph/size']);
    const targets = xray.tasks[0].train([0, 1, 2], rngKey(1)).targets;
    const counts = targets.map((target) => (target.kind === 'labels' ? target.labels.reduce((a, b) => a + b) : -1));
    expect(counts.sort()).toEqual([0, 1, 2]);
    expect(targets.every((target) => target.kind === 'labels' && target.labels.length === 14)).toBe(true);
    const { result: findings } = await evaluateTask(model, xray, xray.tasks[0], 4);
    expect([findings.metric, findings.testCount]).toEqual(['mAP', 2]);
    const { result: size } = await evaluateTask(model, graph, graph.tasks[0], 4);
    expect([size.metric, size.testCount, Number.isFinite(size.value)]).toEqual(['MAE of size, nodes', 10, true]);
    // The mean ring has 7.5 nodes: as far off on average as 2.5; ridge regression sees the size itself.
    expect(size.chance).toBeCloseTo(2.5, 5);
    expect(size.baseline).toBeLessThan(1);
  } finally {
    useBackend(previous);
    backend.dispose();
    rmSync(folder, { recursive: true, force: true });
  }
});

it('of a series of many channels a reconstruction draws a dozen, the forecast one among them', async () => {
  const [steps, channels] = [8, 20];
  const window = (first: number, rows: number): Float32Array =>
    Float32Array.from(
      { length: rows * channels },
      (_, at) => first + Math.floor(at / channels) + 100 * (at % channels),
    );
  const split = (name: string, first: number) => ({
    name,
    length: 6,
    groups: null,
    target: () => ({ kind: 'none' }) as const,
    get: async (at: number) => ({
      input: {
        ...{ history: window(first + at, steps), future: window(first + at + steps, 2), steps, horizon: 2, channels },
        dayOfYear: 1 + at,
      },
      target: { kind: 'none' } as const,
      id: `${name}-${at}`,
    }),
  });
  const published: PublishedChannels<RawSeries> = {
    ...{ name: 'wide', modality: 'timeseries', classes: [], fingerprint: 'wide' },
    splits: new Map([
      ['train', split('train', 0)],
      ['test', split('test', 20)],
    ]),
    channels: Array.from({ length: channels }, (_, c) => ({ name: `c${c}`, unit: '', mean: 0, std: 1 })),
  };
  const dataset = await datasetOf(published);
  const definition = timeseriesStream(dataset, 'c17', { steps, patch: 2 });
  const backend = createCpuBackend();
  const previous = useBackend(backend);
  try {
    const config = smallConfig();
    using model = new OmniVec2(config.model, [definition], backend, rngKey(1));
    const [stream] = model.streams;
    const batch = stream.masked('test', [0, 1], rngKey(2));
    // Two rows of all channels are a token.
    const width = 2 * channels;
    const picture = batch.illustrate(new Float32Array(batch.mask.hidden.length * width));
    expect([picture?.columns, picture?.channels.length, picture?.channels[11]]).toEqual([12, 12, 'c17, ']);
    const { input } = dataset.test.get(0);
    const original = picture?.items[0].original ?? [];
    expect(original.length).toBe(steps * 12);
    // Row 3 of channels 4 and 17.
    expect([original[3 * 12 + 4], original[3 * 12 + 11]]).toEqual([
      input.history[3 * channels + 4],
      input.history[3 * channels + 17],
    ]);
  } finally {
    useBackend(previous);
    backend.dispose();
  }
});
