// Sums down columns: the same terms for a strip of columns, row after row.

import {
  type FunctionBuilder,
  f32x4,
  f64x2,
  type I32,
  type I32Like,
  i32,
  type Local,
  type V128,
  v128,
} from '../emitter/index.ts';

/** Rows of one block: f32 within it, f64 across blocks. Part of the bytes of every column sum. */
const blockRows = 16;

/** Column sums as two f64x2 each: lanes 0 and 1, lanes 2 and 3. */
export interface ColumnSum {
  readonly low: Local<'v128'>;
  readonly high: Local<'v128'>;
}

/** Adds `count` term vectors over n rows. `terms` gives the vectors of the next row and moves its own pointers on. */
export const blockedColumns = (
  f: FunctionBuilder,
  n: I32,
  count: number,
  terms: () => { readonly values: readonly V128[]; readonly advance: () => void },
): ColumnSum[] => {
  const zero = f64x2.const(0);
  const sums = Array.from({ length: count }, () => ({ low: f.let(zero), high: f.let(zero) }));
  const acc = Array.from({ length: count }, () => f.local('v128'));
  const left = f.let(n);
  const block = f.local('i32');
  f.while(i32.ne(left, 0), () => {
    for (const a of acc) f.set(a, f32x4.const(0));
    f.set(block, left);
    f.if(i32.gtU(block, blockRows), () => f.set(block, i32.const(blockRows)));
    f.set(left, i32.sub(left, block));
    f.while(i32.ne(block, 0), () => {
      const { values, advance } = terms();
      values.forEach((value, k) => {
        f.set(acc[k], f32x4.add(acc[k], value));
      });
      advance();
      f.advance(block, -1);
    });
    sums.forEach(({ low, high }, k) => {
      f.set(low, f64x2.add(low, f64x2.promoteLowF32x4(acc[k])));
      f.set(high, f64x2.add(high, f64x2.promoteLowF32x4(v128.shuffle32(acc[k], acc[k], [2, 3, 2, 3]))));
    });
  });
  return sums;
};

/** The four sums divided by `divisor` (two equal doubles), as f32. */
export const columnValue = (sum: ColumnSum, divisor: V128): V128 =>
  v128.shuffle32(
    f32x4.demoteF64x2Zero(f64x2.div(sum.low, divisor)),
    f32x4.demoteF64x2Zero(f64x2.div(sum.high, divisor)),
    [0, 1, 4, 5],
  );

/** Columns at one place: `vectors` of four, or a single one repeated in the lanes. */
export interface Strip {
  readonly vectors: number;
  readonly single: boolean;
  load(address: I32, vector: number): V128;
  store(address: I32, vector: number, value: V128): void;
}

/**
 * Walks `width` columns in strips of `wide` vectors, then one vector, then one column; `at` is the byte offset of the strip.
 */
export const overStrips = (
  f: FunctionBuilder,
  width: I32Like,
  wide: number,
  body: (at: Local<'i32'>, strip: Strip) => void,
): void => {
  const at = f.letI32(0);
  const bytes = f.let(i32.shl(width, 2));
  const walk = (step: number, strip: Strip): void => {
    const end = f.let(i32.and(bytes, -step));
    f.while(i32.ltU(at, end), () => {
      body(at, strip);
      f.advance(at, step);
    });
  };
  const vectorStrip = (vectors: number): Strip => ({
    vectors,
    single: false,
    load: (address, vector) => v128.load(address, vector * 16),
    store: (address, vector, value) => f.storeV128(address, value, vector * 16),
  });
  if (wide > 1) walk(16 * wide, vectorStrip(wide));
  walk(16, vectorStrip(1));
  walk(4, {
    vectors: 1,
    single: true,
    load: (address) => v128.load32Splat(address),
    store: (address, _, value) => f.storeLane(address, value, 0),
  });
};
