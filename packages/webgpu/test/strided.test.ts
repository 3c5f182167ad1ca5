import { type CpuKernelArgs, type CpuKernelName, call, input } from '@omnigrad/tensor';
import {
  binaryNames,
  broadcastCases,
  castAndFillCases,
  checkBinaryDraw,
  checkCopyDraw,
  checkIntegerDraw,
  copyCases,
} from '@omnigrad/tensor/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { leastAbilities } from '../src/abilities.ts';
import type { Launch } from '../src/dispatch.ts';
import { launchOf } from '../src/kernels/table.ts';
import { checkKernel, exact, harness, normals, runKernel, testCases } from './support.ts';

const zeros = (n: number): Float32Array => new Float32Array(n);

const launched = <K extends CpuKernelName>(kernel: K, operands: number, args: CpuKernelArgs[K]): Launch =>
  launchOf(
    kernel,
    call(
      kernel,
      Array.from({ length: operands }, (_, i) => input(i)),
      args,
    ),
    { ...leastAbilities, workgroupsPerAxis: 5 },
  );

describe('cast, fill and accumulate', () => {
  testCases(castAndFillCases);
});

/** Shapes of rank 1 to `rank` with these sizes and at most `limit` elements. */
const shapes = (sizes: readonly number[], rank: number, limit: number): fc.Arbitrary<number[]> =>
  fc
    .array(fc.constantFrom(...sizes), { minLength: 1, maxLength: rank })
    .filter((shape) => shape.reduce((n, d) => n * d, 1) <= limit);

/** A broadcast problem of rank 1 to 6, some axes repeated or transposed. */
const broadcastDraw = fc.record({
  shape: shapes([0, 1, 2, 3, 4, 5, 8, 9], 6, 3000),
  zeroed: fc.array(fc.tuple(fc.boolean(), fc.boolean(), fc.boolean()), { minLength: 6, maxLength: 6 }),
  permute: fc.boolean(),
  seed: fc.nat(1000),
});

describe('broadcast', () => {
  it('binary agrees over random shapes and strides', async () => {
    await fc.assert(
      fc.asyncProperty(broadcastDraw, fc.constantFrom(...binaryNames), (draw, fn) =>
        checkBinaryDraw(harness, draw, fn),
      ),
      { numRuns: 120, seed: 1 },
    );
  });

  it('integer, compare and select agree', async () => {
    await fc.assert(
      fc.asyncProperty(broadcastDraw, fc.nat(17), (draw, pick) => checkIntegerDraw(harness, draw, pick)),
      { numRuns: 60, seed: 2 },
    );
  });

  testCases(broadcastCases);

  it('has one pipeline a function', () => {
    const of = (shape: number[], a: number[], b: number[]) => launched('binary', 3, { fn: 'div', shape, a, b });
    const [small, large] = [of([3, 5], [5, 1], [0, 1]), of([8, 2048 * 7], [2048 * 7, 1], [1, 0])];
    expect(small.dispatches[0].constants).toEqual(large.dispatches[0].constants);
    expect(large.dispatches[0].workgroups).toEqual([5, 12, 1]);
    expect(of([0, 5], [5, 1], [0, 1]).dispatches).toEqual([]);
  });
});

describe('copy', () => {
  it('agrees for slices, permutes, reversals and offsets', async () => {
    const dims = shapes([1, 2, 3, 4, 5, 7, 8, 9, 20], 5, 4000);
    const problem = dims.chain((shape) => {
      const all = { minLength: shape.length, maxLength: shape.length };
      const axes = shape.map((_, i) => i);
      return fc.record({
        shape: fc.constant(shape),
        order: fc.shuffledSubarray(axes, { minLength: shape.length }),
        pad: fc.array(fc.nat(2), all),
        flip: fc.array(fc.boolean(), all),
        outPad: fc.nat(3),
      });
    });
    await fc.assert(
      fc.asyncProperty(problem, (draw) => checkCopyDraw(harness, draw)),
      { numRuns: 100, seed: 3 },
    );
  });

  testCases(copyCases);

  it('sums long axes in parts', async () => {
    const all = { shape: [100, 301], inStrides: [301, 1], inOffset: 0, outStrides: [0, 0], outOffset: 2 };
    await checkKernel('addStrided', [normals(30100, 1), normals(4, 2)], all, { relative: 1e-6, absolute: 3e-5 });
    const columns = { shape: [1000, 3, 5], inStrides: [15, 5, 1], inOffset: 0, outStrides: [0, 5, 1], outOffset: 0 };
    await checkKernel('addStrided', [normals(15000, 3), normals(15, 4)], columns, { relative: 1e-6, absolute: 1e-5 });
    const ones = { shape: [1 << 20], inStrides: [0], inOffset: 0, outStrides: [0], outOffset: 0 };
    const [, total] = await runKernel('addStrided', [Float32Array.of(0.1), zeros(1)], ones);
    expect(Math.abs(total[0] / (2 ** 20 * Math.fround(0.1)) - 1)).toBeLessThan(3e-6);
  });

  it('adds where windows overlap', async () => {
    // element i + j of out is met by several (i, j)
    const fold = { shape: [4, 9], inStrides: [9, 1], inOffset: 0, outStrides: [1, 1], outOffset: 1 };
    await checkKernel('addStrided', [normals(36, 1), normals(14, 2)], fold, { relative: 1e-6, absolute: 2e-6 });
    const windows = {
      shape: [2, 3, 5, 3],
      inStrides: [45, 15, 1, 5],
      inOffset: 0,
      outStrides: [20, 0, 2, 1],
      outOffset: 0,
    };
    await checkKernel('addStrided', [normals(90, 1), normals(40, 2)], windows, { relative: 1e-6, absolute: 2e-6 });
  });

  it('copies to what repeats, of no and of many axes', async () => {
    const last = { shape: [4, 3], inStrides: [3, 1], inOffset: 0, outStrides: [0, 1], outOffset: 0 };
    await checkKernel('copy', [normals(12, 1), zeros(3)], last, exact);
    const one = { shape: [], inStrides: [], inOffset: 3, outStrides: [], outOffset: 1 };
    await checkKernel('copy', [normals(4, 1), zeros(3)], one, exact);
    const axes = Array<number>(10).fill(2);
    const strides = axes.map((_, i) => 3 ** (9 - i));
    const many = { shape: axes, inStrides: strides, inOffset: 0, outStrides: strides.map((s) => 2 * s), outOffset: 1 };
    await checkKernel('copy', [normals(3 ** 10, 1), zeros(2 * 3 ** 10)], many, exact);
  });

  it('transposes tiles', async () => {
    for (const [rows, columns] of [
      [16, 16],
      [31, 33],
      [32, 32],
      [33, 65],
      [100, 17],
    ]) {
      const shape = [3, rows, columns];
      const inStrides = [rows * columns, 1, rows];
      const args = { shape, inStrides, inOffset: 0, outStrides: [rows * columns, columns, 1], outOffset: 0 };
      expect(launched('copy', 2, args).dispatches[0].wgsl).toBe('elementwise/transpose');
      await checkKernel('copy', [normals(3 * rows * columns, 1), zeros(3 * rows * columns)], args, exact);
    }
  });

  it('moves heads by vec4s', async () => {
    // [batch, token, head, 8] to [batch, head, token, 8]
    const args = {
      shape: [2, 3, 5, 8],
      inStrides: [120, 8, 24, 1],
      inOffset: 4,
      outStrides: [120, 40, 8, 1],
      outOffset: 8,
    };
    expect(launched('copy', 2, args).dispatches.map(({ entry }) => entry)).toEqual(['vectors']);
    await checkKernel('copy', [normals(244, 1), zeros(250)], args, exact);
    await checkKernel('addStrided', [normals(244, 1), normals(250, 2)], args, exact);
  });

  it('folds many workgroups into rows', () => {
    const n = 1 << 16;
    const args = { shape: [n], inStrides: [1], inOffset: 1, outStrides: [1], outOffset: 0 };
    const [{ workgroups, constants, entry }] = launched('copy', 2, args).dispatches;
    expect([workgroups, constants, entry]).toEqual([[5, 13, 1], { ADD: false }, 'scalars']);
  });
});
