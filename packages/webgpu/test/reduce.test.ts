import type { ReduceFn } from '@omnigrad/tensor';
import { checkReduce, checkSpread, reduceNames, rowSizes } from '@omnigrad/tensor/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkRows, pipelinesOf, plan, withAbilities, zeros } from './rows-support.ts';
import { exact, harness, normals, runKernel } from './support.ts';

const size = fc.constantFrom(...rowSizes);
const runs = { numRuns: 40, seed: 5 };
const ids = (n: number): Int32Array => new Int32Array(n).fill(-1);

describe('reduce and argmax', () => {
  const check = (outer: number, n: number, inner: number, fn: ReduceFn): Promise<void> =>
    checkReduce(harness, outer, n, inner, fn);

  it('agree over random shapes', async () => {
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(0, 1, 2, 3), size, size, fc.constantFrom(...reduceNames), check),
      runs,
    );
  });

  it('agree at the edges of tiles and classes', async () => {
    for (const n of [32, 33, 256, 257, 2047, 2049]) await check(2, n, 1, reduceNames[n % 4]);
    for (const n of [257, 512, 1030])
      for (const inner of [3, 20, 70, 260]) await check(1, n, inner, reduceNames[n % 4]);
    await check(700, 5, 3, 'max');
    await check(3, 300, 40, 'sum');
  });

  it('agree over parts', async () => {
    for (const fn of reduceNames) await check(2, 20_001, 1, fn);
    await check(1, 5_003, 7, 'mean');
    await check(1, 5_003, 9, 'min');
  });

  it('gives the identity for nothing', async () => {
    for (const inner of [1, 5]) {
      const got: number[] = [];
      for (const fn of reduceNames) {
        const [, out] = await runKernel('reduce', [zeros(0), normals(inner, 1)], { fn, outer: 1, n: 0, inner });
        got.push(...new Set(out));
      }
      expect(got).toEqual([0, NaN, -Infinity, Infinity]);
      const [, index] = await runKernel('argmax', [zeros(0), ids(inner)], { outer: 1, n: 0, inner });
      expect(Array.from(index)).toEqual(new Array(inner).fill(0));
    }
  });

  it('propagates NaN wherever it stands', async () => {
    for (const [inner, n] of [
      [1, 11],
      [6, 11],
      [1, 9000],
      [9, 600],
    ]) {
      for (const at of [0, 1, 5, 10, n - 1]) {
        const x = normals(n * inner, 1);
        x[at * inner] = at % 2 === 0 ? NaN : new Float32Array(Uint32Array.of(0xffc00001).buffer)[0];
        for (const fn of reduceNames) {
          const [, got] = await runKernel('reduce', [x, zeros(inner)], { fn, outer: 1, n, inner });
          expect(Array.from(got, Number.isNaN)).toEqual(Array.from({ length: inner }, (_, i) => i === 0));
        }
        expect((await runKernel('argmax', [x, ids(inner)], { outer: 1, n, inner }))[1][0]).toBe(at);
      }
    }
  });

  it('knows infinities and the zeros', async () => {
    for (const n of [5, 40, 9000]) {
      const fill = (value: number, at: number, other: number): Float32Array =>
        new Float32Array(n).fill(value).fill(other, at, at + 1);
      const args = { outer: 1, n, inner: 1 };
      const run = async (fn: ReduceFn, x: Float32Array): Promise<number> =>
        (await runKernel('reduce', [x, zeros(1)], { fn, ...args }))[1][0];
      expect(await run('sum', fill(1, 3, Infinity))).toBe(Infinity);
      expect(await run('mean', fill(1, 3, -Infinity))).toBe(-Infinity);
      expect(await run('sum', fill(Infinity, 3, -Infinity))).toBe(NaN);
      expect(await run('max', fill(-Infinity, 3, -Infinity))).toBe(-Infinity);
      expect(await run('min', fill(Infinity, 3, Infinity))).toBe(Infinity);
      const first = async (x: Float32Array): Promise<number> => (await runKernel('argmax', [x, ids(1)], args))[1][0];
      expect(await first(fill(-Infinity, 0, -Infinity))).toBe(0);
      expect(await first(fill(-Infinity, n - 1, -3e38))).toBe(n - 1);
      expect(await first(fill(-0, n - 1, 0))).toBe(0);
      expect(await first(fill(Infinity, 2, NaN))).toBe(2);
    }
  });

  it('keeps float32 accuracy over a million elements', async () => {
    const n = 1_000_000;
    const x = new Float32Array(n).fill(0.1);
    const want = n * Math.fround(0.1);
    const [, rows] = await runKernel('reduce', [x, zeros(1)], { fn: 'sum', outer: 1, n, inner: 1 });
    expect(Math.abs(rows[0] - want) / want).toBeLessThan(6e-8);
    const [, columns] = await runKernel('reduce', [x, zeros(2)], { fn: 'sum', outer: 1, n: n / 2, inner: 2 });
    expect(Math.abs(columns[1] - want / 2) / (want / 2)).toBeLessThan(6e-8);
    // large values that cancel
    for (let i = 0; i < n; i += 2) {
      x[i] = 2 ** 20 + 0.5;
      x[i + 1] = -(2 ** 20);
    }
    const [, rest] = await runKernel('reduce', [x, zeros(1)], { fn: 'mean', outer: 1, n, inner: 1 });
    expect(rest[0]).toBe(0.25);
  });
});

describe('variance and log-sum-exp', () => {
  const check = (rows: number, n: number, mean: number): Promise<void> => checkSpread(harness, rows, n, mean);

  it('agree over random rows, also far from 0', async () => {
    await fc.assert(fc.asyncProperty(fc.constantFrom(0, 1, 2, 5), size, fc.constantFrom(0, 1e4, -1e4), check), runs);
    for (const [rows, n] of [
      [2, 257],
      [70, 33],
      [2, 2500],
      [2, 9001],
      [1, 40_000],
    ]) {
      await check(rows, n, 100);
    }
  });

  const varianceOf = async (x: Float32Array, divisor: number): Promise<number> =>
    (await runKernel('variance', [x, zeros(1)], { rows: 1, n: x.length, divisor }))[1][0];

  it('give no variance to equal elements, whatever their mean rounds to', async () => {
    for (const n of [1, 3, 7, 65, 1000, 9000]) {
      for (const value of [0.1, -1e4 / 3, 1e30, 1e-40]) {
        expect(await varianceOf(new Float32Array(n).fill(value), n)).toBe(0);
      }
    }
  });

  it('take the rounding of the mean off the squares', async () => {
    // One last place apart: the mean rounds to the smaller of them.
    const step = 2 ** -10;
    const got = await varianceOf(Float32Array.of(1e4, 1e4, 1e4 + step), 3);
    expect(Math.abs(got / ((step ** 2 * 2) / 9) - 1)).toBeLessThan(2.4e-7);
  });

  it('keep a spread that float32 does not hold', async () => {
    for (const n of [2, 3, 8, 71, 300, 8200]) {
      // one square of 4e38 among zeros, and differences of 6e38
      const one = Float32Array.from({ length: n }, (_, i) => (i === 0 ? 2e19 : 0));
      const far = Float32Array.from(one, (_, i) => (i % 2 === 0 ? 3e38 : -3e38));
      const want = (n - 1) * (2e19 / n) ** 2; // the mean is 2e19 / n
      expect(Math.abs((await varianceOf(one, n)) / want - 1)).toBeLessThan(5e-7);
      expect(await varianceOf(far, n)).toBe(Infinity);
      // 3e38 squared over a divisor that brings it back
      expect(Math.abs((await varianceOf(Float32Array.of(3e38, -3e38), 1e50)) / 1.8e27 - 1)).toBeLessThan(1e-6);
      // squares that vanish
      const small = Float32Array.from(one, (v) => v * 1e-40);
      expect(Math.abs((await varianceOf(small, n * 1e-20)) / (want * 1e-60) - 1)).toBeLessThan(1e-5);
    }
  });

  it('divides by nothing as IEEE does', async () => {
    expect(await varianceOf(Float32Array.of(4, 4), 0)).toBe(NaN);
    expect(await varianceOf(Float32Array.of(1, 3), 0)).toBe(Infinity);
  });

  it('read no element of an empty row', async () => {
    const got: number[] = [];
    for (const divisor of [0, 1]) got.push(await varianceOf(zeros(0), divisor));
    expect(got).toEqual([NaN, 0]);
    expect((await runKernel('logSumExp', [zeros(0), zeros(1)], { rows: 1, n: 0 }))[1][0]).toBe(-Infinity);
  });

  it('pass NaN and infinities on wherever they stand', async () => {
    for (const [n, at] of [
      [11, 0],
      [11, 1],
      [11, 10],
      [9000, 0],
      [9000, 8999],
    ]) {
      const put = (value: number, others = 1): Float32Array => new Float32Array(n).fill(others).fill(value, at, at + 1);
      const variance = (x: Float32Array): Promise<number> => varianceOf(x, n);
      const logSumExp = async (x: Float32Array): Promise<number> =>
        (await runKernel('logSumExp', [x, zeros(1)], { rows: 1, n }))[1][0];
      expect([await variance(put(NaN)), await variance(put(Infinity)), await logSumExp(put(NaN))]).toEqual([
        NaN,
        NaN,
        NaN,
      ]);
      expect([await logSumExp(put(Infinity)), await logSumExp(put(NaN, Infinity))]).toEqual([Infinity, NaN]);
      expect([await logSumExp(put(-1e4, -Infinity)), await logSumExp(put(-Infinity, -Infinity))]).toEqual([
        -1e4,
        -Infinity,
      ]);
    }
  });
});

describe('plans of reductions', () => {
  it('keep shapes out of the pipelines', () => {
    const of = (n: number, inner: number) => pipelinesOf(plan('reduce', { fn: 'sum', outer: 5, n, inner }, 2));
    expect(of(300, 1)).toBe(of(2000, 1));
    expect(of(33, 40)).toBe(of(200, 50));
    const variances = (n: number) => pipelinesOf(plan('variance', { rows: 600, n, divisor: n }, 2));
    expect(variances(3000)).toBe(variances(100_000));
  });

  it('fold many workgroups into two axes', () => {
    const { dispatches } = plan('reduce', { fn: 'sum', outer: 1000, n: 3000, inner: 1 }, 2, { workgroupsPerAxis: 300 });
    expect(dispatches[0].workgroups).toEqual([250, 4, 1]);
  });

  it('share few long rows and columns between workgroups', () => {
    for (const [outer, n, inner] of [
      [1, 10_000_000, 1],
      [1, 1_000_000, 2],
      [1, 65_536, 768],
    ]) {
      const { dispatches, scratch } = plan('reduce', { fn: 'sum', outer, n, inner }, 2);
      expect(dispatches.length).toBe(2);
      expect(dispatches[0].workgroups[0]).toBeGreaterThan(400);
      expect(scratch[0]).toBeLessThan(1 << 20);
    }
    expect(plan('reduce', { fn: 'sum', outer: 1_000_000, n: 16, inner: 1 }, 2).dispatches.length).toBe(1);
    expect(plan('reduce', { fn: 'sum', outer: 0, n: 16, inner: 1 }, 2).dispatches.length).toBe(0);
  });

  it('run on a folded grid', async () => {
    const folded = await withAbilities({ workgroupsPerAxis: 3 });
    const x = normals(10 * 3000, 2);
    await checkRows('reduce', [x, zeros(10)], { fn: 'max', outer: 10, n: 3000, inner: 1 }, exact, [folded]);
    await checkRows('reduce', [x, zeros(3000)], { fn: 'max', outer: 1, n: 10, inner: 3000 }, exact, [folded]);
    await checkRows('argmax', [x, ids(10)], { outer: 10, n: 3000, inner: 1 }, exact, [folded]);
    const close = { relative: 1e-6, absolute: 0 };
    await checkRows('variance', [x, zeros(10)], { rows: 10, n: 3000, divisor: 3000 }, close, [folded]);
  });
});
