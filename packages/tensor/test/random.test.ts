// Random tensors: the moments they should have, and keys that know nothing of each other. All keys are fixed, so a bound of
// five deviations is met or missed once and for all.

import {
  bernoulli,
  createReferenceBackend,
  dropout,
  dropPath,
  foldKey,
  keyTensor,
  normal,
  normalByKey,
  ones,
  permutation,
  type RngKey,
  randomIntegers,
  rngKey,
  scope,
  sharedDropout,
  type Tensor,
  truncatedNormalByKey,
  uniform,
  uniformByKey,
  useBackend,
} from '@omnigrad/tensor';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { inverseNormal } from '../src/ops/families/inverse-normal.ts';
import { guardBytes } from './support.ts';

const backend = createReferenceBackend();
let previous: ReturnType<typeof useBackend>;
beforeAll(() => {
  previous = useBackend(backend);
});
afterAll(() => {
  useBackend(previous);
});
guardBytes(backend);

const key = rngKey(11);
const n = 20000;

const values = (make: () => Tensor): number[] => Array.from(scope(() => make().readSync()));
const meanOf = (xs: readonly number[]): number => xs.reduce((s, x) => s + x, 0) / xs.length;

/** |mean of f(x) - expected| in standard errors of it. */
const errorsOf = (xs: readonly number[], f: (x: number) => number, expected: number): number => {
  const ys = xs.map(f);
  const mean = meanOf(ys);
  const deviation = Math.sqrt(meanOf(ys.map((y) => (y - mean) ** 2)));
  return Math.abs(mean - expected) / (deviation / Math.sqrt(xs.length));
};

/** Pearson's statistic of counts that should be equal, in deviations from its mean. */
const unevenness = (counts: readonly number[]): number => {
  const expected = counts.reduce((s, c) => s + c, 0) / counts.length;
  const statistic = counts.reduce((s, c) => s + (c - expected) ** 2 / expected, 0);
  const freedom = counts.length - 1;
  return (statistic - freedom) / Math.sqrt(2 * freedom);
};

const countsOf = (xs: readonly number[], classes: number): number[] => {
  const counts = new Array<number>(classes).fill(0);
  for (const x of xs) counts[x]++;
  return counts;
};

describe('the quantile of the normal distribution', () => {
  // statistics.NormalDist().inv_cdf of Python 3.
  it.each([
    [1e-300, -37.0470962993612],
    [1e-20, -9.262340089798405],
    [1e-5, -4.2648907939228256],
    [0.07, -1.4757910281791702],
    [0.5, 0],
    [0.6, 0.2533471031357998],
    [0.999, 3.090232306167813],
  ])('at %d', (p, x) => {
    expect(Math.abs(inverseNormal(p) - x)).toBeLessThanOrEqual(4e-15 * Math.abs(x));
  });
});

describe('moments', () => {
  it('uniform', () => {
    const xs = values(() => uniformByKey(key, [n]));
    expect(errorsOf(xs, (x) => x, 1 / 2)).toBeLessThan(5);
    expect(errorsOf(xs, (x) => (x - 0.5) ** 2, 1 / 12)).toBeLessThan(5);
    expect(Math.min(...xs)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...xs)).toBeLessThan(1);
  });

  it('normal', () => {
    const xs = values(() => normalByKey(key, [n]));
    expect(errorsOf(xs, (x) => x, 0)).toBeLessThan(5);
    expect(errorsOf(xs, (x) => x ** 2, 1)).toBeLessThan(5);
    expect(errorsOf(xs, (x) => x ** 4, 3)).toBeLessThan(5);
  });

  it('truncated normal', () => {
    const xs = values(() => truncatedNormalByKey(key, [n], { mean: 3, std: 2, low: -1, high: 7 }));
    // Bounds at two deviations: variance 1 - 4 φ(2) / (2 Φ(2) - 1) = 0.773741.
    expect(errorsOf(xs, (x) => x, 3)).toBeLessThan(5);
    expect(errorsOf(xs, (x) => ((x - 3) / 2) ** 2, 0.773741)).toBeLessThan(5);
    expect(Math.min(...xs)).toBeGreaterThanOrEqual(-1);
    expect(Math.max(...xs)).toBeLessThanOrEqual(7);
  });

  it('truncated normal, tails on both sides mirror each other', () => {
    // Beyond two deviations: mean φ(2) / (1 - Φ(2)) = 2.373216.
    const above = values(() => truncatedNormalByKey(key, [n], { low: 2, high: Infinity }));
    const below = values(() => truncatedNormalByKey(key, [n], { low: -Infinity, high: -2 }));
    expect(errorsOf(above, (x) => x, 2.373216)).toBeLessThan(5);
    expect(below).toEqual(above.map((x) => -x));
  });

  it('bernoulli', () => {
    for (const p of [0.1, 0.5, 0.97]) {
      expect(
        errorsOf(
          values(() => bernoulli(key, [n], p)),
          (x) => x,
          p,
        ),
      ).toBeLessThan(5);
    }
  });

  it('integers', () => {
    const xs = values(() => randomIntegers(key, [n], -3, 4));
    expect(
      unevenness(
        countsOf(
          xs.map((x) => x + 3),
          7,
        ),
      ),
    ).toBeLessThan(5);
    const wide = values(() => randomIntegers(key, [n], -(2 ** 31), 2 ** 31));
    expect(errorsOf(wide, (x) => x / 2 ** 31, 0)).toBeLessThan(5);
    expect(errorsOf(wide, (x) => (x / 2 ** 31) ** 2, 1 / 3)).toBeLessThan(5);
  });

  it('permutations', () => {
    const firsts: number[] = [];
    for (let i = 0; i < 2000; i++) {
      const order = values(() => permutation(foldKey(key, i), 5));
      expect([...order].sort()).toEqual([0, 1, 2, 3, 4]);
      firsts.push(order[0]);
    }
    expect(unevenness(countsOf(firsts, 5))).toBeLessThan(5);
  });
});

describe('keys', () => {
  const others: readonly (readonly [string, RngKey])[] = [
    ['the next seed', rngKey(12)],
    ['another first word', [key[0] ^ 1, key[1]]],
    ['another second word', [key[0], key[1] + 1]],
    ['a name below it', foldKey(key, 'dropout')],
    ['a number below it', foldKey(key, 0)],
  ];
  it.each(others)('%s is independent', (_, other) => {
    const a = values(() => uniformByKey(key, [n]));
    const b = values(() => uniformByKey(other, [n]));
    expect(
      errorsOf(
        a.map((x, i) => (x - 0.5) * (b[i] - 0.5)),
        (x) => x,
        0,
      ),
    ).toBeLessThan(5);
    expect(a.filter((x, i) => x === b[i]).length).toBeLessThan(5);
  });

  it('neighbours in one tensor are independent', () => {
    const a = values(() => uniformByKey(key, [n]));
    for (const lag of [1, 2, 3, 4]) {
      expect(
        errorsOf(
          a.slice(lag).map((x, i) => (x - 0.5) * (a[i] - 0.5)),
          (x) => x,
          0,
        ),
      ).toBeLessThan(5);
    }
  });

  it('words and a tensor of them give the numbers of the host', () => {
    scope(() => {
      const asTensor = keyTensor(key, ones([1]));
      const wanted = values(() => uniform(key, [33]));
      expect(values(() => uniformByKey(key, [33]))).toEqual(wanted);
      expect(values(() => uniformByKey(asTensor, [33]))).toEqual(wanted);
      expect(values(() => normalByKey(asTensor, [33]))).toEqual(values(() => normal(key, [33])));
    });
  });

  it('other contents of a key tensor give the numbers of the other key', () => {
    scope(() => {
      const asTensor = keyTensor(key, ones([1]));
      backend.upload(asTensor.storage.handle, 0, Uint32Array.from(rngKey(12)));
      expect(values(() => uniformByKey(asTensor, [9]))).toEqual(values(() => uniform(rngKey(12), [9])));
      expect(values(() => dropPath(ones([9]), asTensor, 0.5))).toEqual(
        values(() => dropPath(ones([9]), rngKey(12), 0.5)),
      );
    });
  });
});

describe('dropping slices', () => {
  it('keeps the mean over keys', () => {
    const drawn = Array.from({ length: 3000 }, (_, i) =>
      values(() => dropPath(ones([4, 3]), foldKey(key, 'path', i), 0.3)),
    );
    for (let sample = 0; sample < 4; sample++) {
      const own = drawn.map((row) => row[3 * sample]);
      expect(errorsOf(own, (x) => x, 1)).toBeLessThan(5);
      expect(errorsOf(own, (x) => Number(x === 0), 0.3)).toBeLessThan(5);
    }
    expect(
      errorsOf(
        drawn.map((row) => (row[0] - 1) * (row[3] - 1)),
        (x) => x,
        0,
      ),
    ).toBeLessThan(5);
  });

  it('drops samples as a whole', () => {
    const rows = values(() => dropPath(ones([64, 5]), key, 0.5));
    for (let i = 0; i < 64; i++) expect(new Set(rows.slice(5 * i, 5 * i + 5)).size).toBe(1);
    expect(new Set(rows)).toEqual(new Set([0, 2]));
  });

  it('draws as dropout and bernoulli do', () => {
    const dropped = values(() => dropout(ones([99]), key, 0.4));
    expect(values(() => sharedDropout(ones([99]), key, 0.4, { axes: [] }))).toEqual(dropped);
    expect(values(() => bernoulli(key, [99], 0.4))).toEqual(dropped.map((x) => Number(x === 0)));
  });
});
