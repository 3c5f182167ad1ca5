// The moving average of weights.

import { readFileSync } from 'node:fs';
import { checkGoldenArray, goldenArray } from '@omnigrad/nn/testing';
import { ArgumentError, type Backend, rngKey, type Shape, scope, tensor } from '@omnigrad/tensor';
import { readGolden } from '@omnigrad/tensor/testing';
import { describe, expect, it, vi } from 'vitest';
import { ExponentialMovingAverage, ParameterArena, ParameterScope, SGD, truncatedNormal } from '../src/index.ts';
import { backends, reference } from './support.ts';

const file = readGolden(readFileSync(new URL('goldens/optimisers-given.safetensors', import.meta.url)));
const steps = Number(file.metadata.steps);

const arenaOf = (backend: Backend, shapes: Readonly<Record<string, Shape>>) => {
  const at = new ParameterScope();
  for (const [name, shape] of Object.entries(shapes)) at.param(name, shape, truncatedNormal(1));
  return new ParameterArena(at, backend, rngKey(3));
};

const averagesOf = (ema: ExponentialMovingAverage): number[][] =>
  ema.averages().map(({ average }) => {
    const data = [...average.readSync()];
    average.dispose();
    return data;
  });

describe.each(backends)('on $name', (backend) => {
  const message = 'came while the averages stand in for the weights; call swap() first';

  it.each([
    ['plain', false],
    ['warm', true],
  ] as const)('is the golden, %s', (name, warmup) => {
    using arena = arenaOf(backend, { a: [2], b: [7] });
    const b = arena.parameters[1];
    arena.write(b, goldenArray(file, 'b').data);
    using ema = new ExponentialMovingAverage([{ arena, parameters: [b] }], { decay: 0.9, warmup });
    using walk = new SGD([{ name: 'b', arena, parameters: [b] }]);
    for (let s = 0; s < steps; s++) {
      scope(() => {
        arena.zeroGrads();
        const g = goldenArray(file, 'grad/b').data.slice(s * 7, (s + 1) * 7);
        const { dtype } = arena.values;
        arena.accumulate(
          b,
          tensor(
            Array.from(g, (x) => -x),
            [7],
            { backend, dtype },
          ),
        );
        walk.step(1);
        ema.update();
      });
    }
    expect(ema.updates).toBe(steps);
    checkGoldenArray(file, `ema/${name}`, Float64Array.from(averagesOf(ema)[0]), backend);
  });

  it('swaps in and out bit for bit, and copies', () => {
    using arena = arenaOf(backend, { a: [2, 3], b: [70], c: [3] });
    const [a, b, c] = arena.parameters;
    using ema = new ExponentialMovingAverage(
      [
        { arena, parameters: [a] },
        { arena, parameters: [c] },
      ],
      { decay: 0.5 },
    );
    const start = arena.values.readSync();
    for (const p of [a, b, c])
      arena.write(
        p,
        p.value.readSync().map((x) => x + 1),
      );
    const now = arena.values.readSync();
    ema.update();
    const [averageA, averageC] = averagesOf(ema);
    ema.swap();
    expect(ema.swapped).toBe(true);
    expect([...a.value.readSync()]).toEqual(averageA);
    expect([...c.value.readSync()]).toEqual(averageC);
    expect(b.value.readSync()).toEqual(now.slice(b.offset, b.offset + 70));
    for (const method of ['update', 'averages', 'copyToWeights'] as const) {
      expect(() => ema[method]()).toThrow(new ArgumentError('ExponentialMovingAverage', `${method}() ${message}`));
    }
    ema.swap();
    expect(arena.values.readSync()).toEqual(now);
    expect(averagesOf(ema)).toEqual([averageA, averageC]);
    for (const [i, x] of averageA.entries()) expect(x).toBeCloseTo(start[i] + 0.5, 6);
    ema.copyToWeights();
    expect([...a.value.readSync()]).toEqual(averageA);
  });

  it('keeps the bytes of weights that stay, reads nothing, and restores', () => {
    using arena = arenaOf(backend, { a: [2, 3] });
    const group = { arena, parameters: arena.parameters };
    using ema = new ExponentialMovingAverage([group], { decay: 0.99, warmup: true });
    const read = vi.spyOn(backend, 'readSync');
    for (let s = 0; s < 3; s++) ema.update();
    expect(read).not.toHaveBeenCalled();
    read.mockRestore();
    const [kept] = averagesOf(ema);
    expect(kept).toEqual([...arena.parameters[0].value.readSync()]);
    using again = new ExponentialMovingAverage([group], { decay: 0.99, warmup: true });
    again.restore(arena.parameters[0], [1, 2, 3, 4, 5, 6]);
    again.restoreUpdates(3);
    ema.restore(arena.parameters[0], [1, 2, 3, 4, 5, 6]);
    for (const average of [ema, again]) average.update();
    expect(averagesOf(again)).toEqual(averagesOf(ema));
  });
});

it('refuses what makes no sense', () => {
  using arena = arenaOf(reference, { a: [2], b: [2] });
  using other = arenaOf(reference, { z: [2] });
  const [a, b] = arena.parameters;
  const refuses = (act: () => unknown, problem: string) =>
    expect(act).toThrow(new ArgumentError('ExponentialMovingAverage', problem));
  const decay = 0.9;
  const group = { arena, parameters: [a] };
  refuses(() => new ExponentialMovingAverage([], { decay }), 'came without parameter groups; pass at least one');
  refuses(
    () => new ExponentialMovingAverage([group], { decay: 1 }),
    'decay is 1; use a number of at least 0 and below 1',
  );
  refuses(() => new ExponentialMovingAverage([group, group], { decay }), 'a is in two groups; leave it in one');
  const stranger = { arena, parameters: other.parameters };
  refuses(() => new ExponentialMovingAverage([stranger], { decay }), 'z is not in the arena of its group');
  using ema = new ExponentialMovingAverage([group], { decay });
  refuses(() => ema.restore(b, [1, 2]), 'b is not averaged here');
  refuses(() => ema.restore(a, [1]), 'a has 2 elements, came an average of 1');
  refuses(() => ema.restoreUpdates(-1), 'the count of updates is -1; use a whole number from 0 on');
});
