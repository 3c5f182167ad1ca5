import { checkLayerNorm, rowSizes } from '@omnigrad/tensor/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkRows, everyWay, pipelinesOf, plan, resultsOf, zeros } from './rows-support.ts';
import { normals } from './support.ts';

const size = fc.constantFrom(...rowSizes).filter((n) => n > 0);

describe('layer norm', () => {
  const check = (rows: number, n: number): Promise<void> => checkLayerNorm(everyWay, rows, n);

  it('agrees over random rows', async () => {
    await fc.assert(fc.asyncProperty(fc.constantFrom(0, 1, 2, 5, 63, 64, 65, 130), size, check), {
      numRuns: 20,
      seed: 6,
    });
  });

  it('agrees at the edges of the classes', async () => {
    for (const n of [16, 17, 128, 129, 1024, 1025, 4096, 4097, 8192, 8193, 9000]) await check(2, n);
    for (const [rows, n] of [
      [300, 40],
      [3000, 7],
      [2100, 3],
    ]) {
      await check(rows, n);
    }
  });

  it('gives the offset alone for equal elements, and their mean', async () => {
    for (const n of [3, 7, 100, 3000, 9000]) {
      const x = new Float32Array(n).fill(0.1);
      const beta = normals(n, 1);
      const args = { rows: 1, n, eps: 1e-5 };
      const operands = [x, normals(n, 2), beta, zeros(n), zeros(1), zeros(1)];
      for (const got of await resultsOf('layerNorm', operands, args, 3)) expect(got).toEqual(Array.from(beta));
      for (const got of await resultsOf('layerNorm', operands, args, 4)) expect(got).toEqual([x[0]]);
    }
  });

  it('keeps the digits of a large mean', async () => {
    for (const n of [16, 1000, 9000]) {
      const x = normals(n, 4).map((v) => v + 1e4);
      const operands = [x, zeros(n).fill(1), zeros(n), zeros(n), zeros(1), zeros(1)];
      await checkRows('layerNorm', operands, { rows: 1, n, eps: 1e-5 }, { relative: 2e-6, absolute: 2e-6 });
    }
  });

  it('keeps NaN and infinities in their rows', async () => {
    for (const n of [2, 30, 3000, 9000]) {
      const x = normals(3 * n, 1);
      x[1] = NaN;
      x[n] = Infinity;
      const operands = [x, zeros(n).fill(1), zeros(n), zeros(3 * n), zeros(3), zeros(3)];
      const args = { rows: 3, n, eps: 0 };
      const wanted = Array.from({ length: 3 * n }, (_, i) => i < 2 * n);
      for (const got of await resultsOf('layerNorm', operands, args, 3)) expect(got.map(Number.isNaN)).toEqual(wanted);
      const g = normals(2 * n, 2);
      g[n - 1] = NaN;
      const backward = [x.slice(2 * n), zeros(n).fill(1), zeros(1), zeros(1).fill(1), g.slice(0, n)];
      const outs = [zeros(n), zeros(n), zeros(n)];
      for (const got of await resultsOf('layerNormBackward', [...backward, ...outs], { rows: 1, n }, 5)) {
        expect(got.every(Number.isNaN)).toBe(true);
      }
      for (const got of await resultsOf('layerNormBackward', [...backward, ...outs], { rows: 1, n }, 7)) {
        expect(got.map(Number.isNaN)).toEqual(Array.from({ length: n }, (_, i) => i === n - 1));
      }
    }
  });

  it('has no finite scale where there is no spread and no eps', async () => {
    const operands = [zeros(4).fill(2), zeros(4), zeros(4), zeros(4), zeros(1), zeros(1)];
    for (const got of await resultsOf('layerNorm', operands, { rows: 1, n: 4, eps: 0 }, 5)) {
      expect(got).toEqual([Infinity]);
    }
  });

  it('sums over rows in one order', async () => {
    const [rows, n] = [700, 20];
    const operands = [normals(rows * n, 1), normals(n, 2), normals(rows, 3), normals(rows, 4), normals(rows * n, 5)];
    const outs = [zeros(rows * n), zeros(n), zeros(n)];
    const run = () => resultsOf('layerNormBackward', [...operands, ...outs], { rows, n }, 6);
    const first = await run();
    expect(await run()).toEqual(first);
    for (const other of first) expect(other).toEqual(first[0]);
  });
});

describe('plans of layer norm', () => {
  const backward = (rows: number, n: number) => plan('layerNormBackward', { rows, n }, 8);

  it('keep shapes out of the pipelines', () => {
    const of = (rows: number, n: number) => pipelinesOf(plan('layerNorm', { rows, n, eps: 1e-5 }, 6));
    expect(of(3, 700)).toBe(of(50_000, 768));
    expect(pipelinesOf(backward(30_000, 700))).toBe(pipelinesOf(backward(50_000, 768)));
  });

  it('spread the sums over rows', () => {
    const { dispatches, scratch } = backward(8192, 768);
    expect(dispatches.map(({ wgsl }) => wgsl)).toEqual([
      'norm/layer-norm-backward',
      'norm/layer-norm-columns',
      'reduce/columns',
      'reduce/columns',
    ]);
    expect(dispatches[1].workgroups[0]).toBeGreaterThan(400);
    expect(scratch[0]).toBeLessThan(1 << 20);
  });

  it('write zeros where there are no rows', () => {
    expect(backward(0, 5).dispatches.length).toBe(1);
    expect(backward(5, 0).dispatches.length).toBe(0);
  });

  it('stay within eight storage buffers', () => {
    const most = (kernel: 'layerNorm' | 'layerNormBackward', operands: number) =>
      Math.max(
        ...plan(kernel, { rows: 2, n: 100_000, eps: 0 }, operands).dispatches.map(({ bindings }) => bindings.length),
      );
    expect(most('layerNorm', 6)).toBeLessThanOrEqual(8);
    expect(most('layerNormBackward', 8)).toBeLessThanOrEqual(8);
  });
});
