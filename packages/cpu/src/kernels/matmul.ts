// Matrix products C = alpha · op(A) · op(B) + bias, batched. After Goto and van de Geijn ("Anatomy of high-performance matrix
// multiplication"): k in blocks, A and B of a block packed into panels, a panel of B in the first-level cache while the panels of A
// pass by. Inside a block of k an element is one chain of f32 products, and block is added to block: its bytes depend on k only.
//
// A large product packs each block once, all threads together, then shares out tiles of C. Small ones, and those with few rows
// or columns, are shared out whole or in slices, and each thread packs what it needs in its own workspace.

import { type Activation, type CpuKernelArgs, type OffsetWalk, sizeOf } from '@omnigrad/tensor';
import { type FunctionBuilder, type FunctionRef, f32x4, type I32, i32, type Local, select } from '../emitter/index.ts';
import { zeroAddress } from '../layout.ts';
import { unaryOps } from './elementwise.ts';
import {
  defineJob,
  type EmitOptions,
  type JobTools,
  type KernelFamily,
  type Launch,
  launch,
  type Step,
} from './job.ts';
import { overLanes } from './lanes.ts';
import { packColumnsOf, packRowsOf, packWalkOf, panelColumns, panelRows, panelStepInPlace, stripOf } from './tiles.ts';

/** Most k in one block; longer k is cut into equal blocks. Part of the bytes of a product. */
const maxDepth = 512;
/** Columns of B and rows of A that a thread packs at once in its workspace. */
const ownColumns = 256;
const ownRows = 120;
const ownBytesB = maxDepth * ownColumns * 4;
/** Slack for loads past the end of what is packed. */
const slack = 1024;
/** What a thread needs for `gemm`. */
export const gemmBytes = ownBytesB + maxDepth * ownRows * 4 + slack;

/** B is packed for at least this many rows of A, A for this many columns of B; fewer read them in place. */
const packRows = 16;
const packColumns = 24;

/** Bytes from row to row and along k, and the same for the columns of B. */
const matrixParams = {
  k: 'i32',
  a: 'i32',
  aRow: 'i32',
  aK: 'i32',
  b: 'i32',
  bK: 'i32',
  bCol: 'i32',
  c: 'i32',
  cRow: 'i32',
  alpha: 'f32',
  bias: 'i32',
} as const;

const gemmParams = { m: 'i32', n: 'i32', ...matrixParams, workspace: 'i32' } as const;

const least = (a: Local<'i32'>, b: Local<'i32'> | number): ReturnType<typeof select<'i32'>> =>
  select(i32.ltU(a, b), a, typeof b === 'number' ? i32.const(b) : b);

/** Equal blocks of k, a multiple of 4 deep; k = 0 is one block of depth 0, which writes the bias. */
const depthOf = (f: FunctionBuilder, k: Local<'i32'>): Local<'i32'> => {
  const blocks = f.let(i32.divU(i32.add(k, maxDepth - 1), maxDepth));
  const depth = f.letI32(0);
  f.if(blocks, () => f.set(depth, i32.and(i32.add(i32.divU(i32.add(k, i32.sub(blocks, 1)), blocks), 3), -4)));
  return depth;
};

/** One product in one thread. `bias` is an address or 0. */
const gemmOf = ({ m, options }: JobTools): FunctionRef<'none'> => {
  const strips = { along: stripOf(m, 'along', options), across: stripOf(m, 'across', options) };
  const packA = packRowsOf(m, options);
  const packB = packColumnsOf(m);
  return m.inner('gemm', gemmParams, (f, p) => {
    const packedB = p.workspace;
    const packedA = f.let(i32.add(p.workspace, ownBytesB));
    const across = f.let(i32.ne(p.aK, 4));
    const packsA = f.let(i32.geU(p.n, packColumns));
    const packsB = f.let(i32.or(i32.ne(p.bCol, 4), i32.geU(p.m, packRows)));
    const depth = depthOf(f, p.k);
    const [width, height, kBlock] = [f.local('i32'), f.local('i32'), f.local('i32')];
    const [a, b, c, add, addRow, addPanel] = Array.from({ length: 6 }, () => f.local('i32'));
    const [aAt, aStep, aPanel, bAt, bStep, bPanel] = Array.from({ length: 6 }, () => f.local('i32'));

    /** A block of rows by a block of columns. */
    const panels = (layout: 'along' | 'across'): void => {
      const [bPanelAt, cAt, addAt] = [f.let(bAt), f.let(c), f.let(add)];
      const left = f.let(width);
      f.while(i32.ne(left, 0), () => {
        f.call(
          strips[layout],
          aAt,
          aStep,
          aPanel,
          bPanelAt,
          bStep,
          kBlock,
          cAt,
          p.cRow,
          addAt,
          addRow,
          p.alpha,
          height,
          left,
        );
        f.advance(bPanelAt, bPanel);
        f.advance(cAt, panelColumns * 4);
        f.advance(addAt, addPanel);
        f.set(left, select(i32.gtU(left, panelColumns), i32.sub(left, panelColumns), i32.const(0)));
      });
    };

    const columnsLeft = f.let(p.n);
    const cBlock = f.let(p.c);
    const bColumns = f.let(p.b);
    // without a bias every tile of the first block adds the same zeros
    const biasAt = f.let(select(p.bias, p.bias, i32.const(zeroAddress)));
    const biasPanel = f.let(select(p.bias, i32.const(panelColumns * 4), i32.const(0)));
    f.while(i32.ne(columnsLeft, 0), () => {
      f.set(width, least(columnsLeft, ownColumns));
      const kLeft = f.let(p.k);
      const first = f.letI32(1);
      const aBlock = f.let(p.a);
      f.set(b, bColumns);
      f.while(i32.or(first, kLeft), () => {
        f.set(kBlock, least(kLeft, depth));
        f.set(bAt, b);
        f.set(bStep, p.bK);
        f.set(bPanel, i32.const(panelColumns * 4));
        f.if(packsB, () => {
          f.call(packB, b, p.bCol, p.bK, width, kBlock, packedB);
          f.set(bAt, packedB);
          f.set(bStep, i32.const(panelColumns * 4));
          f.set(bPanel, i32.shl(kBlock, 5));
        });
        f.set(a, aBlock);
        f.set(c, cBlock);
        f.set(add, select(first, biasAt, cBlock));
        f.set(addRow, select(first, i32.const(0), p.cRow));
        f.set(addPanel, select(first, biasPanel, i32.const(panelColumns * 4)));
        const rowsLeft = f.let(p.m);
        f.while(i32.ne(rowsLeft, 0), () => {
          f.set(height, least(rowsLeft, ownRows));
          f.if(
            packsA,
            () => {
              f.call(packA, a, p.aRow, p.aK, height, kBlock, packedA);
              f.set(aAt, packedA);
              f.set(aStep, i32.const(panelRows(options) * 4));
              f.set(aPanel, i32.mul(kBlock, panelRows(options) * 4));
              panels('across');
            },
            () => {
              f.set(aAt, a);
              f.if(
                across,
                () => {
                  f.set(aStep, p.aK);
                  f.set(aPanel, panelStepInPlace('across', p.aRow, options));
                  panels('across');
                },
                () => {
                  f.set(aStep, p.aRow);
                  f.set(aPanel, panelStepInPlace('along', p.aRow, options));
                  panels('along');
                },
              );
            },
          );
          f.advance(a, i32.mul(p.aRow, height));
          f.advance(c, i32.mul(p.cRow, height));
          f.advance(add, i32.mul(addRow, height));
          f.set(rowsLeft, i32.sub(rowsLeft, height));
        });
        f.set(kLeft, i32.sub(kLeft, kBlock));
        f.set(first, i32.const(0));
        f.advance(aBlock, i32.mul(kBlock, p.aK));
        f.advance(b, i32.mul(kBlock, p.bK));
      });
      f.set(columnsLeft, i32.sub(columnsLeft, width));
      f.advance(cBlock, i32.shl(width, 2));
      f.if(p.bias, () => f.advance(biasAt, i32.shl(width, 2)));
      f.advance(bColumns, i32.mul(p.bCol, width));
    });
  });
};

type Epilogue = Activation | 'residual' | `${Activation}Residual`;
/** What happens to a tile of C while it is in the cache; 0 in a parameter is nothing. */
const epilogues: readonly Epilogue[] = [
  'residual',
  'relu',
  'reluResidual',
  'gelu',
  'geluResidual',
  'geluTanh',
  'geluTanhResidual',
  'silu',
  'siluResidual',
];
const activationOf = (name: Epilogue): Activation | null =>
  name === 'residual' ? null : (name.replace('Residual', '') as Activation);

const epilogueParams = {
  epilogue: 'i32',
  /** Bytes from an element of C to the same one of the result, and of the residual. */
  toOut: 'i32',
  toResidual: 'i32',
} as const;

/** out = activation(c) + residual on rows by columns. */
const epilogueOf = ({ m }: JobTools): FunctionRef<'none'> =>
  m.inner('matmul_epilogue', { c: 'i32', cRow: 'i32', rows: 'i32', columns: 'i32', ...epilogueParams }, (f, p) => {
    for (const [i, name] of epilogues.entries()) {
      const activation = activationOf(name);
      const pass = m.inner(
        `matmul_epilogue_${name}`,
        { c: 'i32', cRow: 'i32', rows: 'i32', columns: 'i32', toOut: 'i32', toResidual: 'i32' },
        (g, q) => {
          const [out, residual] = [g.local('i32'), g.local('i32')];
          g.times(q.rows, () => {
            g.set(out, i32.add(q.c, q.toOut));
            g.set(residual, i32.add(q.c, q.toResidual));
            overLanes(g, q.columns, (lanes) => {
              const x = lanes.load(q.c);
              const y = activation === null ? x : unaryOps[activation].compute(g, x);
              lanes.store(out, /residual$/i.test(name) ? f32x4.add(lanes.load(residual), y) : y);
            });
            g.advance(q.c, q.cRow);
          });
        },
      );
      f.if(i32.eq(p.epilogue, i + 1), () => {
        f.call(pass, p.c, p.cRow, p.rows, p.columns, p.toOut, p.toResidual);
        f.return();
      });
    }
  });

/** A unit is a slice of one product of the batch: `rowSlice` by `columnSlice` elements of C. */
const products = defineJob(
  'matmul_products',
  {
    m: 'i32',
    n: 'i32',
    ...matrixParams,
    inner: 'i32',
    rowSlice: 'i32',
    rowSlices: 'i32',
    columnSlice: 'i32',
    columnSlices: 'i32',
    aO: 'i32',
    aI: 'i32',
    bO: 'i32',
    bI: 'i32',
    cO: 'i32',
    cI: 'i32',
    ...epilogueParams,
  },
  (f, p, { begin, end, workspace }, tools) => {
    const gemm = gemmOf(tools);
    const epilogue = epilogueOf(tools);
    const unit = f.let(begin);
    f.times(i32.sub(end, begin), () => {
      const slices = f.let(i32.divU(unit, p.columnSlices));
      const column = f.let(i32.mul(i32.sub(unit, i32.mul(slices, p.columnSlices)), p.columnSlice));
      const product = f.let(i32.divU(slices, p.rowSlices));
      const row = f.let(i32.mul(i32.sub(slices, i32.mul(product, p.rowSlices)), p.rowSlice));
      const outer = f.let(i32.divU(product, p.inner));
      const inner = f.let(i32.sub(product, i32.mul(outer, p.inner)));
      const at = (base: I32, outerStep: I32, innerStep: I32, rowStep: I32, columnStep: I32): I32 =>
        [
          [outer, outerStep],
          [inner, innerStep],
          [row, rowStep],
          [column, columnStep],
        ].reduce((sum, [index, step]) => i32.add(sum, i32.mul(index, step)), base);
      const zero = i32.const(0);
      const rows = f.let(least(f.let(i32.sub(p.m, row)), p.rowSlice));
      const columns = f.let(least(f.let(i32.sub(p.n, column)), p.columnSlice));
      const c = f.let(at(p.c, p.cO, p.cI, p.cRow, i32.const(4)));
      f.call(
        gemm,
        rows,
        columns,
        p.k,
        at(p.a, p.aO, p.aI, p.aRow, zero),
        p.aRow,
        p.aK,
        at(p.b, p.bO, p.bI, zero, p.bCol),
        p.bK,
        p.bCol,
        c,
        p.cRow,
        p.alpha,
        select(p.bias, i32.add(p.bias, i32.shl(column, 2)), zero),
        workspace,
      );
      f.if(p.epilogue, () => f.call(epilogue, c, p.cRow, rows, columns, p.epilogue, p.toOut, p.toResidual));
      f.advance(unit, 1);
    });
  },
);

/** Splits a range of panels, those of A before those of B, and calls for each kind with its first row and number of rows. */
const overPanels = (
  f: FunctionBuilder,
  p: { readonly [K in 'm' | 'n' | 'panelsA']: Local<'i32'> },
  { begin, end }: { readonly begin: Local<'i32'>; readonly end: Local<'i32'> },
  rows: number,
  pack: { readonly [K in 'a' | 'b']: (from: Local<'i32'>, n: I32) => void },
): void => {
  const some = (
    first: I32,
    last: I32,
    width: number,
    total: Local<'i32'>,
    then: (from: Local<'i32'>, n: I32) => void,
  ) => {
    const from = f.let(i32.mul(first, width));
    const to = f.let(i32.mul(last, width));
    f.if(i32.gtU(to, total), () => f.set(to, total));
    f.if(i32.ltU(from, to), () => then(from, i32.sub(to, from)));
  };
  const before = (unit: Local<'i32'>): I32 => least(unit, p.panelsA);
  const after = (unit: Local<'i32'>): I32 => i32.sub(unit, before(unit));
  some(before(begin), before(end), rows, p.m, pack.a);
  some(after(begin), after(end), panelColumns, p.n, pack.b);
};

// One block of k of A and B into panels. A unit is a panel; those of A come first.
const pack = defineJob(
  'matmul_pack',
  {
    m: 'i32',
    n: 'i32',
    k: 'i32',
    a: 'i32',
    aRow: 'i32',
    aK: 'i32',
    b: 'i32',
    bK: 'i32',
    bCol: 'i32',
    packedA: 'i32',
    packedB: 'i32',
    panelsA: 'i32',
  },
  (f, p, range, { m, options }) => {
    overPanels(f, p, range, panelRows(options), {
      a: (from, n) =>
        f.call(
          packRowsOf(m, options),
          i32.add(p.a, i32.mul(from, p.aRow)),
          p.aRow,
          p.aK,
          n,
          p.k,
          i32.add(p.packedA, i32.shl(i32.mul(from, p.k), 2)),
        ),
      b: (from, n) =>
        f.call(
          packColumnsOf(m),
          i32.add(p.b, i32.mul(from, p.bCol)),
          p.bCol,
          p.bK,
          n,
          p.k,
          i32.add(p.packedB, i32.shl(i32.mul(from, p.k), 2)),
        ),
    });
  },
);

/** Axes of a table of offsets. */
const walkAxes = 6;
const axisNames = Array.from({ length: walkAxes }, (_, axis) => axis);

// A table of byte offsets in row-major order. A unit is an entry.
const offsets = defineJob(
  'matmul_offsets',
  Object.fromEntries([
    ['to', 'i32'],
    ...axisNames.flatMap((a) => [`size${a}`, `step${a}`].map((n) => [n, 'i32'])),
  ]) as Record<string, 'i32'>,
  (f, p, { begin, end }) => {
    const unit = f.let(begin);
    f.times(i32.sub(end, begin), () => {
      const rest = f.let(unit);
      const offset = f.letI32(0);
      for (const axis of axisNames.toReversed()) {
        const size = p[`size${axis}`];
        f.advance(offset, i32.mul(i32.remU(rest, size), p[`step${axis}`]));
        f.set(rest, i32.divU(rest, size));
      }
      f.storeI32(i32.add(p.to, i32.shl(unit, 2)), offset);
      f.advance(unit, 1);
    });
  },
);

// One block of k of A and B into panels through tables of offsets. A unit is a panel; those of A come first.
const packByOffsets = defineJob(
  'matmul_pack_offsets',
  {
    m: 'i32',
    n: 'i32',
    k: 'i32',
    a: 'i32',
    aRows: 'i32',
    aKs: 'i32',
    b: 'i32',
    bColumns: 'i32',
    bKs: 'i32',
    packedA: 'i32',
    packedB: 'i32',
    panelsA: 'i32',
  },
  (f, p, range, { m, options }) => {
    const rows = panelRows(options);
    overPanels(f, p, range, rows, {
      a: (from, n) =>
        f.call(
          packWalkOf(m, rows),
          p.a,
          i32.add(p.aRows, i32.shl(from, 2)),
          p.aKs,
          n,
          p.k,
          i32.add(p.packedA, i32.shl(i32.mul(from, p.k), 2)),
        ),
      b: (from, n) =>
        f.call(
          packWalkOf(m, panelColumns),
          p.b,
          i32.add(p.bColumns, i32.shl(from, 2)),
          p.bKs,
          n,
          p.k,
          i32.add(p.packedB, i32.shl(i32.mul(from, p.k), 2)),
        ),
    });
  },
);

// C of one block of k, from packed panels: alpha · A · B + add. A unit is a tile of tileRows by tileColumns; those of one run of
// rows follow one another, so that a thread finds their A in its cache.
const tiles = defineJob(
  'matmul_tiles',
  {
    m: 'i32',
    n: 'i32',
    k: 'i32',
    packedA: 'i32',
    packedB: 'i32',
    c: 'i32',
    cRow: 'i32',
    add: 'i32',
    addRow: 'i32',
    addColumn: 'i32',
    alpha: 'f32',
    tileRows: 'i32',
    tileColumns: 'i32',
    across: 'i32',
    ...epilogueParams,
  },
  (f, p, { begin, end }, tools) => {
    const { m, options } = tools;
    const epilogue = epilogueOf(tools);
    const strip = stripOf(m, 'across', options);
    const rows = panelRows(options);
    const unit = f.let(begin);
    f.times(i32.sub(end, begin), () => {
      const run = f.let(i32.divU(unit, p.across));
      const row = f.let(i32.mul(run, p.tileRows));
      const column = f.let(i32.mul(i32.sub(unit, i32.mul(run, p.across)), p.tileColumns));
      const height = f.let(least(f.let(i32.sub(p.m, row)), p.tileRows));
      const width = f.let(least(f.let(i32.sub(p.n, column)), p.tileColumns));
      const left = f.let(width);
      const a = f.let(i32.add(p.packedA, i32.shl(i32.mul(row, p.k), 2)));
      const b = f.let(i32.add(p.packedB, i32.shl(i32.mul(column, p.k), 2)));
      const corner = f.let(i32.add(p.c, i32.add(i32.mul(row, p.cRow), i32.shl(column, 2))));
      const c = f.let(corner);
      const add = f.let(i32.add(p.add, i32.add(i32.mul(row, p.addRow), i32.mul(column, p.addColumn))));
      const aPanel = f.let(i32.mul(p.k, rows * 4));
      const bPanel = f.let(i32.shl(p.k, 5));
      f.while(i32.ne(left, 0), () => {
        f.call(strip, a, rows * 4, aPanel, b, panelColumns * 4, p.k, c, p.cRow, add, p.addRow, p.alpha, height, left);
        f.advance(b, bPanel);
        f.advance(c, panelColumns * 4);
        f.advance(add, i32.mul(p.addColumn, panelColumns));
        f.set(left, select(i32.gtU(left, panelColumns), i32.sub(left, panelColumns), i32.const(0)));
      });
      f.if(p.epilogue, () => f.call(epilogue, corner, p.cRow, height, width, p.epilogue, p.toOut, p.toResidual));
      f.advance(unit, 1);
    });
  },
);

const ceilingDepth = 256;
const ceilingPanels = 256;

// The inner loop of a product alone, on one panel of A and one of B in the workspace, again and again: the ceiling of all of
// these. A unit is 256 tiles.
const ceiling = defineJob('matmul_ceiling', { one: 'f32' }, (f, p, { begin, end, workspace }, { m, options }) => {
  const rows = panelRows(options);
  const b = f.let(i32.add(workspace, ceilingDepth * rows * 4));
  const c = f.let(i32.add(b, ceilingDepth * panelColumns * 4));
  f.memoryFill(workspace, 0, i32.sub(c, workspace));
  f.times(i32.mul(i32.sub(end, begin), ceilingPanels), () => {
    const step = panelColumns * 4;
    f.call(
      stripOf(m, 'across', options),
      ...([workspace, rows * 4, 0, b, step, ceilingDepth, c, step, zeroAddress, 0, p.one, rows, panelColumns] as const),
    );
  });
});

/** `units` units of the ceiling, and what they multiply and add. */
export const ceilingLaunch = (options: EmitOptions, units: number): { readonly step: Step; readonly flop: number } => {
  const flop = 2 * ceilingPanels * panelRows(options) * panelColumns * ceilingDepth;
  return { step: launch(ceiling, { one: 1 }, units, flop / 80), flop: flop * units };
};

/** Multiply-adds from which a product is worth packing together. */
const largeProduct = 1 << 20;
/** Fewer rows or columns than this, and a product is cut into slices that threads do by themselves. */
const narrow = 64;
/** Tiles of C that threads share out: enough of them for an even end, and large enough to find A and B in the caches. */
const wantedTiles = 32;
const largestTile = { rows: 240, columns: 256 } as const;
const smallestTile = { rows: 60, columns: 32 } as const;

/** Addresses, and steps in bytes. */
interface Product {
  readonly m: number;
  readonly n: number;
  readonly k: number;
  readonly a: number;
  readonly aRow: number;
  readonly aK: number;
  readonly b: number;
  readonly bCol: number;
  readonly bK: number;
  readonly c: number;
  readonly cRow: number;
  readonly alpha: number;
  /** 0: none. */
  readonly bias: number;
  readonly epilogue: number;
  readonly toOut: number;
  readonly toResidual: number;
  readonly walks: CpuKernelArgs['matmul']['walks'];
}

/** A whole number of panels each way. */
const tileSize = (m: number, n: number, panel: number): { rows: number; columns: number } => {
  let { rows, columns } = largestTile as { rows: number; columns: number };
  const count = (): number => Math.ceil(m / rows) * Math.ceil(n / columns);
  while (count() < wantedTiles && columns > smallestTile.columns) columns /= 2;
  while (count() < wantedTiles && rows > smallestTile.rows) rows /= 2;
  return { rows: Math.ceil(rows / panel) * panel, columns };
};

/** k in the blocks that depthOf makes. */
const blocksOf = (k: number): { readonly first: number; readonly depth: number }[] => {
  const count = Math.max(1, Math.ceil(k / maxDepth));
  const depth = Math.ceil(Math.ceil(k / count) / 4) * 4;
  return Array.from({ length: count }, (_, i) => ({ first: i * depth, depth: Math.min(depth, k - i * depth) }));
};

/** A table of the byte offsets of a walk, or of an index with one step. */
const offsetsLaunch = ({ shape, strides }: OffsetWalk, to: number): Launch => {
  const values: Record<string, number> = { to };
  for (const axis of axisNames) {
    const i = axis - walkAxes + shape.length;
    values[`size${axis}`] = i < 0 ? 1 : shape[i];
    values[`step${axis}`] = i < 0 ? 0 : strides[i] * 4;
  }
  return launch(offsets, values, sizeOf(shape), 8);
};

/** Addresses of tables of byte offsets. */
interface WalkTables {
  readonly aRows: number;
  readonly aKs: number;
  readonly bColumns: number;
  readonly bKs: number;
}

const walkTableBytes = ({ m, n, k, walks }: Product): number => (walks == null ? 0 : 4 * (m + n + 2 * k + 4));

const walkTables = ({ m, n, k, aRow, walks }: Product, at: number): { tables: WalkTables | null; steps: Step[] } => {
  if (walks == null) return { tables: null, steps: [] };
  const aKs = at + 4 * m;
  const bColumns = aKs + 4 * k;
  const tables = { aRows: at, aKs, bColumns, bKs: bColumns + 4 * n };
  const steps = [
    offsetsLaunch({ shape: [m], strides: [aRow / 4] }, tables.aRows),
    offsetsLaunch(walks.aK ?? { shape: [k], strides: [1] }, tables.aKs),
    offsetsLaunch(walks.bN, tables.bColumns),
    offsetsLaunch(walks.bK, tables.bKs),
  ];
  return { tables, steps };
};

/** Panels of a product's blocks. */
interface Panels {
  readonly a: number;
  readonly b: number;
  readonly bytesA: number;
  readonly bytesB: number;
}

const panelsOf = ({ m, n, k }: Product, options: EmitOptions): Panels => {
  const rows = panelRows(options);
  const [{ depth }] = blocksOf(k);
  const a = Math.ceil(m / rows);
  const b = Math.ceil(n / panelColumns);
  return { a, b, bytesA: a * rows * depth * 4 + slack, bytesB: b * panelColumns * depth * 4 };
};

const packLaunch = (
  p: Product,
  panels: Panels,
  packed: { readonly packedA: number; readonly packedB: number },
  tables: WalkTables | null,
  { first, depth }: { readonly first: number; readonly depth: number },
): Launch => {
  const { m, n, a, b, aRow, aK, bCol, bK } = p;
  const { packedA, packedB } = packed;
  const units = panels.a + panels.b;
  const panelsA = panels.a;
  if (tables !== null) {
    const { aRows, bColumns } = tables;
    const [aKs, bKs] = [tables.aKs + 4 * first, tables.bKs + 4 * first];
    const values = { m, n, k: depth, a, aRows, aKs, b, bColumns, bKs, packedA, packedB, panelsA };
    return launch(packByOffsets, values, units, 0.4 * depth * panelColumns);
  }
  const [aAt, bAt] = [a + first * aK, b + first * bK];
  const values = { m, n, k: depth, a: aAt, aRow, aK, b: bAt, bK, bCol, packedA, packedB, panelsA };
  return launch(pack, values, units, 0.2 * depth * panelColumns);
};

/** A product through panels at `packedB`, where {@link panelsOf} says how many bytes there must be. */
const together = (p: Product, options: EmitOptions, packedB: number, tables: WalkTables | null): Step[] => {
  const { m, n, k, alpha, c, cRow, bias } = p;
  const blocks = blocksOf(k);
  const panels = panelsOf(p, options);
  const packedA = packedB + panels.bytesB;
  const tile = tileSize(m, n, panelRows(options));
  const across = Math.ceil(n / tile.columns);
  const count = Math.ceil(m / tile.rows) * across;
  return blocks.flatMap(({ first, depth }, block): Step[] => {
    const start = bias === 0 ? { add: zeroAddress, addRow: 0, addColumn: 0 } : { add: bias, addRow: 0, addColumn: 4 };
    const { add, addRow, addColumn } = first === 0 ? start : { add: c, addRow: cRow, addColumn: 4 };
    const last = block === blocks.length - 1;
    return [
      packLaunch(p, panels, { packedA, packedB }, tables, { first, depth }),
      launch(
        tiles,
        {
          m,
          n,
          k: depth,
          packedA,
          packedB,
          c,
          cRow,
          add,
          addRow,
          addColumn,
          alpha,
          tileRows: tile.rows,
          tileColumns: tile.columns,
          across,
          epilogue: last ? p.epilogue : 0,
          toOut: p.toOut,
          toResidual: p.toResidual,
        },
        count,
        (2 * m * n * depth) / count / 40,
      ),
    ];
  });
};

/** Products as they come from a thread at about this many multiply-adds a nanosecond. */
const rate = 20;
/** Multiply-adds below which a slice is not worth handing to a thread. */
const smallestSlice = 1 << 17;
const wantedSlices = 16;

interface Batch {
  readonly outer: number;
  readonly inner: number;
  readonly a: readonly [number, number];
  readonly b: readonly [number, number];
  readonly c: readonly [number, number];
}

/** The longer side of C in slices, as many as make work for threads. */
const sliceSize = ({ m, n, k }: Product, count: number): { rowSlice: number; columnSlice: number } => {
  const slices = Math.max(1, Math.min(Math.floor((m * n * k) / smallestSlice), Math.ceil(wantedSlices / count)));
  const slice = (length: number): number =>
    Math.max(panelColumns, Math.ceil(length / slices / panelColumns) * panelColumns);
  return m > n ? { rowSlice: slice(m), columnSlice: n } : { rowSlice: m, columnSlice: slice(n) };
};

// Written out, key by key: eager steps are made of many small products, and building an object by spreads costs more than one of
// them takes (20 us against 13 for 64 x 64 x 64, 2026-11-26).
const apart = (p: Product, batch: Batch): Step[] => {
  const { m, n, k, a, aRow, aK, b, bCol, bK, c, cRow, alpha, bias, epilogue, toOut, toResidual } = p;
  const { outer, inner } = batch;
  const count = outer * inner;
  const { rowSlice, columnSlice } = sliceSize(p, count);
  const rowSlices = Math.ceil(m / rowSlice);
  const columnSlices = Math.ceil(n / columnSlice);
  const values = {
    m,
    n,
    k,
    a,
    aRow,
    aK,
    b,
    bK,
    bCol,
    c,
    cRow,
    alpha,
    bias,
    inner,
    rowSlice,
    rowSlices,
    columnSlice,
    columnSlices,
    aO: batch.a[0] * 4,
    aI: batch.a[1] * 4,
    bO: batch.b[0] * 4,
    bI: batch.b[1] * 4,
    cO: batch.c[0] * 4,
    cI: batch.c[1] * 4,
    epilogue,
    toOut,
    toResidual,
  };
  const cost = 100 + Math.min(rowSlice, m) * Math.min(columnSlice, n) * (k / rate);
  return [launch(products, values, count * rowSlices * columnSlices, cost)];
};

const epilogueIndex = (activation: Activation | null, residual: boolean): number => {
  if (activation === null) return residual ? 1 : 0;
  return epilogues.indexOf(residual ? `${activation}Residual` : activation) + 1;
};

export const matmulFamily: KernelFamily<'matmul'> = {
  jobs: [products, pack, offsets, packByOffsets, tiles, ceiling],
  launches: {
    matmul: (at, args, context) => {
      const { n, k, lda, ldb, ldc, transA, transB, alpha, batch, bias, walks } = args;
      let { m } = args;
      let { outer, inner } = batch;
      if (m * n * outer * inner === 0) return [];
      const [aO, aI] = batch.a;
      const [bO, bI] = batch.b;
      const [cO, cI] = batch.c;
      // a batch that shares B and whose rows follow one another is one taller product
      if (walks == null && !transA && (inner === 1 || (bI === 0 && aI === m * lda && cI === m * ldc))) {
        m *= inner;
        inner = 1;
        if (outer > 1 && bO === 0 && aO === m * lda && cO === m * ldc) {
          m *= outer;
          outer = 1;
        }
      }
      // then bias, residual, result and what its activation was given, as far as they are there
      let next = 2;
      const biasAt = bias ? at[next++] : 0;
      const residualAt = args.residual === true ? at[next++] : null;
      const out = at[next++];
      // the product goes where its activation's input is kept, and from there into the result
      const target = at.length > next ? at[next] : out;
      const product: Product = {
        m,
        n,
        k,
        a: at[0] + args.aOffset * 4,
        aRow: transA ? 4 : lda * 4,
        aK: transA ? lda * 4 : 4,
        b: at[1] + args.bOffset * 4,
        bCol: transB ? ldb * 4 : 4,
        bK: transB ? 4 : ldb * 4,
        c: target + args.cOffset * 4,
        cRow: ldc * 4,
        alpha,
        bias: biasAt,
        epilogue: epilogueIndex(args.activation ?? null, residualAt !== null),
        toOut: out - target,
        toResidual: (residualAt ?? target) - target,
        walks,
      };
      const large = m * n * k >= largeProduct && Math.min(m, n) >= narrow;
      if (walks == null && (!large || outer * inner >= wantedSlices)) {
        return apart(product, { outer, inner, a: batch.a, b: batch.b, c: batch.c });
      }
      const { options } = context;
      const { bytesA, bytesB } = panelsOf(product, options);
      const packed = context.scratch(bytesB + bytesA + walkTableBytes(product));
      const { tables, steps } = walkTables(product, packed + bytesB + bytesA);
      const each = Array.from({ length: outer * inner }, (_, i) => {
        const [o, j] = [Math.floor(i / inner), i % inner];
        const one = {
          ...product,
          a: product.a + 4 * (o * aO + j * aI),
          b: product.b + 4 * (o * bO + j * bI),
          c: product.c + 4 * (o * cO + j * cI),
        };
        return together(one, options, packed, tables);
      });
      return [...steps, ...each.flat()];
    },
  },
};
