// What a step does on the host goes through hostAction, so that it happens again when a captured step is replayed.

import { constant, ExponentialMovingAverage, ParameterArena, ParameterScope, SGD } from '@omnigrad/nn';
import { createReferenceBackend, rngKey, scope } from '@omnigrad/tensor';
import { expect, it, vi } from 'vitest';

interface Recorded {
  readonly name: string;
  readonly frozen: readonly number[];
  readonly action: () => void;
}

const recorded = vi.hoisted((): Recorded[] => []);

vi.mock('@omnigrad/tensor', async (original) => ({
  ...(await original<typeof import('@omnigrad/tensor')>()),
  hostAction: (name: string, frozen: readonly number[], action: () => void) => {
    recorded.push({ name, frozen, action });
    action();
  },
}));

it('counts and uploads again in a replay, and lists a rate that is a number as frozen', () => {
  const backend = createReferenceBackend();
  const at = new ParameterScope();
  at.param('w', [2], constant(1));
  using arena = new ParameterArena(at, backend, rngKey(1));
  const group = { name: 'w', arena, parameters: arena.parameters };
  using optimizer = new SGD([group], { momentum: 0.9 });
  using ema = new ExponentialMovingAverage([group], { decay: 0.9 });
  const asked: number[] = [];
  scope(() => {
    optimizer.step(0.5);
    optimizer.step(() => {
      asked.push(asked.length);
      return 0.1;
    });
    ema.update();
  });
  expect(recorded.map(({ name, frozen }) => [name, frozen])).toEqual([
    ['SGD', [0.5]],
    ['SGD', []],
    ['ema', []],
  ]);
  const upload = vi.spyOn(backend, 'upload');
  for (const { action } of recorded) action();
  expect(optimizer.steps).toEqual([4]);
  expect(asked).toEqual([0, 1]);
  expect(ema.updates).toBe(2);
  expect(upload).toHaveBeenCalledTimes(3);
});
