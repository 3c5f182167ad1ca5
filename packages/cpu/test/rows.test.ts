import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkKernel, exact, integers, normals, rounding, runKernel, type Tolerance, zeros } from './support.ts';

const size = fc.constantFrom(0, 1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 33, 65);
const rowsTolerance: Tolerance = { relative: 2e-6, absolute: 1e-6 };
const runs = { numRuns: 150, seed: 5 };

describe('reduce and argmax', () => {
  it('agree over random shapes', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(0, 1, 2, 3),
        size,
        size,
        fc.constantFrom('sum', 'mean', 'max', 'min'),
        (outer, n, inner, fn) => {
          const x = normals(outer * n * inner, n + inner);
          const tolerance = fn === 'sum' || fn === 'mean' ? { relative: 2e-7, absolute: 4e-6 } : exact;
          checkKernel('reduce', [x, zeros(outer * inner)], { fn, outer, n, inner }, tolerance);
          if (n > 0) {
            const coarse = x.map((v) => Math.round(v));
            checkKernel('argmax', [coarse, zeros(outer * inner, 'i32')], { outer, n, inner }, exact);
          }
        },
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
  it('agree over random rows, also far from 0', () => {
    fc.assert(
      fc.property(fc.constantFrom(0, 1, 2, 5), size, fc.constantFrom(0, 1e4, -1e4), (rows, n, mean) => {
        const x = normals(rows * n, n, 3).map((v) => v + mean);
        checkKernel('variance', [x, zeros(rows)], { rows, n, divisor: n }, { relative: 1e-6, absolute: 0 });
        checkKernel('variance', [x, zeros(rows)], { rows, n, divisor: n + 0.5 }, { relative: 1e-6, absolute: 0 });
        checkKernel('logSumExp', [x, zeros(rows)], { rows, n }, { relative: 2e-7, absolute: 2e-7 });
      }),
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
  it('agrees over random rows', () => {
    fc.assert(
      fc.property(fc.constantFrom(0, 1, 2, 5), size, fc.constantFrom(1, 0.125, -2), (rows, n, scale) => {
        const x = normals(rows * n, n, 3);
        const args = { rows, n, scale, rowsPerMask: 1 };
        const [, y] = checkKernel('softmax', [x, zeros(rows * n)], args, rowsTolerance);
        checkKernel('softmaxBackward', [y, normals(rows * n, 2), zeros(rows * n)], { rows, n, scale }, rowsTolerance);
        const [, logs] = checkKernel('logSoftmax', [x, zeros(rows * n)], { rows, n }, rowsTolerance);
        const g = normals(rows * n, 4);
        checkKernel('logSoftmaxBackward', [logs, g, zeros(rows * n)], { rows, n }, { relative: 2e-6, absolute: 4e-6 });
      }),
      runs,
    );
  });

  it('masks lanes, shares a mask between rows, and leaves an empty row at 0', () => {
    fc.assert(
      fc.property(fc.constantFrom(1, 2, 3), fc.constantFrom(1, 2, 4), size, (masks, rowsPerMask, n) => {
        const rows = masks * rowsPerMask;
        const mask = Uint32Array.from(integers(masks * n, n, 2));
        if (masks > 1) mask.fill(0, 0, n);
        const args = { rows, n, scale: 0.5, rowsPerMask };
        checkKernel('softmax', [normals(rows * n, n, 3), mask, zeros(rows * n)], args, rowsTolerance);
      }),
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
  it('agrees over random rows', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(0, 1, 2, 5, 63, 64, 65, 130),
        size.filter((n) => n > 0),
        (rows, n) => {
          const x = normals(rows * n, n, 2).map((v) => v + 3);
          const gamma = normals(n, 1);
          const operands = [x, gamma, normals(n, 2), zeros(rows * n), zeros(rows), zeros(rows)];
          const out = checkKernel('layerNorm', operands, { rows, n, eps: 1e-3 }, { relative: 4e-6, absolute: 4e-5 });
          const g = normals(rows * n, 3);
          const backward = [x, gamma, out[4], out[5], g, zeros(rows * n), normals(n, 8), normals(n, 9)];
          checkKernel('layerNormBackward', backward, { rows, n }, { relative: 1e-5, absolute: 1e-4 });
        },
      ),
      { numRuns: 60, seed: 6 },
    );
  });
});

describe('cross entropy', () => {
  it('agrees with smoothing and ignored rows', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(0, 1, 2, 7),
        size.filter((n) => n > 0),
        fc.constantFrom(0, 0.1),
        (rows, n, smoothing) => {
          const x = normals(rows * n, n, 4);
          const ids = integers(rows, n, n);
          if (rows > 2) ids[1] = -100;
          const args = { rows, n, ignoreIndex: -100, smoothing };
          const out = checkKernel('crossEntropy', [x, ids, zeros(rows), zeros(rows)], args, rowsTolerance);
          const backward = [x, ids, out[3], normals(rows, 5), zeros(rows * n)];
          checkKernel('crossEntropyBackward', backward, args, rowsTolerance);
        },
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
  it('agree over groups, repeated ids and widths', () => {
    fc.assert(
      fc.property(fc.constantFrom(0, 1, 3), size, fc.constantFrom(1, 5), size, (groups, rows, tableRows, width) => {
        const ids = integers(groups * rows, width, tableRows);
        const args = { groups, rows, tableRows, width };
        const table = normals(groups * tableRows * width, 1);
        checkKernel('gatherRows', [table, ids, zeros(groups * rows * width)], args, exact);
        const into = normals(groups * tableRows * width, 2);
        const tolerance = { relative: 1e-6, absolute: 1e-5 };
        checkKernel('scatterAddRows', [normals(groups * rows * width, 3), ids, into], args, tolerance);
      }),
      runs,
    );
  });
});
