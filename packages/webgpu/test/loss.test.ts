import { checkCrossEntropy, rowSizes } from '@omnigrad/tensor/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkRows, everyWay, pipelinesOf, plan, resultsOf, zeros } from './rows-support.ts';
import { normals } from './support.ts';

const size = fc.constantFrom(...rowSizes).filter((n) => n > 0);

describe('cross entropy', () => {
  const check = (rows: number, n: number, smoothing: number): Promise<void> =>
    checkCrossEntropy(everyWay, rows, n, smoothing);

  it('agrees with smoothing and ignored rows', async () => {
    await fc.assert(fc.asyncProperty(fc.constantFrom(0, 1, 2, 7), size, fc.constantFrom(0, 0.1), check), {
      numRuns: 25,
      seed: 5,
    });
  });

  it('agrees at the edges of the classes', async () => {
    for (const n of [16, 17, 128, 129, 257, 1024, 1025, 2049, 4097, 8193, 12_300]) {
      await check(3, n, 0);
      await check(3, n, 0.1);
    }
    await check(150, 10, 0.1);
  });

  it('keeps the loss of a large logit', async () => {
    for (const n of [3, 40, 9000]) {
      const x = zeros(n).fill(-1e4);
      x.set([1000, 999]);
      const args = { rows: 1, n, ignoreIndex: -1, smoothing: 0 };
      const operands = [x, Int32Array.of(0), zeros(1), zeros(1)];
      await checkRows('crossEntropy', operands, args, { relative: 1e-6, absolute: 0 });
      // large logits close to each other, smoothed
      const near = normals(n, 3).map((v) => v + 1e4);
      const close = { relative: 1e-6, absolute: 1e-6 };
      await checkRows('crossEntropy', [near, Int32Array.of(1), zeros(1), zeros(1)], { ...args, smoothing: 0.2 }, close);
    }
  });

  it('has a gradient that adds up to nothing beside large logits', async () => {
    for (const n of [30, 3000, 9000]) {
      const x = normals(n, 1).map((v) => v - 1e4);
      const args = { rows: 1, n, ignoreIndex: -1, smoothing: 0 };
      const [lse] = await resultsOf('logSumExp', [x, zeros(1)], { rows: 1, n }, 1);
      const operands = [x, Int32Array.of(2), Float32Array.from(lse), zeros(1).fill(1), zeros(n)];
      for (const got of await resultsOf('crossEntropyBackward', operands, args, 4)) {
        expect(Math.abs(got.reduce((a, b) => a + b))).toBeLessThan(2e-6);
      }
    }
  });

  it('knows impossible classes, and keeps NaN in its row', async () => {
    for (const n of [3, 40, 9000]) {
      const x = zeros(4 * n);
      x.fill(-Infinity, 2, n);
      x[n] = NaN;
      x[2 * n] = NaN;
      x[3 * n] = Infinity;
      const ids = Int32Array.of(2, 1, -1, 1);
      const args = { rows: 4, n, ignoreIndex: -1, smoothing: 0 };
      for (const got of await resultsOf('crossEntropy', [x, ids, zeros(4), zeros(4)], args, 2)) {
        expect(got).toEqual([Infinity, NaN, 0, NaN]);
      }
      for (const got of await resultsOf('crossEntropy', [x, ids, zeros(4), zeros(4)], args, 3)) {
        expect(got).toEqual([Math.fround(Math.LN2), NaN, NaN, NaN]);
      }
      const smoothed = { ...args, smoothing: 0.1 };
      for (const got of await resultsOf('crossEntropy', [x, ids, zeros(4), zeros(4)], smoothed, 2)) {
        expect(got.slice(0, 3)).toEqual([Infinity, NaN, 0]);
      }
      const backward = [x, ids, zeros(4).fill(1), zeros(4).fill(1), zeros(4 * n)];
      for (const got of await resultsOf('crossEntropyBackward', backward, args, 4)) {
        expect(got.slice(n, 2 * n).every(Number.isNaN)).toBe(true);
        expect(got.slice(2 * n, 3 * n).every((v) => v === 0)).toBe(true);
        expect(got.slice(0, n).some(Number.isNaN)).toBe(false);
      }
    }
  });
});

describe('plans of cross entropy', () => {
  const of = (rows: number, n: number, abilities = {}) =>
    plan('crossEntropyBackward', { rows, n, ignoreIndex: -100, smoothing: 0.1 }, 5, abilities);

  it('keep shapes out of the pipelines', () => {
    const forward = (rows: number, n: number) =>
      pipelinesOf(plan('crossEntropy', { rows, n, ignoreIndex: -100, smoothing: 0 }, 4));
    expect(forward(1000, 3000)).toBe(forward(8192, 30_522));
    expect(pipelinesOf(of(3, 700))).toBe(pipelinesOf(of(50_000, 768)));
  });

  it('read a row of a vocabulary once where workgroups are large', () => {
    expect(of(8, 30_522).dispatches.length).toBe(2);
    expect(of(8, 30_522, { workgroupSize: 1024 }).dispatches.length).toBe(1);
    expect(of(0, 5).dispatches.length).toBe(0);
  });
});
