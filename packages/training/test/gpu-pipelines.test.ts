// Which GPU pipelines the three stages of a small OmniVec2 take, reviewed as a list beside this file (`npm test -- -u` writes it anew),
// and that the list does not grow with shapes. Nothing runs: launches are data.

import { AdamW } from '@omnigrad/nn';
import { rngKey, scope, useBackend } from '@omnigrad/tensor';
import { type Abilities, createPlanningBackend, leastAbilities } from '@omnigrad/webgpu';
import { afterEach, expect, it } from 'vitest';
import { createStage, type RunConfig, type StageNumber } from '../src/index.ts';
import { StepRunner } from '../src/step-runner.ts';
import { smallConfig, smallModel } from './small-model.ts';

afterEach(() => {
  useBackend(undefined);
});

/** As a large card offers. */
const large: Abilities = {
  ...{ ...leastAbilities, subgroups: { least: 32, most: 32 }, f16: true, timestamps: true },
  ...{
    workgroupSize: 1024,
    workgroupBytes: 49152,
    storageBuffers: 16,
    maxBufferBytes: 2 ** 32,
    maxBindingBytes: 2 ** 31,
  },
};

/** Enough to meet every modality and every partner. */
const steps = 12;

const pipelineKeys = (abilities: Abilities, batch: number): readonly string[] => {
  const backend = createPlanningBackend(abilities);
  useBackend(backend);
  const base = smallConfig([steps, steps, steps]);
  const [one, two, three] = base.stages.map((stage) => ({ ...stage, batch }));
  const config: RunConfig = {
    ...{ ...base, model: { ...base.model, dropout: 0.1, partnerDrop: 0.4 } },
    stages: [one, two, three],
  };
  const model = smallModel(backend, config);
  const numbers: readonly StageNumber[] = [1, 2, 3];
  for (const number of numbers) {
    const groups = model.groups(number);
    const optimizer = new AdamW(groups);
    const runner = new StepRunner({ model, groups, optimizer, clipNorm: 1, captured: false });
    const stage = createStage(number, model, config, backend, rngKey(5));
    for (let step = 0; step < steps; step++) scope(() => void runner.step(stage.plan(step), 1e-3));
    runner.dispose();
    optimizer.dispose();
  }
  model.dispose();
  expect(backend.memory()).toMatchObject({ inUse: 0, persistent: 0, buffers: 0 });
  return backend.pipelineKeys;
};

const listOf = (keys: readonly string[]): string => keys.map((key) => `${key}\n`).join('');

it.each([
  ['least', leastAbilities],
  ['large', large],
] as const)(
  'pipelines on an adapter of %s abilities are those of the list, whatever the batch',
  async (name, abilities) => {
    const small = pipelineKeys(abilities, 8);
    const more = pipelineKeys(abilities, 64).filter((key) => !small.includes(key));
    const list = `batches of 8\n\n${listOf(small)}\nbatches of 64 besides\n\n${listOf(more)}`;
    await expect(list).toMatchFileSnapshot(`gpu-pipelines-${name}.txt`);
    // sizes choose among these: they are no part of a key
    const between = pipelineKeys(abilities, 20);
    expect(between.filter((key) => !small.includes(key) && !more.includes(key))).toEqual([]);
  },
);
