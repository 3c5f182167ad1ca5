// Sums, means, extremes and argmax over the middle axis of [outer, n, inner]. A sum adds f32 in short fixed blocks and f64
// across them; its order depends on the shape only. Few long sums go by parts of fixed length, so that threads share them.

import { type FunctionBuilder, f32, f32x4, f64, i32, type Local, type V128 } from '../emitter/index.ts';
import {
  keepColumns,
  overSegments,
  overStrips,
  segmentParams,
  segmentsOf,
  storeColumns,
  sumColumns,
} from './columns.ts';
import {
  countOf,
  defineJob,
  type KernelFamily,
  type LaunchContext,
  launch,
  type Range,
  type Step,
  skipTo,
} from './job.ts';
import { blockedSums, extreme } from './lanes.ts';

/** Columns of a unit of the extremes: a cache line of out. */
const unitColumns = 16;

const inner = { x: 'i32', out: 'i32', n: 'i32', inner: 'i32', strips: 'i32' } as const;
type Inner = { readonly [K in keyof typeof inner]: Local<'i32'> };

interface Columns {
  /** x at [0, first column], out at [first column]. */
  readonly x: Local<'i32'>;
  readonly out: Local<'i32'>;
  readonly width: Local<'i32'>;
  readonly rowBytes: Local<'i32'>;
}

/** A unit is up to 16 columns of one outer index. */
const overColumns = (f: FunctionBuilder, p: Inner, range: Range, body: (c: Columns) => void): void => {
  const rowBytes = f.let(i32.shl(p.inner, 2));
  const unit = f.let(range.begin);
  f.times(i32.sub(range.end, range.begin), () => {
    const outer = f.let(i32.divU(unit, p.strips));
    const first = f.let(i32.mul(i32.sub(unit, i32.mul(outer, p.strips)), unitColumns));
    const left = f.let(i32.sub(p.inner, first));
    f.if(i32.gtU(left, unitColumns), () => f.set(left, i32.const(unitColumns)));
    const planeBytes = i32.mul(rowBytes, p.n);
    const x = f.let(i32.add(p.x, i32.add(i32.mul(outer, planeBytes), i32.shl(first, 2))));
    const out = f.let(i32.add(p.out, i32.shl(i32.add(i32.mul(outer, p.inner), first), 2)));
    body({ x, out, width: left, rowBytes });
    f.advance(unit, 1);
  });
};

// out = sum / divisor: 1 for a sum, n for a mean (0 / 0 = NaN)
const sumRows = defineJob('reduce_sum_rows', { x: 'i32', out: 'i32', n: 'i32', divisor: 'f64' }, (f, p, range) => {
  const rowBytes = f.let(i32.shl(p.n, 2));
  skipTo(f, range, [
    [p.x, rowBytes],
    [p.out, 4],
  ]);
  f.times(countOf(f, range), () => {
    const [total] = blockedSums(f, p.n, 1, (lanes) => [lanes.load(p.x)]);
    f.storeF32(p.out, f32.demoteF64(f64.div(total, p.divisor)));
    f.advance(p.x, rowBytes);
    f.advance(p.out, 4);
  });
});

// Sums over n of [outer, n, inner]: into out where a column has one part, else doubles [outer, part, inner] for addParts.
const sumInner = defineJob(
  'reduce_sum_inner',
  { x: 'i32', out: 'i32', ...segmentParams, divisor: 'f64' },
  (f, p, range) => {
    const rowBytes = f.let(i32.shl(p.inner, 2));
    const [base, from] = [f.local('i32'), f.local('i32')];
    overSegments(f, p, range, ({ outer, part, firstRow, rows, firstColumn, columns }) => {
      f.set(base, i32.add(i32.mul(outer, p.n), firstRow));
      f.set(base, i32.add(p.x, i32.add(i32.mul(base, rowBytes), i32.shl(firstColumn, 2))));
      const place = { rows, columns, sums: range.workspace };
      sumColumns(f, place, 1, {
        begin: (at) => f.set(from, i32.add(base, at)),
        next: (strip) => {
          const values = Array.from({ length: strip.vectors }, (_, k) => f.let(strip.load(from, k)));
          f.advance(from, rowBytes);
          return values;
        },
        nextBlock: () => f.advance(base, i32.shl(rowBytes, 4)),
      });
      const index = i32.add(i32.mul(i32.add(i32.mul(outer, p.parts), part), p.inner), firstColumn);
      f.if(
        i32.eq(p.parts, 1),
        () => storeColumns(f, place, 0, i32.add(p.out, i32.shl(index, 2)), p.divisor),
        () => keepColumns(f, place, 0, i32.add(p.out, i32.shl(index, 3))),
      );
    });
  },
);

/** Elements of one part of a long row, and of a row that is long: parts of the bytes of its sum. */
const partElements = 65536;
const longElements = 4 * partElements;
/** With this many units or more, whole units are work enough for threads. */
const manyUnits = 16;

// Partial sums in f64: of part i of row r at partial[r · parts + i].
const sumRowParts = defineJob(
  'reduce_sum_row_parts',
  { x: 'i32', partial: 'i32', n: 'i32', parts: 'i32' },
  (f, p, range) => {
    const unit = f.let(range.begin);
    skipTo(f, range, [[p.partial, 8]]);
    f.times(countOf(f, range), () => {
      const row = f.let(i32.divU(unit, p.parts));
      const first = f.let(i32.mul(i32.sub(unit, i32.mul(row, p.parts)), partElements));
      const length = f.let(i32.sub(p.n, first));
      f.if(i32.gtU(length, partElements), () => f.set(length, i32.const(partElements)));
      const from = f.let(i32.add(p.x, i32.shl(i32.add(i32.mul(row, p.n), first), 2)));
      const [total] = blockedSums(f, length, 1, (lanes) => [lanes.load(from)]);
      f.storeF64(p.partial, total);
      f.advance(p.partial, 8);
      f.advance(unit, 1);
    });
  },
);

// out[o, c] = sum over the parts of partial[o, part, c], in their order, over the divisor. A unit is one element of out.
export const addParts = defineJob(
  'reduce_add_parts',
  { partial: 'i32', out: 'i32', parts: 'i32', inner: 'i32', divisor: 'f64' },
  (f, p, range) => {
    const unit = f.let(range.begin);
    const step = f.let(i32.shl(p.inner, 3));
    skipTo(f, range, [[p.out, 4]]);
    f.times(countOf(f, range), () => {
      const outer = f.let(i32.divU(unit, p.inner));
      const column = i32.sub(unit, i32.mul(outer, p.inner));
      const from = f.let(i32.add(p.partial, i32.shl(i32.add(i32.mul(i32.mul(outer, p.parts), p.inner), column), 3)));
      const total = f.let(f64.const(0));
      f.times(p.parts, () => {
        f.set(total, f64.add(total, f64.load(from)));
        f.advance(from, step);
      });
      f.storeF32(p.out, f32.demoteF64(f64.div(total, p.divisor)));
      f.advance(p.out, 4);
      f.advance(unit, 1);
    });
  },
);

const extremesOf = (op: 'max' | 'min') => ({
  rows: defineJob(`reduce_${op}_rows`, { x: 'i32', out: 'i32', n: 'i32' }, (f, p, range) => {
    const rowBytes = f.let(i32.shl(p.n, 2));
    skipTo(f, range, [
      [p.x, rowBytes],
      [p.out, 4],
    ]);
    f.times(countOf(f, range), () => {
      const best = extreme(f, p.n, op, (lanes) => lanes.load(p.x));
      f.storeLane(p.out, best, 0);
      f.advance(p.x, rowBytes);
      f.advance(p.out, 4);
    });
  }),
  inner: defineJob(`reduce_${op}_inner`, inner, (f, p, range) => {
    overColumns(f, p, range, ({ x, out, width, rowBytes }) => {
      overStrips(f, width, 4, (at, strip) => {
        const from = f.let(i32.add(x, at));
        const start = f32x4.const(op === 'max' ? -Infinity : Infinity);
        const best: Local<'v128'>[] = Array.from({ length: strip.vectors }, () => f.let(start));
        const better = (a: V128, b: V128): V128 => f32x4[op](a, b);
        f.times(p.n, () => {
          for (const [k, b] of best.entries()) f.set(b, better(b, strip.load(from, k)));
          f.advance(from, rowBytes);
        });
        for (const [k, b] of best.entries()) strip.store(i32.add(out, at), k, b);
      });
    });
  }),
});
const extremes = { max: extremesOf('max'), min: extremesOf('min') };

// A unit is one element of out.
const argmax = defineJob('argmax', { x: 'i32', out: 'i32', n: 'i32', inner: 'i32' }, (f, p, range) => {
  const rowBytes = f.let(i32.shl(p.inner, 2));
  const unit = f.let(range.begin);
  skipTo(f, range, [[p.out, 4]]);
  f.times(countOf(f, range), () => {
    const outer = f.let(i32.divU(unit, p.inner));
    const column = i32.sub(unit, i32.mul(outer, p.inner));
    const from = f.let(i32.add(p.x, i32.shl(i32.add(i32.mul(i32.mul(outer, p.n), p.inner), column), 2)));
    const best = f.let(f32.const(-Infinity));
    const bestIndex = f.letI32(0);
    f.range(p.n, (i) => {
      const value = f.let(f32.load(from));
      // NaN beats every number, and the first NaN stays
      const better = i32.and(i32.or(f32.gt(value, best), f32.ne(value, value)), f32.eq(best, best));
      f.if(better, () => {
        f.set(best, value);
        f.set(bestIndex, i);
      });
      f.advance(from, rowBytes);
    });
    f.storeI32(p.out, bestIndex);
    f.advance(p.out, 4);
    f.advance(unit, 1);
  });
});

interface Sum {
  readonly x: number;
  readonly out: number;
  readonly outer: number;
  readonly n: number;
  readonly width: number;
  readonly divisor: number;
}

const sumLaunches = ({ x, out, outer, n, width, divisor }: Sum, context: LaunchContext): Step[] => {
  if (width === 1) {
    if (n < longElements || outer >= manyUnits) return [launch(sumRows, { x, out, n, divisor }, outer, 5 + 0.12 * n)];
    const parts = Math.ceil(n / partElements);
    const partial = context.scratch(outer * parts * 8);
    return [
      launch(sumRowParts, { x, partial, n, parts }, outer * parts, 0.12 * partElements),
      launch(addParts, { partial, out, parts, inner: 1, divisor }, outer, 2 * parts),
    ];
  }
  const { units, values } = segmentsOf(outer, n, width);
  const cost = 20 + (0.12 * outer * n * width) / units;
  if (values.parts === 1) return [launch(sumInner, { x, out, ...values, divisor }, units, cost)];
  const partial = context.scratch(outer * values.parts * width * 8);
  return [
    launch(sumInner, { x, out: partial, ...values, divisor: 1 }, units, cost),
    launch(addParts, { partial, out, parts: values.parts, inner: width, divisor }, outer * width, 2 * values.parts),
  ];
};

export const reduceFamily: KernelFamily<'reduce' | 'argmax'> = {
  jobs: [
    sumRows,
    sumInner,
    sumRowParts,
    addParts,
    ...Object.values(extremes).flatMap(({ rows, inner: columns }) => [rows, columns]),
    argmax,
  ],
  launches: {
    reduce: ([x, out], { fn, outer, n, inner: width }, context) => {
      if (fn === 'sum' || fn === 'mean') {
        return sumLaunches({ x, out, outer, n, width, divisor: fn === 'mean' ? n : 1 }, context);
      }
      if (width === 1) return [launch(extremes[fn].rows, { x, out, n }, outer, 5 + 0.15 * n)];
      const strips = Math.ceil(width / unitColumns);
      const cost = 5 + 0.15 * Math.min(width, unitColumns) * n;
      return [launch(extremes[fn].inner, { x, out, n, inner: width, strips }, outer * strips, cost)];
    },
    argmax: ([x, out], { outer, n, inner: width }) => [
      launch(argmax, { x, out, n, inner: width }, outer * width, 3 + n),
    ],
  },
};
