// Plans of the stages: pure functions with the properties that the stages rely on.

import { rngKey } from '@omnigrad/tensor';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { identityBatches, LossTracker, planPairs, planSingles } from '../src/index.ts';
import { stepsAhead } from '../src/step-runner.ts';
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

  it('draws partners together and never apart, with the weights of both, and changes nothing for others', () => {
    const group = (name: string, partner?: number) => ({
      group: name,
      weight: 1,
      ...(partner === undefined ? {} : { partner }),
    });
    const withPartners = [group('image'), group('text', 3), group('imu'), group('audio', 1)];
    const plan = planPairs(2000, withPartners, rngKey(4));
    let together = 0;
    for (const [a, b] of plan) {
      const { partner } = withPartners[a.item];
      expect(withPartners[b.item].partner).toBe(partner === undefined ? undefined : a.item);
      if (partner === undefined) continue;
      together++;
      expect(b.item).toBe(partner);
      // so that both see the same rows
      expect(b.batchIndex).toBe(a.batchIndex);
    }
    expect(together / plan.length).toBeCloseTo(0.5, 1);
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

describe('identityBatches', () => {
  const identities = Int32Array.from({ length: 30 }, (_, i) => [7, 3, 5, 9, 3][i % 5]);

  it('holds so many rows of each identity, none twice, and is a pure function of key and batch', () => {
    const batches = identityBatches({ identities, each: 3 }, rngKey(1));
    for (let at = 0; at < 20; at++) {
      const batch = batches(at, 9);
      expect(new Set(batch).size).toBe(9);
      const counts = new Map<number, number>();
      for (const row of batch) counts.set(identities[row], (counts.get(identities[row]) ?? 0) + 1);
      expect([...counts.values()]).toEqual([3, 3, 3]);
    }
    const again = identityBatches({ identities, each: 3 }, rngKey(1));
    expect(again(7, 9)).toEqual(batches(7, 9));
    expect(again(8, 9)).not.toEqual(batches(7, 9));
    expect(new Set(Array.from({ length: 20 }, (_, at) => [...batches(at, 9)]).flat()).size).toBe(30);
  });

  it('takes rows again where an identity has too few, and refuses what gives no triplet', () => {
    const few = identityBatches({ identities: Int32Array.of(1, 2, 2), each: 2 }, rngKey(1))(0, 4);
    expect([...few].sort()).toEqual([0, 0, 1, 2]);
    const message = 'identityBatches: batches want at least 2 identities and 2 rows of each, came';
    expect(() => identityBatches({ identities: Int32Array.of(1, 1), each: 2 }, rngKey(1))).toThrow(`${message} 1`);
    expect(() => identityBatches({ identities, each: 1 }, rngKey(1))).toThrow(`${message} 4 identities and 1 rows`);
  });
});

it('lets a device be a second behind, one step at least and ten at most', () => {
  expect(stepsAhead(10, 0.4)).toBe(10);
  expect(stepsAhead(5, 1)).toBe(5);
  expect(stepsAhead(1, 0.3)).toBe(3);
  expect(stepsAhead(1, 25)).toBe(1);
  expect(stepsAhead(1, 0)).toBe(10);
});
