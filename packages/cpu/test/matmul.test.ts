import type { Activation, CpuKernelArgs, OffsetWalk } from '@omnigrad/tensor';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkKernel, normals, runKernel, zeros } from './support.ts';

type Args = CpuKernelArgs['matmul'];

interface Problem {
  readonly m: number;
  readonly n: number;
  readonly k: number;
  readonly transA?: boolean;
  readonly transB?: boolean;
  readonly bias?: boolean;
  readonly outer?: number;
  readonly inner?: number;
  /** Extra elements between rows, and before the first. */
  readonly pad?: number;
  readonly sharedB?: boolean;
}

/** Operands and arguments of a problem; batches follow one another unless B is shared. */
const build = (p: Problem): { operands: Float32Array[]; args: Args } => {
  const { m, n, k, transA = false, transB = false, bias = false, outer = 1, inner = 1, pad = 0 } = p;
  const lda = (transA ? m : k) + pad;
  const ldb = (transB ? k : n) + pad;
  const ldc = n + pad;
  const [sa, sb, sc] = [(transA ? k : m) * lda, (transB ? n : k) * ldb, m * ldc];
  const steps = (size: number): [number, number] => [size * inner, size];
  const batches = outer * inner;
  const a = normals(sa * batches + pad, m, 1);
  const b = normals((p.sharedB ? sb : sb * batches) + pad, n, 1);
  const c = normals(sc * batches + pad, 1);
  return {
    operands: bias ? [a, b, normals(n, 3), c] : [a, b, c],
    args: {
      m,
      n,
      k,
      transA,
      transB,
      lda,
      ldb,
      ldc,
      aOffset: pad,
      bOffset: pad,
      cOffset: pad,
      alpha: 0.75,
      bias,
      batch: { outer, inner, a: steps(sa), b: p.sharedB ? [0, 0] : steps(sb), c: steps(sc) },
    },
  };
};

/** Rounding of k products of size 1: the largest partial sums are about sqrt(k). */
const check = (p: Problem): void => {
  const { operands, args } = build(p);
  const absolute = 3e-7 * (p.k + 4);
  checkKernel('matmul', operands, args, { relative: 1e-6, absolute });
};

const dimension = fc.constantFrom(0, 1, 2, 3, 4, 5, 7, 8, 9, 11, 16, 17, 23, 24, 25, 33);

describe('matmul', () => {
  it('agrees over random shapes, transposes, strides, offsets and batches', () => {
    fc.assert(
      fc.property(
        fc.record({
          m: dimension,
          n: dimension,
          k: dimension,
          transA: fc.boolean(),
          transB: fc.boolean(),
          bias: fc.boolean(),
          outer: fc.constantFrom(0, 1, 2),
          inner: fc.constantFrom(1, 3),
          pad: fc.constantFrom(0, 1, 5),
          sharedB: fc.boolean(),
        }),
        check,
      ),
      { numRuns: 400, seed: 4 },
    );
  });

  it('agrees across the blocks of k and n', () => {
    for (const [transA, transB] of [
      [false, false],
      [true, false],
      [false, true],
      [true, true],
    ]) {
      check({ m: 5, n: 9, k: 1031, transA, transB });
      check({ m: 26, n: 263, k: 515, transA, transB, bias: true });
      check({ m: 3, n: 520, k: 6, transA, transB, bias: true, pad: 3 });
    }
  });

  it('agrees where tiles of C are shared out, at their edges', () => {
    for (const [transA, transB] of [
      [false, false],
      [true, true],
    ]) {
      check({ m: 121, n: 257, k: 40, transA, transB, bias: true });
      check({ m: 241, n: 72, k: 90, transA, transB });
      check({ m: 65, n: 64, k: 1030, transA, transB });
    }
  });

  it('keeps the edge of the shape classes of training', () => {
    check({ m: 17, n: 17, k: 24, transB: true, outer: 2, inner: 4 });
    check({ m: 17, n: 24, k: 17, outer: 2, inner: 4 });
    check({ m: 512, n: 96, k: 16, bias: true });
    check({ m: 96, n: 24, k: 512, transA: true });
  });

  it('gives an element the same bytes in any tile', () => {
    const { operands, args } = build({ m: 37, n: 41, k: 600 });
    const whole = runKernel('matmul', operands, args)[2];
    for (const [row, rows, column, columns] of [
      [0, 4, 0, 8],
      [5, 1, 3, 1],
      [8, 26, 8, 30],
      [36, 1, 40, 1],
    ]) {
      const part = {
        ...args,
        m: rows,
        n: columns,
        aOffset: row * args.lda,
        bOffset: column,
        cOffset: row * args.ldc + column,
      };
      const got = runKernel('matmul', [operands[0], operands[1], zeros(37 * 41)], part)[2];
      for (let i = row; i < row + rows; i++) {
        for (let j = column; j < column + columns; j++) expect(got[i * 41 + j]).toBe(whole[i * 41 + j]);
      }
    }
  });

  it('activates and adds what its last pass is asked for', () => {
    const problem = fc.record({
      m: dimension,
      n: dimension,
      k: dimension,
      pad: fc.constantFrom(0, 5),
      bias: fc.boolean(),
    });
    const checkAfter = (p: Problem, activation: Activation | null, residual: boolean): void => {
      const { operands, args } = build(p);
      const c = operands[operands.length - 1];
      const before = activation === null ? [] : [zeros(c.length)];
      const all = [...operands.slice(0, -1), ...(residual ? [normals(c.length, 9)] : []), c, ...before];
      checkKernel('matmul', all, { ...args, activation, residual }, { relative: 1e-5, absolute: 1e-6 * (p.k + 4) });
    };
    for (const activation of [null, 'relu', 'gelu', 'geluTanh', 'silu'] as const) {
      for (const residual of [false, true]) {
        fc.assert(
          fc.property(problem, (p) => checkAfter({ ...p, k: Math.max(p.k, 1) }, activation, residual)),
          { numRuns: 25, seed: 5 },
        );
        checkAfter({ m: 130, n: 140, k: 600, bias: true }, activation, residual);
      }
    }
  });

  it('reads operands through walks', () => {
    const walk = fc.constantFrom<OffsetWalk>(
      { shape: [3], strides: [2] },
      { shape: [9], strides: [1] },
      { shape: [2, 5], strides: [20, 1] },
      { shape: [2, 3, 4], strides: [50, 16, 1] },
      { shape: [2, 2, 4], strides: [64, 7, 2] },
    );
    const run = (m: number, bK: OffsetWalk, bN: OffsetWalk, aK: OffsetWalk | undefined): void => {
      const [k, n] = [bK, bN].map(({ shape }) => shape.reduce((x, y) => x * y, 1));
      const reach = ({ shape, strides }: OffsetWalk): number =>
        shape.reduce((sum, d, i) => sum + (d - 1) * strides[i], 0);
      const lda = aK === undefined ? k : reach(aK) + 1;
      const walks = aK === undefined ? { bK, bN } : { bK, bN, aK };
      const operands = [normals(m * lda, 1), normals(reach(bK) + reach(bN) + 1, 2), zeros(m * n)];
      const none = [0, 0] as const;
      const args: Args = {
        ...{ m, n, k, lda, ldb: 0, ldc: n, transA: false, transB: false, alpha: 1, bias: false, walks },
        ...{ aOffset: 0, bOffset: 0, cOffset: 0, batch: { outer: 1, inner: 1, a: none, b: none, c: none } },
      };
      checkKernel('matmul', operands, args, { relative: 1e-6, absolute: 3e-7 * (k + 4) });
    };
    fc.assert(
      fc.property(fc.constantFrom(1, 3, 8, 13), walk, walk, fc.boolean(), (m, bK, bN, walksA) => {
        const k = bK.shape.reduce((x, y) => x * y, 1);
        run(m, bK, bN, walksA ? { shape: [k], strides: [3] } : undefined);
      }),
      { numRuns: 150, seed: 6 },
    );
    // more than one block of k, more than one tile
    run(70, { shape: [3, 20, 20], strides: [3600, 60, 1] }, { shape: [3, 30], strides: [1200, 20] }, undefined);
  });

  it('propagates NaN and infinity', () => {
    const { operands, args } = build({ m: 5, n: 9, k: 3 });
    operands[0][0] = NaN;
    operands[1][4] = Infinity;
    const got = runKernel('matmul', operands, args)[2];
    expect(Array.from(got.slice(0, 9), Number.isNaN)).toEqual(new Array(9).fill(true));
    expect(Math.abs(got[9 + 4])).toBe(Infinity);
    expect(Number.isFinite(got[9 + 3])).toBe(true);
  });
});
