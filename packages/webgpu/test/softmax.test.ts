import { checkMaskedSoftmax, checkSoftmax, rowSizes, rowsTolerance } from '@omnigrad/tensor/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { backends, checkRows, everyWay, pipelinesOf, plan, resultsOf, withAbilities, zeros } from './rows-support.ts';
import { backend, integers, normals, rounding } from './support.ts';

const size = fc.constantFrom(...rowSizes);
const runs = { numRuns: 25, seed: 5 };
/** Rows that fit four, sixteen, 64 and 256 lanes, and rows that go by one part and by several. */
const edges = [16, 17, 128, 129, 1024, 1025, 2050, 4096, 4097, 8192, 8193, 12_300];

describe('softmax family', () => {
  const check = (rows: number, n: number, scale: number): Promise<void> => checkSoftmax(everyWay, rows, n, scale);

  it('agrees over random rows', async () => {
    await fc.assert(fc.asyncProperty(fc.constantFrom(0, 1, 2, 5), size, fc.constantFrom(1, 0.125, -2), check), runs);
  });

  it('agrees at the edges of the classes', async () => {
    for (const n of edges) await check(2, n, 1);
    for (const n of [3, 100]) await check(130, n, 1);
  });

  it('masks lanes, shares a mask between rows, and leaves an empty row at 0', async () => {
    const masked = (masks: number, rowsPerMask: number, n: number): Promise<void> =>
      checkMaskedSoftmax(everyWay, masks, rowsPerMask, n);
    await fc.assert(fc.asyncProperty(fc.constantFrom(1, 2, 3), fc.constantFrom(1, 2, 4), size, masked), runs);
    for (const n of edges) await masked(2, 2, n);
  });

  it('does not see what is masked', async () => {
    for (const n of [5, 300, 5000, 9000]) {
      const x = normals(3 * n, n);
      const mask = new Uint32Array(3 * n).fill(1);
      [NaN, Infinity, 3e38].forEach((value, row) => {
        x[row * n + 3] = value;
        mask[row * n + 3] = 0;
      });
      // a row of -Infinity that is shown has no shares, one that is hidden is 0
      x.fill(-Infinity, n, 2 * n);
      mask.fill(0, 2 * n, 3 * n);
      const args = { rows: 3, n, scale: 1, rowsPerMask: 1 };
      for (const got of await resultsOf('softmax', [x, mask, zeros(3 * n)], args, 2)) {
        expect(got[3]).toBe(0);
        expect(Math.abs(got.slice(0, n).reduce((a, b) => a + b) - 1)).toBeLessThan(1e-5);
        expect(new Set(got.slice(n, 2 * n))).toEqual(new Set([NaN]));
        expect(new Set(got.slice(2 * n))).toEqual(new Set([0]));
      }
    }
  });

  it('spreads NaN over what is masked too', async () => {
    for (const n of [5, 300, 5000, 9000]) {
      const x = normals(2 * n, n);
      const mask = Uint32Array.from(integers(2 * n, 3, 2));
      mask[1] = 1;
      x[1] = NaN;
      const args = { rows: 2, n, scale: 1, rowsPerMask: 1 };
      await checkRows('softmax', [x, mask, zeros(2 * n)], args, rowsTolerance);
    }
  });

  it('does not overflow, and spreads NaN', async () => {
    for (const n of [5, 40, 5000, 9000]) {
      const x = new Float32Array(n).fill(-Infinity);
      x.set([1e4, 1e4, -1e4, 1e4]);
      const args = { rows: 1, n, scale: 1, rowsPerMask: 1 };
      await checkRows('softmax', [x, zeros(n)], args, rounding);
      await checkRows('logSoftmax', [x, zeros(n)], { rows: 1, n }, { relative: 1e-6, absolute: 2e-6 });
      for (const value of [NaN, Infinity]) {
        x[n - 2] = value;
        for (const got of await resultsOf('softmax', [x, zeros(n)], args, 1)) {
          expect(got.every(Number.isNaN)).toBe(true);
        }
        for (const got of await resultsOf('logSoftmax', [x, zeros(n)], { rows: 1, n }, 1)) {
          expect(got.every(Number.isNaN)).toBe(true);
        }
      }
      x.fill(-Infinity);
      for (const got of await resultsOf('softmax', [x, zeros(n)], args, 1)) {
        expect(got.every(Number.isNaN)).toBe(true);
      }
    }
  });

  it('spreads NaN of a gradient over its row alone', async () => {
    for (const n of [5, 40, 5000, 9000]) {
      const y = new Float32Array(2 * n).fill(1 / n);
      const g = normals(2 * n, 1);
      g[n - 1] = NaN;
      for (const [name, args] of [
        ['softmaxBackward', { rows: 2, n, scale: 1 }],
        ['logSoftmaxBackward', { rows: 2, n }],
      ] as const) {
        const each =
          name === 'softmaxBackward'
            ? await resultsOf(name, [y, g, zeros(2 * n)], { ...args, scale: 1 }, 2)
            : await resultsOf(name, [y, g, zeros(2 * n)], args, 2);
        for (const got of each) {
          expect(got.map(Number.isNaN)).toEqual(Array.from({ length: 2 * n }, (_, i) => i < n));
        }
      }
    }
  });

  it('goes every way in these tests', async () => {
    const ways = [
      'softmax/rows',
      'softmax/long',
      ...(backend.abilities.subgroups === null ? [] : ['softmax/rows-subgroups']),
    ];
    for (const n of [5, 1025]) {
      const args = { rows: 1, n, scale: 1, rowsPerMask: 1 };
      await checkRows('softmax', [normals(n, 1), zeros(n)], args, rowsTolerance);
    }
    const keys = backends.flatMap(({ pipelineKeys }) => pipelineKeys.map((key) => key.split(' ')[0]));
    expect(keys).toEqual(expect.arrayContaining(ways));
  });

  it('gives the same bits again', async () => {
    const args = { rows: 40, n: 300, scale: 1, rowsPerMask: 1 };
    const x = normals(40 * 300, 1);
    const run = () => resultsOf('softmax', [x, zeros(40 * 300)], args, 1);
    expect(await run()).toEqual(await run());
  });

  it('runs on a folded grid', async () => {
    const on = [await withAbilities({ workgroupsPerAxis: 3, workgroupSize: 64 })];
    const masks = new Uint32Array(11 * 1500).fill(1);
    const args = { rows: 11, n: 1500, scale: 1, rowsPerMask: 1 };
    await checkRows('softmax', [normals(11 * 1500, 1), masks, zeros(11 * 1500)], args, rowsTolerance, on);
    const short = { ...args, rows: 1100, n: 15 };
    await checkRows('softmax', [normals(1100 * 15, 1), zeros(1100 * 15)], short, rowsTolerance, on);
  });
});

describe('plans of softmax', () => {
  const subgroups = { least: 32, most: 32 };
  const of = (rows: number, n: number, abilities = {}, operands = 2) =>
    plan('softmax', { rows, n, scale: 1, rowsPerMask: 1 }, operands, abilities);

  it('keep shapes out of the pipelines', () => {
    expect(pipelinesOf(of(3, 700))).toBe(pipelinesOf(of(50_000, 768)));
    expect(pipelinesOf(of(3, 50_000))).toBe(pipelinesOf(of(4000, 60_000)));
  });

  it('have nothing to do for nothing', () => {
    expect(of(0, 5).dispatches).toEqual([]);
    expect(of(5, 0).dispatches).toEqual([]);
  });

  it('read rows once as far as registers go', () => {
    const most = { subgroups, workgroupSize: 1024 };
    expect(of(8, 8192).dispatches.length).toBe(1);
    expect(of(8, 8193).dispatches.length).toBe(2);
    expect(of(8, 30_522, most).dispatches.map(({ wgsl }) => wgsl)).toEqual(['softmax/rows-subgroups']);
    expect(of(8, 768).dispatches.map(({ wgsl }) => wgsl)).toEqual(['softmax/rows']);
    expect(of(1, 1_000_000, most).dispatches.map(({ workgroups }) => workgroups[0])).toEqual([245, 245]);
    expect(of(1000, 50_000).dispatches[0].workgroups[0]).toBe(1000);
  });

  it('hold many short rows a workgroup', () => {
    expect(of(1_000_000, 10).dispatches[0].workgroups).toEqual([15_625, 1, 1]);
    expect(of(1_000_000, 1000).dispatches[0].workgroups).toEqual([62_500, 4, 1]);
  });
});
