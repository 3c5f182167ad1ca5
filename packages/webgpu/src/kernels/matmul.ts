// Matrix products. A ladder of kernels: one element an invocation, tiles in workgroup memory, vectors times a matrix; products with
// few tiles and a long k cut it into splits, whose sums a last pass adds. Where the user allows f16, tiles may hold it, or matrix units
// multiply it. A pure function chooses.

import { type Activation, type CpuKernelArgs, type OffsetWalk, sizeOf } from '@omnigrad/tensor';
import { type Abilities, isProcessor } from '../abilities.ts';
import {
  type Binding,
  ceilDivide,
  type Dispatch,
  f32,
  grid,
  type Launch,
  launch,
  nothing,
  reads,
  scratchReads,
  scratchWrites,
  type Uniform,
  u32,
  usualSize,
  writes,
} from '../dispatch.ts';
import type { Kernels } from './kernel.ts';

export type MatmulArgs = CpuKernelArgs['matmul'];

/** A shape of matmul/tiles.wgsl or matmul/lanes.wgsl: invocations, and 4 x 4 blocks of each. */
export interface MatmulTile {
  readonly wide: number;
  readonly high: number;
  readonly rows: 1 | 2 | 4;
  readonly columns: 1 | 2 | 4;
  /** What lies in workgroup memory: k, and 2 where there is room for the next tile too. Null: nothing, the kernel is that of lanes, four wide. */
  readonly memory: { readonly depth: number; readonly buffers: 1 | 2 } | null;
}

/** By rows and columns of C. */
export const matmulTiles = {
  '128x128': { wide: 16, high: 16, rows: 2, columns: 2, memory: { depth: 16, buffers: 1 } },
  '64x64': { wide: 8, high: 8, rows: 2, columns: 2, memory: { depth: 8, buffers: 2 } },
  '64x64 of 256': { wide: 16, high: 16, rows: 1, columns: 1, memory: { depth: 32, buffers: 1 } },
  '32x32': { wide: 8, high: 8, rows: 1, columns: 1, memory: { depth: 16, buffers: 2 } },
  'lanes 64x64': { wide: 4, high: 4, rows: 4, columns: 4, memory: null },
  'lanes 32x32': { wide: 4, high: 4, rows: 2, columns: 2, memory: null },
  'lanes 16x16': { wide: 4, high: 4, rows: 1, columns: 1, memory: null },
} as const satisfies Readonly<Record<string, MatmulTile>>;

export type MatmulTileName = keyof typeof matmulTiles;

/** A shape of matmul/matrix.wgsl: subgroups, matrices of 16 x 16 of each, and the k in workgroup memory. */
export interface MatrixTile {
  readonly rows: number;
  readonly columns: number;
  readonly unitsM: number;
  readonly unitsN: number;
  readonly depth: number;
}

/** By rows and columns of C. */
export const matrixTiles = {
  '128x128': { rows: 2, columns: 4, unitsM: 4, unitsN: 2, depth: 32 },
  '64x64': { rows: 2, columns: 2, unitsM: 2, unitsN: 2, depth: 32 },
} as const satisfies Readonly<Record<string, MatrixTile>>;

export type MatrixTileName = keyof typeof matrixTiles;

/** `half` where workgroup memory holds f16. */
type TiledChoice =
  | { readonly kind: 'tiled'; readonly tile: MatmulTileName; readonly splits: number; readonly half?: true }
  | { readonly kind: 'matrix'; readonly tile: MatrixTileName; readonly splits: number };

/** The kernel of a product. `splits` parts of k, at most: see splitsOf. */
export type MatmulChoice =
  | { readonly kind: 'naive' }
  | { readonly kind: 'skinny'; readonly splits: number }
  | TiledChoice;

/** Multiply-adds a cycle of a core that is full of such tiles, and of one that has a single one. */
interface Rate {
  readonly full: number;
  readonly single: number;
}

/** What is known of an adapter's speed: times are in cycles of a core. */
export interface MatmulTuning {
  /** Cores that take workgroups. */
  readonly cores: number;
  /** Tiles that are missing are not used. */
  readonly tiles: Readonly<Partial<Record<MatmulTileName, Rate>>>;
  /** The same tiles with f16 in workgroup memory, and those of matrix units: for products that may be rounded to f16. */
  readonly halfTiles?: Readonly<Partial<Record<MatmulTileName, Rate>>>;
  readonly matrixTiles?: Readonly<Partial<Record<MatrixTileName, Rate>>>;
  /** Whether few vectors take the kernel that reads a matrix once. */
  readonly skinny: boolean;
  /** Starting a tile, as a length of k. */
  readonly start: number;
  /** A further dispatch, and an element of a partial product, written and read. */
  readonly pass: number;
  readonly element: number;
}

/** Abilities may carry what was measured on an adapter, or one choice for all products that it fits. */
export type MatmulAbilities = Abilities & {
  readonly matmulTuning?: MatmulTuning;
  readonly matmulChoice?: MatmulChoice;
};

/**
 * A large GPU: measured on an H100 (132 cores of 128 multiply-adds a cycle), but for the tiles of matrix units. Theirs is half of what that
 * card's second cache can feed, 4 bytes an operand and about 24 a cycle of a core. Tiles of f16 are unmeasured: unpacking may cost what it spares.
 */
export const usualTuning: MatmulTuning = {
  cores: 132,
  tiles: {
    '128x128': { full: 75, single: 58 },
    '64x64': { full: 67, single: 20 },
    '64x64 of 256': { full: 54, single: 34 },
    '32x32': { full: 40, single: 10 },
  },
  matrixTiles: { '128x128': { full: 190, single: 95 }, '64x64': { full: 95, single: 48 } },
  skinny: true,
  start: 32,
  pass: 4000,
  element: 0.005,
};

/** An adapter with subgroups of four, as those that compute on a processor: workgroup memory and barriers cost more than they spare. */
export const narrowTuning: MatmulTuning = {
  cores: 2,
  tiles: {
    'lanes 64x64': { full: 0.55, single: 0.55 },
    'lanes 32x32': { full: 0.34, single: 0.34 },
    'lanes 16x16': { full: 0.2, single: 0.2 },
  },
  skinny: false,
  start: 8,
  pass: 100000,
  element: 40,
};

const tuningOf = (abilities: MatmulAbilities): MatmulTuning =>
  abilities.matmulTuning ?? (isProcessor(abilities) ? narrowTuning : usualTuning);

export const tileSize = ({ wide, high, rows, columns }: MatmulTile): { readonly m: number; readonly n: number } => ({
  m: 4 * high * rows,
  n: 4 * wide * columns,
});

interface Workgroup {
  /** Rows and columns of C. */
  readonly m: number;
  readonly n: number;
  readonly invocations: number;
  /** Of workgroup memory. */
  readonly bytes: number;
}

/** Invocations of a subgroup of matmul/matrix.wgsl. */
const subgroupSize = 32;

const workgroupOf = (choice: TiledChoice): Workgroup => {
  if (choice.kind === 'matrix') {
    const { rows, columns, unitsM, unitsN, depth }: MatrixTile = matrixTiles[choice.tile];
    const [m, n, subgroups] = [16 * rows * unitsM, 16 * columns * unitsN, rows * columns];
    const halves = m * (depth + 8) + depth + depth * (n + 8) + n;
    return { m, n, invocations: subgroupSize * subgroups, bytes: 2 * halves + 4 * 256 * subgroups };
  }
  const tile: MatmulTile = matmulTiles[choice.tile];
  const { m, n } = tileSize(tile);
  const elements = tile.memory === null ? 0 : tile.memory.buffers * tile.memory.depth * (m + n);
  return { m, n, invocations: tile.wide * tile.high, bytes: elements * (choice.half ? 2 : 4) };
};

/** Whether an adapter can run a choice, and the user allows it. */
const fits = (
  choice: TiledChoice,
  { workgroupBytes, workgroupSize, precision, halfMatrices, subgroups }: Abilities,
): boolean => {
  const { invocations, bytes } = workgroupOf(choice);
  if (bytes > workgroupBytes || invocations > workgroupSize) return false;
  if (choice.kind === 'tiled') return !choice.half || (precision === 'f16' && matmulTiles[choice.tile].memory !== null);
  const { least = 0, most = 0 } = subgroups ?? {};
  return precision === 'f16' && halfMatrices && least === subgroupSize && most === subgroupSize;
};

const tileNames = Object.keys(matmulTiles).filter((name): name is MatmulTileName => name in matmulTiles);
const matrixNames = Object.keys(matrixTiles).filter((name): name is MatrixTileName => name in matrixTiles);

const tiledChoices: readonly TiledChoice[] = [
  ...tileNames.map((tile) => ({ kind: 'tiled', tile, splits: 1 }) as const),
  ...tileNames.map((tile) => ({ kind: 'tiled', tile, splits: 1, half: true }) as const),
  ...matrixNames.map((tile) => ({ kind: 'matrix', tile, splits: 1 }) as const),
];

const rateOf = (choice: TiledChoice, tuning: MatmulTuning): Rate | undefined =>
  choice.kind === 'matrix'
    ? tuning.matrixTiles?.[choice.tile]
    : (choice.half ? tuning.halfTiles : tuning.tiles)?.[choice.tile];

/** At most this many vectors take the skinny kernel. */
const few = 4;
/** Bytes of partial products, at most. */
const mostPartial = 2 ** 26;
/** Shortest k of a split, and what a split is a multiple of. */
const shortestSplit = 64;
/** Products of no more elements of C and multiply-adds for each are not worth a tile. */
const smallArea = 256;
const smallDepth = 64;

/** Parts of k that a choice of `splits` makes: all but the last of `depth`, none empty. */
export const splitsOf = (k: number, splits: number): { readonly splits: number; readonly depth: number } => {
  const depth = Math.max(32, Math.ceil(ceilDivide(k, Math.max(1, splits)) / 32) * 32);
  return { splits: Math.max(1, ceilDivide(k, depth)), depth };
};

const batchesOf = ({ batch }: MatmulArgs): number => batch.outer * batch.inner;

const mostSplitsOf = (args: MatmulArgs, { maxBindingBytes }: Abilities): number => {
  const bytes = 4 * args.m * args.n * batchesOf(args);
  const most = Math.floor(Math.min(mostPartial, maxBindingBytes) / bytes);
  return Math.max(1, Math.min(most, Math.floor(args.k / shortestSplit)));
};

const someSplits = [1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64];

const tiledChoice = (args: MatmulArgs, abilities: Abilities, tuning: MatmulTuning): MatmulChoice => {
  const { m, n, k } = args;
  const { cores, start, pass, element } = tuning;
  let best: MatmulChoice = { kind: 'naive' };
  let least = Number.POSITIVE_INFINITY;
  for (const choice of tiledChoices) {
    const rate = rateOf(choice, tuning);
    if (rate === undefined || !fits(choice, abilities)) continue;
    const size = workgroupOf(choice);
    const count = ceilDivide(m, size.m) * ceilDivide(n, size.n) * batchesOf(args);
    const most = mostSplitsOf(args, abilities);
    for (const wanted of someSplits.filter((splits) => splits <= most)) {
      const { splits, depth } = splitsOf(k, wanted);
      const work = size.m * size.n * (depth + start);
      const perCore = ceilDivide(count * splits, cores);
      const extra = splits === 1 ? 0 : pass + (splits * m * n * batchesOf(args) * element) / cores;
      const time = work * Math.max(perCore / rate.full, 1 / rate.single) + extra;
      if (time < least) {
        least = time;
        best = { ...choice, splits };
      }
    }
  }
  return best;
};

const isSkinny = ({ m, n, walks }: MatmulArgs): boolean => Math.min(m, n) <= few && walks == null;

/** Whether a choice can make a product at all. */
const allows = (choice: MatmulChoice, args: MatmulArgs, abilities: Abilities): boolean =>
  args.k > 0 && (choice.kind === 'naive' || (choice.kind === 'skinny' ? isSkinny(args) : fits(choice, abilities)));

const skinnyWorkgroups = (args: MatmulArgs): number => {
  const { along, long } = skinnyOf(args);
  return ceilDivide(long, along ? 8 : 64);
};

/** The kernel that makes a product fastest, as far as is known. Depends on sizes and abilities only. */
export const matmulChoice = (args: MatmulArgs, abilities: MatmulAbilities): MatmulChoice => {
  const { m, n, k } = args;
  const { matmulChoice: forced } = abilities;
  const tuning = tuningOf(abilities);
  if (forced !== undefined && allows(forced, args, abilities)) return forced;
  if (k === 0 || (m * n <= smallArea && k <= smallDepth)) return { kind: 'naive' };
  if (tuning.skinny && isSkinny(args)) {
    // a few workgroups a core keep the memory busy
    const wanted = Math.floor((4 * tuning.cores) / (skinnyWorkgroups(args) * batchesOf(args)));
    return { kind: 'skinny', splits: splitsOf(k, Math.min(Math.max(1, wanted), mostSplitsOf(args, abilities))).splits };
  }
  return tiledChoice(args, abilities, tuning);
};

const activationCode: { readonly [A in Activation]: number } = { relu: 1, gelu: 2, geluTanh: 3, silu: 4 };

const quads = (...numbers: readonly number[]): boolean => numbers.every((x) => x % 4 === 0);

/** Whether operands may be read, and C written, by vec4s. */
const vectorsOf = (args: MatmulArgs): { readonly a: boolean; readonly b: boolean; readonly c: boolean } => {
  const { m, n, k, transA, transB, lda, ldb, ldc, aOffset, bOffset, cOffset, batch, walks } = args;
  return {
    a: walks?.aK === undefined && quads(transA ? m : k, lda, aOffset, ...batch.a),
    b: walks == null && quads(transB ? k : n, ldb, bOffset, ...batch.b),
    c: quads(n, ldc, cOffset, ...batch.c),
  };
};

/** Which side of a product is the long one, and whether the matrix is contiguous along k. */
const skinnyOf = ({ m, n, transA, transB }: MatmulArgs): { columnsAreFew: boolean; along: boolean; long: number } =>
  m <= n ? { columnsAreFew: false, along: transB, long: n } : { columnsAreFew: true, along: !transA, long: m };

/** Where C goes: its operand, or partial products in scratch. */
interface Target {
  readonly c: Binding;
  readonly before: Binding | null;
  readonly ldc: number;
  readonly cOffset: number;
  readonly steps: readonly [number, number];
  readonly alpha: number;
  readonly splits: number;
  readonly depth: number;
  readonly splitStep: number;
}

/** The struct of matmul/product.wgsl. */
const uniformsOf = (
  args: MatmulArgs,
  target: Target,
  { count, tilesM, tilesN }: { readonly count: number; readonly tilesM: number; readonly tilesN: number },
): Uniform[] => {
  const { m, n, k, lda, ldb, aOffset, bOffset, batch } = args;
  const { ldc, cOffset, steps, alpha, splits, depth, splitStep } = target;
  return [
    ...[m, n, k, lda, ldb, ldc, aOffset, bOffset, cOffset, batch.inner].map(u32),
    ...[...batch.a, ...batch.b, ...steps].map(u32),
    f32(alpha),
    ...[count, tilesM, tilesN, splits, depth, splitStep].map(u32),
  ];
};

const axes = 6;

/** Sizes and strides of a walk, six axes in eight words each. */
const walkUniforms = ({ shape, strides }: OffsetWalk): Uniform[] => {
  const missing = axes - shape.length;
  const padded = (values: readonly number[], fill: number): number[] => [
    ...new Array<number>(missing).fill(fill),
    ...values,
    fill,
    fill,
  ];
  return [...padded(shape, 1), ...padded(strides, 0)].map(u32);
};

/** The tables of the walks of a product, in scratch block `to`: k of B, n of B, k of A. */
const offsetsDispatch = (
  { bK, bN, aK }: NonNullable<MatmulArgs['walks']>,
  to: number,
  abilities: Abilities,
): { readonly dispatch: Dispatch; readonly bytes: number } => {
  const all = aK === undefined ? [bK, bN] : [bK, bN, aK];
  const ends: number[] = [];
  for (const { shape } of all) ends.push((ends.at(-1) ?? 0) + sizeOf(shape));
  const count = ends[ends.length - 1];
  const dispatch: Dispatch = {
    wgsl: 'matmul/offsets',
    uniforms: [...[ends[0], ends[1], count, 0].map(u32), ...all.flatMap(walkUniforms)],
    bindings: [scratchWrites(to)],
    workgroups: grid(ceilDivide(count, usualSize), abilities),
  };
  return { dispatch, bytes: count * 4 };
};

/** Side of a workgroup of matmul/naive.wgsl. */
const naiveSide = 16;

interface Operands {
  readonly bias: Binding | null;
  readonly residual: Binding | null;
  readonly c: Binding;
  readonly before: Binding | null;
}

/** [a, b, bias?, residual?, c, before?]. */
const operandsOf = ({ bias, residual = false }: MatmulArgs, count: number): Operands => {
  const [biasAt, residualAt] = [2, bias ? 3 : 2];
  const cAt = residualAt + (residual ? 1 : 0);
  return {
    bias: bias ? reads(biasAt) : null,
    residual: residual ? reads(residualAt) : null,
    c: writes(cAt),
    before: count > cAt + 1 ? writes(cAt + 1) : null,
  };
};

/** Constants that say what happens to a sum. */
const epilogueConstants = ({ bias, residual = false, activation = null }: MatmulArgs): Dispatch['constants'] => ({
  HAS_BIAS: bias,
  HAS_RESIDUAL: residual,
  ACTIVATION: activation === null ? 0 : activationCode[activation],
});

const noEpilogue: Dispatch['constants'] = { HAS_BIAS: false, HAS_RESIDUAL: false, ACTIVATION: 0 };

/** The kernel, its entry and constants, and how it cuts C into workgroups. */
const kernelOf = (
  choice: MatmulChoice,
  args: MatmulArgs,
  wholeC: boolean,
): Pick<Dispatch, 'wgsl' | 'entry' | 'constants'> & { readonly tilesM: number; readonly tilesN: number } => {
  const { m, n, transA, transB, walks } = args;
  const vectors = vectorsOf(args);
  const constants = { TRANS_A: transA, TRANS_B: transB, WALK_A: walks?.aK !== undefined, WALK_B: walks != null };
  if (choice.kind === 'naive') {
    const [tilesM, tilesN] = [ceilDivide(m, naiveSide), ceilDivide(n, naiveSide)];
    return { wgsl: 'matmul/naive', entry: 'scalar', constants, tilesM, tilesN };
  }
  if (choice.kind === 'skinny') {
    const { columnsAreFew, along } = skinnyOf(args);
    return {
      wgsl: 'matmul/skinny',
      entry: along ? 'alongK' : 'acrossK',
      constants: {
        ...constants,
        COLUMNS_ARE_FEW: columnsAreFew,
        MATRIX4: columnsAreFew ? vectors.a : vectors.b,
        VECTOR4: along && (columnsAreFew ? transB && vectors.b : !transA && vectors.a),
      },
      tilesM: 1,
      tilesN: skinnyWorkgroups(args),
    };
  }
  const { m: tileM, n: tileN } = workgroupOf(choice);
  const cut = {
    entry: wholeC ? 'main' : 'scalar',
    tilesM: ceilDivide(m, tileM),
    tilesN: ceilDivide(n, tileN),
  };
  const common = { ...constants, A4: vectors.a, B4: vectors.b };
  if (choice.kind === 'matrix') {
    const { rows, columns, unitsM, unitsN, depth }: MatrixTile = matrixTiles[choice.tile];
    return {
      wgsl: 'matmul/matrix',
      ...cut,
      constants: { ...common, ROWS: rows, COLUMNS: columns, UNITS_M: unitsM, UNITS_N: unitsN, DEPTH: depth },
    };
  }
  const { wide, high, rows, columns, memory }: MatmulTile = matmulTiles[choice.tile];
  if (memory === null) {
    // small tiles gain nothing by more, and take longer to compile
    const shape = { HIGH: high, ROWS: 4 * rows, COLUMNS: 4 * columns, DEPTH: rows === 4 ? 8 : 4 };
    return { wgsl: 'matmul/lanes', ...cut, entry: 'main', constants: { ...constants, ...shape } };
  }
  return {
    wgsl: choice.half ? 'matmul/tiled-half' : 'matmul/tiled',
    ...cut,
    constants: {
      ...common,
      WIDE: wide,
      HIGH: high,
      ROWS: rows,
      COLUMNS: columns,
      DEPTH: memory.depth,
      BUFFERS: memory.buffers,
    },
  };
};

/** The launch of a product by a choice that can make it. */
export const matmulLaunch = (
  args: MatmulArgs,
  abilities: MatmulAbilities,
  operands: number,
  choice: MatmulChoice = matmulChoice(args, abilities),
): Launch => {
  const { m, n, k, batch, ldc, cOffset, alpha, walks } = args;
  const batches = batchesOf(args);
  if (m * n * batches === 0) return nothing;
  const given = operandsOf(args, operands);
  const { splits, depth } = choice.kind === 'naive' ? { splits: 1, depth: k } : splitsOf(k, choice.splits);
  const area = batches * m * n;
  const direct: Target = {
    ...{ c: given.c, before: given.before, ldc, cOffset, steps: batch.c, alpha },
    ...{ splits, depth, splitStep: 0 },
  };
  const target: Target =
    splits === 1
      ? direct
      : {
          ...{ c: scratchWrites(0), before: null, ldc: n, cOffset: 0, steps: [batch.inner * m * n, m * n], alpha: 1 },
          ...{ splits, depth, splitStep: area },
        };
  const scratch = splits === 1 ? [] : [splits * area * 4];
  const dispatches: Dispatch[] = [];
  // operands that are not there are not read: another one takes their place
  let offsets = reads(0);
  if (walks != null && k > 0) {
    const { dispatch, bytes } = offsetsDispatch(walks, scratch.length, abilities);
    offsets = scratchReads(scratch.length);
    scratch.push(bytes);
    dispatches.push(dispatch);
  }
  const cByVectors = vectorsOf(args).c;
  const { tilesM, tilesN, ...kernel } = kernelOf(choice, args, splits === 1 ? cByVectors : n % 4 === 0);
  const count = tilesM * tilesN * splits * batches;
  const epilogue = epilogueConstants(args);
  const whole = splits === 1;
  dispatches.push({
    ...kernel,
    entry: target.before === null ? kernel.entry : `${kernel.entry}Before`,
    constants: { ...kernel.constants, ...(whole ? epilogue : noEpilogue) },
    uniforms: uniformsOf(args, target, { count, tilesM, tilesN }),
    bindings: [
      reads(0),
      reads(1),
      (whole ? given.bias : null) ?? reads(0),
      (whole ? given.residual : null) ?? reads(0),
      offsets,
      target.c,
      ...(target.before === null ? [] : [target.before]),
    ],
    workgroups: grid(count, abilities),
  });
  if (whole) return launch(dispatches, scratch);
  const entry = cByVectors ? 'main' : 'scalar';
  const workgroups = ceilDivide(area, usualSize * (cByVectors ? 4 : 1));
  const partial = scratchReads(0);
  dispatches.push({
    wgsl: 'matmul/split-sum',
    entry: given.before === null ? entry : `${entry}Before`,
    constants: epilogue,
    uniforms: uniformsOf(args, { ...direct, depth: area }, { count: workgroups, tilesM: 1, tilesN: 1 }),
    bindings: [
      partial,
      partial,
      given.bias ?? partial,
      given.residual ?? partial,
      partial,
      given.c,
      ...(given.before === null ? [] : [given.before]),
    ],
    workgroups: grid(workgroups, abilities),
  });
  return launch(dispatches, scratch);
};

/** One dispatch that makes a product of what `a` and `b` bind, without bias or walks, in `c`. */
export const productDispatch = (
  args: MatmulArgs,
  [a, b, c]: readonly [Binding, Binding, Binding],
  abilities: MatmulAbilities,
): Dispatch => {
  const { k, batch, ldc, cOffset, alpha } = args;
  const choice = matmulChoice(args, abilities);
  const { tilesM, tilesN, ...kernel } = kernelOf(choice, args, vectorsOf(args).c);
  const count = tilesM * tilesN * batchesOf(args);
  const target = { c, before: null, ldc, cOffset, steps: batch.c, alpha, splits: 1, depth: k, splitStep: 0 };
  return {
    ...kernel,
    constants: { ...kernel.constants, ...noEpilogue },
    uniforms: uniformsOf(args, target, { count, tilesM, tilesN }),
    bindings: [a, b, a, a, a, c],
    workgroups: grid(count, abilities),
  };
};

export const matmulKernels: Kernels<'matmul'> = {
  matmul: (args, { abilities, operands }) => matmulLaunch(args, abilities, operands),
};
