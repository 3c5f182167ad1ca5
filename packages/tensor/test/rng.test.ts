// The generator against its published vectors, and what is made of its words.

import {
  foldKey,
  philox,
  type RngKey,
  randomBelow,
  randomNormal,
  randomPermutation,
  randomUniform,
  randomWords,
  rngKey,
} from '@omnigrad/tensor';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { errorOf } from './support.ts';

const key = rngKey(7);

describe('Philox-4x32-10', () => {
  // Known answers of Random123 (Salmon et al., kat_vectors): counter, key, result.
  const all = 0xffffffff;
  const vectors: readonly (readonly [readonly number[], readonly number[], readonly number[]])[] = [
    [
      [0, 0, 0, 0],
      [0, 0],
      [0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8],
    ],
    [
      [all, all, all, all],
      [all, all],
      [0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd],
    ],
    [
      [0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344],
      [0xa4093822, 0x299f31d0],
      [0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1],
    ],
  ];
  it.each(vectors)('counter %j, key %j', (counter, words, want) => {
    const out = new Uint32Array(6);
    const [c0, c1, c2, c3] = counter;
    philox([words[0], words[1]], [c0, c1, c2, c3], out, 1);
    expect([...out]).toEqual([0, ...want, 0]);
  });

  it('is a stream of blocks: any prefix is the same', () => {
    const long = randomWords(key, 101);
    for (const n of [0, 1, 3, 4, 5, 100]) expect([...randomWords(key, n)]).toEqual([...long.subarray(0, n)]);
  });
});

describe('keys', () => {
  it('take any seed up to 2^53 - 1', () => {
    expect(rngKey(5)).toEqual([5, 0]);
    expect(rngKey(2 ** 32 + 3)).toEqual([3, 1]);
    expect(errorOf(() => rngKey(-1))).toBe(
      'ArgumentError: rngKey: a seed is a whole number from 0 to 2^53 - 1, came -1',
    );
    expect(errorOf(() => rngKey(0.5))).toBe(
      'ArgumentError: rngKey: a seed is a whole number from 0 to 2^53 - 1, came 0.5',
    );
  });

  it('fold paths step by step', () => {
    expect(foldKey(key, 'a', 3)).toEqual(foldKey(foldKey(key, 'a'), 3));
    expect(foldKey(key)).toEqual(key);
  });

  it('differ for different paths', () => {
    const paths: (string | number)[][] = [
      ['a'],
      ['b'],
      ['ab'],
      ['a', 'b'],
      ['b', 'a'],
      ['0'],
      [0],
      [1],
      [2 ** 32],
      [1, 0],
      [0, 1],
    ];
    for (let i = 2; i < 2000; i++) paths.push([i], [`step${i}`]);
    expect(new Set(paths.map((path) => foldKey(key, ...path).join())).size).toBe(paths.length);
  });

  it('give streams that do not correlate', () => {
    // Two independent streams of n normals correlate by less than 5 / sqrt(n), but for one in a million.
    const n = 20000;
    const streams = ['x', 'y', 0, 1, 2].map((name) => randomNormal(foldKey(key, name), n));
    for (let a = 0; a < streams.length; a++) {
      for (let b = 0; b < a; b++) {
        const product = streams[a].reduce((total, v, i) => total + v * streams[b][i], 0);
        expect(Math.abs(product / n)).toBeLessThan(5 / Math.sqrt(n));
      }
    }
  });
});

describe('numbers', () => {
  const n = 100_000;

  it('uniform: on [0, 1), even in ten bins, exact in float32', () => {
    const u = randomUniform(key, n);
    const bins = new Array<number>(10).fill(0);
    for (const x of u) bins[Math.floor(x * 10)]++;
    expect(Math.min(...u)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...u)).toBeLessThan(1);
    // A bin has a deviation of sqrt(n · 0.1 · 0.9) = 95.
    for (const count of bins) expect(Math.abs(count - n / 10)).toBeLessThan(5 * 95);
    expect(u.every((x) => (x * 2 ** 24) % 1 === 0)).toBe(true);
  });

  it('normal: mean 0, variance 1, skewness 0, kurtosis 3, finite', () => {
    const x = randomNormal(key, n);
    const moment = (power: number): number => x.reduce((total, v) => total + v ** power, 0) / n;
    // Deviations of the moments of n normals: sqrt(1/n), sqrt(2/n), sqrt(15/n), sqrt(96/n).
    expect(Math.abs(moment(1))).toBeLessThan(5 * Math.sqrt(1 / n));
    expect(Math.abs(moment(2) - 1)).toBeLessThan(5 * Math.sqrt(2 / n));
    expect(Math.abs(moment(3))).toBeLessThan(5 * Math.sqrt(15 / n));
    expect(Math.abs(moment(4) - 3)).toBeLessThan(5 * Math.sqrt(96 / n));
    expect(x.every(Number.isFinite)).toBe(true);
  });

  it('normal: pairs do not depend on the length asked for', () => {
    expect([...randomNormal(key, 5)]).toEqual([...randomNormal(key, 6).subarray(0, 5)]);
    expect(randomNormal(key, [2, 3]).length).toBe(6);
  });

  it('below: every number of a small range, and none beyond', () => {
    const counts = new Array<number>(7).fill(0);
    for (let i = 0; i < 7000; i++) counts[randomBelow(foldKey(key, i), 7)]++;
    for (const count of counts) expect(Math.abs(count - 1000)).toBeLessThan(5 * Math.sqrt(7000 * (1 / 7) * (6 / 7)));
  });

  it('permutation: every number once, whatever the key', () => {
    fc.assert(
      fc.property(fc.tuple(fc.nat(), fc.nat()), fc.integer({ min: 0, max: 300 }), (k, size) => {
        const order = randomPermutation(k as RngKey, size);
        expect([...order].sort((a, b) => a - b)).toEqual(Array.from({ length: size }, (_, i) => i));
      }),
      { numRuns: 50 },
    );
  });

  it('permutation: each element at each place equally often', () => {
    const places = new Array<number>(16).fill(0);
    for (let i = 0; i < 4000; i++) {
      const order = randomPermutation(foldKey(key, i), 4);
      for (let at = 0; at < 4; at++) places[4 * at + order[at]]++;
    }
    // 4000 draws of 1/4: deviation sqrt(750) = 27.
    for (const count of places) expect(Math.abs(count - 1000)).toBeLessThan(5 * 27.4);
  });
});
