// Loops over contiguous elements, four lanes at a time. The rest runs through the same instructions one lane at a time, so
// an element's bytes do not depend on where a run of elements begins or ends.

import {
  type FunctionBuilder,
  f32x4,
  f64,
  f64x2,
  type I32,
  type I32Like,
  i32,
  i32x4,
  type Local,
  type V128,
  v128,
} from '../emitter/index.ts';

/** One place of a loop: four elements, or one element repeated in four lanes of which lane 0 is stored. */
export interface Lanes {
  readonly single: boolean;
  /** Which vector of an unrolled round this is: lets sums and extremes keep chains of their own. */
  readonly slot: number;
  load(base: I32): V128;
  store(base: I32, value: V128): void;
}

const lanesAt = (f: FunctionBuilder, at: I32, single: boolean, offset = 0): Lanes => ({
  single,
  slot: offset >> 4,
  load: (base) => (single ? v128.load32Splat(i32.add(base, at), offset) : v128.load(i32.add(base, at), offset)),
  store: (base, value) => {
    if (single) f.storeLane(i32.add(base, at), value, 0, offset);
    else f.storeV128(i32.add(base, at), value, offset);
  },
});

/** Runs `body` over n elements; `unroll` vectors (a power of two) each round of the main loop. */
export const overLanes = (f: FunctionBuilder, n: I32Like, body: (lanes: Lanes) => void, unroll = 1): void => {
  const at = f.letI32(0);
  const bytes = f.let(i32.shl(n, 2));
  const loop = (block: number, step: number, single: boolean): void => {
    const end = f.let(i32.and(bytes, -block));
    f.while(i32.ltU(at, end), () => {
      for (let offset = 0; offset < block; offset += step) body(lanesAt(f, at, single, offset));
      f.advance(at, block);
    });
  };
  if (unroll > 1) loop(16 * unroll, 16, false);
  loop(16, 16, false);
  loop(4, 4, true);
};

/**
 * out = value(lanes) over n elements. The vectors of one round are loaded and computed before the first is stored, so that their chains run
 * side by side.
 */
export const mapLanes = (f: FunctionBuilder, n: I32Like, out: I32, value: (lanes: Lanes) => V128, unroll = 1): void => {
  const at = f.letI32(0);
  const bytes = f.let(i32.shl(n, 2));
  const loop = (block: number, step: number, single: boolean): void => {
    const end = f.let(i32.and(bytes, -block));
    f.while(i32.ltU(at, end), () => {
      const places = Array.from({ length: block / step }, (_, i) => lanesAt(f, at, single, i * step));
      const values = places.map((lanes) => f.let(value(lanes)));
      for (const [i, lanes] of places.entries()) lanes.store(out, values[i]);
      f.advance(at, block);
    });
  };
  if (unroll > 1) loop(16 * unroll, 16, false);
  loop(16, 16, false);
  loop(4, 4, true);
};

const swapPairs = (x: V128): V128 => v128.shuffle32(x, x, [2, 3, 0, 1]);
const swapLanes = (x: V128): V128 => v128.shuffle32(x, x, [1, 0, 3, 2]);

/** Bytes of one block of a sum: 64 elements add up in f32, blocks add up in f64. Part of the bytes of every sum. */
const blockBytes = 256;
const firstLane = i32x4.constLanes([-1, 0, 0, 0]);

/**
 * Sums of `count` terms over n elements, as f64. Inside a block of 64 elements eight f32 lanes add, so that no f32 sum is
 * longer than 9 terms; the order depends on n alone. `keep` may store the terms: it comes after those of two vectors, whose chains
 * then run side by side.
 */
export const blockedSums = (
  f: FunctionBuilder,
  n: I32,
  count: number,
  terms: (lanes: Lanes) => readonly V128[],
  keep?: (lanes: Lanes, terms: readonly V128[]) => void,
): Local<'f64'>[] => {
  const each = <T>(make: () => T): T[] => Array.from({ length: count }, make);
  const totals = each(() => ({ low: f.let(f64x2.const(0)), high: f.let(f64x2.const(0)) }));
  const even = each(() => f.local('v128'));
  const odd = each(() => f.local('v128'));
  const at = f.letI32(0);
  const bytes = f.let(i32.shl(n, 2));
  const stop = f.local('i32');
  const clear = (): void => {
    for (const acc of [...even, ...odd]) f.set(acc, f32x4.const(0));
  };
  type Place = { readonly lanes: Lanes; readonly values: readonly V128[] };
  const compute = (lanes: Lanes): Place => {
    const values = terms(lanes);
    return { lanes, values: keep === undefined ? values : values.map((value) => f.let(value)) };
  };
  const add = (into: readonly Local<'v128'>[], { lanes, values }: Place): void =>
    values.forEach((term, k) => {
      f.set(into[k], f32x4.add(into[k], lanes.single ? v128.and(term, firstLane) : term));
    });
  const store = ({ lanes, values }: Place): void => keep?.(lanes, values);
  const addPairs = (): void =>
    f.while(i32.ltU(at, stop), () => {
      const pair = [compute(lanesAt(f, at, false, 0)), compute(lanesAt(f, at, false, 16))];
      add(even, pair[0]);
      add(odd, pair[1]);
      for (const place of pair) store(place);
      f.advance(at, 32);
    });
  const addOne = (into: readonly Local<'v128'>[], lanes: Lanes): void => {
    const place = compute(lanes);
    add(into, place);
    store(place);
  };
  const closeBlock = (): void => {
    totals.forEach(({ low, high }, k) => {
      const sum = f.let(f32x4.add(even[k], odd[k]));
      f.set(low, f64x2.add(low, f64x2.promoteLowF32x4(sum)));
      f.set(high, f64x2.add(high, f64x2.promoteLowF32x4(swapPairs(sum))));
    });
  };
  const whole = f.let(i32.and(bytes, -blockBytes));
  f.while(i32.ltU(at, whole), () => {
    clear();
    f.set(stop, i32.add(at, blockBytes));
    addPairs();
    closeBlock();
  });
  clear();
  f.set(stop, i32.and(bytes, -32));
  addPairs();
  f.if(i32.and(bytes, 16), () => {
    addOne(even, lanesAt(f, at, false));
    f.advance(at, 16);
  });
  f.while(i32.ltU(at, bytes), () => {
    addOne(odd, lanesAt(f, at, true));
    f.advance(at, 4);
  });
  closeBlock();
  return totals.map(({ low, high }) => {
    const sum = f.let(f64x2.add(low, high));
    return f.let(f64.add(f64x2.extractLane(sum, 0), f64x2.extractLane(sum, 1)));
  });
};

const firstPair = i32x4.constLanes([-1, -1, 0, 0]);

/**
 * As blockedSums, of terms in f64 throughout: for squares that f32 does not hold. `values` are f32x4 in locals, `terms` f64x2
 * of their promoted pairs.
 */
export const wideSums = (
  f: FunctionBuilder,
  n: I32,
  count: number,
  values: (lanes: Lanes) => readonly V128[],
  terms: (pairs: readonly V128[]) => readonly V128[],
): Local<'f64'>[] => {
  const totals = Array.from({ length: count }, () => f.let(f64x2.const(0)));
  overLanes(f, n, (lanes) => {
    const narrow = values(lanes);
    const addPairs = (halves: readonly V128[]): void => {
      terms(halves.map((x) => f.let(f64x2.promoteLowF32x4(x)))).forEach((term, k) => {
        f.set(totals[k], f64x2.add(totals[k], lanes.single ? v128.and(term, firstPair) : term));
      });
    };
    addPairs(narrow);
    if (!lanes.single) addPairs(narrow.map(swapPairs));
  });
  return totals.map((sum) => f.let(f64.add(f64x2.extractLane(sum, 0), f64x2.extractLane(sum, 1))));
};

/** How many chains of comparisons run side by side. */
const chains = 4;
/** One instruction each, unlike f32x4.min and max; a NaN operand is passed over. */
const keepBetter = { max: f32x4.pmax, min: f32x4.pmin } as const;

/** Largest (or smallest) of `term` over n elements, in every lane, NaN left out; ∓infinity when there is none. */
export const extremeOfNumbers = (
  f: FunctionBuilder,
  n: I32,
  op: 'max' | 'min',
  term: (lanes: Lanes) => V128,
): Local<'v128'> => {
  const better = keepBetter[op];
  const start = f32x4.const(op === 'max' ? -Infinity : Infinity);
  const best = Array.from({ length: chains }, () => f.let(start));
  overLanes(f, n, (lanes) => f.set(best[lanes.slot], better(best[lanes.slot], term(lanes))), chains);
  const all = f.let(better(better(best[0], best[1]), better(best[2], best[3])));
  f.set(all, better(all, swapPairs(all)));
  f.set(all, better(all, swapLanes(all)));
  return all;
};

/** As extremeOfNumbers, but one NaN makes the result NaN. */
export const extreme = (f: FunctionBuilder, n: I32, op: 'max' | 'min', term: (lanes: Lanes) => V128): Local<'v128'> => {
  const nan = f.let(i32x4.const(0));
  const best = extremeOfNumbers(f, n, op, (lanes) => {
    const x = f.let(term(lanes));
    f.set(nan, v128.or(nan, f32x4.ne(x, x)));
    return x;
  });
  f.set(nan, v128.or(nan, swapPairs(nan)));
  return f.let(v128.or(best, v128.or(nan, swapLanes(nan))));
};
