// Accumulation over micro-batches, freezing, and clipping of the gradients in their arenas.

import {
  ArgumentError,
  type Backend,
  matmul,
  mean,
  normal,
  rngKey,
  scope,
  slice,
  square,
  type Tensor,
  tanh,
  tensor,
} from '@omnigrad/tensor';
import { assertClose } from '@omnigrad/tensor/testing';
import { describe, expect, it, vi } from 'vitest';
import {
  accumulateGradients,
  clipGradNorm,
  clipGradValue,
  constant,
  ParameterArena,
  ParameterScope,
  truncatedNormal,
} from '../src/index.ts';
import { backends, reference } from './support.ts';

const twoLayers = (backend: Backend): ParameterArena => {
  const at = new ParameterScope();
  at.param('w1', [3, 4], truncatedNormal(1));
  at.param('w2', [4, 2], truncatedNormal(1));
  return new ParameterArena(at, backend, rngKey(3));
};

const lossOf = (arena: ParameterArena, x: Tensor): Tensor => {
  const [w1, w2] = arena.parameters;
  return mean(square(matmul(tanh(matmul(x, w1.value)), w2.value)));
};

const arenaWith = (backend: Backend, grads: readonly (readonly number[])[]): ParameterArena => {
  const at = new ParameterScope();
  for (const [i, g] of grads.entries()) at.param(`p${i}`, [g.length], constant(0));
  const arena = new ParameterArena(at, backend, rngKey(3));
  scope(() => {
    grads.forEach((g, i) => {
      arena.accumulate(arena.parameters[i], tensor([...g], { backend, dtype: backend.floatDType }));
    });
  });
  return arena;
};

const gradsOf = (arena: ParameterArena): number[][] => {
  const all = arena.grads.readSync();
  return arena.parameters.map(({ offset, value }) => [...all.subarray(offset, offset + value.size)]);
};

describe.each(backends)('on $name', (backend) => {
  it.each([2, 3, 6])('%i micro-batches give the gradient of one batch', (k) => {
    using arena = twoLayers(backend);
    const groups = [{ arena, parameters: arena.parameters }];
    scope(() => {
      const x = normal(rngKey(1), [6, 3], { backend });
      const whole = accumulateGradients(() => lossOf(arena, x), groups).itemSync();
      const want = arena.grads.readSync();
      arena.zeroGrads();
      const losses = Array.from({ length: k }, (_, i) => {
        const part = slice(x, { start: i * (6 / k), end: (i + 1) * (6 / k) });
        return accumulateGradients(() => ({ loss: lossOf(arena, part), i }), groups, { scale: 1 / k });
      });
      // The losses are returned as they were, not scaled.
      const average = losses.reduce((sum, { loss }) => sum + loss.itemSync(), 0) / k;
      const tolerance = backend.floatDType === 'f64' ? { ofLargest: 1e-14 } : { ofLargest: 1e-6 };
      assertClose('gradient', arena.grads.readSync(), want, tolerance);
      assertClose('loss', Float64Array.of(average), Float64Array.of(whole), tolerance);
      expect(losses.map(({ i }) => i)).toEqual(Array.from({ length: k }, (_, i) => i));
    });
  });

  it('works out no gradient for frozen parameters', () => {
    using arena = twoLayers(backend);
    const groups = [{ arena, parameters: arena.parameters }];
    const run = vi.spyOn(backend, 'run');
    const count = (on: readonly { arena: ParameterArena; parameters: typeof arena.parameters; frozen?: boolean }[]) => {
      run.mockClear();
      scope(() => {
        accumulateGradients(() => lossOf(arena, tensor([[1, 2, 3]], { backend, dtype: backend.floatDType })), on);
      });
      const names = run.mock.calls.map(([{ name }]) => name);
      return [names.length, names.filter((name) => name === 'matmul').length];
    };
    const [, all] = count(groups);
    const [w1, w2] = arena.parameters;
    arena.zeroGrads();
    w1.frozen = true;
    const [, second] = count(groups);
    expect(gradsOf(arena)[0]).toEqual(new Array(12).fill(0));
    expect(gradsOf(arena)[1].some((g) => g !== 0)).toBe(true);
    // Two products forward; backward three for both weights, one for the second alone.
    expect([all, second]).toEqual([5, 3]);
    w2.frozen = true;
    const [none] = count(groups);
    w1.frozen = false;
    w2.frozen = false;
    const [frozenGroup] = count([{ ...groups[0], frozen: true }]);
    run.mockClear();
    scope(() => {
      lossOf(arena, tensor([[1, 2, 3]], { backend, dtype: backend.floatDType }));
    });
    expect([none, frozenGroup]).toEqual([run.mock.calls.length, run.mock.calls.length]);
    run.mockRestore();
  });

  it('clips by the norm over all groups, and returns it', () => {
    using first = arenaWith(backend, [[3, 4], [100]]);
    using second = arenaWith(backend, [[0, 12, 0]]);
    first.parameters[1].frozen = true;
    const groups = [first, second].map((arena) => ({ arena, parameters: arena.parameters }));
    scope(() => {
      expect(clipGradNorm(groups, 100).itemSync()).toBeCloseTo(13, 5);
      expect(gradsOf(first)).toEqual([[3, 4], [100]]);
      expect(clipGradNorm(groups, 1).itemSync()).toBeCloseTo(13, 5);
      expect(clipGradNorm(groups, 1).itemSync()).toBeCloseTo(1, 5);
      expect(gradsOf(first)[1]).toEqual([100]);
      // Two times maxNorm / (norm + 1e-6).
      assertClose('clipped', Float64Array.from(gradsOf(first)[0]), Float64Array.of(3 / 13, 4 / 13), { relative: 3e-6 });
    });
  });

  it('clips by value, frozen ones left out', () => {
    using arena = arenaWith(backend, [[0.5, -7, 2, Infinity, Number.NaN], [9]]);
    arena.parameters[1].frozen = true;
    clipGradValue([{ arena, parameters: arena.parameters }], 2);
    expect(gradsOf(arena)).toEqual([[0.5, -2, 2, 2, Number.NaN], [9]]);
  });

  it('makes of norms that are not finite what it says', () => {
    const clipped = (g: readonly number[]) => {
      using arena = arenaWith(backend, [g]);
      return scope(() => [clipGradNorm([{ arena, parameters: arena.parameters }], 1).itemSync(), ...gradsOf(arena)[0]]);
    };
    expect(clipped([1, Infinity])).toEqual([Infinity, 0, Number.NaN]);
    expect(clipped([1, Number.NaN])).toEqual([Number.NaN, Number.NaN, Number.NaN]);
    expect(clipped([0, 0])).toEqual([0, 0, 0]);
  });
});

it('refuses what makes no sense', () => {
  using arena = arenaWith(reference, [[1]]);
  const groups = [{ arena, parameters: arena.parameters }];
  const before = reference.memory().inUse;
  expect(() => clipGradNorm(groups, -1)).toThrow(
    new ArgumentError('clipGradNorm', 'maxNorm is -1; use a number of at least 0'),
  );
  expect(() => clipGradNorm([], 1)).toThrow(
    new ArgumentError('clipGradNorm', 'came without parameter groups; pass at least one'),
  );
  expect(() => clipGradValue(groups, Number.NaN)).toThrow(
    new ArgumentError('clipGradValue', 'maxValue is NaN; use a finite number of at least 0'),
  );
  expect(() => accumulateGradients(() => mean(arena.parameters[0].value), groups, { scale: Number.NaN })).toThrow(
    new ArgumentError('accumulateGradients', 'scale is NaN; use a finite number of at least 0'),
  );
  expect(reference.memory().inUse).toBe(before);
});

describe.each(backends)('an init that fails on $name', (backend) => {
  it.each([
    [
      'throws',
      () => {
        throw new Error('no weights');
      },
    ],
    ['is too short', () => new Float32Array(1)],
  ])('%s: gives the arena back', (_, init) => {
    const at = new ParameterScope();
    at.param('first', [2], constant(1));
    at.param('second', [3], init);
    const before = backend.memory().inUse;
    expect(() => new ParameterArena(at, backend, rngKey(1))).toThrow();
    expect(backend.memory().inUse).toBe(before);
  });
});
