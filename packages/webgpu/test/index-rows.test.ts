import { type CpuKernelArgs, call, input } from '@omnigrad/tensor';
import { checkGatherScatter, rowSizes } from '@omnigrad/tensor/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { leastAbilities } from '../src/abilities.ts';
import type { Launch } from '../src/dispatch.ts';
import { launchOf } from '../src/kernels/table.ts';
import { checkKernel, exact, harness, integers, normals, runKernel } from './support.ts';

const size = fc.constantFrom(...rowSizes);
const tolerance = { relative: 1e-6, absolute: 1e-5 };
const zeros = (n: number): Float32Array => new Float32Array(n);

const scatter = (args: CpuKernelArgs['scatterAddRows']): Launch =>
  launchOf('embedding', call('scatterAddRows', [input(0), input(1), input(2)], args), leastAbilities);

describe('gather and scatter', () => {
  it('agree over groups, repeated ids and widths', async () => {
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(0, 1, 3), size, fc.constantFrom(1, 5), size, (...drawn) =>
        checkGatherScatter(harness, ...drawn),
      ),
      { numRuns: 80, seed: 5 },
    );
  });

  it('gather many rows', async () => {
    for (const width of [3, 4]) {
      const args = { groups: 2, rows: 700, tableRows: 40, width };
      const ids = integers(1400, 1, 40);
      await checkKernel('gatherRows', [normals(80 * width, 1), ids, zeros(1400 * width)], args, exact);
    }
  });

  it('scatter by search up to 1024 rows, and by a sort beyond', async () => {
    for (const [rows, tableRows] of [
      [1023, 3],
      [1024, 70],
      [1025, 1],
      [1025, 3],
      [2048, 256],
      [2049, 257],
      [5000, 1000],
    ]) {
      for (const width of [3, 8]) {
        const args = { groups: 1, rows, tableRows, width };
        const ids = integers(rows, rows + width, tableRows);
        const operands = [normals(rows * width, 3), ids, normals(tableRows * width, 4)];
        expect(scatter(args).dispatches.at(-1)?.wgsl).toBe(rows > 1024 ? 'index/scatter-sums' : 'index/scatter-few');
        await checkKernel('scatterAddRows', operands, args, { relative: 1e-6, absolute: 1e-4 });
      }
    }
  });

  it('sort groups apart, and keys of three digits', async () => {
    const args = { groups: 3, rows: 1100, tableRows: 30_000, width: 1 };
    const ids = integers(3300, 7, 30_000);
    await checkKernel('scatterAddRows', [normals(3300, 3), ids, normals(90_000, 4)], args, tolerance);
    expect(scatter(args).dispatches.length).toBe(3 * 3 + 2);
  });

  it('scatter to few of many rows', async () => {
    // most ids are one padding token: chunks of one key, whole and cut
    const [rows, tableRows, width] = [3000, 500, 4];
    const ids = integers(rows, 1, tableRows).map((id, i) => (i % 7 === 0 ? id : i < 1200 ? 499 : 20));
    const operands = [normals(rows * width, 3), ids, normals(tableRows * width, 4)];
    const wide = { relative: 1e-6, absolute: 1e-4 };
    await checkKernel('scatterAddRows', operands, { groups: 1, rows, tableRows, width }, wide);
  });

  it('add in one order each time', async () => {
    const args = { groups: 1, rows: 4000, tableRows: 17, width: 5 };
    const operands = [normals(20_000, 3, 100), integers(4000, 5, 17), zeros(85)];
    const [, , first] = await runKernel('scatterAddRows', operands, args);
    const [, , second] = await runKernel('scatterAddRows', operands, args);
    expect(second).toEqual(first);
  });

  it('choose pipelines by the sort and by whole vec4s alone', () => {
    const shapes = [2000, 50_000].map((rows) => scatter({ groups: 1, rows, tableRows: 9, width: 8 }));
    const keys = shapes.map(({ dispatches }) =>
      dispatches.map(({ wgsl, entry, constants }) => [wgsl, entry, constants]),
    );
    expect(keys[0]).toEqual(keys[1]);
    expect(scatter({ groups: 2, rows: 9, tableRows: 0, width: 8 }).dispatches).toEqual([]);
  });
});
