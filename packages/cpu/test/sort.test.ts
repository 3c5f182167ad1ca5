// The radix order of the CPU backend beside the stable sort of the language, over lengths about where its method changes.

import { argsort, type DType, scope, sort, tensor, topK } from '@omnigrad/tensor';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { backend } from './support.ts';

const lengths = fc.constantFrom(0, 1, 2, 3, 7, 47, 48, 49, 50, 255, 257, 4096, 4097);
const special = [0, -0, 1, -1, 1e-45, -1e-45, 3e38, -3e38, Infinity, -Infinity, NaN, 2 ** -126, 0.1, -0.1];
const drawn = fc.record({
  dtype: fc.constantFrom<DType>('f32', 'i32', 'u32', 'bool'),
  seed: fc.integer({ min: 1, max: 2 ** 31 - 1 }),
  n: lengths,
  rows: fc.constantFrom(1, 3),
  descending: fc.boolean(),
});

/** Numbers with many ties, and every kind of float. */
const elements = (dtype: DType, n: number, seed: number): number[] => {
  let state = seed;
  const next = (): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state >>> 8;
  };
  return Array.from({ length: n }, () => {
    const draw = next();
    if (dtype === 'bool') return draw & 1;
    if (dtype === 'u32') return draw % 3 === 0 ? 2 ** 32 - 1 - (draw % 5) : Math.imul(draw, draw) >>> 0;
    if (dtype === 'i32') return draw % 3 === 0 ? -(draw % 5) : Math.imul(draw, draw);
    return draw % 3 === 0 ? special[draw % special.length] : Math.fround((draw - 2 ** 23) * 2 ** -(draw % 40));
  });
};

const compare = (a: number, b: number): number => {
  if (Number.isNaN(a) || Number.isNaN(b)) return Number(Number.isNaN(a)) - Number(Number.isNaN(b));
  return a < b ? -1 : a > b ? 1 : 0;
};

describe('sort', () => {
  it('is the stable order, of every dtype and length', () => {
    fc.assert(
      fc.property(drawn, ({ dtype, seed, n, rows, descending }) => {
        const data = elements(dtype, rows * n, seed);
        scope(() => {
          const x = tensor(data, [rows, n], { backend, dtype });
          const { values, indices } = sort(x, { descending });
          const k = Math.min(n, 5);
          const top = topK(x, { k, largest: descending }).indices.readSync();
          const gotValues = values.readSync();
          const gotIndices = indices.readSync();
          expect(argsort(x, { descending }).readSync()).toEqual(gotIndices);
          const held = x.readSync();
          for (let r = 0; r < rows; r++) {
            const row = Array.from(held.subarray(r * n, (r + 1) * n));
            const order = row.map((_, i) => i);
            order.sort((i, j) => (descending ? compare(row[j], row[i]) : compare(row[i], row[j])));
            expect(Array.from(gotIndices.subarray(r * n, (r + 1) * n))).toEqual(order);
            expect(Array.from(gotValues.subarray(r * n, (r + 1) * n))).toEqual(order.map((i) => row[i]));
            expect(Array.from(top.subarray(r * k, (r + 1) * k))).toEqual(order.slice(0, k));
          }
        });
      }),
      { numRuns: 120, seed: 11 },
    );
  });
});
