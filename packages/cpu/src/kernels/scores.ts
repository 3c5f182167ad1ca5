// Blocks of attention scores, and what is done to them: masks, causality, bias, dropout. A block is [panel][row][8]: eight queries
// (or keys) side by side in a panel, the keys (or queries) one under another.

import {
  type FunctionBuilder,
  type FunctionRef,
  f32x4,
  type I32,
  type I64,
  i32,
  i32x4,
  i64,
  type Local,
  type ModuleBuilder,
  select,
  type V128,
  v128,
} from '../emitter/index.ts';
import { expNegative } from './math.ts';
import { philox } from './philox.ts';
import { transpose4 } from './transpose.ts';

/** Queries or keys of a panel. */
export const panelLanes = 8;

const hidden = f32x4.const(-Infinity);

const blockParams = {
  s: 'i32',
  /** Bytes of a panel. */
  panelBytes: 'i32',
  /** Queries or keys in the lanes; the last panel may be part filled. */
  lanes: 'i32',
  rows: 'i32',
} as const;

type BlockLocals = { readonly [K in keyof typeof blockParams]: Local<'i32'> };

/** Runs `body` for every four lanes of every row; `lane` is the first of the four, counted through the panels. */
const overBlock = (
  f: FunctionBuilder,
  p: BlockLocals,
  body: (at: Local<'i32'>, lane: Local<'i32'>, row: Local<'i32'>) => void,
): void => {
  const panel = f.let(p.s);
  f.range(
    p.lanes,
    (first) => {
      for (const half of [0, 4]) {
        const lane = f.let(i32.add(first, half));
        const at = f.let(i32.add(panel, half * 4));
        f.range(p.rows, (row) => {
          body(at, lane, row);
          f.advance(at, panelLanes * 4);
        });
      }
      f.advance(panel, p.panelBytes);
    },
    panelLanes,
  );
};

const operandParams = {
  ...blockParams,
  /** Address of the element for lane 0 and row 0, and bytes from lane to lane and row to row. */
  from: 'i32',
  laneStep: 'i32',
  rowStep: 'i32',
} as const;

/** Runs `body` with the four elements of a strided operand beside every four scores. Lanes past the last repeat the first. */
const besideOperand = (
  f: FunctionBuilder,
  p: { readonly [K in keyof typeof operandParams]: Local<'i32'> },
  body: (at: Local<'i32'>, value: V128) => void,
): void => {
  const loop = (load: (lane: Local<'i32'>, rowAt: I32) => V128): void =>
    overBlock(f, p, (at, lane, row) => body(at, load(lane, i32.add(p.from, i32.mul(row, p.rowStep)))));
  f.if(
    i32.eqz(p.laneStep),
    () => loop((_, rowAt) => v128.load32Splat(rowAt)),
    () =>
      f.if(
        i32.eq(p.laneStep, 4),
        () => loop((lane, rowAt) => v128.load(i32.add(rowAt, i32.shl(lane, 2)))),
        () =>
          loop((lane, rowAt) => {
            const base = f.let(rowAt);
            const at = (k: number): I32 => {
              const index = i32.add(lane, k);
              return i32.add(base, i32.mul(select(i32.ltU(index, p.lanes), index, i32.const(0)), p.laneStep));
            };
            return [1, 2, 3].reduce((value, k) => v128.load32Lane(at(k), value, k), v128.load32Splat(at(0)));
          }),
      ),
  );
};

/** Hides scores whose mask element is 0. */
export const maskScores = (m: ModuleBuilder): FunctionRef<'none'> =>
  m.inner('scores_mask', operandParams, (f, p) =>
    besideOperand(f, p, (at, value) => {
      f.storeV128(at, v128.bitselect(hidden, v128.load(at), i32x4.eq(value, i32x4.const(0))));
    }),
  );

/** -Infinity hides a score, be that NaN. */
export const addBias = (m: ModuleBuilder): FunctionRef<'none'> =>
  m.inner('scores_bias', operandParams, (f, p) =>
    besideOperand(f, p, (at, value) => {
      const bias = f.let(value);
      f.storeV128(at, v128.bitselect(hidden, f32x4.add(v128.load(at), bias), f32x4.eq(bias, hidden)));
    }),
  );

/** Hides keys after their query. Lanes are queries in 'forward' and keys in 'backward'; both ways count from `lane0` and `row0`. */
export const hideLater = (m: ModuleBuilder, pass: 'forward' | 'backward'): FunctionRef<'none'> =>
  m.inner(`scores_causal_${pass}`, { ...blockParams, lane0: 'i32', row0: 'i32' }, (f, p) =>
    overBlock(f, p, (at, lane, row) => {
      const lanes = i32x4.add(i32x4.splat(i32.add(p.lane0, lane)), i32x4.constLanes([0, 1, 2, 3]));
      const rows = i32x4.splat(i32.add(p.row0, row));
      const later = pass === 'forward' ? i32x4.gtS(rows, lanes) : i32x4.gtS(lanes, rows);
      f.storeV128(at, v128.bitselect(hidden, v128.load(at), later));
    }),
  );

const dropoutParams = { key0: 'i32', key1: 'i32', threshold: 'i32' } as const;

/** Words of a row of decisions: whole groups of 16 around up to `count` elements at any offset. */
export const keepRowBytes = (count: number): number => (Math.ceil((count + 3) / 16) * 16 + 4) * 4;

/** Writes all ones for kept elements and zeros for dropped ones, from element `first` rounded down to a multiple of 4 on. */
const keepRow = (m: ModuleBuilder): FunctionRef<'none'> =>
  m.inner('scores_keep_row', { to: 'i32', first: 'i64', count: 'i32', ...dropoutParams }, (f, p) => {
    const block = f.let(i32.wrapI64(i64.shrU(p.first, i64.const(2n))));
    const counter = f.let(i32x4.add(i32x4.splat(block), i32x4.constLanes([0, 1, 2, 3])));
    const threshold = f.let(i32x4.splat(p.threshold));
    const groups = i32.shrU(i32.add(p.count, 18), 4);
    f.times(groups, () => {
      const blocks = transpose4((value) => f.let(value), philox(f, counter, p.key0, p.key1));
      for (const [k, words] of blocks.entries()) {
        f.storeV128(p.to, i32x4.geS(i32x4.shrU(words, 8), threshold), 16 * k);
      }
      f.advance(p.to, 64);
      f.set(counter, i32x4.add(counter, i32x4.const(4)));
    });
  });

/** Index of an element of [batch · heads · queries, keys]. */
const elementIndex = (row: I32, keys: I32, key: I32): I64 =>
  i64.add(i64.mul(i64.extendI32U(row), i64.extendI32U(keys)), i64.extendI32U(key));

/** Parameters of dropout on a block. */
const dropParams = {
  /** Row of [batch · heads · queries] of the block's first query, keys of such a row, and the first key of the block. */
  query0: 'i32',
  keys: 'i32',
  firstKey: 'i32',
  scale: 'f32',
  ...dropoutParams,
  /** Four rows of decisions, and the bytes of one. */
  keep: 'i32',
  keepBytes: 'i32',
} as const;

const lowBits = (first: I64): I32 => i32.and(i32.wrapI64(first), 3);

/** Drops probabilities of a block whose lanes are queries. */
export const dropQueries = (m: ModuleBuilder): FunctionRef<'none'> =>
  m.inner('scores_drop', { ...blockParams, ...dropParams }, (f, p) => {
    const row = keepRow(m);
    const scale = f.let(f32x4.splat(p.scale));
    const panel = f.let(p.s);
    const starts = [0, 1, 2, 3].map(() => f.local('i32'));
    f.range(
      p.lanes,
      (lane0) => {
        for (const half of [0, 4]) {
          for (const [i, start] of starts.entries()) {
            const query = i32.add(p.query0, i32.add(lane0, half + i));
            const first = f.let(elementIndex(query, p.keys, p.firstKey));
            f.set(start, i32.add(p.keep, i32.mul(p.keepBytes, i)));
            f.call(row, start, first, p.rows, p.key0, p.key1, p.threshold);
            f.advance(start, i32.shl(lowBits(first), 2));
          }
          const at = f.let(i32.add(panel, half * 4));
          const left = f.let(p.rows);
          f.while(i32.ne(left, 0), () => {
            const rows = starts.map((start) => f.let(v128.load(start)));
            // decisions past the last row are for keys of the next block: they are not used
            for (const column of transpose4((value) => f.let(value), rows)) {
              f.if(left, () => {
                f.storeV128(at, v128.and(f32x4.mul(v128.load(at), scale), column));
                f.advance(at, panelLanes * 4);
                f.advance(left, -1);
              });
            }
            for (const start of starts) f.advance(start, 16);
          });
        }
        f.advance(panel, p.panelBytes);
      },
      panelLanes,
    );
  });

/**
 * From a block of scores and one of dP = dO Vᵀ, lanes being keys: P = e^(s - max) · inverse in place of the scores and
 * dS = P (dP - delta) in place of dP. With dropout P and dP are dropped alike, but for the P inside dS. Where `whole` is 1 the block has
 * all keys of its queries, and delta is Σ P dP: the sum that is taken off its own terms.
 */
export const scoreGradients = (m: ModuleBuilder, dropout: boolean): FunctionRef<'none'> =>
  m.inner(
    dropout ? 'score_gradients_dropped' : 'score_gradients',
    { ...blockParams, dP: 'i32', max: 'i32', inverse: 'i32', delta: 'i32', whole: 'i32', ...dropParams },
    (f, p) => {
      const scale = f.let(f32x4.splat(p.scale));
      const [keep, s, dP] = [f.local('i32'), f.local('i32'), f.local('i32')];
      const keepRowAt = f.local('i32');
      const halves = [0, 16] as const;
      /** Runs `body` at every eight keys of the row. */
      const overRow = (body: (lane: Local<'i32'>) => void): void => {
        f.set(s, p.s);
        f.set(dP, p.dP);
        f.set(keep, keepRowAt);
        f.range(
          p.lanes,
          (lane) => {
            body(lane);
            f.advance(keep, panelLanes * 4);
            f.advance(s, p.panelBytes);
            f.advance(dP, p.panelBytes);
          },
          panelLanes,
        );
      };
      const kept = (x: V128, offset: number): V128 =>
        dropout ? v128.and(f32x4.mul(x, scale), v128.load(keep, offset)) : x;
      const keys = f.let(i32x4.splat(p.lanes));
      const firstLanes = f.let(i32x4.constLanes([0, 1, 2, 3]));
      f.range(p.rows, (query) => {
        const max = f.let(v128.load32Splat(p.max));
        const inverse = f.let(v128.load32Splat(p.inverse));
        if (dropout) {
          const first = f.let(elementIndex(i32.add(p.query0, query), p.keys, p.firstKey));
          f.call(keepRow(m), p.keep, first, p.lanes, p.key0, p.key1, p.threshold);
          f.set(keepRowAt, i32.add(p.keep, i32.shl(lowBits(first), 2)));
        }
        const sum = f.let(f32x4.const(0));
        overRow((lane) => {
          const e = halves.map((half) => f.let(f32x4.mul(expNegative(f, f32x4.sub(v128.load(s, half), max)), inverse)));
          const products = halves.map((half, i) => f.let(f32x4.mul(e[i], kept(v128.load(dP, half), half))));
          for (const [i, half] of halves.entries()) {
            f.storeV128(s, e[i], half);
            // lanes past the last key hold anything
            const there = i32x4.gtS(keys, i32x4.add(i32x4.splat(i32.add(lane, half / 4)), firstLanes));
            f.set(sum, f32x4.add(sum, v128.and(products[i], there)));
          }
        });
        const delta = f.let(v128.load32Splat(p.delta));
        f.if(p.whole, () => {
          f.set(sum, f32x4.add(sum, v128.shuffle32(sum, sum, [2, 3, 0, 1])));
          f.set(delta, f32x4.add(sum, v128.shuffle32(sum, sum, [1, 0, 3, 2])));
        });
        overRow(() => {
          for (const half of halves) {
            const e = f.let(v128.load(s, half));
            f.storeV128(dP, f32x4.mul(e, f32x4.sub(kept(v128.load(dP, half), half), delta)), half);
            if (dropout) f.storeV128(s, kept(e, half), half);
          }
        });
        f.advance(p.s, panelLanes * 4);
        f.advance(p.dP, panelLanes * 4);
        for (const pointer of [p.max, p.inverse, p.delta]) f.advance(pointer, 4);
      });
    },
  );

/**
 * Rows of a block whose lanes are keys, as panels [key][width] of `width` rows each: A of a product over the keys. Rows past the
 * last of the block give what lies there.
 */
export const packScores = (m: ModuleBuilder, width: number): FunctionRef<'none'> =>
  m.inner(`scores_pack_${width}`, { ...blockParams, to: 'i32' }, (f, p) => {
    f.range(
      p.rows,
      () => {
        const panel = f.let(p.s);
        f.range(
          p.lanes,
          () => {
            for (const half of [0, 16]) {
              for (let row = 0; row < width; row += 4) {
                const count = Math.min(4, width - row);
                const rows = Array.from({ length: count }, (_, i) => f.let(v128.load(panel, half + (row + i) * 32)));
                if (count === 4) {
                  for (const [j, column] of transpose4((value) => f.let(value), rows).entries()) {
                    f.storeV128(p.to, column, (half / 4 + j) * width * 4 + row * 4);
                  }
                } else {
                  for (const [i, values] of rows.entries()) {
                    for (let j = 0; j < 4; j++) {
                      f.storeLane(p.to, values, j, (half / 4 + j) * width * 4 + (row + i) * 4);
                    }
                  }
                }
              }
            }
            f.advance(p.to, panelLanes * width * 4);
            f.advance(panel, p.panelBytes);
          },
          panelLanes,
        );
        f.advance(p.s, width * 32);
      },
      width,
    );
  });
