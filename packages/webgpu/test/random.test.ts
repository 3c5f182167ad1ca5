import { philoxBlock } from '@omnigrad/tensor/testing';
import { describe, expect, it } from 'vitest';
import { checkKernel, exact, normals, rounding, runKernel } from './support.ts';

/** The random word of element `i`. */
const wordOf = (i: number, key: readonly [number, number]): number =>
  philoxBlock([Math.floor(i / 4), 0, 0, 0], key)[i % 4];

const zeros = (n: number): Float32Array => new Float32Array(n);

describe('dropout', () => {
  it('keeps exactly the elements the contract names', async () => {
    for (const n of [0, 1, 3, 4, 15, 16, 17, 33, 250, 2049]) {
      for (const p of [0, 0.1, 0.5, 1]) {
        const key = Uint32Array.of(0xa4093822, n * 7919 + 1);
        await checkKernel('dropout', [normals(n, n), key, zeros(n)], { n, p }, p === 1 ? exact : rounding);
      }
    }
  });

  it('drops the share asked for', async () => {
    const n = 100_000;
    const operands = [new Float32Array(n).fill(1), Uint32Array.of(1, 2), zeros(n)];
    const [, , out] = await runKernel('dropout', operands, { n, p: 0.25 });
    const dropped = Array.from(out).filter((v) => v === 0).length;
    expect(Math.abs(dropped / n - 0.25)).toBeLessThan(0.005);
    expect(out[n - 1] !== 0).toBe((wordOf(n - 1, [1, 2]) >>> 8) * 2 ** -24 >= 0.25);
  });

  it('passes NaN of kept elements on and drops others', async () => {
    const n = 64;
    const key = Uint32Array.of(3, 4);
    const [, , out] = await runKernel('dropout', [new Float32Array(n).fill(NaN), key, zeros(n)], { n, p: 0.5 });
    const kept = Array.from({ length: n }, (_, i) => (wordOf(i, [3, 4]) >>> 8) * 2 ** -24 >= 0.5);
    expect(Array.from(out, Number.isNaN)).toEqual(kept);
    expect(Array.from(out).filter((v) => v === 0).length).toBe(kept.filter((k) => !k).length);
  });
});
