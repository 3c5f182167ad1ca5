import {
  binaryNames,
  broadcastCases,
  castAndFillCases,
  checkBinaryDraw,
  checkCopyDraw,
  checkIntegerDraw,
  copyCases,
  unaryCases,
  unaryNames,
} from '@omnigrad/tensor/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { harness, normals, runKernel, testCases, zeros } from './support.ts';

describe('unary', () => {
  testCases(unaryCases);

  it.each(unaryNames)('%s gives an element the same bytes wherever it stands', (fn) => {
    const x = normals(64, 3, 3).map(Math.abs);
    const [, whole] = runKernel('unary', [x, zeros(64)], { fn, n: 64 });
    for (const [from, n] of [
      [1, 63],
      [2, 5],
      [61, 3],
      [7, 1],
    ]) {
      const [, part] = runKernel('unary', [x.slice(from, from + n), zeros(n)], { fn, n });
      expect(part).toEqual(whole.slice(from, from + n));
    }
  });
});

describe('cast, fill, accumulate', () => {
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
      { numRuns: 300, seed: 1 },
    );
  });

  it('integer, compare and select agree', async () => {
    await fc.assert(
      fc.asyncProperty(broadcastDraw, fc.nat(17), (draw, pick) => checkIntegerDraw(harness, draw, pick)),
      { numRuns: 200, seed: 2 },
    );
  });

  testCases(broadcastCases);
});

describe('copy', () => {
  it('agrees for slices, permutes, reversals and offsets', async () => {
    const dims = shapes([1, 2, 3, 4, 5, 7, 8, 9], 5, 4000);
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
      { numRuns: 300, seed: 3 },
    );
  });

  testCases(copyCases);
});
