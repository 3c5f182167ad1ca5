// Attention that never stores its scores: blocks of queries against blocks of keys, in the workspace of a thread.
//   O = P V, P = dropout(softmax(scale · Q Kᵀ + bias, over the keys that are seen))
//
// Forward (Milakov and Gimelshein 2018, Rabe and Staats 2021): a running maximum m and sum l of each query, O scaled when m grows:
//   m' = max(m, s), l' = l e^(m - m') + Σ e^(s - m'), O' = O e^(m - m') + Σ e^(s - m') V;  O / l at the end.
// Backward (Dao et al. 2022): P = e^(s - m) / l again, delta = Σ P dP = Σ dO · O of each query,
//   dV = Pᵀ dO, dP = dO Vᵀ, dS = P (dP - delta), dQ = scale dS K, dK = scale dSᵀ Q.
// m and 1 / l are kept apart: m + ln l of scores near 10^4 has three digits after the point, and so would P. The scores are the same
// chains of products in both passes, so that s - m is exact. A query that sees no key has 1 / l = 0, which makes its O and P 0.
//
// A block of scores is [panel][row][8] (scores.ts). Forward the lanes are queries: maxima and sums need no sums across lanes, and
// P is A of the product with V as it lies. Backward the lanes are keys: P and dS are A of the products for dV and dK.

import type { AttentionArgs, HeadLayout, ScoreStrides } from '@omnigrad/tensor';
import {
  type FunctionBuilder,
  type FunctionRef,
  f32,
  f32x4,
  type I32,
  i32,
  type Local,
  select,
  type V128,
  v128,
} from '../emitter/index.ts';
import { zeroAddress } from '../layout.ts';
import { defineJob, type JobTools, type KernelFamily, launch, type Range } from './job.ts';
import { overLanes } from './lanes.ts';
import { expNegative } from './math.ts';
import {
  addBias,
  dropQueries,
  hideLater,
  keepRowBytes,
  maskScores,
  packScores,
  panelLanes,
  scoreGradients,
} from './scores.ts';
import { mulAdd, packColumnsOf, packRowsOf, panelColumns, panelRows, stripOf } from './tiles.ts';

type Names<N extends string> = { readonly [K in N]: 'i32' };
const i32s = <N extends string>(...names: readonly N[]): Names<N> =>
  Object.fromEntries(names.map((name) => [name, 'i32'])) as Names<N>;

type TensorNames<N extends string> = N | `${N}Batch` | `${N}Head` | `${N}Row`;
/** Address of the first element, and bytes from batch to batch, head to head and row to row. */
const tensorParams = <N extends string>(name: N): Names<TensorNames<N>> =>
  i32s<TensorNames<N>>(name, `${name}Batch`, `${name}Head`, `${name}Row`);

type ScoreNames<N extends string> = N | `${N}Batch` | `${N}Head` | `${N}Query` | `${N}Key`;
/** As tensorParams for masks and bias: steps along batch, head, query and key; address 0: there is none. */
const scoreParams = <N extends string>(name: N): Names<ScoreNames<N>> =>
  i32s<ScoreNames<N>>(name, `${name}Batch`, `${name}Head`, `${name}Query`, `${name}Key`);

const sharedParams = {
  ...i32s('batch', 'heads', 'kvHeads', 'queries', 'keys', 'dim', 'valueDim', 'causal'),
  ...tensorParams('q'),
  ...tensorParams('k'),
  ...tensorParams('v'),
  ...tensorParams('out'),
  ...scoreParams('mask'),
  ...scoreParams('padding'),
  ...scoreParams('bias'),
  /** The key of dropout, or 0; the rest is as in `dropout`. */
  ...i32s('key', 'threshold', 'statistics'),
  scale: 'f32',
  keepScale: 'f32',
  /** Queries and keys of a block, and the parts of the workspace in bytes from its begin. */
  ...i32s('blockQueries', 'blockKeys', 'keepBytes'),
} as const;

const forwardParams = {
  ...sharedParams,
  ...i32s('queryBlocks', 'atQ', 'atK', 'atV', 'atS', 'atMax', 'atSum', 'atScale', 'atKeep'),
} as const;

const backwardParams = {
  ...sharedParams,
  ...tensorParams('g'),
  ...tensorParams('dQ'),
  ...tensorParams('dK'),
  ...tensorParams('dV'),
  ...i32s('atQa', 'atQb', 'atGa', 'atGb', 'atKa', 'atKb', 'atVa', 'atS', 'atD', 'atPacked', 'atDelta', 'atKeep'),
} as const;

type LocalsOf<P extends { readonly [name: string]: 'i32' | 'f32' }> = { readonly [K in keyof P]: Local<P[K]> };
type Shared = LocalsOf<typeof sharedParams>;

const fourRows = 4;

const least = (a: Local<'i32'>, b: Local<'i32'>): I32 => select(i32.ltU(a, b), a, b);
const offset = (base: I32, ...steps: readonly (readonly [index: I32, bytes: I32])[]): I32 =>
  steps.reduce((sum, [index, bytes]) => i32.add(sum, i32.mul(index, bytes)), base);

interface BlockPlace {
  readonly batch: Local<'i32'>;
  readonly head: Local<'i32'>;
  readonly query0: Local<'i32'>;
  readonly key0: Local<'i32'>;
  readonly queryCount: Local<'i32'>;
  readonly keyCount: Local<'i32'>;
  readonly s: Local<'i32'>;
  readonly panelBytes: Local<'i32'>;
}

/** Masks, causality and bias on a block of scores. */
const restrict = (
  f: FunctionBuilder,
  { m }: JobTools,
  p: Shared,
  place: BlockPlace,
  pass: 'forward' | 'backward',
): void => {
  const forward = pass === 'forward';
  const { s, panelBytes, query0, key0, queryCount, keyCount, batch, head } = place;
  const [lanes, rows] = forward ? [queryCount, keyCount] : [keyCount, queryCount];
  const block = [s, panelBytes, lanes, rows] as const;
  const beside = (ref: FunctionRef<'none'>, name: 'mask' | 'padding' | 'bias'): void =>
    f.if(p[name], () => {
      const from = offset(
        p[name],
        [batch, p[`${name}Batch`]],
        [head, p[`${name}Head`]],
        [query0, p[`${name}Query`]],
        [key0, p[`${name}Key`]],
      );
      const [lane, row] = forward ? [p[`${name}Query`], p[`${name}Key`]] : [p[`${name}Key`], p[`${name}Query`]];
      f.call(ref, ...block, from, lane, row);
    });
  beside(addBias(m), 'bias');
  beside(maskScores(m), 'mask');
  beside(maskScores(m), 'padding');
  // only where the last key of the block comes after its first query
  f.if(i32.and(p.causal, i32.gtU(i32.add(key0, keyCount), i32.add(query0, 1))), () => {
    const [lane0, row0] = forward ? [query0, key0] : [key0, query0];
    f.call(hideLater(m, pass), ...block, lane0, row0);
  });
};

/** Keys that the last of `queryCount` queries from `query0` on may see. */
const keysSeen = (f: FunctionBuilder, p: Shared, query0: Local<'i32'>, queryCount: Local<'i32'>): Local<'i32'> => {
  const seen = f.let(p.keys);
  f.if(p.causal, () => {
    const reach = f.let(i32.add(query0, queryCount));
    f.set(seen, least(reach, seen));
  });
  return seen;
};

const keyWords = (f: FunctionBuilder, p: Shared): { key0: Local<'i32'>; key1: Local<'i32'> } => {
  const key0 = f.letI32(0);
  const key1 = f.letI32(0);
  f.if(p.key, () => {
    f.set(key0, i32.load(p.key));
    f.set(key1, i32.load(p.key, 4));
  });
  return { key0, key1 };
};

/** Statistics are [2, batch, heads, queries]: m, then 1 / l. */
const statisticsAt = (p: Shared, index: I32, query0: I32): I32 =>
  i32.add(p.statistics, i32.shl(i32.add(i32.mul(index, p.queries), query0), 2));
const statisticsBytes = (p: Shared): I32 => i32.shl(i32.mul(i32.mul(p.batch, p.heads), p.queries), 2);

/** Runs `body` for every row of a head's columns. */
const eachRow = (f: FunctionBuilder, first: I32, rowBytes: I32, rows: I32, body: (row: Local<'i32'>) => void): void => {
  const row = f.let(first);
  f.times(rows, () => {
    body(row);
    f.advance(row, rowBytes);
  });
};

const fillRows = (f: FunctionBuilder, first: I32, rowBytes: I32, rows: I32, columns: I32): void =>
  eachRow(f, first, rowBytes, rows, (row) => f.memoryFill(row, 0, i32.shl(columns, 2)));

/** Calls `body` for panels of 8 of `count` columns; `left` is what is left of them. */
const eachPanel = (f: FunctionBuilder, count: I32, body: (first: Local<'i32'>, left: I32) => void): void => {
  const total = f.let(count);
  f.range(total, (first) => body(first, i32.sub(total, first)), panelColumns);
};

/** The softmax of a block: probabilities without their divisor in place of the scores, m, l, and what O is scaled by. */
const emitOnline = ({ m }: JobTools): FunctionRef<'i32'> =>
  m.valued(
    'attention_online',
    { ...i32s('s', 'panelBytes', 'lanes', 'rows', 'max', 'sum', 'scale') },
    'i32',
    (f, p) => {
      // any lane whose maximum grew
      const grown = f.let(f32x4.const(0));
      const halves = [0, 16] as const;
      const at = f.local('i32');
      f.range(
        p.lanes,
        () => {
          const before = halves.map((half) => f.let(v128.load(p.max, half)));
          const best = before.map((x) => f.let(x));
          f.set(at, p.s);
          // pmax passes over NaN, which the exponential then brings into the sum
          f.times(p.rows, () => {
            for (const [i, half] of halves.entries()) f.set(best[i], f32x4.pmax(best[i], v128.load(at, half)));
            f.advance(at, panelLanes * 4);
          });
          // no key seen so far: any finite number, so that e^(-infinity - it) is 0
          const base = best.map((x) => f.let(v128.andnot(x, f32x4.eq(x, f.constant(-Infinity)))));
          const factors = before.map((x, i) => f.let(expNegative(f, f32x4.sub(x, base[i]))));
          const totals = halves.map((half, i) => f.let(f32x4.mul(v128.load(p.sum, half), factors[i])));
          const parts = halves.map(() => f.local('v128'));
          f.set(at, p.s);
          // f32 sums of 16 keys, then one of those: no chain is long
          const left = f.let(p.rows);
          f.while(i32.ne(left, 0), () => {
            const run = f.let(select(i32.ltU(left, 16), left, i32.const(16)));
            f.set(left, i32.sub(left, run));
            for (const part of parts) f.set(part, f32x4.const(0));
            f.times(run, () => {
              const e = halves.map((half, i) => f.let(expNegative(f, f32x4.sub(v128.load(at, half), base[i]))));
              for (const [i, half] of halves.entries()) {
                f.storeV128(at, e[i], half);
                f.set(parts[i], f32x4.add(parts[i], e[i]));
              }
              f.advance(at, panelLanes * 4);
            });
            for (const [i, part] of parts.entries()) f.set(totals[i], f32x4.add(totals[i], part));
          });
          for (const [i, half] of halves.entries()) {
            f.set(grown, v128.or(grown, f32x4.ne(best[i], before[i])));
            f.storeV128(p.max, best[i], half);
            f.storeV128(p.sum, totals[i], half);
            f.storeV128(p.scale, factors[i], half);
          }
          for (const pointer of [p.max, p.sum, p.scale]) f.advance(pointer, panelLanes * 4);
          f.advance(p.s, p.panelBytes);
        },
        panelLanes,
      );
      f.result(v128.anyTrue(grown));
    },
  );

const rowFloats = (f: FunctionBuilder, from: Local<'i32'>, count: Local<'i32'>, value: (x: V128) => V128): void =>
  overLanes(f, count, (lanes) => lanes.store(from, value(lanes.load(from))), 2);

/**
 * to[i] = Σ a[i] · b[i] over each row, as one chain of products: the chain that makes dP, so that the two cancel to nothing where O is one
 * row of V. Four rows side by side.
 */
const emitRowDots = ({ m, options }: JobTools): FunctionRef<'none'> =>
  m.inner('attention_row_dots', i32s('a', 'aRow', 'b', 'bRow', 'rows', 'n', 'to'), (f, p) => {
    const index = Array.from({ length: fourRows }, (_, i) => i);
    const sums = index.map(() => f.local('v128'));
    f.range(
      p.rows,
      (first) => {
        const at = (base: I32, step: I32): Local<'i32'>[] =>
          index.map((i) => {
            const row = i32.add(first, i);
            return f.let(i32.add(base, i32.mul(step, select(i32.ltU(row, p.rows), row, first))));
          });
        const [a, b] = [at(p.a, p.aRow), at(p.b, p.bRow)];
        for (const sum of sums) f.set(sum, f32x4.const(0));
        f.times(p.n, () => {
          for (const i of index) {
            f.set(sums[i], mulAdd(options, v128.load32Zero(a[i]), v128.load32Zero(b[i]), sums[i]));
            f.advance(a[i], 4);
            f.advance(b[i], 4);
          }
        });
        for (const i of index) {
          f.if(i32.ltU(i32.add(first, i), p.rows), () =>
            f.storeLane(i32.add(p.to, i32.shl(first, 2)), sums[i], 0, 4 * i),
          );
        }
      },
      fourRows,
    );
  });

const headOf = (f: FunctionBuilder, p: Shared, index: Local<'i32'>, heads: Local<'i32'>) => {
  const batch = f.let(i32.divU(index, heads));
  const head = f.let(i32.sub(index, i32.mul(batch, heads)));
  return { batch, head, perGroup: i32.divU(p.heads, p.kvHeads) };
};

// A unit is a block of queries of one head.
const forward = defineJob('attention', forwardParams, (f, p, { begin, end, workspace }: Range, tools) => {
  const { m, options } = tools;
  const rows = panelRows(options);
  const strip = stripOf(m, 'across', options);
  // eight queries of a panel are two tiles of four rows
  const stripOfScores = stripOf(m, 'across', options, fourRows);
  const packRows = packRowsOf(m, options);
  const packColumns = packColumnsOf(m);
  const online = emitOnline(tools);
  const [atQ, atK, atV, s, max, sum, scales, keep] = (
    ['atQ', 'atK', 'atV', 'atS', 'atMax', 'atSum', 'atScale', 'atKeep'] as const
  ).map((name) => f.let(i32.add(workspace, p[name])));
  const panelBytes = f.let(i32.mul(p.blockKeys, panelLanes * 4));
  const { key0: word0, key1: word1 } = keyWords(f, p);
  const one = f.let(f32.const(1));
  const unit = f.let(begin);
  f.times(i32.sub(end, begin), () => {
    const index = f.let(i32.divU(unit, p.queryBlocks));
    const query0 = f.let(i32.mul(i32.sub(unit, i32.mul(index, p.queryBlocks)), p.blockQueries));
    const queryCount = f.let(least(f.let(i32.sub(p.queries, query0)), p.blockQueries));
    const { batch, head, perGroup } = headOf(f, p, index, p.heads);
    const kvHead = f.let(i32.divU(head, perGroup));
    const q = f.let(offset(p.q, [batch, p.qBatch], [head, p.qHead], [query0, p.qRow]));
    const k = f.let(offset(p.k, [batch, p.kBatch], [kvHead, p.kHead]));
    const v = f.let(offset(p.v, [batch, p.vBatch], [kvHead, p.vHead]));
    const out = f.let(offset(p.out, [batch, p.outBatch], [head, p.outHead], [query0, p.outRow]));
    f.call(packColumns, q, p.qRow, 4, queryCount, p.dim, atQ);
    const padded = f.let(i32.and(i32.add(queryCount, panelLanes - 1), -panelLanes));
    overLanes(f, padded, (lanes) => {
      lanes.store(max, f32x4.const(-Infinity));
      lanes.store(sum, f32x4.const(0));
    });
    const seen = keysSeen(f, p, query0, queryCount);
    f.if(i32.eqz(seen), () => fillRows(f, out, p.outRow, queryCount, p.valueDim));

    const key0 = f.letI32(0);
    f.while(i32.ltU(key0, seen), () => {
      const keyCount = f.let(least(f.let(i32.sub(seen, key0)), p.blockKeys));
      f.call(packRows, k, p.kRow, 4, keyCount, p.dim, atK);
      const aPanel = f.let(i32.mul(p.dim, rows * 4));
      const bPanel = f.let(i32.mul(p.dim, panelColumns * 4));
      const zero = i32.const(zeroAddress);
      const block = f.let(s);
      const panel = f.let(atQ);
      eachPanel(f, queryCount, () => {
        const step = panelColumns * 4;
        f.call(strip, atK, rows * 4, aPanel, panel, step, p.dim, block, panelLanes * 4, zero, 0, p.scale, keyCount, 8);
        f.advance(block, panelBytes);
        f.advance(panel, bPanel);
      });
      restrict(f, tools, p, { batch, head, query0, key0, queryCount, keyCount, s, panelBytes }, 'forward');
      const grown = f.let(f.value(online, s, panelBytes, queryCount, keyCount, max, sum, scales));
      f.if(i32.and(grown, i32.ne(key0, 0)), () => {
        const factor = f.let(scales);
        eachRow(f, out, p.outRow, queryCount, (row) => {
          const by = f.let(v128.load32Splat(factor));
          rowFloats(f, row, p.valueDim, (x) => f32x4.mul(x, by));
          f.advance(factor, 4);
        });
      });
      f.if(p.key, () => {
        const row0 = i32.add(i32.mul(index, p.queries), query0);
        f.call(
          dropQueries(m),
          ...([s, panelBytes, queryCount, keyCount, row0, p.keys, key0, p.keepScale] as const),
          ...([word0, word1, p.threshold, keep, p.keepBytes] as const),
        );
      });
      f.call(packColumns, v, 4, p.vRow, p.valueDim, keyCount, atV);
      const first = f.let(i32.eqz(key0));
      const vPanel = f.let(i32.shl(keyCount, 5));
      f.set(block, s);
      const outRow = f.let(out);
      eachPanel(f, queryCount, (_, queriesLeft) => {
        const height = f.let(queriesLeft);
        f.if(i32.gtU(height, panelLanes), () => f.set(height, i32.const(panelLanes)));
        const values = f.let(atV);
        const target = f.let(outRow);
        eachPanel(f, p.valueDim, (_first, columnsLeft) => {
          const add = select(first, zero, target);
          const addRow = select(first, i32.const(0), p.outRow);
          f.call(
            stripOfScores,
            ...([block, panelLanes * 4, fourRows * 4, values, panelColumns * 4, keyCount] as const),
            ...([target, p.outRow, add, addRow, one, height, columnsLeft] as const),
          );
          f.advance(values, vPanel);
          f.advance(target, panelColumns * 4);
        });
        f.advance(block, panelBytes);
        f.advance(outRow, i32.mul(p.outRow, panelLanes));
      });
      f.advance(k, i32.mul(p.kRow, keyCount));
      f.advance(v, i32.mul(p.vRow, keyCount));
      f.advance(key0, keyCount);
    });

    // O / l; m and 1 / l for the backward pass
    const maxTo = f.let(statisticsAt(p, index, query0));
    const inverseTo = f.let(i32.add(maxTo, statisticsBytes(p)));
    const [maxAt, sumAt] = [f.let(max), f.let(sum)];
    eachRow(f, out, p.outRow, queryCount, (row) => {
      const total = f.let(v128.load32Splat(sumAt));
      const none = f.let(f32x4.eq(total, f32x4.const(0)));
      const inverse = f.let(v128.andnot(f32x4.div(f32x4.const(1), total), none));
      rowFloats(f, row, p.valueDim, (x) => f32x4.mul(x, inverse));
      f.storeLane(maxTo, v128.andnot(v128.load32Splat(maxAt), none), 0);
      f.storeLane(inverseTo, inverse, 0);
      for (const pointer of [maxAt, sumAt, maxTo, inverseTo]) f.advance(pointer, 4);
    });
    f.advance(unit, 1);
  });
});

// A unit is one head of k and v with all heads of q that read it, block after block: dK and dV grow in order.
const backward = defineJob('attention_backward', backwardParams, (f, p, { begin, end, workspace }: Range, tools) => {
  const { m, options } = tools;
  const rows = panelRows(options);
  const strip = stripOf(m, 'across', options);
  const stripOfScores = stripOf(m, 'across', options, fourRows);
  const packRows = packRowsOf(m, options);
  const packColumns = packColumnsOf(m);
  const rowDots = emitRowDots(tools);
  const places = ['Qa', 'Qb', 'Ga', 'Gb', 'Ka', 'Kb', 'Va', 'S', 'D', 'Packed', 'Delta', 'Keep'] as const;
  const [qa, qb, ga, gb, ka, kb, va, s, d, packed, delta, keep] = places.map((name) =>
    f.let(i32.add(workspace, p[`at${name}`])),
  );
  const panelBytes = f.let(i32.mul(p.blockQueries, panelLanes * 4));
  const { key0: word0, key1: word1 } = keyWords(f, p);
  const one = f.let(f32.const(1));
  const zero = i32.const(zeroAddress);
  const dimPanel = f.let(i32.mul(p.dim, rows * 4));
  const valuePanel = f.let(i32.mul(p.valueDim, rows * 4));

  /** Scores or dP: block[panel of 8 keys][query][8] = alpha · A[queries, depth] · B[keys, depth]ᵀ, both packed. */
  const blockOf = (
    a: Local<'i32'>,
    aPanel: Local<'i32'>,
    b: Local<'i32'>,
    depth: Local<'i32'>,
    to: Local<'i32'>,
    alpha: Local<'f32'>,
    { queryCount, keyCount }: BlockPlace,
  ): void => {
    const panel = f.let(b);
    const target = f.let(to);
    eachPanel(f, keyCount, () => {
      const step = panelColumns * 4;
      f.call(strip, a, rows * 4, aPanel, panel, step, depth, target, panelLanes * 4, zero, 0, alpha, queryCount, 8);
      f.advance(panel, i32.shl(depth, 5));
      f.advance(target, panelBytes);
    });
  };

  /** to[keys, width] += alpha · block[queries, keys]ᵀ · B[queries, width] with B packed. */
  const addToKeys = (
    block: Local<'i32'>,
    b: Local<'i32'>,
    width: Local<'i32'>,
    to: I32,
    toRow: Local<'i32'>,
    alpha: Local<'f32'>,
    { queryCount, keyCount }: BlockPlace,
  ): void => {
    const from = f.let(block);
    const row = f.let(to);
    eachPanel(f, keyCount, (_, keysLeft) => {
      const height = f.let(keysLeft);
      f.if(i32.gtU(height, panelLanes), () => f.set(height, i32.const(panelLanes)));
      const panel = f.let(b);
      const target = f.let(row);
      eachPanel(f, width, (_first, columnsLeft) => {
        f.call(
          stripOfScores,
          ...([from, panelLanes * 4, fourRows * 4, panel, panelColumns * 4, queryCount] as const),
          ...([target, toRow, target, toRow, alpha, height, columnsLeft] as const),
        );
        f.advance(panel, i32.shl(queryCount, 5));
        f.advance(target, panelColumns * 4);
      });
      f.advance(from, panelBytes);
      f.advance(row, i32.mul(toRow, panelLanes));
    });
  };

  const unit = f.let(begin);
  f.times(i32.sub(end, begin), () => {
    const { batch, head: kvHead, perGroup } = headOf(f, p, unit, p.kvHeads);
    const k = f.let(offset(p.k, [batch, p.kBatch], [kvHead, p.kHead]));
    const v = f.let(offset(p.v, [batch, p.vBatch], [kvHead, p.vHead]));
    const dK = f.let(offset(p.dK, [batch, p.dKBatch], [kvHead, p.dKHead]));
    const dV = f.let(offset(p.dV, [batch, p.dVBatch], [kvHead, p.dVHead]));
    fillRows(f, dK, p.dKRow, p.keys, p.dim);
    fillRows(f, dV, p.dVRow, p.keys, p.valueDim);
    const head = f.let(i32.mul(kvHead, perGroup));
    f.times(perGroup, () => {
      const index = f.let(i32.add(i32.mul(batch, p.heads), head));
      const query0 = f.letI32(0);
      f.while(i32.ltU(query0, p.queries), () => {
        const queryCount = f.let(least(f.let(i32.sub(p.queries, query0)), p.blockQueries));
        const q = f.let(offset(p.q, [batch, p.qBatch], [head, p.qHead], [query0, p.qRow]));
        const g = f.let(offset(p.g, [batch, p.gBatch], [head, p.gHead], [query0, p.gRow]));
        const dQ = f.let(offset(p.dQ, [batch, p.dQBatch], [head, p.dQHead], [query0, p.dQRow]));
        fillRows(f, dQ, p.dQRow, queryCount, p.dim);
        f.call(packRows, q, p.qRow, 4, queryCount, p.dim, qa);
        f.call(packColumns, q, 4, p.qRow, p.dim, queryCount, qb);
        f.call(packRows, g, p.gRow, 4, queryCount, p.valueDim, ga);
        f.call(packColumns, g, 4, p.gRow, p.valueDim, queryCount, gb);
        const out = f.let(offset(p.out, [batch, p.outBatch], [head, p.outHead], [query0, p.outRow]));
        f.call(rowDots, g, p.gRow, out, p.outRow, queryCount, p.valueDim, delta);
        const max = f.let(statisticsAt(p, index, query0));
        const inverse = f.let(i32.add(max, statisticsBytes(p)));
        const seen = keysSeen(f, p, query0, queryCount);
        const key0 = f.letI32(0);
        f.while(i32.ltU(key0, seen), () => {
          const keyCount = f.let(least(f.let(i32.sub(seen, key0)), p.blockKeys));
          const kAt = f.let(offset(k, [key0, p.kRow]));
          f.call(packColumns, kAt, p.kRow, 4, keyCount, p.dim, ka);
          f.call(packColumns, kAt, 4, p.kRow, p.dim, keyCount, kb);
          f.call(packColumns, offset(v, [key0, p.vRow]), p.vRow, 4, keyCount, p.valueDim, va);
          const place: BlockPlace = { batch, head, query0, key0, queryCount, keyCount, s, panelBytes };
          blockOf(qa, dimPanel, ka, p.dim, s, p.scale, place);
          restrict(f, tools, p, place, 'backward');
          blockOf(ga, valuePanel, va, p.valueDim, d, one, place);
          const row0 = f.let(i32.add(i32.mul(index, p.queries), query0));
          const whole = f.let(i32.eq(keyCount, seen));
          const gradients = (dropout: boolean): void =>
            f.call(
              scoreGradients(m, dropout),
              ...([s, panelBytes, keyCount, queryCount, d, max, inverse, delta, whole] as const),
              ...([row0, p.keys, key0, p.keepScale, word0, word1, p.threshold, keep, p.keepBytes] as const),
            );
          f.if(
            p.key,
            () => gradients(true),
            () => gradients(false),
          );
          addToKeys(s, gb, p.valueDim, offset(dV, [key0, p.dVRow]), p.dVRow, one, place);
          addToKeys(d, qb, p.dim, offset(dK, [key0, p.dKRow]), p.dKRow, p.scale, place);
          // dQ += scale · dS K over the keys
          f.call(packScores(m, rows), d, panelBytes, keyCount, queryCount, packed);
          const padded = f.let(i32.and(i32.add(keyCount, panelLanes - 1), -panelLanes));
          const panel = f.let(kb);
          const target = f.let(dQ);
          eachPanel(f, p.dim, (_, columnsLeft) => {
            f.call(
              strip,
              ...([packed, rows * 4, i32.mul(padded, rows * 4), panel, panelColumns * 4, keyCount] as const),
              ...([target, p.dQRow, target, p.dQRow, p.scale, queryCount, columnsLeft] as const),
            );
            f.advance(panel, i32.shl(keyCount, 5));
            f.advance(target, panelColumns * 4);
          });
          f.advance(key0, keyCount);
        });
        f.advance(query0, queryCount);
      });
      f.advance(head, 1);
    });
    f.advance(unit, 1);
  });
});

const align = (bytes: number): number => Math.ceil(bytes / 64) * 64;
/** Lanes and rows that loads pass beyond a part. */
const slack = 256;

/** Offsets of parts of so many floats, one after another, and their end. */
const placesOf = <N extends string>(
  floats: { readonly [K in N]: number },
): { places: Record<N, number>; bytes: number } => {
  const places = {} as Record<N, number>;
  let bytes = 0;
  for (const name in floats) {
    places[name] = bytes;
    bytes += align(floats[name] * 4) + slack;
  }
  return { places, bytes };
};

const roundUp = (n: number, to = panelLanes): number => Math.ceil(n / to) * to;
/** The widest panel of A. */
const widest = 8;

interface Blocks {
  readonly queries: number;
  readonly keys: number;
}

const forwardPlaces = ({ queries, keys }: Blocks, dim: number, valueDim: number) =>
  placesOf({
    atQ: roundUp(queries) * dim,
    atK: (keys + widest) * dim,
    atV: keys * roundUp(valueDim),
    atS: roundUp(queries) * keys,
    atMax: roundUp(queries),
    atSum: roundUp(queries),
    atScale: roundUp(queries),
    atKeep: keepRowBytes(keys),
  });

const backwardPlaces = ({ queries, keys }: Blocks, dim: number, valueDim: number) =>
  placesOf({
    atQa: (queries + widest) * dim,
    atQb: queries * roundUp(dim),
    atGa: (queries + widest) * valueDim,
    atGb: queries * roundUp(valueDim),
    atKa: roundUp(keys) * dim,
    atKb: keys * roundUp(dim),
    atVa: roundUp(keys) * valueDim,
    atS: roundUp(keys) * queries,
    atD: roundUp(keys) * queries,
    atPacked: roundUp(keys) * (queries + widest),
    atDelta: queries,
    atKeep: keepRowBytes(keys),
  });

/** Bytes of the workspace that attention may use: most of a second-level cache. */
export const attentionBytes = 1.25 * 2 ** 20;
/** Heads wider than this do not fit the smallest blocks. */
export const largestHead = 4096;

/** The largest blocks, halved until they fit. Blocks of keys (forward) and queries (backward) are part of the bytes of the result. */
const fit = (largest: Blocks, bytesOf: (blocks: Blocks) => number): Blocks => {
  let { queries, keys } = largest;
  while (bytesOf({ queries, keys }) > attentionBytes && (queries > panelLanes || keys > panelLanes)) {
    if (queries >= keys) queries /= 2;
    else keys /= 2;
  }
  return { queries, keys };
};

const forwardBlocks = ({ batch, heads, queries, keys, dim, valueDim }: AttentionArgs): Blocks => {
  const largest = fit({ queries: 256, keys: 128 }, (blocks) => forwardPlaces(blocks, dim, valueDim).bytes);
  let block = Math.min(largest.queries, roundUp(queries));
  // more units where there are few heads; queries are independent of each other
  while (batch * heads * Math.ceil(queries / block) < 16 && block >= 64) block = roundUp(block / 2);
  return { queries: block, keys: Math.min(largest.keys, Math.max(keys, 1)) };
};

const backwardBlocks = ({ queries, keys, dim, valueDim }: AttentionArgs): Blocks => {
  const largest = fit({ queries: 128, keys: 128 }, (blocks) => backwardPlaces(blocks, dim, valueDim).bytes);
  return { queries: Math.min(largest.queries, queries), keys: Math.min(largest.keys, roundUp(Math.max(keys, 1))) };
};

const tensorValues = <N extends string>(name: N, address: number, { offset: first, batch, head, row }: HeadLayout) =>
  ({
    [name]: address + first * 4,
    [`${name}Batch`]: batch * 4,
    [`${name}Head`]: head * 4,
    [`${name}Row`]: row * 4,
  }) as { readonly [K in TensorNames<N>]: number };

const scoreValues = <N extends string>(name: N, address: number | undefined, strides: ScoreStrides | null) => {
  const [batch, head, query, key] = strides ?? [0, 0, 0, 0];
  return {
    [name]: address ?? 0,
    [`${name}Batch`]: batch * 4,
    [`${name}Head`]: head * 4,
    [`${name}Query`]: query * 4,
    [`${name}Key`]: key * 4,
  } as { readonly [K in ScoreNames<N>]: number };
};

/** The operands in their order; those that are not there have no address. */
const operandsOf = (at: readonly number[], args: AttentionArgs) => {
  let next = 0;
  const take = (there = true): number | undefined => (there ? at[next++] : undefined);
  const [q, k, v] = [at[next++], at[next++], at[next++]];
  const [mask, padding, bias] = [take(args.mask !== null), take(args.padding !== null), take(args.bias !== null)];
  const key = take(args.dropout > 0);
  return { q, k, v, mask, padding, bias, key, rest: at.slice(next) };
};

const sharedValues = (
  { q, k, v, mask, padding, bias, key }: ReturnType<typeof operandsOf>,
  out: number,
  statistics: number,
  args: AttentionArgs,
  blocks: Blocks,
) => ({
  batch: args.batch,
  heads: args.heads,
  kvHeads: args.kvHeads,
  queries: args.queries,
  keys: args.keys,
  dim: args.dim,
  valueDim: args.valueDim,
  causal: args.causal ? 1 : 0,
  ...tensorValues('q', q, args.q),
  ...tensorValues('k', k, args.k),
  ...tensorValues('v', v, args.v),
  ...tensorValues('out', out, args.out),
  ...scoreValues('mask', mask, args.mask),
  ...scoreValues('padding', padding, args.padding),
  ...scoreValues('bias', bias, args.bias),
  key: key ?? 0,
  threshold: Math.ceil(args.dropout * 2 ** 24),
  statistics,
  scale: args.scale,
  keepScale: 1 / (1 - args.dropout),
  blockQueries: blocks.queries,
  blockKeys: blocks.keys,
  keepBytes: keepRowBytes(blocks.keys),
});

/** Multiply-adds a nanosecond, and nanoseconds of the rest for each score. */
const rate = 20;
const scoreCost = 1.5;

export const attentionFamily: KernelFamily<'attention' | 'attentionBackward'> = {
  jobs: [forward, backward],
  launches: {
    attention: (at, args) => {
      const { batch, heads, queries, keys, dim, valueDim } = args;
      if (queries === 0) return [];
      const operands = operandsOf(at, args);
      const [out, statistics] = operands.rest;
      const blocks = forwardBlocks(args);
      const { places } = forwardPlaces(blocks, dim, valueDim);
      const queryBlocks = Math.ceil(queries / blocks.queries);
      const cost = 200 + blocks.queries * keys * ((dim + valueDim) / rate + scoreCost);
      const values = { ...sharedValues(operands, out, statistics, args, blocks), ...places, queryBlocks };
      return [launch(forward, values, batch * heads * queryBlocks, cost)];
    },
    attentionBackward: (at, args) => {
      const { batch, heads, kvHeads, queries, keys, dim, valueDim } = args;
      const operands = operandsOf(at, args);
      const [out, statistics, g, dQ, dK, dV] = operands.rest;
      const blocks = backwardBlocks(args);
      const { places } = backwardPlaces(blocks, dim, valueDim);
      const values = {
        ...sharedValues(operands, out, statistics, args, blocks),
        ...tensorValues('g', g, args.g),
        ...tensorValues('dQ', dQ, args.dq),
        ...tensorValues('dK', dK, args.dk),
        ...tensorValues('dV', dV, args.dv),
        ...places,
      };
      const group = kvHeads === 0 ? 0 : heads / kvHeads;
      const cost = 200 + group * queries * keys * ((3 * dim + 2 * valueDim) / rate + scoreCost);
      return [launch(backward, values, batch * kvHeads, cost)];
    },
  },
};
