// The quickstart on a GPU: its losses are those of the CPU. Fifty steps over the three stages and all six modalities, of a model
// with the quickstart's parts and a fraction of its sizes. OMNIGRAD_SLOW=1 adds the first fifty steps of what `npm start` trains,
// which a software adapter takes two minutes for.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createCpuBackend } from '@omnigrad/cpu';
import { type Backend, useBackend } from '@omnigrad/tensor';
import { openRun, type RunConfig, type StreamDefinition, train } from '@omnigrad/training';
import { createWebGpuBackend } from '@omnigrad/webgpu';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { loadStreams } from '../src/data-packages.ts';
import { defaultConfig } from '../src/defaults.ts';

const reduced = ({ model, stages, ...rest }: RunConfig): RunConfig => ({
  ...rest,
  model: {
    ...model,
    width: 16,
    trunk: { layers: 1, heads: 2, feedForward: 32 },
    reduction: [16, 16, 8],
    g: { layers: 1, heads: 2, feedForward: 24 },
    crossHeads: 2,
    decoder: { width: 16, layers: 1, heads: 2, feedForward: 32 },
  },
  stages: [
    { ...stages[0], batch: 4 },
    { ...stages[1], batch: 4 },
    { ...stages[2], batch: 4 },
  ],
});

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'omnigrad-quickstart-gpu-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

interface Row {
  readonly name: string;
  readonly loss: number;
}

/** The losses of a run by stage, step and task, in their order. */
const lossesOn = async (
  backend: Backend,
  config: RunConfig,
  streams: readonly StreamDefinition[],
  steps: number,
): Promise<Row[]> => {
  const previous = useBackend(backend);
  using run = openRun({ dir: join(folder, backend.name), mode: 'new' });
  let done = 0;
  try {
    const outcome = await train({
      config,
      streams,
      backend,
      run,
      resume: null,
      events: {},
      stopRequested: () => ++done === steps,
    });
    if (outcome.status === 'finished') outcome.model.dispose();
    expect(done).toBe(steps);
    return run.readMetrics().map(({ stage, step, modality, task, loss }) => ({
      name: `stage ${stage}, step ${step}, ${modality} ${task ?? ''}`,
      loss: Number(loss),
    }));
  } finally {
    useBackend(previous);
  }
};

/** Compares the losses of the first fifty steps. Returns their names. */
const compare = async (config: RunConfig, tolerance: number): Promise<string[]> => {
  expect(config.modalities).toHaveLength(6);
  const from = fileURLToPath(new URL('../../../examples/quickstart/src/main.ts', import.meta.url));
  const streams = await loadStreams(config.modalities, from, () => undefined);
  const [cpu, gpu] = [createCpuBackend(), await createWebGpuBackend({ software: true })];
  const want = await lossesOn(cpu, config, streams, 50);
  const got = await lossesOn(gpu, config, streams, 50);
  expect(got.map(({ name }) => name)).toEqual(want.map(({ name }) => name));
  const errors = got.map(({ name, loss }, i) => ({ name, loss, error: Math.abs(loss / want[i].loss - 1) }));
  expect(errors.filter(({ error }) => !(error <= tolerance))).toEqual([]);
  for (const backend of [cpu, gpu]) {
    expect(backend.memory().inUse).toBe(0);
    backend.dispose();
  }
  return got.map(({ name }) => name);
};

it('has the losses of the CPU over the three stages of a small model', async () => {
  // 12, 12 and 26 steps. A few 1e-7 come in the first steps, a few 1e-6 in the last ones, unless an input of a ReLU lies within a rounding
  // of 0 and takes the other side: with seed 1 that happens in stage 3 on SwiftShader, and losses part by 5e-4.
  const names = await compare(reduced(defaultConfig({ seed: 2, minutes: 0.039 })), 1e-4);
  for (const stage of [1, 2, 3]) expect(names.some((name) => name.startsWith(`stage ${stage}`))).toBe(true);
});

if (process.env.OMNIGRAD_SLOW === '1') {
  it('has the losses of the CPU over the first fifty steps of `npm start`', async () => {
    // 4e-7 came at most
    await compare(defaultConfig({ seed: 1 }), 1e-5);
  }, 3_600_000);
}
