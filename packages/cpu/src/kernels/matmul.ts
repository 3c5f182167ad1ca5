// Matrix products C = alpha · op(A) · op(B) + bias, batched. After Goto and van de Geijn ("Anatomy of high-performance matrix
// multiplication"): B in blocks of `depth` rows packed into panels of 8 columns, C in tiles of 4 x 8 held in registers.
//
//           8 columns              An element of C is the sum over k, in order, of one f32 product after another inside a
//          +--------+              block of k, and block is added to block: its bytes depend on k only, not on the tile, the
//   4 rows | 8 v128 |              packing or the place it was computed in.
//          +--------+
//   A is read by load32_splat, four rows at a time, along k (rows) or across it (transposed): it needs no copy for its
//   transpose. Strips of transposed A are packed when they serve several panels.

import {
  type FunctionBuilder,
  type FunctionRef,
  f32x4,
  i32,
  type Local,
  type ModuleBuilder,
  select,
  type V128,
  v128,
} from '../emitter/index.ts';
import { transpose4 } from './copy.ts';
import type { EmitOptions, KernelFamily } from './kernel.ts';

/** Rows of B in a packed block; longer k is cut into equal blocks. Part of the bytes of a product. */
const maxDepth = 384;
/** Columns of B in a packed block: 384 x 256 x 4 bytes stay in the second-level cache. */
const maxWidth = 256;
const stripBytes = maxDepth * 16;
/** Packed block of B, one strip of A, and slack for loads past the end. */
export const workspaceBytes = maxDepth * maxWidth * 4 + stripBytes + 1024;
/** B is packed when at least this many rows of A will read it. */
const packRows = 24;
/** A strip of transposed A is packed when it serves at least this many columns. */
const packStripColumns = 32;

/** 'along': four rows of A, dense in k. 'across': dense in the rows, one step apart in k. */
type StripLayout = 'along' | 'across';

const stripParams = {
  a: 'i32',
  aStep: 'i32',
  b: 'i32',
  bStep: 'i32',
  panelStep: 'i32',
  n: 'i32',
  k: 'i32',
  c: 'i32',
  cRow: 'i32',
  add: 'i32',
  addRow: 'i32',
  alpha: 'f32',
} as const;

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

/** C[rows, n] = alpha · A[rows, k] · B[k, n] + add, panel after panel of 8 columns. */
const emitStrip = (m: ModuleBuilder, rows: number, layout: StripLayout, options: EmitOptions): FunctionRef<'none'> =>
  m.inner(`strip_${layout}_${rows}`, stripParams, (f, p) => {
    const mulAdd = (a: V128, b: V128, c: V128): V128 =>
      options.relaxedSimd ? f32x4.relaxedMadd(a, b, c) : f32x4.add(c, f32x4.mul(a, b));
    const index = Array.from({ length: rows }, (_, i) => i);
    const alpha = f.let(f32x4.splat(p.alpha));
    const acc = index.map(() => [f.local('v128'), f.local('v128')]);
    const aAt = layout === 'along' ? index.map(() => f.local('i32')) : [f.local('i32')];
    const bAt = f.local('i32');
    const [b0, b1, ai] = [f.local('v128'), f.local('v128'), f.local('v128')];
    const kSteps = layout === 'along' ? 4 : 2;

    /** One k: offset counts k already done since the pointers of an 'along' strip moved. */
    const step = (offset: number): void => {
      f.set(b0, v128.load(bAt));
      f.set(b1, v128.load(bAt, 16));
      for (const i of index) {
        f.set(ai, layout === 'along' ? v128.load32Splat(aAt[i], offset * 4) : v128.load32Splat(aAt[0], i * 4));
        f.set(acc[i][0], mulAdd(ai, b0, acc[i][0]));
        f.set(acc[i][1], mulAdd(ai, b1, acc[i][1]));
      }
      f.advance(bAt, p.bStep);
      if (layout === 'across') f.advance(aAt[0], p.aStep);
    };

    const left = f.let(p.n);
    f.while(i32.ne(left, 0), () => {
      for (const pair of acc) for (const a of pair) f.set(a, f32x4.const(0));
      for (const [i, at] of aAt.entries()) f.set(at, i === 0 ? p.a : i32.add(aAt[i - 1], p.aStep));
      f.set(bAt, p.b);
      f.times(i32.divU(p.k, kSteps), () => {
        for (let s = 0; s < kSteps; s++) step(s);
        if (layout === 'along') for (const at of aAt) f.advance(at, 4 * kSteps);
      });
      f.times(i32.remU(p.k, kSteps), () => {
        step(0);
        if (layout === 'along') for (const at of aAt) f.advance(at, 4);
      });

      const addAt = f.let(p.add);
      for (const i of index) {
        for (const half of [0, 1]) {
          f.set(acc[i][half], f32x4.add(f32x4.mul(acc[i][half], alpha), v128.load(addAt, half * 16)));
        }
        if (i + 1 < rows) f.advance(addAt, p.addRow);
      }
      const cAt = f.let(p.c);
      const eachRow = (store: (i: number) => void): void => {
        for (const i of index) {
          store(i);
          if (i + 1 < rows) f.advance(cAt, p.cRow);
        }
      };
      f.if(
        i32.geU(left, 8),
        () => {
          eachRow((i) => {
            f.storeV128(cAt, acc[i][0]);
            f.storeV128(cAt, acc[i][1], 16);
          });
          f.advance(left, -8);
        },
        () => {
          eachRow((i) => storePart(f, cAt, left, acc[i]));
          f.set(left, i32.const(0));
        },
      );
      f.advance(p.b, p.panelStep);
      f.advance(p.c, 32);
      f.advance(p.add, 32);
    });
  });

const packParams = { b: 'i32', step: 'i32', to: 'i32', n: 'i32', k: 'i32' } as const;

/** B dense along its columns. Lanes past n hold whatever follows; nothing stores what they compute. */
const emitPackRows = (m: ModuleBuilder): FunctionRef<'none'> =>
  m.inner('pack_rows', packParams, (f, p) => {
    f.range(
      p.n,
      () => {
        const from = f.let(p.b);
        f.times(p.k, () => {
          f.storeV128(p.to, v128.load(from));
          f.storeV128(p.to, v128.load(from, 16), 16);
          f.advance(from, p.step);
          f.advance(p.to, 32);
        });
        f.advance(p.b, 32);
      },
      8,
    );
  });

/** B dense along k: 4 x 4 transposes of eight rows. Rows past n repeat the panel's first. */
const emitPackColumns = (m: ModuleBuilder): FunctionRef<'none'> =>
  m.inner('pack_columns', packParams, (f, p) => {
    const from = Array.from({ length: 8 }, () => f.local('i32'));
    f.range(
      p.n,
      (j) => {
        const next = f.let(p.b);
        from.forEach((pointer, i) => {
          f.set(pointer, i === 0 ? next : select(i32.ltU(i32.add(j, i), p.n), next, p.b));
          f.advance(next, p.step);
        });
        f.times(i32.shrU(p.k, 2), () => {
          const halves = [0, 4].map((base) =>
            transpose4(
              (value) => f.let(value),
              [0, 1, 2, 3].map((i) => f.let(v128.load(from[base + i]))),
            ),
          );
          for (let k = 0; k < 4; k++) {
            f.storeV128(p.to, halves[0][k], k * 32);
            f.storeV128(p.to, halves[1][k], k * 32 + 16);
          }
          for (const pointer of from) f.advance(pointer, 16);
          f.advance(p.to, 128);
        });
        f.times(i32.and(p.k, 3), () => {
          from.forEach((pointer, i) => {
            f.storeI32(p.to, i32.load(pointer), i * 4);
            f.advance(pointer, 4);
          });
          f.advance(p.to, 32);
        });
        f.set(p.b, next);
      },
      8,
    );
  });

const gemmParams = {
  m: 'i32',
  n: 'i32',
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
  work: 'i32',
} as const;

/** One product: blocks of columns, blocks of k, strips of four rows. `work` begins with 1 KiB of zeros. */
const emitGemm = (m: ModuleBuilder, options: EmitOptions): FunctionRef<'none'> => {
  const strips = {
    along: [1, 2, 3, 4].map((rows) => emitStrip(m, rows, 'along', options)),
    across: [1, 2, 3, 4].map((rows) => emitStrip(m, rows, 'across', options)),
  };
  const packRowsOfB = emitPackRows(m);
  const packColumnsOfB = emitPackColumns(m);
  return m.inner('gemm', gemmParams, (f, p) => {
    const zeros = p.work;
    const strip = f.let(i32.add(p.work, maxWidth * 4));
    const packed = f.let(i32.add(strip, stripBytes));
    const across = f.let(i32.ne(p.aK, 4));
    const packs = f.let(i32.or(i32.ne(p.bCol, 4), i32.geU(p.m, packRows)));
    const blocks = f.let(i32.divU(i32.add(p.k, maxDepth - 1), maxDepth));
    // equal blocks, a multiple of 4 deep; k = 0 still runs one block of depth 0, which writes the bias
    const depth = f.letI32(0);
    f.if(blocks, () => f.set(depth, i32.and(i32.add(i32.divU(i32.add(p.k, i32.sub(blocks, 1)), blocks), 3), -4)));
    const width = f.local('i32');
    const kBlock = f.local('i32');
    const rowsLeft = f.local('i32');
    const [a, b, c, add, addRow] = Array.from({ length: 5 }, () => f.local('i32'));
    const [bAt, bStep, panelStep, aAt, aStep] = Array.from({ length: 5 }, () => f.local('i32'));

    const runStrip = (rows: number, layout: StripLayout): void =>
      f.call(
        strips[layout][rows - 1],
        aAt,
        aStep,
        bAt,
        bStep,
        panelStep,
        width,
        kBlock,
        c,
        p.cRow,
        add,
        addRow,
        p.alpha,
      );

    const packStrip = (): void => {
      const from = f.let(a);
      const to = f.let(strip);
      f.times(kBlock, () => {
        f.storeV128(to, v128.load(from));
        f.advance(from, p.aK);
        f.advance(to, 16);
      });
      f.set(aAt, strip);
      f.set(aStep, i32.const(16));
    };

    const columnsLeft = f.let(p.n);
    const cBlock = f.let(p.c);
    const bColumns = f.let(p.b);
    const biasAt = f.let(select(p.bias, p.bias, zeros));
    f.while(i32.ne(columnsLeft, 0), () => {
      f.set(width, select(i32.gtU(columnsLeft, maxWidth), i32.const(maxWidth), columnsLeft));
      const kLeft = f.let(p.k);
      const first = f.letI32(1);
      const aBlock = f.let(p.a);
      f.set(b, bColumns);
      f.while(i32.or(first, kLeft), () => {
        f.set(kBlock, select(i32.gtU(kLeft, depth), depth, kLeft));
        f.if(
          packs,
          () => {
            f.set(bAt, packed);
            f.set(bStep, i32.const(32));
            f.set(panelStep, i32.shl(kBlock, 5));
            f.if(
              i32.eq(p.bCol, 4),
              () => f.call(packRowsOfB, b, p.bK, packed, width, kBlock),
              () => f.call(packColumnsOfB, b, p.bCol, packed, width, kBlock),
            );
          },
          () => {
            f.set(bAt, b);
            f.set(bStep, p.bK);
            f.set(panelStep, i32.const(32));
          },
        );
        f.set(a, aBlock);
        f.set(c, cBlock);
        f.set(add, select(first, biasAt, cBlock));
        f.set(addRow, select(first, i32.const(0), p.cRow));
        f.set(rowsLeft, p.m);
        f.while(i32.ne(rowsLeft, 0), () => {
          f.set(aAt, a);
          f.set(aStep, select(across, p.aK, p.aRow));
          f.if(i32.and(across, i32.geU(width, packStripColumns)), packStrip);
          const forRows = (rows: number): void =>
            f.if(
              across,
              () => runStrip(rows, 'across'),
              () => runStrip(rows, 'along'),
            );
          f.if(
            i32.geU(rowsLeft, 4),
            () => {
              forRows(4);
              f.advance(rowsLeft, -4);
            },
            () => {
              for (const rows of [1, 2, 3]) f.if(i32.eq(rowsLeft, rows), () => forRows(rows));
              f.set(rowsLeft, i32.const(0));
            },
          );
          f.advance(a, i32.shl(p.aRow, 2));
          f.advance(c, i32.shl(p.cRow, 2));
          f.advance(add, i32.shl(addRow, 2));
        });
        f.set(kLeft, i32.sub(kLeft, kBlock));
        f.set(first, i32.const(0));
        f.advance(aBlock, i32.mul(kBlock, p.aK));
        f.advance(b, i32.mul(kBlock, p.bK));
      });
      f.set(columnsLeft, i32.sub(columnsLeft, width));
      f.advance(cBlock, maxWidth * 4);
      f.set(biasAt, select(p.bias, i32.add(biasAt, maxWidth * 4), zeros));
      f.advance(bColumns, i32.mul(p.bCol, maxWidth));
    });
  });
};

const emitMatmul = (m: ModuleBuilder, options: EmitOptions): void => {
  const gemm = emitGemm(m, options);
  const batch = {
    outer: 'i32',
    inner: 'i32',
    aO: 'i32',
    aI: 'i32',
    bO: 'i32',
    bI: 'i32',
    cO: 'i32',
    cI: 'i32',
  } as const;
  m.func('matmul', { ...gemmParams, ...batch }, (f, p) => {
    f.times(p.outer, () => {
      const a = f.let(p.a);
      const b = f.let(p.b);
      const c = f.let(p.c);
      f.times(p.inner, () => {
        f.call(gemm, p.m, p.n, p.k, a, p.aRow, p.aK, b, p.bK, p.bCol, c, p.cRow, p.alpha, p.bias, p.work);
        f.advance(a, p.aI);
        f.advance(b, p.bI);
        f.advance(c, p.cI);
      });
      f.advance(p.a, p.aO);
      f.advance(p.b, p.bO);
      f.advance(p.c, p.cO);
    });
  });
};

export const matmulFamily: KernelFamily<'matmul'> = {
  emit: emitMatmul,
  bind: (host) => {
    const matmul = host.fn('matmul');
    return {
      matmul: (at, args) => {
        let { m } = args;
        const { n, k, transA, transB, lda, ldb, ldc, alpha, bias, batch } = args;
        let { outer, inner } = batch;
        const [aO, aI] = batch.a;
        const [bO, bI] = batch.b;
        const [cO, cI] = batch.c;
        // a batch that shares B and whose rows follow one another is one taller product
        if (!transA && (inner === 1 || (bI === 0 && aI === m * lda && cI === m * ldc))) {
          m *= inner;
          inner = 1;
          if (outer > 1 && bO === 0 && aO === m * lda && cO === m * ldc) {
            m *= outer;
            outer = 1;
          }
        }
        matmul(
          m,
          n,
          k,
          at[0] + args.aOffset * 4,
          transA ? 4 : lda * 4,
          transA ? lda * 4 : 4,
          at[1] + args.bOffset * 4,
          transB ? 4 : ldb * 4,
          transB ? ldb * 4 : 4,
          at[bias ? 3 : 2] + args.cOffset * 4,
          ldc * 4,
          alpha,
          bias ? at[2] : 0,
          host.workspace,
          outer,
          inner,
          aO * 4,
          aI * 4,
          bO * 4,
          bI * 4,
          cO * 4,
          cI * 4,
        );
      },
    };
  },
};
