import type { ArenaRange } from '@omnigrad/tensor';
import { checkRangesDraw, manyRanges, optimizerCases } from '@omnigrad/tensor/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { leastAbilities } from '../src/abilities.ts';
import { optimizerKernels } from '../src/kernels/optimizer.ts';
import { harness, testCases } from './support.ts';

/** More than a table holds; some longer than a workgroup. */
const many = manyRanges(67);

const contextOf = (operands: number, workgroupsPerAxis = 65535) => ({
  op: 'test',
  abilities: { ...leastAbilities, workgroupsPerAxis },
  operands,
});

describe('tables of ranges', () => {
  it('go 30 to a dispatch, those that touch as one', () => {
    const dispatches = (list: readonly ArenaRange[]) =>
      optimizerKernels.adamw({ ranges: list }, contextOf(6)).dispatches;
    expect(dispatches([])).toEqual([]);
    expect(dispatches(many.ranges)).toHaveLength(3);
    const touching = Array.from({ length: 90 }, (_, i) => ({ offset: 5 + 64 * i, length: 64, decay: i >= 45 }));
    const [dispatch, ...others] = dispatches(touching);
    expect(others).toEqual([]);
    expect(dispatch.uniforms.map(({ value }) => value)).toEqual(
      [2, 0, 0, 0, 5, 2880 + 2 ** 31, 2885, 2880 + 2 ** 31].map((v, i) => (i === 5 ? 2880 : v)),
    );
    expect(dispatch.workgroups).toEqual([6, 1, 1]);
    // what does not ask for decay joins all
    expect(optimizerKernels.swap({ ranges: touching }, contextOf(2)).dispatches[0].workgroups).toEqual([6, 1, 1]);
    expect(optimizerKernels.swap({ ranges: touching }, contextOf(2)).dispatches[0].uniforms).toHaveLength(6);
  });

  it('never join the ranges of LAMB, nor any over padding', () => {
    const touching = Array.from({ length: 31 }, (_, i) => ({ offset: 64 * i, length: 64, decay: true }));
    expect(optimizerKernels.lamb({ ranges: touching }, contextOf(6)).dispatches).toHaveLength(6);
    expect(optimizerKernels.lamb({ ranges: [] }, contextOf(6)).dispatches).toEqual([]);
    const padded = touching.map((range) => ({ ...range, length: 63 }));
    expect(optimizerKernels.lerp({ ranges: padded }, contextOf(3)).dispatches[0].uniforms).toHaveLength(64);
  });

  it('put no shape into constants and fold long rows of workgroups', () => {
    const keys = [1, 1000, 10 ** 6].map((n) =>
      JSON.stringify(
        optimizerKernels
          .adam({ ranges: [{ offset: 0, length: n, decay: true }], amsgrad: true }, contextOf(7))
          .dispatches.map(({ wgsl, entry, constants, bindings }) => ({ wgsl, entry, constants, bindings })),
      ),
    );
    expect(new Set(keys).size).toBe(1);
    const [folded] = optimizerKernels.swap(
      { ranges: [{ offset: 0, length: 10240, decay: true }] },
      contextOf(2, 4),
    ).dispatches;
    expect(folded.workgroups).toEqual([4, 3, 1]);
  });
});

describe('kernels over ranges', () => {
  testCases(optimizerCases);

  it('work on any ranges', async () => {
    const parts = fc.array(fc.tuple(fc.nat(70), fc.constantFrom(0, 1, 63, 64, 1023, 1024, 1025, 2050), fc.boolean()), {
      maxLength: 40,
    });
    await fc.assert(
      fc.asyncProperty(parts, (drawn) => checkRangesDraw(harness, drawn)),
      { numRuns: 15 },
    );
  });
});
