import type { Activation, CpuKernelArgs, NumericArray, OffsetWalk } from '@omnigrad/tensor';
import { createReferenceBackend, type OpName } from '@omnigrad/tensor';
import { checkAgainstReference, checkForward, opSamples, oracle } from '@omnigrad/tensor/testing';
import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { type Abilities, leastAbilities } from '../src/abilities.ts';
import type { openDevice } from '../src/device.ts';
import { createWebGpuBackend } from '../src/index.ts';
import {
  type MatmulAbilities,
  type MatmulChoice,
  type MatmulTile,
  type MatmulTileName,
  type MatrixTileName,
  matmulChoice,
  matmulLaunch,
  matmulTiles,
  matrixTiles,
  splitsOf,
  usualTuning,
} from '../src/kernels/matmul.ts';
import { assemble } from '../src/wgsl.ts';
import { wgslFiles } from '../src/wgsl-files.ts';
import { nullDevice } from './null-device.ts';
import { withoutSubgroupMatrices } from './subgroup-matrix.ts';
import { backend, checkKernel, exact, expectClose, normals, runKernel } from './support.ts';

type Args = CpuKernelArgs['matmul'];

/** All products take `choice` where it can make them; undefined: each what suits it. */
const force = (choice: MatmulChoice | undefined): void => {
  Object.assign(backend.abilities, { matmulChoice: choice });
};

afterEach(() => force(undefined));

const tiled = (tile: MatmulTileName, splits = 1): MatmulChoice => ({ kind: 'tiled', tile, splits });
const tileNames = Object.keys(matmulTiles) as MatmulTileName[];
const zeros = (n: number): Float32Array => new Float32Array(n);

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
const check = async (p: Problem): Promise<void> => {
  const { operands, args } = build(p);
  const absolute = 3e-7 * (p.k + 4);
  await checkKernel('matmul', operands, args, { relative: 1e-6, absolute });
};

const checkAfter = async (p: Problem, activation: Activation | null, residual: boolean): Promise<void> => {
  const { operands, args } = build(p);
  const c = operands[operands.length - 1];
  const before = activation === null ? [] : [zeros(c.length)];
  const all = [...operands.slice(0, -1), ...(residual ? [normals(c.length, 9)] : []), c, ...before];
  await checkKernel('matmul', all, { ...args, activation, residual }, { relative: 1e-5, absolute: 1e-6 * (p.k + 4) });
};

const transposes = [
  [false, false],
  [true, false],
  [false, true],
  [true, true],
] as const;

const dimension = fc.constantFrom(0, 1, 2, 3, 4, 5, 7, 8, 9, 11, 16, 17, 23, 24, 25, 33);
const problem = fc.record({
  m: dimension,
  n: dimension,
  k: dimension,
  transA: fc.boolean(),
  transB: fc.boolean(),
  bias: fc.boolean(),
  outer: fc.constantFrom(0, 1, 2),
  inner: fc.constantFrom(1, 3),
  pad: fc.constantFrom(0, 1, 4, 5),
  sharedB: fc.boolean(),
});

const offsetWalk = fc.constantFrom<OffsetWalk>(
  { shape: [3], strides: [2] },
  { shape: [9], strides: [1] },
  { shape: [2, 5], strides: [20, 1] },
  { shape: [2, 3, 4], strides: [50, 16, 1] },
  { shape: [2, 2, 4], strides: [64, 7, 2] },
  { shape: [2, 1, 2, 1, 2, 3], strides: [48, 9, 24, 7, 6, 2] },
);

const sizeOfWalk = ({ shape }: OffsetWalk): number => shape.reduce((x, y) => x * y, 1);

const buildWalked = (
  m: number,
  bK: OffsetWalk,
  bN: OffsetWalk,
  aK?: OffsetWalk,
): { operands: Float32Array[]; args: Args } => {
  const [k, n] = [sizeOfWalk(bK), sizeOfWalk(bN)];
  const reach = ({ shape, strides }: OffsetWalk): number => shape.reduce((sum, d, i) => sum + (d - 1) * strides[i], 0);
  const lda = aK === undefined ? k : reach(aK) + 1;
  const walks = aK === undefined ? { bK, bN } : { bK, bN, aK };
  const operands = [normals(m * lda, 1), normals(reach(bK) + reach(bN) + 1, 2), zeros(m * n)];
  const none = [0, 0] as const;
  return {
    operands,
    args: {
      ...{ m, n, k, lda, ldb: 0, ldc: n, transA: false, transB: false, alpha: 1, bias: false, walks },
      ...{ aOffset: 0, bOffset: 0, cOffset: 0, batch: { outer: 1, inner: 1, a: none, b: none, c: none } },
    },
  };
};

const checkWalked = async (m: number, bK: OffsetWalk, bN: OffsetWalk, aK?: OffsetWalk): Promise<void> => {
  const { operands, args } = buildWalked(m, bK, bN, aK);
  await checkKernel('matmul', operands, args, { relative: 1e-6, absolute: 3e-7 * (args.k + 4) });
};

describe('matmul', () => {
  it('agrees over random shapes, transposes, strides, offsets and batches', async () => {
    await fc.assert(fc.asyncProperty(problem, check), { numRuns: 60, seed: 4 });
  });

  it.each(['naive', 'skinny', 'tiled', 'split'] as const)(
    'agrees over random shapes where all are %s',
    async (kind) => {
      force(
        kind === 'naive'
          ? { kind }
          : kind === 'skinny'
            ? { kind, splits: 1 }
            : tiled('32x32', kind === 'tiled' ? 1 : 2),
      );
      const few = fc.constantFrom(1, 2, 3, 4);
      const runs = { naive: 30, skinny: 6, tiled: 10, split: 8 }[kind];
      const of =
        kind === 'skinny'
          ? fc
              .tuple(problem, few, fc.boolean())
              .map(([p, i, columns]) => ({ ...p, ...(columns ? { n: i } : { m: i }) }))
          : kind === 'split'
            ? problem.map((p) => ({ ...p, k: p.k + 32 }))
            : problem;
      await fc.assert(fc.asyncProperty(of, check), { numRuns: runs, seed: 5 });
    },
  );

  // the kernels are one text, but every tile and pair of transposes is compiled anew, which takes a second on a processor
  it.each(tileNames)('agrees in tiles %s, at their edges', async (name) => {
    const { wide, high, rows, columns, memory }: MatmulTile = matmulTiles[name];
    const depth = memory?.depth ?? 8;
    const [m, n] = [4 * high * rows, 4 * wide * columns];
    force(tiled(name));
    const [transA, transB] = transposes[tileNames.indexOf(name) % 4];
    await check({ m: m + 4, n: n + 4, k: 2 * depth + 4, transA, transB });
    await check({ m, n, k: depth, transA, transB });
    await check({ m: 4, n: 4, k: depth - 4 || 8, transA, transB });
    if (tileNames.indexOf(name) % 3 !== 2) return;
    await checkAfter({ m: m - 1, n: n + 1, k: depth + 1, transA: !transA, transB, bias: true }, 'relu', true);
    await checkAfter({ m: 1, n: 1, k: 3 * depth - 1, transA: !transA, transB, bias: true }, 'relu', true);
  });

  it.each(['32x32', 'lanes 16x16'] as const)('reads all layouts in tiles %s', async (name) => {
    force(tiled(name));
    for (const [transA, transB] of transposes) {
      await check({ m: 36, n: 40, k: 52, transA, transB });
      await check({ m: 36, n: 40, k: 52, transA, transB, pad: 4, outer: 2 });
      await check({ m: 31, n: 33, k: 47, transA, transB, pad: 1, inner: 2 });
    }
    // contiguous axes that are no whole quads, though rows are
    await check({ m: 34, n: 40, k: 30, transB: true, pad: 2 });
  });

  it('goes through strips of tiles, batch after batch', async () => {
    force(tiled('32x32'));
    await check({ m: 32 * 9 + 4, n: 100, k: 20, outer: 2, inner: 2, bias: true });
    await check({ m: 32 * 17, n: 36, k: 4, inner: 3, sharedB: true });
  });

  it('adds what splits of k give', async () => {
    for (const [splits, k] of [
      [3, 515],
      [7, 1024],
    ]) {
      force(tiled('32x32', splits));
      await check({ m: 26, n: 36, k, bias: true, inner: 3 });
      await check({ m: 26, n: 35, k, bias: true, pad: 3, transB: true });
      await check({ m: 33, n: 32, k, pad: 3, transA: true });
      await checkAfter({ m: 5, n: 8, k, bias: true }, 'gelu', true);
      await checkAfter({ m: 5, n: 7, k, bias: true }, 'silu', true);
      force({ kind: 'skinny', splits });
      await check({ m: 3, n: 36, k, bias: true, inner: 2 });
      await checkAfter({ m: 30, n: 3, k, bias: true }, 'gelu', true);
    }
  });

  it('multiplies a few vectors by a matrix in either order', async () => {
    force({ kind: 'skinny', splits: 1 });
    for (const [transA, transB] of transposes) {
      for (const few of [1, 2, 3, 4]) {
        await check({ m: few, n: 132, k: 260, transA: few === 2, transB });
        await check({ m: 132, n: few, k: 260, transA, transB: few === 3 });
      }
    }
    for (const along of [false, true]) {
      await check({ m: 1, n: 65, k: 131, transB: along, pad: 1, inner: 2 });
      await check({ m: 65, n: 2, k: 131, transA: along, pad: 1, inner: 2 });
      await checkAfter({ m: 4, n: 68, k: 33, transB: along, bias: true }, 'geluTanh', true);
      await checkAfter({ m: 68, n: 3, k: 33, transA: along, bias: true }, 'relu', true);
    }
    await check({ m: 1, n: 1, k: 1031 });
  });

  it('agrees with a long k', async () => {
    await check({ m: 5, n: 9, k: 1031 });
    await check({ m: 26, n: 263, k: 515, transA: true, transB: true, bias: true });
    await check({ m: 3, n: 520, k: 6, transB: true, bias: true, pad: 3 });
  });

  it('keeps the edge of the shape classes of training', async () => {
    await check({ m: 17, n: 17, k: 24, transB: true, outer: 2, inner: 4 });
    await check({ m: 17, n: 24, k: 17, outer: 2, inner: 4 });
    await check({ m: 256, n: 96, k: 16, bias: true });
    await check({ m: 96, n: 24, k: 256, transA: true });
  });

  it('activates and adds what its last pass is asked for', async () => {
    const choices: readonly MatmulChoice[] = [{ kind: 'naive' }, tiled('lanes 16x16')];
    const small = fc.record({
      m: dimension,
      n: dimension,
      k: dimension.map((k) => Math.max(k, 1)),
      pad: fc.constantFrom(0, 4, 5),
      bias: fc.boolean(),
    });
    for (const choice of choices) {
      force(choice);
      for (const activation of [null, 'relu', 'gelu', 'geluTanh', 'silu'] as const) {
        for (const residual of [false, true]) {
          await fc.assert(
            fc.asyncProperty(small, (p) => checkAfter(p, activation, residual)),
            { numRuns: 3, seed: 5 },
          );
        }
      }
    }
  });

  it('reads operands through walks', async () => {
    for (const choice of [{ kind: 'naive' }, tiled('lanes 32x32'), tiled('32x32')] as const) {
      force(choice);
      await fc.assert(
        fc.asyncProperty(
          fc.constantFrom(1, 3, 8, 13),
          offsetWalk,
          offsetWalk,
          fc.boolean(),
          async (m, bK, bN, walksA) => {
            await checkWalked(m, bK, bN, walksA ? { shape: [sizeOfWalk(bK)], strides: [3] } : undefined);
          },
        ),
        { numRuns: 15, seed: 6 },
      );
    }
    const [taps, places] = [
      { shape: [3, 10, 10], strides: [3600, 60, 1] },
      { shape: [3, 30], strides: [1200, 20] },
    ];
    force(tiled('32x32', 3));
    await checkWalked(37, taps, places);
    force(undefined);
    await checkWalked(70, taps, places, { shape: [3, 100], strides: [120, 1] });
  });

  it('gives an element the same bytes in any tile of a kernel', async () => {
    const { operands, args } = build({ m: 37, n: 41, k: 100 });
    for (const choice of [{ kind: 'naive' }, tiled('32x32'), tiled('lanes 64x64')] as const) {
      force(choice);
      const whole = (await runKernel('matmul', operands, args))[2];
      for (const [row, rows, column, columns] of [
        [0, 4, 0, 8],
        [5, 1, 3, 1],
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
        const got = (await runKernel('matmul', [operands[0], operands[1], zeros(37 * 41)], part))[2];
        for (let i = row; i < row + rows; i++) {
          for (let j = column; j < column + columns; j++) expect(got[i * 41 + j]).toBe(whole[i * 41 + j]);
        }
      }
    }
  });

  it('writes the bias where k is 0', async () => {
    await checkAfter({ m: 3, n: 70, k: 0, bias: true }, 'relu', true);
    const { operands, args } = buildWalked(2, { shape: [2], strides: [1] }, { shape: [3], strides: [1] });
    const walks = { bK: { shape: [0], strides: [1] }, bN: { shape: [3], strides: [1] } };
    const got = await runKernel('matmul', operands, { ...args, k: 0, walks });
    expect([...got[2]]).toEqual([0, 0, 0, 0, 0, 0]);
  });

  it('propagates NaN and infinity', async () => {
    const { operands, args } = build({ m: 5, n: 9, k: 3 });
    operands[0][0] = Number.NaN;
    operands[1][4] = Number.POSITIVE_INFINITY;
    for (const choice of [undefined, tiled('32x32')]) {
      force(choice);
      const finite = (got: NumericArray): void => {
        expect(Array.from(got.slice(0, 9), Number.isNaN)).toEqual(new Array(9).fill(true));
        expect(Math.abs(got[9 + 4])).toBe(Number.POSITIVE_INFINITY);
        expect(Number.isFinite(got[9 + 3])).toBe(true);
      };
      finite((await runKernel('matmul', operands, args))[2]);
      const [, , c, before] = await runKernel('matmul', [...operands, zeros(45)], { ...args, activation: 'relu' });
      finite(before);
      expect(Array.from(c.slice(0, 9), Number.isNaN)).toEqual(new Array(9).fill(true));
    }
  });
});

/** The f16 next to a number, as IEEE 754 rounds. */
const halfOf = (x: number): number => {
  if (x === 0 || !Number.isFinite(x)) return x;
  const step = 2 ** (Math.max(Math.floor(Math.log2(Math.abs(x))), -14) - 10);
  const [whole, rest] = [Math.floor(x / step), x / step - Math.floor(x / step)];
  const up = rest > 0.5 || (rest === 0.5 && whole % 2 !== 0);
  const rounded = (up ? whole + 1 : whole) * step;
  return Math.abs(rounded) > 65504 ? Math.sign(x) * Number.POSITIVE_INFINITY : rounded;
};

/** Numbers that lie halfway between two f16 have zeros in their last bits: adapters differ in how they round those. */
const untie = (data: Float32Array): void => {
  const bits = new Uint32Array(data.buffer, data.byteOffset, data.length);
  for (let i = 0; i < bits.length; i++) bits[i] |= 1;
};

/** The kernel beside the oracle on operands that were rounded: what is left is the rounding of f32 sums. */
const checkRounded = async (operands: readonly Float32Array[], args: Args): Promise<void> => {
  const [a, b, ...others] = operands;
  untie(a);
  untie(b);
  const expected = [
    Float64Array.from(a, halfOf),
    Float64Array.from(b, halfOf),
    ...others.map((x) => Float64Array.from(x)),
  ];
  oracle.matmul(expected, args);
  const got = await runKernel('matmul', operands, args);
  const tolerance = { relative: 1e-5, absolute: 1e-6 * (args.k + 4) };
  got.forEach((data, i) => {
    if (i < 2) expectClose(`operand ${i}`, data, operands[i], exact);
    else expectClose(`operand ${i}`, data, expected[i], tolerance);
  });
};

const checkHalf = async (p: Problem, activation: Activation | null = null, residual = false): Promise<void> => {
  const { operands, args } = build(p);
  const c = operands[operands.length - 1];
  const before = activation === null ? [] : [zeros(c.length)];
  const all = [...operands.slice(0, -1), ...(residual ? [normals(c.length, 9)] : []), c, ...before];
  await checkRounded(all, { ...args, activation, residual });
};

const halfTiled = (tile: MatmulTileName, splits = 1): MatmulChoice => ({ kind: 'tiled', tile, splits, half: true });
const matrix = (tile: MatrixTileName, splits = 1): MatmulChoice => ({ kind: 'matrix', tile, splits });
const matrixUnits = { precision: 'f16', halfMatrices: true, subgroups: { least: 32, most: 32 } } as const;

describe('products of f16', () => {
  const { precision, halfMatrices, subgroups } = backend.abilities;
  const matrixFile = wgslFiles['matmul/matrix'];
  beforeAll(() => {
    Object.assign(backend.abilities, { precision: 'f16' });
    Object.assign(wgslFiles, { 'matmul/matrix': withoutSubgroupMatrices(matrixFile) });
  });
  afterEach(() => {
    Object.assign(backend.abilities, { precision: 'f16', halfMatrices, subgroups });
  });
  afterAll(() => {
    Object.assign(backend.abilities, { precision, halfMatrices, subgroups });
    Object.assign(wgslFiles, { 'matmul/matrix': matrixFile });
  });

  /** Each layout, entry and epilogue once, at the edges of tiles of m x n: every form of a kernel takes a second to compile. */
  const everyWay = async (choice: (splits?: number) => MatmulChoice, m: number, n: number, depth: number) => {
    force(choice());
    for (const k of [4, depth, 2 * depth + 4]) {
      await checkHalf({ m: m + 4, n: n + 8, k, pad: 4, outer: 2 });
      await checkHalf({ m: m - 1, n: n + 1, k: k + 1, transA: true, pad: 1, inner: 2, bias: true });
    }
    await checkHalf({ m: 1, n: 1, k: 1, transA: true, pad: 1, bias: true });
    await checkHalf({ m, n, k: depth + 4, transB: true, bias: true }, 'gelu', true);
    await checkHalf({ m: m + 4, n: n - 1, k: depth + 4, transA: true, transB: true }, 'relu', true);
    force(choice(3));
    const [taps, places] = [
      { shape: [3, 10, 10], strides: [3600, 60, 1] },
      { shape: [3, 30], strides: [1200, 20] },
    ];
    const { operands, args } = buildWalked(m + 6, taps, places, { shape: [3, 100], strides: [120, 1] });
    await checkRounded(operands, args);
  };

  it('agrees in tiles of f16 with operands that were rounded', async () => {
    await everyWay((splits) => halfTiled('32x32', splits), 32, 32, 16);
    force(halfTiled('64x64'));
    await checkHalf({ m: 68, n: 72, k: 20, bias: true });
  });

  it('rounds its operands, and nothing else', async () => {
    const { operands, args } = build({ m: 8, n: 8, k: 4 });
    const [a, b] = operands;
    a.fill(1 + 2 ** -12);
    b.fill(1);
    const outcome = async (choice: MatmulChoice): Promise<number> => {
      force(choice);
      return (await runKernel('matmul', operands, { ...args, alpha: 1 }))[2][0];
    };
    expect(await outcome(tiled('32x32'))).toBe(4 + 2 ** -10);
    expect(await outcome(halfTiled('32x32'))).toBe(4);
    // sums and products stay f32
    a.fill(1 + 2 ** -10);
    b.fill(1 + 2 ** -10);
    expect(await outcome(halfTiled('32x32'))).toBe(4 * (1 + 2 ** -10) ** 2);
    a.fill(65504);
    b.fill(65504);
    expect(await outcome(halfTiled('32x32'))).toBe(Math.fround(4 * 65504 ** 2));
  });

  it.each(['tiled', 'matrix'] as const)(
    'makes infinities of what f16 cannot hold, and keeps NaN, where all are %s',
    async (kind) => {
      if (kind === 'matrix') Object.assign(backend.abilities, matrixUnits);
      force(kind === 'tiled' ? halfTiled('32x32') : matrix('64x64'));
      const { operands, args } = build({ m: 5, n: 9, k: 3 });
      operands[0][0] = Number.NaN;
      operands[0][3] = -70000;
      operands[0][7] = 1e-9;
      operands[1].fill(1);
      const c = (await runKernel('matmul', operands, args))[2];
      expect(Array.from(c.slice(0, 9), Number.isNaN)).toEqual(new Array(9).fill(true));
      expect([...c.slice(9, 18)]).toEqual(new Array(9).fill(Number.NEGATIVE_INFINITY));
      const [, , , , , , x, , y] = operands[0];
      expect(c[18]).toBeCloseTo(0.75 * (halfOf(x) + halfOf(y)), 5);
    },
  );

  it('agrees by matrix units, where loops take their places', async () => {
    Object.assign(backend.abilities, matrixUnits);
    await everyWay((splits) => matrix('64x64', splits), 64, 64, 32);
  });

  it.each(Object.keys(matrixTiles) as MatrixTileName[])('compiles for matrix units in tiles %s', async (name) => {
    const device = await nullDevice();
    const { rows, columns, unitsM, unitsN, depth } = matrixTiles[name];
    for (const unroll of [false, true]) {
      const constants = { ROWS: rows, COLUMNS: columns, UNITS_M: unitsM, UNITS_N: unitsN, DEPTH: depth };
      const { code, place } = assemble(
        { ...wgslFiles, 'matmul/matrix': matrixFile },
        'matmul/matrix',
        constants,
        unroll,
      );
      const { messages } = await device.createShaderModule({ code }).getCompilationInfo();
      expect(messages.map(({ lineNum, message }) => `${place(lineNum)}: ${message}`)).toEqual([]);
    }
    device.destroy();
  });

  it('passes the samples of ops that are products, at the tolerance of f16', async () => {
    const reference = createReferenceBackend();
    const half = await createWebGpuBackend({ software: true, precision: 'f16' });
    expect(half.abilities.precision).toBe('f16');
    Object.assign(half.abilities, { matmulChoice: halfTiled('32x32') });
    const products = ['matmul', 'linear', 'convolution'] as const satisfies readonly OpName[];
    for (const op of products) {
      for (const sample of opSamples[op].samples.slice(0, 2)) {
        const own = { ...sample, tolerance: 2 ** 13 * (sample.tolerance ?? 1) };
        await checkForward(half, op, own);
        await checkAgainstReference(half, reference, op, own);
      }
    }
    expect(half.pipelineKeys.some((key) => key.startsWith('matmul/tiled-half '))).toBe(true);
    half.dispose();
  });
});

describe('the precision of products', () => {
  afterEach(() => {
    vi.doUnmock('webgpu');
    vi.resetModules();
  });

  const config = { componentType: 'f16', resultComponentType: 'f32', M: 16, N: 16, K: 16 };
  const features = ['subgroups', 'shader-f16', 'chromium-experimental-subgroup-matrix'];

  /** What a device is asked for on an adapter that offers `configs`. */
  const opened = async (precision: 'f32' | 'f16', configs: readonly object[] | undefined) => {
    const asked: string[] = [];
    const limits = {};
    const info = { vendor: 'acme', architecture: '', description: '', device: '', subgroupMatrixConfigs: configs };
    const requestDevice = async ({ requiredFeatures }: { readonly requiredFeatures: readonly string[] }) => {
      asked.push(...requiredFeatures);
      return { limits, features: new Set(requiredFeatures) };
    };
    const create = vi.fn((_options: readonly string[]) => ({
      requestAdapter: async () => ({ info, limits, features: new Set(features), requestDevice }),
    }));
    vi.resetModules();
    vi.doMock('webgpu', () => ({ create, globals: {} }));
    const { openDevice: open } = (await import('../src/device.ts')) satisfies {
      readonly openDevice: typeof openDevice;
    };
    const { abilities } = await open({ software: false }, { precision, profile: false });
    const experimental = create.mock.calls.flatMap(([options]) => options).some((o) => /allow_unsafe_apis/.test(o));
    return { abilities, asked, experimental };
  };

  it('asks Dawn for matrix units with f16, and knows which it can use', async () => {
    const half = await opened('f16', [{ ...config, resultComponentType: 'f16' }, config]);
    expect(half.experimental).toBe(true);
    expect(half.asked).toEqual(features);
    expect(half.abilities).toMatchObject({ precision: 'f16', halfMatrices: true });
    const whole = await opened('f32', [config]);
    expect(whole.experimental).toBe(false);
    expect(whole.asked).toEqual(features.slice(0, 2));
    expect(whole.abilities).toMatchObject({ precision: 'f32', halfMatrices: false });
    for (const configs of [undefined, [], [{ ...config, N: 8 }], [{ ...config, resultComponentType: 'f16' }]]) {
      expect((await opened('f16', configs)).abilities.halfMatrices).toBe(false);
    }
  });

  it('refuses another precision', async () => {
    const options: object = { software: true, precision: 'bf16' };
    await expect(createWebGpuBackend(options)).rejects.toThrow("precision is 'f32' or 'f16', came 'bf16'");
  });
});

describe('the choice of a kernel', () => {
  const large: Abilities = { ...leastAbilities, workgroupBytes: 32768 };
  const square = (n: number, k = n): Args => build0({ m: n, n, k });
  const build0 = (p: Problem): Args => {
    const { m, n, k, transA = false, transB = false } = p;
    const none = [0, 0] as const;
    return {
      ...{ m, n, k, transA, transB, lda: transA ? m : k, ldb: transB ? k : n, ldc: n, alpha: 1, bias: false },
      ...{ aOffset: 0, bOffset: 0, cOffset: 0, batch: { outer: 1, inner: 1, a: none, b: none, c: none } },
    };
  };

  it('takes tiles by size, splits a long k, and reads a matrix for few vectors once', () => {
    expect(matmulChoice(square(8), large).kind).toBe('naive');
    expect(matmulChoice(square(4096), large)).toEqual({ kind: 'tiled', tile: '128x128', splits: 1 });
    expect(matmulChoice(square(64, 4096), large)).toMatchObject({ kind: 'tiled', tile: '32x32' });
    const split = matmulChoice(square(64, 4096), large);
    expect(split.kind === 'tiled' && split.splits > 4).toBe(true);
    expect(matmulChoice(build0({ m: 1, n: 4096, k: 4096 }), large).kind).toBe('skinny');
    expect(matmulChoice(build0({ m: 4096, n: 3, k: 4096 }), large).kind).toBe('skinny');
  });

  it('leaves workgroup memory alone where subgroups are of four', () => {
    const narrow = { ...large, subgroups: { least: 4, most: 4 } };
    const choice = matmulChoice(square(512), narrow);
    expect(choice).toEqual({ kind: 'tiled', tile: 'lanes 64x64', splits: 1 });
    expect(matmulLaunch(square(512), narrow, 3).dispatches.map(({ wgsl }) => wgsl)).toEqual(['matmul/lanes']);
  });

  it('follows the tuning that abilities carry, and keeps to what a workgroup may be', () => {
    const matmulTuning = { ...usualTuning, tiles: { '64x64': { full: 1, single: 1 } } };
    expect(matmulChoice(square(4096), { ...large, matmulTuning })).toMatchObject({ tile: '64x64' });
    const forced = { kind: 'tiled', tile: '128x128', splits: 1 } as const;
    expect(matmulChoice(square(4096), { ...large, matmulChoice: forced })).toEqual(forced);
    const small = { ...leastAbilities, workgroupSize: 128, matmulChoice: forced };
    expect(matmulChoice(square(4096), small)).not.toEqual(forced);
  });

  it('rounds to f16 only where it is asked to, and where that is faster', () => {
    const rich = { ...large, halfMatrices: true, subgroups: { least: 32, most: 32 } };
    const half: Abilities = { ...rich, precision: 'f16' };
    const sizes = [square(64), square(100), square(512), square(4096), square(64, 4096)];
    const kinds = (abilities: MatmulAbilities, args: readonly Args[] = sizes) =>
      args.map((one) => {
        const choice = matmulChoice(one, abilities);
        return choice.kind === 'tiled' && choice.half ? 'half' : choice.kind;
      });
    expect(new Set(kinds(rich))).toEqual(new Set(['tiled']));
    expect(kinds(half)).toEqual(['matrix', 'matrix', 'matrix', 'matrix', 'matrix']);
    expect(matmulChoice(square(4096), half)).toEqual({ kind: 'matrix', tile: '128x128', splits: 1 });
    expect(matmulChoice(square(4096), { ...half, workgroupBytes: 16384 })).toMatchObject({ tile: '64x64' });
    // few vectors, few elements, and an adapter without such units
    const others = [build0({ m: 3, n: 4096, k: 4096 }), square(8)];
    expect(kinds(half, others)).toEqual(['skinny', 'naive']);
    expect(kinds({ ...half, halfMatrices: false })).toEqual(kinds(rich));
    expect(kinds({ ...half, subgroups: { least: 8, most: 32 } })).toEqual(kinds(rich));
    expect(kinds({ ...half, subgroups: null })).toEqual(kinds(rich));
    // tiles of f16 where a tuning says that they pay
    const matmulTuning = { ...usualTuning, halfTiles: { '128x128': { full: 100, single: 90 } } };
    const tuned = { ...large, precision: 'f16', matmulTuning } as const;
    expect(matmulChoice(square(4096), tuned)).toEqual({ kind: 'tiled', tile: '128x128', splits: 1, half: true });
    expect(matmulLaunch(square(4096), tuned, 3).dispatches.map(({ wgsl }) => wgsl)).toEqual(['matmul/tiled-half']);
    expect(matmulChoice(square(4096), { ...tuned, precision: 'f32' })).toMatchObject({ tile: '128x128' });
    expect(kinds({ ...tuned, precision: 'f32' })).toEqual(kinds(large));
    // a choice is no way around
    const forced = [
      matrix('64x64'),
      halfTiled('64x64'),
      { kind: 'tiled', tile: 'lanes 32x32', splits: 1, half: true },
    ] as const;
    for (const matmulChoice of forced) expect(kinds({ ...rich, matmulChoice })).toEqual(kinds(rich));
  });

  it('keeps sizes out of constants', () => {
    const keys = (args: Args): string =>
      JSON.stringify(
        matmulLaunch(args, large, 3).dispatches.map(({ wgsl, entry, constants }) => [wgsl, entry, constants]),
      );
    expect(keys(square(4096))).toBe(keys(square(8192)));
    expect(keys(square(8))).toBe(keys(square(12)));
    expect(keys(square(64, 4096))).toBe(keys(square(68, 5000)));
    expect(keys(build0({ m: 1, n: 4096, k: 4096 }))).toBe(keys(build0({ m: 4, n: 2048, k: 2048 })));
  });

  it('cuts k into splits that leave none out', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 100000 }), fc.integer({ min: 1, max: 64 }), (k, wanted) => {
        const { splits, depth } = splitsOf(k, wanted);
        expect(splits).toBeLessThanOrEqual(wanted);
        expect(splits * depth).toBeGreaterThanOrEqual(k);
        expect((splits - 1) * depth).toBeLessThan(k);
        expect(depth % 32).toBe(0);
      }),
    );
  });

  it('folds its workgroups where an axis has too few, and does nothing where C is empty', () => {
    const { dispatches } = matmulLaunch(square(4096), { ...large, workgroupsPerAxis: 100 }, 3);
    const [x, y, z] = dispatches[0].workgroups;
    expect(x).toBeLessThanOrEqual(100);
    expect(x * y * z).toBeGreaterThanOrEqual(1024);
    expect(matmulLaunch(build0({ m: 0, n: 5, k: 5 }), large, 3).dispatches).toEqual([]);
  });
});
