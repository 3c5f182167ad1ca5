// The inner loops of matrix products: C = alpha · A · B + add over panels of rows and one panel of 8 columns, sums in registers.
//
//           8 columns              An element of C is one chain of f32 products over k, in order: its bytes do not depend on
//          +--------+              the tile it was computed in.
//     rows | sums   |
//          +--------+
//
// One k a turn of the loop, and no unrolling: V8 up to version 12 moves all loads of an unrolled body to its begin and
// then spills, which halves the speed (2026-11-26, AMD EPYC 9004, Node 20.20: 4 x 8 at 50 GFLOP/s with one k a turn, 31 with two or
// four; 5 x 8 and more at 20 to 29, for want of registers; Node 24.21 with fused multiply-add: 55 at 4 x 8, 59 at 6 x 8).

import {
  type FunctionBuilder,
  type FunctionRef,
  f32x4,
  type I32,
  i32,
  type Local,
  type ModuleBuilder,
  select,
  type V128,
  v128,
} from '../emitter/index.ts';
import type { EmitOptions } from './job.ts';
import { transpose4 } from './transpose.ts';

/** Columns of a panel of B. */
export const panelColumns = 8;
/** Rows of a tile whose rows of A are read in place. */
const rowsInPlace = 4;

/** Rows of a full panel of A. */
export const panelRows = (options: EmitOptions): number => options.panelRows;

/**
 * How A lies: 'across' has the rows of a panel side by side, one step apart in k (packed panels and transposed matrices);
 * 'along' has each row dense in k.
 */
export type Layout = 'across' | 'along';

const stripParams = {
  a: 'i32',
  /** across: bytes from k to k + 1; along: bytes from row to row. */
  aStep: 'i32',
  /** Bytes from panel to panel of full rows. */
  aPanel: 'i32',
  b: 'i32',
  bStep: 'i32',
  k: 'i32',
  c: 'i32',
  cRow: 'i32',
  add: 'i32',
  addRow: 'i32',
  alpha: 'f32',
  rows: 'i32',
  columns: 'i32',
} as const;

type StripLocals = { readonly [K in keyof typeof stripParams]: Local<(typeof stripParams)[K]> };

/**
 * An address in a local of its own. V8 extends a parameter that is used as an address to 64 bits at every use, but knows that the
 * result of an `and` needs no extension: worth two instructions of 30 in the loop. Addresses are multiples of 4.
 */
const fresh = (f: FunctionBuilder, address: I32): Local<'i32'> => f.let(i32.and(address, -4));

/** Stores the first `columns` (1 to 7) of eight lanes. */
const storePart = (f: FunctionBuilder, address: Local<'i32'>, columns: Local<'i32'>, pair: readonly V128[]): void => {
  const at = f.let(address);
  const rest = f.let(pair[0]);
  f.if(i32.and(columns, 4), () => {
    f.storeV128(at, rest);
    f.advance(at, 16);
    f.set(rest, pair[1]);
  });
  f.if(i32.and(columns, 2), () => {
    f.storeHalf(at, rest, 0);
    f.advance(at, 8);
    f.set(rest, v128.shuffle32(rest, rest, [2, 3, 2, 3]));
  });
  f.if(i32.and(columns, 1), () => f.storeLane(at, rest, 0));
};

/** a · b + c, one link of the chains that products are. */
export const mulAdd = ({ relaxedSimd }: EmitOptions, a: V128, b: V128, c: V128): V128 =>
  relaxedSimd ? f32x4.relaxedMadd(a, b, c) : f32x4.add(c, f32x4.mul(a, b));

/** One tile at p.a and p.c. */
const emitTile = (f: FunctionBuilder, p: StripLocals, rows: number, layout: Layout, options: EmitOptions): void => {
  const index = Array.from({ length: rows }, (_, i) => i);
  const sums = index.map(() => [f.let(f32x4.const(0)), f.let(f32x4.const(0))]);
  const [b0, b1, ai] = [f.local('v128'), f.local('v128'), f.local('v128')];
  const bAt = fresh(f, p.b);
  const end = f.let(i32.add(bAt, i32.mul(p.k, p.bStep)));
  const aAt = [fresh(f, p.a)];
  if (layout === 'along') for (let i = 1; i < rows; i++) aAt.push(f.let(i32.add(aAt[i - 1], p.aStep)));
  f.while(i32.ltU(bAt, end), () => {
    f.set(b0, v128.load(bAt));
    f.set(b1, v128.load(bAt, 16));
    for (const i of index) {
      f.set(ai, layout === 'along' ? v128.load32Splat(aAt[i]) : v128.load32Splat(aAt[0], i * 4));
      f.set(sums[i][0], mulAdd(options, ai, b0, sums[i][0]));
      f.set(sums[i][1], mulAdd(options, ai, b1, sums[i][1]));
    }
    if (layout === 'along') for (const at of aAt) f.advance(at, 4);
    else f.advance(aAt[0], p.aStep);
    f.advance(bAt, p.bStep);
  });

  const alpha = f.let(f32x4.splat(p.alpha));
  const addAt = f.let(p.add);
  const cAt = f.let(p.c);
  const eachRow = (store: (i: number) => void): void => {
    for (const i of index) {
      store(i);
      if (i + 1 === rows) continue;
      f.advance(cAt, p.cRow);
      f.advance(addAt, p.addRow);
    }
  };
  const value = (i: number, half: number): V128 =>
    f32x4.add(f32x4.mul(sums[i][half], alpha), v128.load(addAt, half * 16));
  f.if(
    i32.geU(p.columns, panelColumns),
    () =>
      eachRow((i) => {
        f.storeV128(cAt, value(i, 0));
        f.storeV128(cAt, value(i, 1), 16);
      }),
    () =>
      eachRow((i) => {
        const pair = [f.let(value(i, 0)), f.let(value(i, 1))];
        storePart(f, cAt, p.columns, pair);
      }),
  );
};

/**
 * C[rows, columns] = alpha · A[rows, k] · B[k, columns] + add, for any number of rows and up to 8 columns. `full`: rows of a
 * panel of A.
 */
export const stripOf = (
  m: ModuleBuilder,
  layout: Layout,
  options: EmitOptions,
  full = layout === 'along' ? rowsInPlace : panelRows(options),
): FunctionRef<'none'> => {
  const order = Object.keys(stripParams) as (keyof typeof stripParams)[];
  return m.inner(`strip_${layout}_${full}`, stripParams, (f, p) => {
    const tails = Array.from({ length: full - 1 }, (_, i) =>
      m.inner(`tile_${layout}_${i + 1}`, stripParams, (g, q) => emitTile(g, q, i + 1, layout, options)),
    );
    f.while(i32.geU(p.rows, full), () => {
      emitTile(f, p, full, layout, options);
      f.advance(p.a, p.aPanel);
      f.advance(p.c, i32.mul(p.cRow, full));
      f.advance(p.add, i32.mul(p.addRow, full));
      f.advance(p.rows, -full);
    });
    for (const [i, tail] of tails.entries()) {
      f.if(i32.eq(p.rows, i + 1), () => f.call(tail, ...order.map((key) => p[key])));
    }
  });
};

/** Bytes of row panels that a strip moves by, in A as it lies. */
export const panelStepInPlace = (layout: Layout, aRow: I32, options: EmitOptions): I32 =>
  layout === 'along' ? i32.mul(aRow, rowsInPlace) : i32.const(panelRows(options) * 4);

interface Panel {
  readonly from: Local<'i32'>;
  /** Bytes from row to row where rows are dense in k, else from k to k + 1. */
  readonly step: I32;
  readonly to: Local<'i32'>;
  readonly k: Local<'i32'>;
  /** Rows to pack, and rows of a whole panel. */
  readonly count: number;
  readonly width: number;
}

/**
 * A panel of rows that are dense along k becomes [k][width]: 4 x 4 transposes, the remaining one to three rows by elements.
 * Rows past `limit` read the first row in place of what is not there.
 */
const packAlong = (
  f: FunctionBuilder,
  { from, step, to, k, count, width }: Panel,
  limit: Local<'i32'> | null = null,
): void => {
  const at = Array.from({ length: count }, (_, i) => {
    if (i === 0) return f.let(from);
    const row = i32.add(from, i32.mul(step, i));
    return f.let(limit === null ? row : select(i32.gtU(limit, i), row, from));
  });
  const out = f.let(to);
  const groups = Math.floor(count / 4);
  f.times(i32.shrU(k, 2), () => {
    for (let g = 0; g < groups; g++) {
      const columns = transpose4(
        (value) => f.let(value),
        [0, 1, 2, 3].map((i) => f.let(v128.load(at[g * 4 + i]))),
      );
      for (const [j, column] of columns.entries()) f.storeV128(out, column, j * width * 4 + g * 16);
    }
    for (let i = groups * 4; i < count; i++) {
      const row = f.let(v128.load(at[i]));
      for (let j = 0; j < 4; j++) f.storeLane(out, row, j, j * width * 4 + i * 4);
    }
    for (const pointer of at) f.advance(pointer, 16);
    f.advance(out, width * 16);
  });
  f.times(i32.and(k, 3), () => {
    for (const [i, pointer] of at.entries()) {
      f.storeI32(out, i32.load(pointer), i * 4);
      f.advance(pointer, 4);
    }
    f.advance(out, width * 4);
  });
};

/** A panel whose rows lie side by side becomes [k][width]. */
const packAcross = (f: FunctionBuilder, { from, step, to, k, count, width }: Panel): void => {
  const at = f.let(from);
  const out = f.let(to);
  f.times(k, () => {
    for (let i = 0; i + 4 <= count; i += 4) f.storeV128(out, v128.load(at, i * 4), i * 4);
    for (let i = count & ~3; i < count; i++) f.storeI32(out, i32.load(at, i * 4), i * 4);
    f.advance(at, step);
    f.advance(out, width * 4);
  });
};

const packParams = { x: 'i32', row: 'i32', kStep: 'i32', count: 'i32', k: 'i32', to: 'i32' } as const;

/** Packs `count` rows of A into panels [k][panelRows]. Rows are `row` bytes apart, k `kStep`; one of the two is 4. */
export const packRowsOf = (m: ModuleBuilder, options: EmitOptions): FunctionRef<'none'> => {
  const full = panelRows(options);
  return m.inner('pack_a', packParams, (f, p) => {
    const panelBytes = f.let(i32.mul(p.k, full * 4));
    const source = { from: p.x, to: p.to, k: p.k, width: full };
    const eachPanel = (panel: (count: number) => void): void => {
      f.while(i32.geU(p.count, full), () => {
        panel(full);
        f.advance(p.x, i32.mul(p.row, full));
        f.advance(p.to, panelBytes);
        f.advance(p.count, -full);
      });
      for (let rest = 1; rest < full; rest++) f.if(i32.eq(p.count, rest), () => panel(rest));
    };
    f.if(
      i32.eq(p.kStep, 4),
      () => eachPanel((count) => packAlong(f, { ...source, step: p.row, count })),
      () => eachPanel((count) => packAcross(f, { ...source, step: p.kStep, count })),
    );
  });
};

/** Packs `count` columns of B into panels [k][8]. Columns past the last hold anything: nothing stores what they give. */
export const packColumnsOf = (m: ModuleBuilder): FunctionRef<'none'> =>
  m.inner('pack_b', packParams, (f, p) => {
    const panelBytes = f.let(i32.shl(p.k, 5));
    const left = f.let(p.count);
    const source = { from: p.x, to: p.to, k: p.k, count: panelColumns, width: panelColumns };
    const eachPanel = (body: () => void): void =>
      f.while(i32.ne(left, 0), () => {
        body();
        f.advance(p.x, i32.mul(p.row, panelColumns));
        f.advance(p.to, panelBytes);
        f.set(left, select(i32.gtU(left, panelColumns), i32.sub(left, panelColumns), i32.const(0)));
      });
    f.if(
      i32.eq(p.kStep, 4),
      () => eachPanel(() => packAlong(f, { ...source, step: p.row }, left)),
      () => eachPanel(() => packAcross(f, { ...source, step: p.kStep })),
    );
  });

const walkParams = { x: 'i32', rows: 'i32', ks: 'i32', count: 'i32', k: 'i32', to: 'i32' } as const;

/**
 * Packs `count` rows (of A, or columns of B) into panels [k][width] from x + rows[i] + ks[j], two tables of byte offsets. Rows side by
 * side are read as vectors, and four k side by side as 4 x 4 transposes: the elements of a patch lie so.
 */
export const packWalkOf = (m: ModuleBuilder, width: number): FunctionRef<'none'> =>
  m.inner(`pack_walk_${width}`, walkParams, (f, p) => {
    const index = Array.from({ length: width }, (_, i) => i);
    const at = index.map(() => f.local('i32'));
    const first = f.letI32(0);
    const k = f.local('i32');
    const offset = f.local('i32');
    const whole = width - (width % 4);
    f.while(i32.ltU(first, p.count), () => {
      // rows past the last repeat it
      for (const i of index) {
        const row = i32.add(first, i);
        const there = select(i32.ltU(row, p.count), row, i32.sub(p.count, 1));
        f.set(at[i], i32.add(p.x, i32.load(i32.add(p.rows, i32.shl(there, 2)))));
      }
      const sideBySide = index
        .slice(1)
        .map((i) => i32.eq(at[i], i32.add(at[0], i * 4)))
        .reduce((a, b) => i32.and(a, b));
      f.set(k, p.ks);
      const end = f.let(i32.add(p.ks, i32.shl(p.k, 2)));
      const elements = (): void => {
        for (const i of index) f.storeI32(p.to, i32.load(i32.add(at[i], offset)), i * 4);
        f.advance(p.to, width * 4);
        f.advance(k, 4);
      };
      f.if(
        sideBySide,
        () =>
          f.while(i32.ltU(k, end), () => {
            const from = f.let(i32.add(at[0], i32.load(k)));
            for (let i = 0; i < whole; i += 4) f.storeV128(p.to, v128.load(from, i * 4), i * 4);
            for (let i = whole; i < width; i++) f.storeI32(p.to, i32.load(from, i * 4), i * 4);
            f.advance(p.to, width * 4);
            f.advance(k, 4);
          }),
        () =>
          f.while(i32.ltU(k, end), () => {
            f.set(offset, i32.load(k));
            const run = [1, 2, 3]
              .map((j) => i32.eq(i32.load(k, j * 4), i32.add(offset, j * 4)))
              .reduce((a, b) => i32.and(a, b));
            f.if(
              // the table has three more entries than there are k
              i32.and(run, i32.leU(i32.add(k, 16), end)),
              () => {
                for (let i = 0; i < whole; i += 4) {
                  const columns = transpose4(
                    (value) => f.let(value),
                    [0, 1, 2, 3].map((j) => f.let(v128.load(i32.add(at[i + j], offset)))),
                  );
                  for (const [j, column] of columns.entries()) f.storeV128(p.to, column, (j * width + i) * 4);
                }
                for (let i = whole; i < width; i++) {
                  const row = f.let(v128.load(i32.add(at[i], offset)));
                  for (let j = 0; j < 4; j++) f.storeLane(p.to, row, j, (j * width + i) * 4);
                }
                f.advance(p.to, width * 16);
                f.advance(k, 16);
              },
              elements,
            );
          }),
      );
      f.advance(first, width);
    });
  });
