// Two thousand training steps on a GPU: buffers and bytes stay as they were after twenty, and the loss falls.

import {
  capture,
  crossEntropyRows,
  foldKey,
  ids,
  mean,
  normal,
  relu,
  rngKey,
  scope,
  type Tensor,
} from '@omnigrad/tensor';
import { createWebGpuBackend, type WebGpuBackendInstance } from '@omnigrad/webgpu';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { AdamW, accumulateGradients, Linear, ParameterArena, ParameterScope } from '../src/index.ts';

const steps = 2000;
const settled = 20;
const readEvery = 100;
const batches = 4;

let backend: WebGpuBackendInstance;
beforeEach(async () => {
  backend = await createWebGpuBackend({ software: true });
});
afterEach(async () => {
  await backend.finish();
  expect(backend.memory()).toMatchObject({ inUse: 0, persistent: 0, buffers: 0 });
  backend.dispose();
});

interface Batch {
  readonly x: Tensor;
  readonly target: Tensor;
}

/** One of four batches, uploaded anew at every step; the labels can only be learned by heart. */
const batchOf = (step: number): Batch => {
  const i = step % batches;
  return {
    x: normal(foldKey(rngKey(3), i), [6, 4], { backend }),
    target: ids(
      Array.from({ length: 6 }, (_, k) => (k * k + i) % 3),
      [6],
      { backend },
    ),
  };
};

const makeTrainer = () => {
  const at = new ParameterScope();
  const [first, second] = [new Linear(at.child('first'), 4, 16), new Linear(at.child('second'), 16, 3)];
  const arena = new ParameterArena(at, backend, rngKey(1));
  const groups = [{ name: 'all', arena, parameters: arena.parameters }];
  const optimizer = new AdamW(groups);
  return {
    step: ({ x, target }: Batch): { readonly loss: Tensor } => {
      arena.zeroGrads();
      const loss = accumulateGradients(
        () => mean(crossEntropyRows(second.forward(relu(first.forward(x))), target)),
        groups,
      );
      optimizer.step(() => 3e-3, { maxNorm: 1 });
      return { loss };
    },
    dispose: () => {
      optimizer.dispose();
      arena.dispose();
    },
  };
};

/** Buffers that the device makes from here on and that nobody has destroyed. */
const countLiveBuffers = (): (() => number) => {
  const { device } = backend;
  const live = new Set<object>();
  const create = device.createBuffer.bind(device);
  device.createBuffer = (descriptor) => {
    const buffer = create(descriptor);
    live.add(buffer);
    const destroy = buffer.destroy.bind(buffer);
    buffer.destroy = () => {
      live.delete(buffer);
      return destroy();
    };
    return buffer;
  };
  return () => live.size;
};

const average = (x: readonly number[]): number => x.reduce((a, b) => a + b, 0) / x.length;

it.each(['eager', 'replayed'] as const)('2,000 %s steps hold the buffers of twenty', async (kind) => {
  const liveBuffers = countLiveBuffers();
  const { step, dispose } = makeTrainer();
  const captured = kind === 'replayed' ? capture(step) : null;
  const run = captured ?? step;
  const held = async () => {
    await backend.finish();
    const { inUse, pooled, buffers } = backend.memory();
    return { inUse, pooled, buffers, live: liveBuffers() };
  };
  const losses: number[] = [];
  let early: Awaited<ReturnType<typeof held>> | null = null;
  for (let i = 0; i < steps; i++) {
    const { loss } = scope(() => {
      const result = run(batchOf(i));
      return { loss: i % readEvery < batches ? result.loss.read() : null };
    });
    if (loss !== null) losses.push((await loss)[0]);
    if (i + 1 === settled) early = await held();
  }
  expect(await held()).toEqual(early);
  expect(early?.live).toBeGreaterThan(0);
  expect(losses.every(Number.isFinite)).toBe(true);
  expect(average(losses.slice(-batches))).toBeLessThan(0.2 * average(losses.slice(0, batches)));
  if (captured !== null) expect(captured.report()).toMatchObject({ recorded: 2, replayed: steps - 2 });
  captured?.dispose();
  dispose();
});
