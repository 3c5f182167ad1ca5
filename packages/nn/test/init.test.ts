// Initialisers: what their numbers look like, and that they come from the key alone.

import { rngKey } from '@omnigrad/tensor';
import { describe, expect, it } from 'vitest';
import { constant, fixed, onesInit, truncatedNormal, xavierUniform, zerosInit } from '../src/index.ts';

const key = rngKey(3);
const n = 100_000;

const mean = (x: Float32Array): number => x.reduce((a, b) => a + b, 0) / x.length;
const deviation = (x: Float32Array): number => Math.sqrt(x.reduce((a, b) => a + b * b, 0) / x.length - mean(x) ** 2);
const shareBelow = (x: Float32Array, limit: number): number => x.filter((v) => v < limit).length / x.length;

/** Σ of normal probabilities below x, by the trapezoid rule from -2 on. */
const massBetween = (from: number, to: number): number => {
  const steps = 2000;
  let total = 0;
  for (let i = 0; i <= steps; i++) {
    const x = from + ((to - from) * i) / steps;
    total += ((i === 0 || i === steps ? 0.5 : 1) * Math.exp((-x * x) / 2)) / Math.sqrt(2 * Math.PI);
  }
  return (total * (to - from)) / steps;
};

describe('truncatedNormal', () => {
  const x = truncatedNormal(0.02)(key, [n]);

  it('stays within two deviations and reaches them', () => {
    const largest = x.reduce((a, b) => Math.max(a, Math.abs(b)), 0);
    expect(largest).toBeLessThanOrEqual(Math.fround(0.04));
    expect(largest).toBeGreaterThan(0.0399);
  });

  it('has the mean and deviation of a normal cut off at two deviations', () => {
    expect(Math.abs(mean(x))).toBeLessThan(0.02 * 0.01);
    expect(deviation(x) / 0.02).toBeCloseTo(0.8796, 2);
  });

  it('follows the cut normal everywhere, not only in its moments', () => {
    for (let limit = -1.9; limit < 2; limit += 0.1) {
      const wanted = massBetween(-2, limit) / massBetween(-2, 2);
      // Four deviations of a share counted over n draws.
      expect(Math.abs(shareBelow(x, 0.02 * limit) - wanted)).toBeLessThan(2 / Math.sqrt(n));
    }
  });

  it('fills odd sizes, and depends on key and size only', () => {
    expect(truncatedNormal(1)(key, [7, 3])).toEqual(truncatedNormal(1)(key, [21]));
    expect(truncatedNormal(1)(rngKey(4), [21])).not.toEqual(truncatedNormal(1)(key, [21]));
    expect(truncatedNormal(1)(key, [0])).toHaveLength(0);
  });
});

describe('xavierUniform', () => {
  it('is uniform on the bound of Glorot and Bengio', () => {
    const x = xavierUniform(key, [400, 200]);
    const bound = Math.sqrt(6 / 600);
    const largest = x.reduce((a, b) => Math.max(a, Math.abs(b)), 0);
    expect(largest).toBeLessThanOrEqual(Math.fround(bound));
    expect(largest).toBeGreaterThan(0.999 * bound);
    expect(Math.abs(mean(x))).toBeLessThan(0.01 * bound);
    expect(deviation(x) / bound).toBeCloseTo(1 / Math.sqrt(3), 2);
  });
});

describe('constants', () => {
  it('fill the shape', () => {
    expect([...constant(2.5)(key, [2, 2])]).toEqual([2.5, 2.5, 2.5, 2.5]);
    expect([...zerosInit(key, [2])]).toEqual([0, 0]);
    expect([...onesInit(key, [2])]).toEqual([1, 1]);
    expect([...fixed(Float32Array.of(3, 4))(key, [2])]).toEqual([3, 4]);
  });
});
