// Plans of the stages: pure functions with the properties that the stages rely on.

import { rngKey } from '@omnigrad/tensor';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LossTracker, planPairs, planSingles } from '../src/index.ts';
import { defaultTracker } from './tracker-fixture.ts';

describe('planSingles', () => {
  it('gives every modality once a round and counts its batches', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 6 }),
        fc.integer({ min: 1, max: 3 }),
        fc.nat(1000),
        (items, every, seed) => {
          const steps = items * every * 4;
          const plan = planSingles(steps, items, every, rngKey(seed));
          expect(plan).toHaveLength(steps);
          for (let item = 0; item < items; item++) {
            const own = plan.filter((d) => d.item === item);
            expect(own.map((d) => d.batchIndex)).toEqual(own.map((_, i) => i));
            expect(own).toHaveLength(every * 4);
          }
          for (let round = 0; round < 4; round++) {
            const drawn = new Set(plan.slice(round * items * every, (round + 1) * items * every).map((d) => d.item));
            expect(drawn.size).toBe(items);
          }
        },
      ),
    );
  });

  it('is a prefix of a longer plan of the same key', () => {
    expect(planSingles(10, 4, 2, rngKey(5))).toEqual(planSingles(40, 4, 2, rngKey(5)).slice(0, 10));
  });
});

describe('planPairs', () => {
  const items = [
    { group: 'image', weight: 2 },
    { group: 'image', weight: 1 },
    { group: 'text', weight: 1 },
    { group: 'imu', weight: 1 },
  ];

  it('never pairs a modality with itself, and counts batches of each item over both streams', () => {
    const plan = planPairs(500, items, rngKey(1));
    const seen = new Map<number, number>();
    for (const pair of plan) {
      expect(items[pair[0].item].group).not.toBe(items[pair[1].item].group);
      for (const { item, batchIndex } of pair) {
        expect(batchIndex).toBe(seen.get(item) ?? 0);
        seen.set(item, batchIndex + 1);
      }
    }
    expect([...seen.keys()].sort()).toEqual([0, 1, 2, 3]);
  });

  it('draws the first stream by weight', () => {
    const plan = planPairs(4000, items, rngKey(2));
    const share = plan.filter(([a]) => a.item === 0).length / plan.length;
    expect(share).toBeGreaterThan(0.37);
    expect(share).toBeLessThan(0.43);
  });

  it('pairs one group with itself when it is alone, with another batch', () => {
    for (const [a, b] of planPairs(20, [{ group: 'image', weight: 1 }], rngKey(3))) {
      expect(b).toEqual({ item: 0, batchIndex: a.batchIndex + 1 });
    }
  });
});

describe('LossTracker', () => {
  it('averages windows by item, and goes on from its state', () => {
    const whole = new LossTracker(8);
    const first = new LossTracker(8);
    defaultTracker.forEach(([name, loss], i) => {
      whole.add(name, loss);
      if (i < 5) first.add(name, loss);
    });
    const second = new LossTracker(8, first.state);
    for (const [name, loss] of defaultTracker.slice(5)) second.add(name, loss);
    expect(second.state).toEqual(whole.state);
    // Windows of 2: a 10, 8 ... 4, 2; b 1, 1 ... 1, 1.
    expect(whole.firstLoss).toBeCloseTo((9 + 1) / 2);
    expect(whole.lastLoss).toBeCloseTo((3 + 1) / 2);
  });
});
