// Sums down columns, without a long jump for each element: blocks of 16 rows, column after column inside a block, so that memory
// is read in 16 streams. f32 sums within a block, f64 across blocks, in an array of the running thread.

import {
  type FunctionBuilder,
  f32,
  f32x4,
  f64,
  f64x2,
  type I32,
  type I32Like,
  i32,
  type Local,
  type V128,
  v128,
} from '../emitter/index.ts';

/** Rows of one block. Part of the bytes of every column sum. */
const blockRows = 16;

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

/** Columns of a unit: a thread's sums and 16 rows of them stay in its first-level cache. */
export const segmentColumns = 256;
/** Rows of a unit; longer columns are summed in parts. Part of the bytes of a sum. */
export const partRows = 1024;

/** What a unit covers: up to 256 columns of up to 1024 rows of one outer index. */
export interface Segment {
  readonly outer: Local<'i32'>;
  readonly part: Local<'i32'>;
  readonly firstRow: Local<'i32'>;
  readonly rows: Local<'i32'>;
  readonly firstColumn: Local<'i32'>;
  readonly columns: Local<'i32'>;
}

interface SegmentParams {
  readonly n: Local<'i32'>;
  readonly inner: Local<'i32'>;
  /** Parts of a column, and segments of a row. */
  readonly parts: Local<'i32'>;
  readonly segments: Local<'i32'>;
}

export const segmentParams = { n: 'i32', inner: 'i32', parts: 'i32', segments: 'i32' } as const;

/** Units of a sum over n rows of [outer, n, inner], and the values of segmentParams. */
export const segmentsOf = (outer: number, n: number, inner: number) => {
  const parts = Math.max(1, Math.ceil(n / partRows));
  const segments = Math.ceil(inner / segmentColumns);
  return { units: outer * parts * segments, values: { n, inner, parts, segments } };
};

const least = (f: FunctionBuilder, value: I32, limit: number): Local<'i32'> => {
  const local = f.let(value);
  f.if(i32.gtU(local, limit), () => f.set(local, i32.const(limit)));
  return local;
};

/** Runs `body` for every unit of the range. */
export const overSegments = (
  f: FunctionBuilder,
  { n, inner, parts, segments }: SegmentParams,
  range: { readonly begin: Local<'i32'>; readonly end: Local<'i32'> },
  body: (segment: Segment) => void,
): void => {
  const unit = f.let(range.begin);
  f.times(i32.sub(range.end, range.begin), () => {
    const group = f.let(i32.divU(unit, segments));
    const firstColumn = f.let(i32.mul(i32.sub(unit, i32.mul(group, segments)), segmentColumns));
    const outer = f.let(i32.divU(group, parts));
    const part = f.let(i32.sub(group, i32.mul(outer, parts)));
    const firstRow = f.let(i32.mul(part, partRows));
    body({
      outer,
      part,
      firstRow,
      rows: least(f, i32.sub(n, firstRow), partRows),
      firstColumn,
      columns: least(f, i32.sub(inner, firstColumn), segmentColumns),
    });
    f.advance(unit, 1);
  });
};

export interface ColumnTerms {
  /** The terms of the next row, `count` for every vector of the strip; vector k's come k-th. */
  readonly next: (strip: Strip) => readonly V128[];
  /** Points at a strip of the block's first row. */
  readonly begin: (at: Local<'i32'>) => void;
  /** Points at the next block. */
  readonly nextBlock: () => void;
}

/** Bytes of the sums of one term over a segment. */
const termBytes = segmentColumns * 8;

/** Adds `count` terms of every column over `rows` rows: doubles at sums + term · termBytes. */
export const sumColumns = (
  f: FunctionBuilder,
  { rows, columns, sums }: { readonly rows: I32; readonly columns: Local<'i32'>; readonly sums: Local<'i32'> },
  count: number,
  terms: ColumnTerms,
): void => {
  f.memoryFill(sums, 0, count * termBytes);
  const left = f.let(rows);
  const block = f.local('i32');
  f.while(i32.ne(left, 0), () => {
    f.set(block, left);
    f.if(i32.gtU(block, blockRows), () => f.set(block, i32.const(blockRows)));
    f.set(left, i32.sub(left, block));
    overStrips(f, columns, count === 1 ? 4 : 2, (at, strip) => {
      const acc = Array.from({ length: count * strip.vectors }, () => f.let(f32x4.const(0)));
      terms.begin(at);
      f.times(block, () => {
        for (const [k, value] of terms.next(strip).entries()) f.set(acc[k], f32x4.add(acc[k], value));
      });
      for (let vector = 0; vector < strip.vectors; vector++) {
        for (let term = 0; term < count; term++) {
          const value = acc[vector * count + term];
          const to = f.let(i32.add(sums, i32.shl(at, 1)));
          const offset = term * termBytes + vector * 32;
          const low = f64x2.add(v128.load(to, offset), f64x2.promoteLowF32x4(value));
          if (strip.single) {
            f.storeF64(to, f64x2.extractLane(low, 0), offset);
            continue;
          }
          const high = f64x2.promoteLowF32x4(v128.shuffle32(value, value, [2, 3, 2, 3]));
          f.storeV128(to, low, offset);
          f.storeV128(to, f64x2.add(v128.load(to, offset + 16), high), offset + 16);
        }
      }
    });
    terms.nextBlock();
  });
};

/** Stores the sums of one term, divided, as f32. */
export const storeColumns = (
  f: FunctionBuilder,
  { columns, sums }: { readonly columns: Local<'i32'>; readonly sums: Local<'i32'> },
  term: number,
  out: I32,
  divisor: Local<'f64'> | null,
): void => {
  const to = f.let(out);
  const from = f.let(i32.add(sums, term * termBytes));
  f.times(columns, () => {
    const sum = f64.load(from);
    f.storeF32(to, f32.demoteF64(divisor === null ? sum : f64.div(sum, divisor)));
    f.advance(to, 4);
    f.advance(from, 8);
  });
};

/** Copies the sums of one term, as doubles. */
export const keepColumns = (
  f: FunctionBuilder,
  { columns, sums }: { readonly columns: Local<'i32'>; readonly sums: Local<'i32'> },
  term: number,
  out: I32,
): void => f.memoryCopy(out, i32.add(sums, term * termBytes), i32.shl(columns, 3));
