// AdamW: PyTorch's numbers for given gradients, groups, clipping, and going on after a restore.

import { readFileSync } from 'node:fs';
import { goldenArray, goldenInput, ownError } from '@omnigrad/nn/testing';
import { ArgumentError, type Backend, normal, rngKey, type Shape, scope, tensor } from '@omnigrad/tensor';
import { type ArrayTolerance, assertClose, readGolden, roundoff } from '@omnigrad/tensor/testing';
import { describe, expect, it } from 'vitest';
import {
  AdamW,
  type AdamWOptions,
  constant,
  ParameterArena,
  type ParameterGroup,
  ParameterScope,
  truncatedNormal,
} from '../src/index.ts';
import { backends, reference } from './support.ts';

const key = rngKey(11);

const arenaOf = (
  backend: Backend,
  shapes: Readonly<Record<string, Shape>>,
  init = truncatedNormal(1),
): ParameterArena => {
  const at = new ParameterScope();
  for (const [name, shape] of Object.entries(shapes)) at.param(name, shape, init);
  return new ParameterArena(at, backend, key);
};

const groupsOf = (arena: ParameterArena): ParameterGroup[] =>
  arena.parameters.map((p) => ({ name: p.name, arena, parameters: [p] }));

/** Fresh gradients for every parameter, from its name and the step. */
const drawGradients = (arena: ParameterArena, step: number, factor = 1): void =>
  scope(() => {
    arena.zeroGrads();
    arena.parameters.forEach((p, i) => {
      const drawn = normal(rngKey(1000 * step + i), p.shape, { backend: reference }).readSync();
      const { backend, dtype } = arena.values;
      arena.accumulate(
        p,
        tensor(
          drawn.map((x) => x * factor),
          p.shape,
          { backend, dtype },
        ),
      );
    });
  });

const stepWith = (optimizer: AdamW, lr: number, options = {}): number =>
  scope(() => optimizer.step(lr, options).itemSync());

describe('given gradients', () => {
  const file = readGolden(readFileSync(new URL('goldens/adamw-plain.safetensors', import.meta.url)));
  const { steps, ...options } = JSON.parse(file.metadata.config) as AdamWOptions & { steps: number };
  const rates = goldenArray(file, 'learningRate').data;
  const relative = (name: string): number => JSON.parse(file.metadata.ownRelativeError)[name];

  it.each(backends)('give the trail of PyTorch over 20 steps on $name', (backend) => {
    const exact: ArrayTolerance = { relative: 1e-12 };
    const near = (name: string): ArrayTolerance =>
      backend.floatDType === 'f64' ? exact : { relative: 4 * relative(name) + 16 * roundoff.f32, dtype: 'f32' };
    using arena = arenaOf(backend, { w: [1, 37] });
    const [w] = arena.parameters;
    arena.write(w, goldenArray(file, 'param').data);
    using optimizer = new AdamW([{ name: 'all', arena, parameters: [w] }], options);
    using gradients = goldenInput(file, 'grad', backend);
    const given = gradients.readSync();
    const trail = goldenArray(file, 'out/params').data;
    const size = 37;
    for (let s = 0; s < steps; s++) {
      arena.zeroGrads();
      scope(() => arena.accumulate(w, tensor(given.subarray(s * size, (s + 1) * size), w.shape, { backend })));
      stepWith(optimizer, rates[s]);
      const want = trail.subarray(s * size, (s + 1) * size);
      const tolerance = { absolute: 2 * ownError(file, 'out/params'), ofLargest: 4 * roundoff.f32 };
      assertClose(
        `step ${s}`,
        w.value.readSync(),
        want,
        backend.floatDType === 'f64' ? { ofLargest: 1e-12 } : tolerance,
      );
    }
    const [{ m, v }] = optimizer.moments();
    assertClose('expAvg', m.readSync(), goldenArray(file, 'expAvg').data, near('expAvg'));
    assertClose('expAvgSq', v.readSync(), goldenArray(file, 'expAvgSq').data, near('expAvgSq'));
    m.dispose();
    v.dispose();
  });
});

describe.each(backends)('AdamW on $name', (backend) => {
  const shapes = { a: [3, 5], b: [70], c: [2, 2] } as const;

  it('decays matrices only: by 1 - lr decay where the gradient is 0', () => {
    using arena = arenaOf(backend, shapes, constant(1));
    using optimizer = new AdamW(groupsOf(arena), { weightDecay: 0.5 });
    for (let s = 0; s < 3; s++) stepWith(optimizer, 0.1);
    const [a, b, c] = arena.parameters.map((p) => [...p.value.readSync()]);
    for (const x of [...a, ...c]) expect(x).toBeCloseTo(0.95 ** 3, 6);
    expect(b).toEqual(new Array(70).fill(1));
  });

  it('moves a weight by about the rate against the sign of its gradient', () => {
    using arena = arenaOf(backend, { w: [3] }, constant(0));
    using optimizer = new AdamW(groupsOf(arena));
    scope(() => arena.accumulate(arena.parameters[0], tensor([1e-3, -5, 0], { backend })));
    stepWith(optimizer, 0.1);
    const [down, up, still] = arena.parameters[0].value.readSync();
    expect(down).toBeCloseTo(-0.1, 5);
    expect(up).toBeCloseTo(0.1, 5);
    expect(still).toBe(0);
  });

  it('updates the groups it is told to, with a step count for each', () => {
    using arena = arenaOf(backend, shapes);
    using alone = arenaOf(backend, shapes);
    using optimizer = new AdamW(groupsOf(arena));
    using other = new AdamW(groupsOf(alone).slice(0, 1));
    const untouched = arena.parameters[1].value.readSync();
    // b never, c always, a in the first and the third step: as if a had been trained alone for two.
    [['a', 'c'], ['c'], ['a', 'c']].forEach((only, s) => {
      drawGradients(arena, s);
      stepWith(optimizer, 0.01, { only });
      if (!only.includes('a')) return;
      drawGradients(alone, s);
      stepWith(other, 0.01);
    });
    expect(optimizer.steps).toEqual([2, 0, 3]);
    expect(arena.parameters[0].value.readSync()).toEqual(alone.parameters[0].value.readSync());
    expect(arena.parameters[1].value.readSync()).toEqual(untouched);
  });

  it('trains groups of one name together, also in two arenas', () => {
    using first = arenaOf(backend, { a: [2, 2] });
    using second = arenaOf(backend, { b: [2, 2] });
    const groups = [first, second].map((arena) => ({ name: 'image', arena, parameters: arena.parameters }));
    using optimizer = new AdamW(groups);
    for (const arena of [first, second])
      scope(() => arena.accumulate(arena.parameters[0], tensor([3, 0, 0, 4], [2, 2], { backend })));
    expect(stepWith(optimizer, 0.01, { only: ['image'] })).toBeCloseTo(Math.sqrt(50), 5);
    expect(optimizer.steps).toEqual([1, 1]);
  });

  it('returns the norm before clipping, of the updated groups', () => {
    using arena = arenaOf(backend, { a: [2], b: [2] });
    using optimizer = new AdamW(groupsOf(arena));
    scope(() => {
      arena.accumulate(arena.parameters[0], tensor([3, 4], { backend }));
      arena.accumulate(arena.parameters[1], tensor([12, 0], { backend }));
    });
    expect(stepWith(optimizer, 0, { maxNorm: 1 })).toBeCloseTo(13, 5);
    expect(stepWith(optimizer, 0, { only: ['a'] })).toBeCloseTo(5, 5);
  });

  it('clips by maxNorm / (norm + 1e-6), and only what is too long', () => {
    const run = (factor: number, maxNorm: number): number[] => {
      using arena = arenaOf(backend, { w: [4, 4] });
      using optimizer = new AdamW(groupsOf(arena));
      for (let s = 0; s < 3; s++) {
        drawGradients(arena, s, factor);
        stepWith(optimizer, 0.01, { maxNorm });
      }
      const [{ m, v }] = optimizer.moments();
      const moments = [...m.readSync(), ...v.readSync()];
      m.dispose();
      v.dispose();
      return moments;
    };
    // Too long by far: what is left does not depend on the length.
    const close = { relative: backend.floatDType === 'f64' ? 1e-6 : 1e-5 };
    assertClose('clipped', run(1000, 0.5), run(50, 0.5), close);
    const free = run(1, Infinity);
    assertClose('long enough', run(1, 1e6), free, { relative: 0 });
    expect(run(1000, 0.5)).not.toEqual(free);
  });

  it('goes on after a restore as if it had never stopped', () => {
    const train = (arena: ParameterArena, optimizer: AdamW, from: number, to: number): void => {
      for (let s = from; s < to; s++) {
        drawGradients(arena, s);
        stepWith(optimizer, 0.01, { maxNorm: 1, only: s % 2 === 0 ? ['a', 'b'] : ['b', 'c'] });
      }
    };
    using whole = arenaOf(backend, shapes);
    using wholeOptimizer = new AdamW(groupsOf(whole));
    train(whole, wholeOptimizer, 0, 3);
    const saved = wholeOptimizer.moments().map(({ parameter, m, v }) => {
      const state = { name: parameter.name, m: m.readSync(), v: v.readSync(), value: parameter.value.readSync() };
      m.dispose();
      v.dispose();
      return state;
    });
    const { steps } = wholeOptimizer;
    train(whole, wholeOptimizer, 3, 7);

    using resumed = arenaOf(backend, shapes, constant(9));
    using resumedOptimizer = new AdamW(groupsOf(resumed));
    for (const p of resumed.parameters) {
      const state = saved.find(({ name }) => name === p.name);
      if (state === undefined) throw new Error(`${p.name} was not saved`);
      resumed.write(p, state.value);
      resumedOptimizer.restoreMoments(p, state.m, state.v);
    }
    resumedOptimizer.restoreSteps(steps);
    train(resumed, resumedOptimizer, 3, 7);

    expect(resumedOptimizer.steps).toEqual(wholeOptimizer.steps);
    expect(resumed.values.readSync()).toEqual(whole.values.readSync());
  });

  it('holds two moments an arena and 9 numbers a group, and gives them back', () => {
    using arena = arenaOf(backend, shapes);
    const before = backend.memory().inUse;
    const optimizer = new AdamW(groupsOf(arena));
    const bytes = backend.floatDType === 'f64' ? 8 : 4;
    expect(backend.memory().inUse - before).toBe(bytes * (2 * arena.length + 3 * 9));
    stepWith(optimizer, 0.01);
    optimizer.dispose();
    optimizer.dispose();
    expect(backend.memory().inUse).toBe(before);
  });
});

describe('AdamW refuses', () => {
  it('no groups', () => {
    expect(() => new AdamW([])).toThrow(new ArgumentError('AdamW', 'came without parameter groups; pass at least one'));
  });

  it('moments that do not fit, so that no neighbour is overwritten', () => {
    using arena = arenaOf(reference, { a: [2], b: [3] });
    using optimizer = new AdamW(groupsOf(arena).slice(0, 1));
    const [a, b] = arena.parameters;
    expect(() => optimizer.restoreMoments(a, [1, 2, 3], [1, 2, 3])).toThrow(
      new ArgumentError('AdamW', 'a has 2 elements, came moments of 3'),
    );
    expect(() => optimizer.restoreMoments(b, [1, 2, 3], [1, 2, 3])).toThrow(
      new ArgumentError('AdamW', 'b is not trained by this optimiser'),
    );
  });

  it('step counts of another number of groups', () => {
    using arena = arenaOf(reference, { a: [2], b: [3] });
    using optimizer = new AdamW(groupsOf(arena));
    expect(() => optimizer.restoreSteps([1])).toThrow(new ArgumentError('AdamW', '1 step counts for 2 groups'));
  });
});
