// The numbers that `tune` makes of times: from made-up adapters whose numbers are known.

import { describe, expect, it } from 'vitest';
import { coresOf, rateOf, type TileTime, tuningFrom } from '../src/tune/estimate.ts';

interface Adapter {
  readonly cores: number;
  readonly full: number;
  readonly single: number;
  readonly start: number;
}

const area = 1024;

/** What packages/webgpu/src/kernels/matmul.ts takes a product of tiles to cost, with an error of up to `noise`. */
const nsOf = ({ cores, full, single, start }: Adapter, tiles: number, k: number, noise = 0): number => {
  const exact = area * (k + start) * Math.max(Math.ceil(tiles / cores) / full, 1 / single);
  return exact * (1 + noise * Math.sin(12.9898 * tiles));
};

const timesOf = (adapter: Adapter, tiles: readonly number[], noise: number): TileTime[] =>
  tiles.map((count) => ({ tiles: count, ns: nsOf(adapter, count, 1024, noise) }));

describe('cores', () => {
  const some = Array.from({ length: 12 }, (_, i) => i + 1);
  const many = [1, 2, 3, 4, 6, 8, 12, 16, ...Array.from({ length: 60 }, (_, i) => 20 + 6 * i)];

  it.each([1, 2, 4, 6])('are found where there are %i', (cores) => {
    for (const noise of [0, 0.02]) {
      expect(coresOf(timesOf({ cores, full: 0.17, single: 0.17, start: 8 }, some, noise))).toBe(cores);
    }
  });

  it.each([20, 80, 132])('are found, nearly, where there are %i', (cores) => {
    for (const noise of [0, 0.02]) {
      const found = coresOf(timesOf({ cores, full: 75, single: 58, start: 32 }, many, noise));
      expect(Math.abs(found - cores)).toBeLessThanOrEqual(3);
    }
  });
});

it('rates and starts are those of the adapter', () => {
  const adapter: Adapter = { cores: 132, full: 67, single: 20, start: 32 };
  const at = (tiles: number, k: number) => ({ k, ns: nsOf(adapter, tiles, k) });
  const tiles = 16 * adapter.cores;
  const full = { tiles, short: at(tiles, 256), long: at(tiles, 2048) };
  const rate = rateOf({ area, single: at(1, 8192), full }, adapter.cores);
  expect(rate.full).toBeCloseTo(67, 6);
  expect(rate.single).toBeCloseTo(20, 6);
  expect(rate.start).toBeCloseTo(32, 6);
});

it('a table says what a core does, and no single tile more than a full core', () => {
  const rates = {
    a: { full: 66.66, single: 20, start: 10 },
    b: { full: 10, single: 12, start: 30 },
    c: { full: 1, single: 1, start: 20 },
  };
  expect(tuningFrom(100, rates, { passNs: 4321, elementNs: 0.00123, skinny: true })).toEqual({
    cores: 100,
    tiles: { a: { full: 67, single: 20 }, b: { full: 12, single: 12 }, c: { full: 1, single: 1 } },
    ...{ halfTiles: {}, matrixTiles: {}, skinny: true, start: 20, pass: 4300, element: 0.12 },
  });
});
