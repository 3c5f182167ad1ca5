import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EpochSampler, hashText, isHeldOut, shuffledIndices, stratifiedHeldOut } from '../src/index.ts';
import { errorOf } from './fixtures.ts';

const seed = fc.tuple(fc.integer(), fc.integer());

describe('shuffledIndices', () => {
  it('is a permutation, the same for the same seed', () => {
    fc.assert(
      fc.property(fc.nat(200), seed, (length, key) => {
        const order = shuffledIndices(length, key);
        expect([...order].sort((a, b) => a - b)).toEqual(Array.from({ length }, (_, at) => at));
        expect(shuffledIndices(length, key)).toEqual(order);
      }),
    );
  });

  it('never changes: a run must mean the same batches in every release', () => {
    expect([...shuffledIndices(10, [1, 2])]).toMatchInlineSnapshot(`
      [
        1,
        5,
        8,
        0,
        3,
        4,
        9,
        7,
        2,
        6,
      ]
    `);
    expect([...new EpochSampler(5, [1, 2]).batch(1, 7)]).toMatchInlineSnapshot(`
      [
        4,
        2,
        1,
        0,
        3,
        4,
        2,
      ]
    `);
    expect(hashText('spam')).toMatchInlineSnapshot(`3392988608`);
  });

  it('puts every index everywhere about equally often', () => {
    const counts = new Int32Array(25);
    for (let trial = 0; trial < 5000; trial++) {
      for (const [place, index] of shuffledIndices(5, [trial, 7]).entries()) counts[place * 5 + index] += 1;
    }
    // 1,000 expected with deviation 28: five deviations.
    for (const count of counts) expect(Math.abs(count - 1000)).toBeLessThan(142);
  });

  it('refuses a broken length', () => {
    expect(errorOf(() => shuffledIndices(-1, [0, 0])).message).toBe(
      'shuffle: expected a whole length of at least 0, got -1; fix: pass the length of the split',
    );
  });
});

describe('EpochSampler', () => {
  it('visits each example once an epoch, whatever the batch size', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: 100 }), seed, (length, size, key) => {
        const sampler = new EpochSampler(length, key);
        const steps = Math.ceil((3 * length) / size);
        const row = Array.from({ length: steps }, (_, step) => [...sampler.batch(step, size)]).flat();
        expect(row).toHaveLength(steps * size);
        for (let epoch = 0; epoch < 3; epoch++) {
          expect(new Set(row.slice(epoch * length, (epoch + 1) * length)).size).toBe(length);
        }
      }),
    );
  });

  it('is a pure function of the step: a fresh sampler asked backwards gives the same batches', () => {
    const forward = new EpochSampler(17, [3, 4]);
    const batches = Array.from({ length: 20 }, (_, step) => forward.batch(step, 5));
    const backward = new EpochSampler(17, [3, 4]);
    for (let step = 19; step >= 0; step--) expect(backward.batch(step, 5)).toEqual(batches[step]);
  });

  it('epochs differ, seeds differ', () => {
    const sampler = new EpochSampler(50, [1, 1]);
    expect(sampler.batch(0, 50)).not.toEqual(sampler.batch(1, 50));
    expect(new EpochSampler(50, [1, 2]).batch(0, 50)).not.toEqual(sampler.batch(0, 50));
    expect(new EpochSampler(50, [2, 1]).batch(0, 50)).not.toEqual(sampler.batch(0, 50));
    expect([sampler.epoch(0, 20), sampler.epoch(2, 20), sampler.epoch(3, 20)]).toEqual([0, 0, 1]);
  });

  it('refuses an empty set and broken steps', () => {
    expect(errorOf(() => new EpochSampler(0, [0, 0])).message).toBe(
      'sampler: expected at least one example, got 0; fix: use a split that is not empty',
    );
    expect(errorOf(() => new EpochSampler(3, [0, 0]).batch(-1, 2)).message).toBe(
      'sampler: expected a step of at least 0 and a size of at least 1, whole, got step -1, size 2; fix: count steps from 0',
    );
    expect(errorOf(() => new EpochSampler(3, [0, 0]).batch(Number.MAX_SAFE_INTEGER, 2)).code).toBe('out-of-range');
  });
});

describe('splits', () => {
  it('hold out about the fraction, and equal keys together', () => {
    const held = Array.from({ length: 10_000 }, (_, at) => isHeldOut(`message ${at}`, 0.2)).filter(Boolean).length;
    expect(Math.abs(held - 2000)).toBeLessThan(200);
  });

  it('stratified: exact counts in each class, no matter the order; equal keys on one side', () => {
    const keys = Array.from({ length: 30 }, (_, at) => `k${at}`);
    const labels = keys.map((_, at) => (at < 20 ? 0 : 1));
    const held = stratifiedHeldOut(keys, labels, 0.3);
    expect(held.filter((value, at) => value && labels[at] === 0)).toHaveLength(6);
    expect(held.filter((value, at) => value && labels[at] === 1)).toHaveLength(3);
    expect(stratifiedHeldOut([...keys].reverse(), [...labels].reverse(), 0.3).reverse()).toEqual(held);
    expect(new Set(stratifiedHeldOut(['a', 'a', 'a', 'b'], [0, 0, 0, 0], 0.25).slice(0, 3)).size).toBe(1);
  });
});
