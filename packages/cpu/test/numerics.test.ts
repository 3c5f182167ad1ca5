// float32 accuracy where it is easily lost: ten million elements, rows of a million, means of 1e4, logits of ±1e4 and rows
// with nothing left. What is wanted comes from formulas or from float64 loops here, and not from the engine.

import {
  cumsum,
  grad,
  logSoftmax,
  logSumExp,
  mean,
  mul,
  norm,
  scope,
  softmax,
  std,
  sum,
  type Tensor,
  tensor,
  useBackend,
  variance,
} from '@omnigrad/tensor';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { backend } from './support.ts';

const million = 1_000_000;
/** Elements on [0, 1) that no block of a sum is in step with: fractions of multiples of the golden ratio. */
const fraction = (i: number): number => (i * 0.6180339887498949) % 1;

beforeAll(() => {
  useBackend(backend);
});
afterAll(() => {
  useBackend(undefined);
});

/** The error in units of half a last place of a number of that size. */
const roundings = (got: number, want: number): number => Math.abs(got - want) / Math.abs(want) / 2 ** -24;
const itemOf = (fn: () => Tensor): number => scope(() => fn().itemSync());
const valuesOf = (fn: () => Tensor): number[] => scope(() => Array.from(fn().readSync()));

/** The one element that `fn` gives is within so many roundings of `want`. */
const isNear = (fn: () => Tensor, want: number, atMost: number): void => {
  expect(roundings(itemOf(fn), want)).toBeLessThanOrEqual(atMost);
};

describe('ten million elements', () => {
  const n = 10 * million;
  /** One array for every test here. */
  const x = new Float32Array(n);
  const tenth = Math.fround(0.1);

  it('of 0.1', () => {
    x.fill(0.1);
    scope(() => {
      const t = tensor(x);
      isNear(() => sum(t), n * tenth, 2);
      isNear(() => mean(t), tenth, 2);
      expect(itemOf(() => variance(t))).toBe(0);
      isNear(() => norm(t), Math.sqrt(n) * tenth, 2);
      isNear(() => norm(t, { p: 1 }), n * tenth, 2);
      isNear(() => logSumExp(t), tenth + Math.log(n), 3);
    });
  });

  it('of 0.1, down two columns', () => {
    x.fill(0.1);
    scope(() => {
      const t = tensor(x, [n / 2, 2]);
      for (const got of valuesOf(() => sum(t, { axes: 0 }))) expect(roundings(got, (n / 2) * tenth)).toBeLessThan(5);
      for (const got of valuesOf(() => mean(t, { axes: 0 }))) expect(roundings(got, tenth)).toBeLessThan(5);
    });
  });

  it('of large values that cancel', () => {
    for (let i = 0; i < n; i += 2) {
      x[i] = 2 ** 20 + 0.5;
      x[i + 1] = -(2 ** 20);
    }
    scope(() => {
      const t = tensor(x);
      expect(itemOf(() => sum(t))).toBe(n / 4);
      expect(itemOf(() => mean(t))).toBe(0.25);
      isNear(() => variance(t), (2 ** 20 + 0.25) ** 2, 4);
      isNear(() => norm(t), Math.sqrt((n / 2) * ((2 ** 20 + 0.5) ** 2 + 2 ** 40)), 2);
    });
  });

  it('about 1e4', () => {
    let total = 0;
    for (let i = 0; i < n; i++) {
      x[i] = 1e4 + fraction(i);
      total += x[i];
    }
    const average = total / n;
    let squares = 0;
    for (let i = 0; i < n; i++) squares += (x[i] - average) ** 2;
    scope(() => {
      const t = tensor(x);
      isNear(() => sum(t), total, 2);
      isNear(() => mean(t), average, 2);
      isNear(() => variance(t), squares / n, 4);
      isNear(() => std(t, { correction: 1 }), Math.sqrt(squares / (n - 1)), 4);
    });
  });

  it('one after the other', () => {
    x.fill(0.1);
    const sums = scope(() => cumsum(tensor(x)).readSync());
    for (const i of [0, 999, 12_345, n / 2, n - 1]) expect(roundings(sums[i], (i + 1) * tenth)).toBeLessThanOrEqual(1);
  });
});

describe('rows of a million', () => {
  const n = million;
  const x = Float32Array.from({ length: 2 * n }, (_, i) => 16 * fraction(i) - 8);
  const exps = Float64Array.from(x, (v) => Math.exp(v));
  const totals = [0, 1].map((row) => exps.subarray(row * n, (row + 1) * n).reduce((a, b) => a + b, 0));

  const worst = (got: ArrayLike<number>, want: (i: number) => number, size: (i: number) => number): number => {
    let error = 0;
    for (let i = 0; i < 2 * n; i++) error = Math.max(error, Math.abs(got[i] - want(i)) / size(i) / 2 ** -24);
    return error;
  };
  const totalOf = (i: number): number => totals[i < n ? 0 : 1];

  it('softmax', () => {
    const y = scope(() => softmax(tensor(x, [2, n])).readSync());
    const share = (i: number): number => exps[i] / totalOf(i);
    // e^(x - max) with x - max down to -16, whose own rounding is 8 of these.
    expect(worst(y, share, share)).toBeLessThan(16);
    let whole = 0;
    for (let i = 0; i < n; i++) whole += y[i];
    expect(Math.abs(whole - 1)).toBeLessThan(1e-6);
  });

  it('logSoftmax', () => {
    const y = scope(() => logSoftmax(tensor(x, [2, n])).readSync());
    const want = (i: number): number => x[i] - Math.log(totalOf(i));
    expect(worst(y, want, () => 32)).toBeLessThan(2);
  });

  it('logSumExp and its gradient', () => {
    scope(() => {
      const t = tensor(x, [2, n]);
      valuesOf(() => logSumExp(t, { axes: 1 })).forEach((got, row) => {
        expect(roundings(got, Math.log(totals[row]))).toBeLessThan(2);
      });
      const [g] = grad(() => sum(logSumExp(t, { axes: 1 })), [t]);
      const share = (i: number): number => exps[i] / totalOf(i);
      // e^(x - y) with x - y down to -27, beside y near 19: their own roundings are 16 of these each.
      expect(worst(g.readSync(), share, share)).toBeLessThan(40);
    });
  });
});

describe('±1e4', () => {
  it('softmax and logSoftmax', () => {
    const e = Math.exp(-1);
    scope(() => {
      const x = tensor([1e4, 9999, -1e4, -1e4, -9999, -1e4], [2, 3]);
      const shares = [1 / (1 + e), e / (1 + e), 0, e / (1 + 2 * e), 1 / (1 + 2 * e), e / (1 + 2 * e)];
      valuesOf(() => softmax(x)).forEach((got, i) => {
        expect(Math.abs(got - shares[i])).toBeLessThan(2e-7);
      });
      const logs = valuesOf(() => logSoftmax(x));
      shares.forEach((share, i) => {
        const want = i === 2 ? -2e4 - Math.log(1 + e) : Math.log(share);
        expect(Math.abs(logs[i] - want)).toBeLessThan(i === 2 ? 2e-3 : 3e-7);
      });
    });
  });

  it('logSumExp', () => {
    isNear(() => logSumExp(tensor([1e4, 9999, -1e4])), 1e4 + Math.log1p(Math.exp(-1)), 1);
    isNear(() => logSumExp(tensor([-1e4, -1e4, -1e4])), Math.log(3) - 1e4, 1);
  });

  it('variance and its gradient', () => {
    for (const shift of [1e4, -1e4]) {
      const x = Float32Array.from({ length: 1000 }, (_, i) => shift + fraction(i));
      const exact = Float64Array.from(x);
      const middle = exact.reduce((a, b) => a + b, 0) / x.length;
      const want = exact.reduce((a, b) => a + (b - middle) ** 2, 0) / x.length;
      scope(() => {
        const t = tensor(x);
        isNear(() => variance(t), want, 4);
        const g = grad(() => variance(t), [t])[0].readSync();
        exact.forEach((v, i) => {
          expect(Math.abs(g[i] - (2 * (v - middle)) / x.length)).toBeLessThan(2e-10);
        });
        const s = grad(() => mul(std(t), 2), [t])[0].readSync();
        exact.forEach((v, i) => {
          expect(Math.abs(s[i] - (2 * (v - middle)) / x.length / Math.sqrt(want))).toBeLessThan(1e-9);
        });
      });
    }
  });

  it('norm beyond the squares of float32', () => {
    isNear(() => norm(tensor([3 * 2 ** 100, -(2 ** 102)])), 5 * 2 ** 100, 1);
    isNear(() => norm(tensor([3 * 2 ** -100, -(2 ** -98)])), 5 * 2 ** -100, 1);
  });
});

describe('rows with nothing left', () => {
  it('log-sum-exp of -Infinity alone is -Infinity, with gradient 0', () => {
    scope(() => {
      const low = -Infinity;
      const x = tensor([low, low, low, 0, low, 0], [2, 3]);
      expect(valuesOf(() => logSumExp(x, { axes: 1 }))).toEqual([low, Math.fround(Math.LN2)]);
      expect(valuesOf(() => grad(() => sum(logSumExp(x, { axes: 1 })), [x])[0])).toEqual([0, 0, 0, 0.5, 0, 0.5]);
    });
  });
});
