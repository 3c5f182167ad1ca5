// The seven modalities that have generated data alone, through the three stages: captured and eager steps give the same bytes, every loss
// is finite, each task is scored beside a baseline that beats chance, and nothing stays behind.

import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createCpuBackend } from '@omnigrad/cpu';
import { type Modality, poly13 } from '@omnigrad/data';
import { useBackend } from '@omnigrad/tensor';
import { afterEach, beforeEach, expect, it } from 'vitest';
import {
  depthStream,
  evaluateTask,
  graphStream,
  hyperspectralStream,
  infraredStream,
  openRun,
  pointCloudStream,
  type RunConfig,
  type StreamDefinition,
  train,
  videoStream,
  xrayStream,
} from '../src/index.ts';
import { smallConfig } from './small-model.ts';

const modalities: Modality[] = ['video', 'depth', 'pointcloud', 'graph', 'xray', 'infrared', 'hyperspectral'];

const streams = (): StreamDefinition[] => {
  const sets = poly13({ seed: 1, rho: 1, trainCount: 60, testCount: 20 });
  return [
    videoStream(sets.video),
    depthStream(sets.depth, { mostDisparity: 4 }),
    pointCloudStream(sets.pointcloud),
    graphStream(sets.graph, { nodes: { numbers: [{ mean: 2.2, std: 1.6 }], classes: [4] } }),
    xrayStream(sets.xray),
    infraredStream(sets.infrared),
    hyperspectralStream(sets.hyperspectral),
  ];
};

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'omnigrad-generated-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

const trained = async (name: string, capture: boolean) => {
  const config: RunConfig = { ...smallConfig([14, 14, 14]), modalities };
  const backend = createCpuBackend();
  useBackend(backend);
  try {
    using run = openRun({ dir: join(folder, name), mode: 'new' });
    run.writeConfig(config);
    const outcome = await train({
      ...{ config, streams: streams(), backend, run, resume: null, capture, events: {} },
      stopRequested: () => false,
    });
    if (outcome.status === 'interrupted') throw new Error('nobody asked for that');
    const { model } = outcome;
    const tasks = [];
    for (const stream of model.streams) {
      for (const task of stream.tasks) tasks.push(await evaluateTask(model, stream, task, 20));
    }
    model.dispose();
    expect(backend.memory().inUse).toBe(0);
    return { metrics: readFileSync(run.paths.metrics, 'utf8'), tasks };
  } finally {
    useBackend(undefined);
    backend.dispose();
  }
};

it('train through all stages, replayed as eager', async () => {
  const { metrics, tasks } = await trained('replayed', true);
  const rows = metrics
    .trim()
    .split('\n')
    .map((line): Record<string, unknown> => JSON.parse(line));
  expect(rows.length).toBeGreaterThanOrEqual(42);
  for (const { loss } of rows) expect(Number.isFinite(loss)).toBe(true);
  expect(tasks.map(({ modality }) => modality).sort()).toEqual([...modalities].sort());
  for (const { result } of tasks) {
    expect(result.testCount).toBe(20);
    expect(result.baseline).toBeGreaterThan(result.chance);
  }
  const seconds = /"(seconds|ms|time)[^,}]*[,}]/g;
  expect((await trained('eager', false)).metrics.replace(seconds, '')).toBe(metrics.replace(seconds, ''));
});
