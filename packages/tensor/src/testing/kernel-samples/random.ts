// Cases of dropout, whose bits are those of Philox.

import { philoxBlock } from '../kernel-oracle.ts';
import { drawNormals, exact, expectAtMost, expectSame, type KernelCase, rounding, zeros } from './kernel-case.ts';

/** The random word of element `i`. */
const wordOf = (i: number, key: readonly [number, number]): number =>
  philoxBlock([Math.floor(i / 4), 0, 0, 0], key)[i % 4];

const isKept = (i: number, key: readonly [number, number], p: number): boolean =>
  (wordOf(i, key) >>> 8) * 2 ** -24 >= p;

export const dropoutCases: readonly KernelCase[] = [
  {
    title: 'keeps exactly the elements the contract names',
    holds: async ({ check }) => {
      for (const n of [0, 1, 3, 4, 15, 16, 17, 33, 250, 2049]) {
        for (const p of [0, 0.1, 0.5, 1]) {
          const key = Uint32Array.of(0xa4093822, n * 7919 + 1);
          await check('dropout', [drawNormals(n, n), key, zeros(n)], { n, p }, p === 1 ? exact : rounding);
        }
      }
    },
  },
  {
    title: 'drops the share asked for',
    holds: async ({ run }) => {
      const n = 100_000;
      const operands = [zeros(n).fill(1), Uint32Array.of(1, 2), zeros(n)];
      const [, , out] = await run('dropout', operands, { n, p: 0.25 });
      const dropped = Array.from(out).filter((v) => v === 0).length;
      expectAtMost('what the share is off', Math.abs(dropped / n - 0.25), 0.005);
      const last = isKept(n - 1, [1, 2], 0.25);
      if ((out[n - 1] !== 0) !== last) throw new Error(`the last element must be ${last ? 'kept' : 'dropped'}`);
    },
  },
  {
    title: 'passes NaN of kept elements on and drops others',
    holds: async ({ run }) => {
      const n = 64;
      const operands = [zeros(n).fill(Number.NaN), Uint32Array.of(3, 4), zeros(n)];
      const [, , out] = await run('dropout', operands, { n, p: 0.5 });
      const want = Array.from({ length: n }, (_, i) => (isKept(i, [3, 4], 0.5) ? Number.NaN : 0));
      expectSame('dropout of NaN', out, want);
    },
  },
];
