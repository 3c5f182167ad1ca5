// Sums, means, extremes and argmax over the middle axis of [outer, n, inner]. A sum adds f32 in short fixed blocks and f64
// across them; its order depends on the shape only.

import { type FunctionBuilder, f32, f32x4, f64, f64x2, i32, type Local, type ModuleBuilder } from '../emitter/index.ts';
import { blockedColumns, columnValue, overStrips } from './columns.ts';
import type { KernelFamily } from './kernel.ts';
import { blockedSums, extreme } from './lanes.ts';

const inner = { x: 'i32', out: 'i32', outer: 'i32', n: 'i32', inner: 'i32' } as const;
type Inner = { readonly [K in keyof typeof inner]: Local<'i32'> };

/** Runs `body` for every outer index; x and out then point at [n, inner] and [inner]. */
const eachOuterIndex = (f: FunctionBuilder, p: Inner, body: (rowBytes: Local<'i32'>) => void): void => {
  const rowBytes = f.let(i32.shl(p.inner, 2));
  const planeBytes = f.let(i32.mul(rowBytes, p.n));
  f.times(p.outer, () => {
    body(rowBytes);
    f.advance(p.x, planeBytes);
    f.advance(p.out, rowBytes);
  });
};

const emitSums = (m: ModuleBuilder): void => {
  // out = sum / divisor: 1 for a sum, n for a mean (0 / 0 = NaN)
  m.func('reduce_sum_rows', { x: 'i32', out: 'i32', rows: 'i32', n: 'i32', divisor: 'f64' }, (f, p) => {
    f.times(p.rows, () => {
      const [total] = blockedSums(f, p.n, 1, (lanes) => [lanes.load(p.x)]);
      f.storeF32(p.out, f32.demoteF64(f64.div(total, p.divisor)));
      f.advance(p.x, i32.shl(p.n, 2));
      f.advance(p.out, 4);
    });
  });
  m.func('reduce_sum_inner', { ...inner, divisor: 'f64' }, (f, p) => {
    const divisor = f.let(f64x2.splat(p.divisor));
    eachOuterIndex(f, p, (rowBytes) => {
      overStrips(f, p.inner, 4, (at, strip) => {
        const from = f.let(i32.add(p.x, at));
        const sums = blockedColumns(f, p.n, strip.vectors, () => ({
          values: Array.from({ length: strip.vectors }, (_, k) => strip.load(from, k)),
          advance: () => f.advance(from, rowBytes),
        }));
        for (const [k, sum] of sums.entries()) strip.store(i32.add(p.out, at), k, columnValue(sum, divisor));
      });
    });
  });
};

const emitExtremes = (m: ModuleBuilder, op: 'max' | 'min'): void => {
  m.func(`reduce_${op}_rows`, { x: 'i32', out: 'i32', rows: 'i32', n: 'i32' }, (f, p) => {
    f.times(p.rows, () => {
      const best = extreme(f, p.n, op, (lanes) => lanes.load(p.x));
      f.storeLane(p.out, best, 0);
      f.advance(p.x, i32.shl(p.n, 2));
      f.advance(p.out, 4);
    });
  });
  m.func(`reduce_${op}_inner`, inner, (f, p) => {
    eachOuterIndex(f, p, (rowBytes) => {
      overStrips(f, p.inner, 4, (at, strip) => {
        const from = f.let(i32.add(p.x, at));
        const start = f32x4.const(op === 'max' ? -Infinity : Infinity);
        const best = Array.from({ length: strip.vectors }, () => f.let(start));
        f.times(p.n, () => {
          for (const [k, b] of best.entries()) f.set(b, f32x4[op](b, strip.load(from, k)));
          f.advance(from, rowBytes);
        });
        for (const [k, b] of best.entries()) strip.store(i32.add(p.out, at), k, b);
      });
    });
  });
};

const emitArgmax = (m: ModuleBuilder): void => {
  m.func('argmax', inner, (f, p) => {
    eachOuterIndex(f, p, (rowBytes) => {
      f.range(
        rowBytes,
        (at) => {
          const from = f.let(i32.add(p.x, at));
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
          f.storeI32(i32.add(p.out, at), bestIndex);
        },
        4,
      );
    });
  });
};

export const reduceFamily: KernelFamily<'reduce' | 'argmax'> = {
  emit: (m) => {
    emitSums(m);
    emitExtremes(m, 'max');
    emitExtremes(m, 'min');
    emitArgmax(m);
  },
  bind: (host) => {
    const sumRows = host.fn('reduce_sum_rows');
    const sumInner = host.fn('reduce_sum_inner');
    const extremes = {
      max: { rows: host.fn('reduce_max_rows'), inner: host.fn('reduce_max_inner') },
      min: { rows: host.fn('reduce_min_rows'), inner: host.fn('reduce_min_inner') },
    };
    const argmax = host.fn('argmax');
    return {
      reduce: ([x, out], { fn, outer, n, inner: width }) => {
        if (fn === 'max' || fn === 'min') {
          if (width === 1) extremes[fn].rows(x, out, outer, n);
          else extremes[fn].inner(x, out, outer, n, width);
          return;
        }
        const divisor = fn === 'mean' ? n : 1;
        if (width === 1) sumRows(x, out, outer, n, divisor);
        else sumInner(x, out, outer, n, width, divisor);
      },
      argmax: ([x, out], { outer, n, inner: width }) => void argmax(x, out, outer, n, width),
    };
  },
};
