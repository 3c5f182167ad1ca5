// What each stage trains, that it can learn, and that inference needs no partner.

import { createCpuBackend } from '@omnigrad/cpu';
import { AdamW, accumulateGradients, evaluation, type Parameter, training } from '@omnigrad/nn';
import { type Backend, foldKey, noGrad, rngKey, scope, useBackend } from '@omnigrad/tensor';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createStage, type OmniVec2, type StageNumber, stage1Loss, stage2Loss, stage3Loss } from '../src/index.ts';
import { smallConfig, smallModel } from './small-model.ts';

let backend: Backend;
let model: OmniVec2;
const key = rngKey(3);

beforeEach(() => {
  backend = createCpuBackend();
  useBackend(backend);
  model = smallModel(backend);
});

afterEach(() => {
  model.dispose();
  expect(backend.memory().inUse).toBe(0);
  useBackend(undefined);
  backend.dispose();
});

/** Which parameters of both arenas hold a gradient that is not all zero. */
const touched = (): Set<string> => {
  const out = new Set<string>();
  const arenas = [model.arena, model.decoderArena].filter((arena) => arena !== null);
  for (const arena of arenas) {
    const grads = arena.grads.readSync();
    for (const p of arena.parameters) {
      const slot = grads.subarray(p.offset, p.offset + p.shape.reduce((a, b) => a * b, 1));
      if (slot.some((g) => g !== 0)) out.add(p.name);
    }
  }
  return out;
};

/** Runs planned steps of a stage without updating anything, gradients summed. */
const gradientsOf = (number: StageNumber, steps: number): void => {
  const config = smallConfig([steps, steps, steps]);
  const stage = createStage(number, model, config, backend, key);
  for (let step = 0; step < steps; step++) {
    scope(() => {
      const { compute, key: stepKey } = stage.plan(step).prepare();
      accumulateGradients(() => compute(stepKey), model.groups(number));
    });
  }
};

const names = (list: readonly Parameter[]): string[] => list.map((p) => p.name);

describe('gradient coverage', () => {
  const trained = (number: StageNumber): string[] =>
    model.groups(number).flatMap(({ parameters }) => names(parameters));

  // So many steps because few rows of the table have a missing value, which has a vector of its own.
  it('stage 1 trains tokenizers, f and decoders, every parameter of them, and nothing else', () => {
    gradientsOf(1, 60);
    expect([...touched()].sort()).toEqual(trained(1).sort());
    expect(trained(1).some((n) => n.startsWith('fusion.') || n.startsWith('heads.'))).toBe(false);
  });

  it('stage 2 adds cross-attention and g', () => {
    gradientsOf(2, 130);
    expect([...touched()].sort()).toEqual(trained(2).sort());
    expect(trained(2).some((n) => n.startsWith('fusion.back.'))).toBe(true);
    expect(trained(2).some((n) => n.startsWith('heads.'))).toBe(false);
  });

  it('stage 3 trains tokenizers, f, fusion and heads; decoders are gone', () => {
    model.dropDecoders();
    gradientsOf(3, 60);
    // What only masking uses (mask tokens, the back attention) has no part in stage 3.
    const expected = trained(3);
    expect([...touched()].sort()).toEqual(expected.sort());
    expect(expected.some((n) => n.startsWith('decoders.'))).toBe(false);
  });
});

describe('one batch can be overfitted', () => {
  const overfit = (number: StageNumber, steps: number): { first: number; last: number } => {
    const config = smallConfig();
    if (number === 3) model.dropDecoders();
    const groups = model.groups(number);
    using optimizer = new AdamW(groups, { weightDecay: 0 });
    const { compute, key: stepKey } = createStage(number, model, config, backend, key).plan(0).prepare();
    const losses: number[] = [];
    for (let i = 0; i < steps; i++) {
      scope(() => {
        model.arena.zeroGrads();
        model.decoderArena?.zeroGrads();
        const { loss } = accumulateGradients(() => compute(stepKey), groups);
        optimizer.step(4e-3, { maxNorm: 1 });
        losses.push(loss.itemSync());
      });
    }
    return { first: losses[0], last: losses[losses.length - 1] };
  };

  it.each([1, 2, 3] as const)('stage %i', (number) => {
    const { first, last } = overfit(number, 150);
    expect(last).toBeLessThan(0.35 * first);
  });
});

describe('one stream alone', () => {
  it('gives head(g(f(x))) without cross-attention, the same whatever was trained beside it', () => {
    const image = model.streams[0];
    const task = image.tasks[0];
    const indices = [0, 1, 2];
    const answer = (): number[] =>
      noGrad(() =>
        scope(() => {
          const batch = task.test(indices);
          return [...model.predict(task.id, batch.tokens(evaluation), evaluation).readSync()];
        }),
      );
    const before = answer();
    expect(before).toHaveLength(30);
    expect(before.every(Number.isFinite)).toBe(true);
    // Cross-attention weights have no part in it.
    const cross = model.arena.parameters.filter((p) => p.name.startsWith('fusion.cross.'));
    expect(cross.length).toBeGreaterThan(0);
    for (const p of cross) model.arena.write(p, new Float32Array(p.value.size).fill(0.5));
    expect(answer()).toEqual(before);
  });

  it('learns a task in two-stream training that it then solves alone', () => {
    model.dropDecoders();
    const [image, text] = model.streams;
    const groups = model.groups(3);
    using optimizer = new AdamW(groups, { weightDecay: 0 });
    const indices = [0, 1, 2, 3, 4, 5, 6, 7];
    const digit = image.tasks[0].train(indices, key);
    const spam = text.tasks[0].train(indices, key);
    for (let i = 0; i < 120; i++) {
      const mode = training(foldKey(key, i));
      scope(() => {
        model.arena.zeroGrads();
        accumulateGradients(
          () => stage3Loss(model, [image.tasks[0], text.tasks[0]], [digit, spam], mode, [null, null]),
          groups,
        );
        optimizer.step(4e-3, { maxNorm: 1 });
      });
    }
    const logits = noGrad(() =>
      scope(() => [...model.predict('image/digit', digit.tokens(evaluation), evaluation).readSync()]),
    );
    const right = indices.filter((_, b) => {
      const row = logits.slice(b * 10, b * 10 + 10);
      const target = digit.targets[b];
      return target.kind === 'class' && row.indexOf(Math.max(...row)) === target.id;
    });
    expect(right.length).toBeGreaterThanOrEqual(6);
  });
});

describe('losses', () => {
  it('are the sum of both streams, and equal streams alone when the gates are shut', () => {
    const [image, text] = model.streams;
    const a = image.masked('train', [0, 1], key);
    const b = text.masked('train', [0, 1], key);
    scope(() => {
      const { loss, parts } = stage2Loss(model, [image, text], [a, b], evaluation, [null, null]);
      expect(loss.itemSync()).toBeCloseTo(parts[0].itemSync() + parts[1].itemSync(), 5);
      expect(stage1Loss(model, image, a, evaluation).itemSync()).toBeGreaterThan(0);
    });
  });
});
