import {
  checkCrossEntropy,
  checkGatherScatter,
  checkLayerNorm,
  checkMaskedSoftmax,
  checkReduce,
  checkSoftmax,
  checkSpread,
  reduceNames,
  rowSizes,
} from '@omnigrad/tensor/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkKernel, harness, normals, rounding, runKernel, zeros } from './support.ts';

const size = fc.constantFrom(...rowSizes);
const oneOrMore = size.filter((n) => n > 0);
const runs = { numRuns: 150, seed: 5 };

describe('reduce and argmax', () => {
  it('agree over random shapes', async () => {
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(0, 1, 2, 3), size, size, fc.constantFrom(...reduceNames), (...drawn) =>
        checkReduce(harness, ...drawn),
      ),
      runs,
    );
  });

  it('gives the identity for nothing', () => {
    for (const inner of [1, 5]) {
      const run = (fn: 'sum' | 'mean' | 'max' | 'min'): number =>
        runKernel('reduce', [zeros(0), normals(inner, 1)], { fn, outer: 1, n: 0, inner })[1][0];
      expect([run('sum'), run('mean'), run('max'), run('min')]).toEqual([0, NaN, -Infinity, Infinity]);
    }
  });

  it('propagates NaN wherever it stands', () => {
    for (const inner of [1, 6]) {
      for (let at = 0; at < 11; at++) {
        const x = normals(11 * inner, 1);
        x[at * inner] = NaN;
        for (const fn of ['sum', 'mean', 'max', 'min'] as const) {
          const got = runKernel('reduce', [x, zeros(inner)], { fn, outer: 1, n: 11, inner })[1];
          expect(Array.from(got, Number.isNaN)).toEqual(Array.from({ length: inner }, (_, i) => i === 0));
        }
        expect(runKernel('argmax', [x, zeros(inner, 'i32')], { outer: 1, n: 11, inner })[1][0]).toBe(at);
      }
    }
  });

  it('keeps float32 accuracy over ten million elements', () => {
    const n = 10_000_000;
    const x = new Float32Array(n).fill(0.1);
    const want = n * Math.fround(0.1);
    const rows = runKernel('reduce', [x, zeros(1)], { fn: 'sum', outer: 1, n, inner: 1 })[1][0];
    expect(Math.abs(rows - want) / want).toBeLessThan(1.2e-7);
    const columns = runKernel('reduce', [x, zeros(2)], { fn: 'sum', outer: 1, n: n / 2, inner: 2 })[1][1];
    expect(Math.abs(columns - want / 2) / (want / 2)).toBeLessThan(3e-7);
  });
});

describe('variance and log-sum-exp', () => {
  it('agree over random rows, also far from 0', async () => {
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(0, 1, 2, 5), size, fc.constantFrom(0, 1e4, -1e4), (...drawn) =>
        checkSpread(harness, ...drawn),
      ),
      runs,
    );
  });

  it('give no variance to equal elements, whatever their mean rounds to', () => {
    for (const n of [1, 3, 7, 65, 1000]) {
      for (const value of [0.1, -1e4 / 3, 1e30, 1e-40]) {
        const x = new Float32Array(n).fill(value);
        expect(runKernel('variance', [x, zeros(1)], { rows: 1, n, divisor: n })[1][0]).toBe(0);
      }
    }
  });

  it('take the rounding of the mean off the squares', () => {
    // One last place apart: the mean rounds to the smaller of them.
    const step = 2 ** -10;
    const x = Float32Array.of(1e4, 1e4, 1e4 + step);
    const [, got] = runKernel('variance', [x, zeros(1)], { rows: 1, n: 3, divisor: 3 });
    expect(got[0]).toBe(Math.fround((step ** 2 * 2) / 9));
  });

  it('keep a spread that float32 does not hold', () => {
    const varianceOf = (x: Float32Array, divisor: number): number =>
      runKernel('variance', [x, zeros(1)], { rows: 1, n: x.length, divisor })[1][0];
    for (const n of [2, 3, 8, 71, 300]) {
      // one square of 4e38 among zeros, and differences of 6e38
      const one = Float32Array.from({ length: n }, (_, i) => (i === 0 ? 2e19 : 0));
      const far = Float32Array.from(one, (_, i) => (i % 2 === 0 ? 3e38 : -3e38));
      const want = (n - 1) * (2e19 / n) ** 2; // the mean is 2e19 / n
      expect(Math.abs(varianceOf(one, n) / want - 1)).toBeLessThan(2e-7);
      expect(varianceOf(far, n)).toBe(Infinity);
      // 3e38 squared over a divisor that brings it back
      expect(Math.abs(varianceOf(Float32Array.of(3e38, -3e38), 1e50) / 1.8e27 - 1)).toBeLessThan(1e-6);
    }
  });

  it('read no element of an empty row', () => {
    const divided = (divisor: number): number =>
      runKernel('variance', [zeros(0), zeros(1)], { rows: 1, n: 0, divisor })[1][0];
    expect([divided(0), divided(1)]).toEqual([NaN, 0]);
    expect(runKernel('logSumExp', [zeros(0), zeros(1)], { rows: 1, n: 0 })[1][0]).toBe(-Infinity);
  });

  it('pass NaN and infinities on wherever they stand', () => {
    for (let at = 0; at < 11; at++) {
      const put = (value: number, others = 1): Float32Array =>
        normals(11, 1)
          .fill(others)
          .fill(value, at, at + 1);
      const variance = (x: Float32Array): number =>
        runKernel('variance', [x, zeros(1)], { rows: 1, n: 11, divisor: 11 })[1][0];
      const logSumExp = (x: Float32Array): number => runKernel('logSumExp', [x, zeros(1)], { rows: 1, n: 11 })[1][0];
      expect([variance(put(NaN)), variance(put(Infinity)), logSumExp(put(NaN))]).toEqual([NaN, NaN, NaN]);
      expect([logSumExp(put(Infinity)), logSumExp(put(NaN, Infinity))]).toEqual([Infinity, NaN]);
      expect([logSumExp(put(-1e4, -Infinity)), logSumExp(put(-Infinity, -Infinity))]).toEqual([-1e4, -Infinity]);
    }
  });
});

describe('softmax family', () => {
  it('agrees over random rows', async () => {
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(0, 1, 2, 5), size, fc.constantFrom(1, 0.125, -2), (...drawn) =>
        checkSoftmax(harness, ...drawn),
      ),
      runs,
    );
  });

  it('masks lanes, shares a mask between rows, and leaves an empty row at 0', async () => {
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(1, 2, 3), fc.constantFrom(1, 2, 4), size, (...drawn) =>
        checkMaskedSoftmax(harness, ...drawn),
      ),
      runs,
    );
  });

  it('does not overflow, and spreads NaN', () => {
    const x = Float32Array.of(1e4, 1e4, -1e4, 1e4, -Infinity);
    const args = { rows: 1, n: 5, scale: 1, rowsPerMask: 1 };
    checkKernel('softmax', [x, zeros(5)], args, rounding);
    x[2] = NaN;
    expect(runKernel('softmax', [x, zeros(5)], args)[1].every(Number.isNaN)).toBe(true);
  });
});

describe('layer norm', () => {
  it('agrees over random rows', async () => {
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(0, 1, 2, 5, 63, 64, 65, 130), oneOrMore, (...drawn) =>
        checkLayerNorm(harness, ...drawn),
      ),
      { numRuns: 60, seed: 6 },
    );
  });
});

describe('cross entropy', () => {
  it('agrees with smoothing and ignored rows', async () => {
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(0, 1, 2, 7), oneOrMore, fc.constantFrom(0, 0.1), (...drawn) =>
        checkCrossEntropy(harness, ...drawn),
      ),
      runs,
    );
  });

  it('keeps the loss of a large logit', () => {
    const x = Float32Array.of(1000, 999, -1e4);
    const args = { rows: 1, n: 3, ignoreIndex: -1, smoothing: 0 };
    checkKernel('crossEntropy', [x, Int32Array.of(0), zeros(1), zeros(1)], args, { relative: 1e-6, absolute: 0 });
  });
});

describe('gather and scatter', () => {
  it('agree over groups, repeated ids and widths', async () => {
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(0, 1, 3), size, fc.constantFrom(1, 5), size, (...drawn) =>
        checkGatherScatter(harness, ...drawn),
      ),
      runs,
    );
  });
});
