// Initialisers: what their numbers look like, and that they come from the key alone.

import { rngKey, type Shape } from '@omnigrad/tensor';
import { describe, expect, it } from 'vitest';
import {
  constant,
  fixed,
  type Init,
  kaimingNormal,
  kaimingUniform,
  onesInit,
  orthogonal,
  truncatedNormal,
  uniformInit,
  xavierNormal,
  xavierUniform,
  zerosInit,
} from '../src/index.ts';

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

const largest = (x: Float32Array): number => x.reduce((a, b) => Math.max(a, Math.abs(b)), 0);

describe('fans', () => {
  // [in, out] of matrices, [out, in, ...kernel] of convolutions.
  const [matrix, kernel]: Shape[] = [
    [400, 200],
    [60, 40, 5, 3],
  ];
  it.each<[string, Init, Shape, number]>([
    ['xavierNormal', xavierNormal, matrix, 2 / 600],
    ['xavierNormal', xavierNormal, kernel, 2 / (100 * 15)],
    ['xavierUniform', xavierUniform, kernel, 2 / (100 * 15)],
    ['kaimingNormal', kaimingNormal(), matrix, 2 / 400],
    ['kaimingNormal to the back', kaimingNormal({ mode: 'fanOut' }), matrix, 2 / 200],
    ['kaimingNormal', kaimingNormal(), kernel, 2 / (40 * 15)],
    ['kaimingUniform to the back', kaimingUniform({ mode: 'fanOut' }), kernel, 2 / (60 * 15)],
    ['kaimingUniform of a leaky ReLU', kaimingUniform({ negativeSlope: 0.5 }), kernel, 2 / (1.25 * 40 * 15)],
  ])('%s has its variance', (name, init, shape, variance) => {
    const x = init(key, shape);
    expect(Math.abs(mean(x))).toBeLessThan(0.02 * Math.sqrt(variance));
    expect(deviation(x) / Math.sqrt(variance)).toBeCloseTo(1, 2);
    // Normal numbers go beyond the bound of uniform ones.
    expect(largest(x) > 1.75 * Math.sqrt(variance)).toBe(name.includes('Normal'));
  });

  it('of vectors are refused', () => {
    for (const init of [xavierUniform, xavierNormal, kaimingUniform(), kaimingNormal(), orthogonal()]) {
      expect(() => init(key, [3])).toThrow('init: a weight needs two axes, came [3]; take constant() or uniformInit()');
    }
  });
});

describe('uniformInit', () => {
  it('fills its interval', () => {
    const x = uniformInit(1, 5)(key, [n]);
    expect([Math.min(...x.subarray(0, 50_000)), Math.max(...x.subarray(0, 50_000))]).toEqual([
      expect.closeTo(1, 2),
      expect.closeTo(5, 2),
    ]);
    expect(mean(x)).toBeCloseTo(3, 1);
  });
});

describe('orthogonal', () => {
  it.each<[Shape]>([[[7, 7]], [[4, 9]], [[9, 4]], [[5, 2, 3]], [[12, 2, 3]], [[3, 0]], [[1, 1]]])(
    'has orthonormal rows or columns, %j',
    (shape) => {
      const gain = 1.5;
      const x = orthogonal(gain)(key, shape);
      const rows = shape[0];
      const columns = x.length / rows;
      const long = rows > columns;
      const [count, length] = long ? [columns, rows] : [rows, columns];
      const at = (i: number, k: number): number => (long ? x[k * columns + i] : x[i * columns + k]);
      for (let i = 0; i < (length === 0 ? 0 : count); i++) {
        for (let j = 0; j < count; j++) {
          let dot = 0;
          for (let k = 0; k < length; k++) dot += at(i, k) * at(j, k);
          expect(dot).toBeCloseTo(i === j ? gain ** 2 : 0, 6);
        }
      }
    },
  );

  it('prefers no direction: signs are even and each axis has its share', () => {
    const matrices = Array.from({ length: 400 }, (_, i) => orthogonal()(rngKey(i), [3, 3]));
    for (let e = 0; e < 9; e++) {
      const values = matrices.map((m) => m[e]);
      expect(Math.abs(values.reduce((a, b) => a + b, 0) / 400)).toBeLessThan(4 * Math.sqrt(1 / 3 / 400));
      expect(values.reduce((a, b) => a + b * b, 0) / 400).toBeCloseTo(1 / 3, 1);
    }
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
