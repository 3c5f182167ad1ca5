// Attention that never stores its scores, forward and backward: blocks of them in registers and workgroup memory (wgsl/attention).
// Backward: prepare makes delta = Σ g · out and puts the numbers of a query together, then one kernel makes dq and one dk and dv.
// Adapters that compute on a processor make whole matrices of scores where these are small and not causal, for their products are faster; else
// they have kernels without workgroup memory: twice as fast on SwiftShader at heads of 64, and eight times at 4.

import type { AttentionArgs, CpuKernelArgs, HeadLayout, ScoreStrides } from '@omnigrad/tensor';
import { type Abilities, isProcessor } from '../abilities.ts';
import {
  type Binding,
  ceilDivide,
  type Dispatch,
  f32,
  grid,
  type Launch,
  launch,
  nothing,
  reads,
  scratchReads,
  scratchWrites,
  type Uniform,
  u32,
  writes,
} from '../dispatch.ts';
import { elementsPerWorkgroup, type Kernels } from './kernel.ts';
import { productDispatch } from './matmul.ts';

type AttentionBackwardArgs = CpuKernelArgs['attentionBackward'];
type Pass = 'forward' | 'queries' | 'keys';

/** Columns of a block of scores. */
const blockColumns = 64;
/** Columns of a result that one workgroup makes: blocks.wgsl PART. */
const partColumns = 256;

/** The constants of blocks.wgsl that make its blocks. */
export interface AttentionBlocks {
  readonly ACROSS: number;
  readonly HIGH: number;
  readonly ROW_QUADS: number;
  readonly DEPTH: number;
  readonly VALUE_CHUNKS: number;
  readonly VALUE_TOKENS: number;
  readonly DIM_CHUNKS: number;
  readonly DIM_TOKENS: number;
}

/** Invocations of a workgroup, and the rows of each. */
export type AttentionShape = Pick<AttentionBlocks, 'ACROSS' | 'HIGH' | 'ROW_QUADS'>;

/** Columns of both operands of a product that are staged at once. */
const depth = 16;
/** Tokens whose results are staged at once, at most: what is multiplied between two barriers is written out that often. */
const mostTokens = 16;
/** Numbers of scores and results that an invocation may hold, of about 250 registers. */
export const attentionRegisters = 160;

/**
 * Best first, as measured on an H100 at heads of 32 to 128 columns; the last two fit the workgroup memory of every adapter. More rows
 * read less for each product, and eight across leave fewer columns of narrow results unused.
 */
const shapes: readonly AttentionShape[] = [
  { ACROSS: 16, HIGH: 16, ROW_QUADS: 2 },
  { ACROSS: 8, HIGH: 32, ROW_QUADS: 1 },
  { ACROSS: 16, HIGH: 8, ROW_QUADS: 2 },
  { ACROSS: 8, HIGH: 16, ROW_QUADS: 1 },
  { ACROSS: 16, HIGH: 16, ROW_QUADS: 1 },
  { ACROSS: 16, HIGH: 8, ROW_QUADS: 1 },
  { ACROSS: 8, HIGH: 8, ROW_QUADS: 1 },
];

const blockRows = ({ HIGH, ROW_QUADS }: AttentionShape): number => 4 * HIGH * ROW_QUADS;
/** vec4s of the slices of both operands. */
const stageVectors = (shape: AttentionShape): number => (depth / 4) * (blockRows(shape) + blockColumns);

/** Bytes of workgroup memory: a tile, slices of both operands, and numbers of the rows or columns. */
export const attentionBlockBytes = (shape: AttentionShape): number => {
  const rows = blockRows(shape);
  return 4 * rows * blockColumns + 16 * (stageVectors(shape) + Math.max(rows, blockColumns));
};

const powerBelow = (n: number): number => 2 ** Math.floor(Math.log2(n));

/** vec4s of an invocation of the columns of a result. */
const chunksOf = (width: number, { ACROSS }: AttentionShape): number =>
  ceilDivide(Math.min(partColumns, Math.max(1, width)), 4 * ACROSS);

const tokensOf = (chunks: number, shape: AttentionShape): number =>
  Math.min(mostTokens, powerBelow(stageVectors(shape) / (shape.ACROSS * chunks)));

/** Numbers of scores and results in an invocation. */
export const attentionRegistersOf = (shape: AttentionShape, widths: readonly number[]): number => {
  const quads = widths.reduce((sum, width) => sum + chunksOf(width, shape), blockColumns / 4 / shape.ACROSS);
  return 16 * shape.ROW_QUADS * quads;
};

/** The blocks of a pass. */
export const attentionBlocks = (
  pass: Pass,
  dim: number,
  valueDim: number,
  { workgroupBytes, workgroupSize }: Abilities,
): AttentionBlocks => {
  const widths = { forward: [valueDim], queries: [dim], keys: [dim, valueDim] }[pass];
  const columns = (shape: AttentionShape): number =>
    widths.reduce((sum, width) => sum + chunksOf(width, shape) * shape.ACROSS, 0);
  const fitting = shapes.filter(
    (shape) =>
      attentionBlockBytes(shape) <= workgroupBytes &&
      shape.ACROSS * shape.HIGH <= workgroupSize &&
      attentionRegistersOf(shape, widths) <= attentionRegisters &&
      // the forward pass, which holds less, gains from more workgroups at a time
      !(pass === 'forward' && shape.HIGH === 32),
  );
  const least = Math.min(...fitting.map(columns));
  const shape = fitting.find((choice) => columns(choice) === least) ?? { ACROSS: 16, HIGH: 8, ROW_QUADS: 1 };
  const [value, key] = [chunksOf(valueDim, shape), chunksOf(dim, shape)];
  return {
    ...shape,
    DEPTH: depth,
    VALUE_CHUNKS: value,
    VALUE_TOKENS: tokensOf(value, shape),
    DIM_CHUNKS: key,
    DIM_TOKENS: tokensOf(key, shape),
  };
};

/** Columns of a result that one invocation makes, rows of it, and invocations of a workgroup: direct.wgsl PART, ROWS, SIZE. */
const direct = { part: 64, rows: 4, size: 16 } as const;

const directChunks = (width: number): number =>
  2 ** Math.ceil(Math.log2(ceilDivide(Math.min(direct.part, Math.max(1, width)), 4)));

/** Bytes of scores that are made at a time, at most, on adapters that compute on a processor. */
export const mostScores = 2 ** 25;

/** Batches whose scores are made at a time, whole; 0: the scores are never stored. */
const wholeBatches = (args: AttentionArgs, abilities: Abilities): number => {
  const { batch, heads, kvHeads, queries, keys, dim, valueDim, causal } = args;
  const each = 4 * heads * queries * keys;
  // of the keys that no query sees, causal attention may not read a NaN
  if (!isProcessor(abilities) || causal || heads !== kvHeads || each * dim * valueDim === 0) return 0;
  return Math.min(batch, Math.floor(Math.min(mostScores, abilities.maxBindingBytes) / each));
};

const layoutWords = ({ offset, batch, head, row }: HeadLayout): Uniform[] => [offset, batch, head, row].map(u32);
const stepWords = (strides: ScoreStrides | null): Uniform[] => (strides ?? [0, 0, 0, 0]).map(u32);

const isWhole = (...layouts: readonly HeadLayout[]): boolean =>
  layouts.every((layout) => [layout.offset, layout.batch, layout.head, layout.row].every((n) => n % 4 === 0));

/** Whether all that is read may be read by vec4s. */
const aligned = ({ dim, valueDim, q, k, v }: AttentionArgs, ...others: readonly HeadLayout[]): boolean =>
  dim % 4 === 0 && valueDim % 4 === 0 && isWhole(q, k, v, ...others);

const scoreElements = ({ batch, heads, queries, keys }: AttentionArgs, strides: ScoreStrides): number => {
  const shape = [batch, heads, queries, keys];
  return shape.includes(0) ? 0 : 1 + strides.reduce((sum, step, axis) => sum + step * (shape[axis] - 1), 0);
};

interface Beside {
  /** Where masks, padding and bias are bound. */
  readonly binding: Binding;
  /** Where each begins there. */
  readonly at: readonly [mask: number, padding: number, bias: number];
  readonly dispatches: readonly Dispatch[];
  /** Bytes of the scratch block `block`, if it is needed. */
  readonly bytes: number;
  /** Operand of the key of dropout, or one that is there. */
  readonly key: number;
  /** The first operand behind the optional ones. */
  readonly rest: number;
}

/** What goes with the scores: one of them lies where it is, more are put end to end in scratch `block`. */
const besideOf = (args: AttentionArgs, block: number, abilities: Abilities): Beside => {
  let operand = 3;
  let end = 0;
  const found: { readonly operand: number; readonly n: number; readonly at: number }[] = [];
  const place = (strides: ScoreStrides | null): number => {
    if (strides === null) return 0;
    const n = scoreElements(args, strides);
    const at = end;
    found.push({ operand, n, at });
    operand++;
    end += n;
    return at;
  };
  const at = [place(args.mask), place(args.padding), place(args.bias)] as const;
  const key = args.dropout > 0 ? operand++ : 0;
  if (found.length < 2) {
    return { binding: reads(found[0]?.operand ?? 0), at, dispatches: [], bytes: 0, key, rest: operand };
  }
  const dispatches = found
    .filter(({ n }) => n > 0)
    .map(
      ({ operand: from, n, at: to }): Dispatch => ({
        wgsl: 'attention/gather',
        uniforms: [u32(n), u32(to)],
        bindings: [reads(from), scratchWrites(block)],
        workgroups: grid(ceilDivide(n, elementsPerWorkgroup), abilities),
      }),
    );
  return { binding: scratchReads(block), at, dispatches, bytes: Math.max(16, end * 4), key, rest: operand };
};

/** The layouts that a pass reads beside q, k and v, and writes. */
interface Layouts {
  readonly g: HeadLayout;
  readonly first: HeadLayout;
  readonly second: HeadLayout;
}

/** Constants, rows and columns of results of a workgroup, and 1, the share of it that makes them. */
const blocksOf = (pass: Pass, { dim, valueDim }: AttentionArgs, abilities: Abilities) => {
  const blocks = attentionBlocks(pass, dim, valueDim, abilities);
  return [blocks, blockRows(blocks), partColumns, 1] as const;
};

/** Which of mask, padding and bias there are: scores.wgsl. */
const givenOf = ({ mask, padding, bias }: AttentionArgs): number =>
  Number(mask !== null) + 2 * Number(padding !== null) + 4 * Number(bias !== null);

/** The struct of scores.wgsl. */
const scoreUniforms = (
  args: AttentionArgs,
  { g, first, second }: Layouts,
  at: Beside['at'],
  given: number,
  blocks: number,
  count: number,
): Uniform[] => {
  const { batch, heads, kvHeads, queries, keys, dim, valueDim, scale, causal, dropout } = args;
  return [
    ...[args.q, args.k, args.v, g, first, second].flatMap(layoutWords),
    ...[args.mask, args.padding, args.bias].flatMap(stepWords),
    ...at.map(u32),
    ...[batch, heads, kvHeads, queries, keys, dim, valueDim, Number(causal), given].map(u32),
    ...[Math.ceil(dropout * 2 ** 24), blocks, count].map(u32),
    f32(scale),
    f32(dropout < 1 ? 1 / (1 - dropout) : 0),
  ];
};

const blockDispatch = (
  pass: Pass,
  args: AttentionArgs,
  layouts: Layouts,
  { at }: Beside,
  bindings: readonly Binding[],
  abilities: Abilities,
): Dispatch => {
  const { batch, heads, kvHeads, queries, keys, dim, valueDim, dropout } = args;
  const given = givenOf(args);
  const [blocks, rows, part, size] = isProcessor(abilities)
    ? [{ VALUE_CHUNKS: directChunks(valueDim), DIM_CHUNKS: directChunks(dim) }, direct.rows, direct.part, direct.size]
    : blocksOf(pass, args, abilities);
  const [tokens, headCount] = pass === 'keys' ? [keys, kvHeads] : [queries, heads];
  const results = { forward: valueDim, queries: dim, keys: Math.max(dim, valueDim) }[pass];
  const rowBlocks = ceilDivide(tokens, rows);
  const count = rowBlocks * batch * headCount * Math.max(1, ceilDivide(results, part));
  return {
    wgsl: `attention/${pass === 'forward' ? pass : (`backward-${pass}` as const)}${isProcessor(abilities) ? '-direct' : ''}`,
    constants: {
      ...blocks,
      ALIGNED: aligned(args, ...(pass === 'forward' ? [] : [layouts.g])),
      HAS_BESIDE: given > 0,
      HAS_DROPOUT: dropout > 0,
    },
    uniforms: scoreUniforms(args, layouts, at, given, rowBlocks, count),
    bindings,
    workgroups: grid(ceilDivide(count, size), abilities),
  };
};

const denseHeads = (heads: number, tokens: number, width: number): HeadLayout => ({
  offset: 0,
  batch: heads * tokens * width,
  head: tokens * width,
  row: width,
});

const prepareDispatch = (
  { g, out, batch, heads, queries, valueDim }: AttentionBackwardArgs,
  bindings: readonly Binding[],
  abilities: Abilities,
): Dispatch => {
  const count = batch * heads * queries;
  return {
    wgsl: 'attention/prepare',
    constants: { ALIGNED: valueDim % 4 === 0 && isWhole(g, out) },
    uniforms: [...layoutWords(g), ...layoutWords(out), ...[heads, queries, valueDim, count].map(u32)],
    bindings,
    workgroups: grid(ceilDivide(count, 64), abilities),
  };
};

const placeDispatch = (
  { dk, batch, kvHeads, keys, dim }: AttentionBackwardArgs,
  bindings: readonly Binding[],
  abilities: Abilities,
): Dispatch => {
  const n = batch * kvHeads * keys * dim;
  return {
    wgsl: 'attention/place',
    uniforms: [...layoutWords(dk), ...[kvHeads, keys, dim, n].map(u32)],
    bindings,
    workgroups: grid(ceilDivide(n, elementsPerWorkgroup), abilities),
  };
};

/** Something of all heads of some batches: its binding, and where batch, head and row lie. */
interface Matrix {
  readonly binding: Binding;
  readonly layout: HeadLayout;
}

/** c = alpha · op(a) · op(b) of each head of `batches` batches, [m, n] with k products each. */
const headProducts = (
  { m, n, k, transA = false, transB = false, alpha = 1 }: ProductShape,
  [a, b, c]: readonly [Matrix, Matrix, Matrix],
  batches: number,
  heads: number,
  abilities: Abilities,
): Dispatch => {
  const args = {
    ...{ m, n, k, transA, transB, alpha, bias: false },
    ...{ lda: a.layout.row, ldb: b.layout.row, ldc: c.layout.row },
    ...{ aOffset: a.layout.offset, bOffset: b.layout.offset, cOffset: c.layout.offset },
    batch: {
      ...{ outer: batches, inner: heads },
      ...{ a: steps(a.layout), b: steps(b.layout), c: steps(c.layout) },
    },
  };
  return productDispatch(args, [a.binding, b.binding, c.binding], abilities);
};

interface ProductShape {
  readonly m: number;
  readonly n: number;
  readonly k: number;
  readonly transA?: boolean;
  readonly transB?: boolean;
  readonly alpha?: number;
}

const steps = ({ batch, head }: HeadLayout): [number, number] => [batch, head];

const fromBatch = (layout: HeadLayout, first: number): HeadLayout => ({
  ...layout,
  offset: layout.offset + first * layout.batch,
});

const rowsDispatch = (
  wgsl: 'attention/whole-forward' | 'attention/whole-backward',
  args: AttentionArgs,
  { at }: Beside,
  { first, batches }: Batches,
  bindings: readonly Binding[],
  abilities: Abilities,
): Dispatch => {
  const rows = args.heads * args.queries;
  const unused: HeadLayout = { offset: 0, batch: 0, head: 0, row: 0 };
  const given = givenOf(args);
  const uniforms = scoreUniforms(
    args,
    { g: unused, first: unused, second: unused },
    at,
    given,
    first * rows,
    batches * rows,
  );
  return {
    wgsl,
    constants: { HAS_BESIDE: given > 0, HAS_DROPOUT: args.dropout > 0 },
    uniforms,
    bindings,
    workgroups: grid(ceilDivide(batches * rows, direct.size), abilities),
  };
};

interface Batches {
  readonly first: number;
  readonly batches: number;
}

/** All batches, `most` at a time. */
const runsOf = (batch: number, most: number): Batches[] =>
  Array.from({ length: ceilDivide(batch, most) }, (_, i) => ({
    first: i * most,
    batches: Math.min(most, batch - i * most),
  }));

/** By whole matrices of scores of `most` batches at a time. */
const wholeForward = (args: AttentionArgs, most: number, abilities: Abilities): Launch => {
  const { batch, heads, queries, keys, dim, valueDim } = args;
  const beside = besideOf(args, 1, abilities);
  const { rest, binding, key } = beside;
  const scores: Matrix = { binding: scratchWrites(0), layout: denseHeads(heads, queries, keys) };
  const probabilities: Matrix = { ...scores, binding: scratchReads(0) };
  const dispatches = runsOf(batch, most).flatMap(({ first, batches }): Dispatch[] => {
    const of = (index: number, layout: HeadLayout): Matrix => ({
      binding: reads(index),
      layout: fromBatch(layout, first),
    });
    const out: Matrix = { binding: writes(rest), layout: fromBatch(args.out, first) };
    const product = (shape: ProductShape, matrices: readonly [Matrix, Matrix, Matrix]): Dispatch =>
      headProducts(shape, matrices, batches, heads, abilities);
    return [
      product({ m: queries, n: keys, k: dim, transB: true }, [of(0, args.q), of(1, args.k), scores]),
      rowsDispatch(
        'attention/whole-forward',
        args,
        beside,
        { first, batches },
        [binding, reads(key), scratchWrites(0), writes(rest + 1)],
        abilities,
      ),
      product({ m: queries, n: valueDim, k: keys }, [probabilities, of(2, args.v), out]),
    ];
  });
  const bytes = 4 * most * heads * queries * keys;
  return launch([...beside.dispatches, ...dispatches], beside.bytes > 0 ? [bytes, beside.bytes] : [bytes]);
};

const wholeBackward = (args: AttentionBackwardArgs, most: number, abilities: Abilities): Launch => {
  const { batch, heads, queries, keys, dim, valueDim, scale } = args;
  const beside = besideOf(args, 2, abilities);
  const { rest, binding, key } = beside;
  const layout = denseHeads(heads, queries, keys);
  const at = (index: number): Matrix => ({ binding: scratchReads(index), layout });
  const dispatches = runsOf(batch, most).flatMap(({ first, batches }): Dispatch[] => {
    const of = (index: number, from: HeadLayout): Matrix => ({ binding: reads(index), layout: fromBatch(from, first) });
    const to = (index: number, into: HeadLayout): Matrix => ({
      binding: writes(index),
      layout: fromBatch(into, first),
    });
    const product = (shape: ProductShape, matrices: readonly [Matrix, Matrix, Matrix]): Dispatch =>
      headProducts(shape, matrices, batches, heads, abilities);
    const [q, k, v, g] = [of(0, args.q), of(1, args.k), of(2, args.v), of(rest + 2, args.g)];
    return [
      product({ m: queries, n: keys, k: dim, transB: true }, [q, k, { binding: scratchWrites(0), layout }]),
      product({ m: queries, n: keys, k: valueDim, transB: true }, [g, v, { binding: scratchWrites(1), layout }]),
      rowsDispatch(
        'attention/whole-backward',
        args,
        beside,
        { first, batches },
        [binding, reads(key), reads(rest + 1), scratchWrites(0), scratchWrites(1)],
        abilities,
      ),
      product({ m: queries, n: dim, k: keys, alpha: scale }, [at(1), k, to(rest + 3, args.dq)]),
      product({ m: keys, n: dim, k: queries, transA: true, alpha: scale }, [at(1), q, to(rest + 4, args.dk)]),
      product({ m: keys, n: valueDim, k: queries, transA: true }, [at(0), g, to(rest + 5, args.dv)]),
    ];
  });
  const bytes = 4 * most * heads * queries * keys;
  return launch([...beside.dispatches, ...dispatches], [bytes, bytes, ...(beside.bytes > 0 ? [beside.bytes] : [])]);
};

export const attentionKernels: Kernels<'attention' | 'attentionBackward'> = {
  attention: (args, { abilities }) => {
    if (args.batch * args.heads * args.queries === 0) return nothing;
    const most = wholeBatches(args, abilities);
    if (most > 0) return wholeForward(args, most, abilities);
    const beside = besideOf(args, 0, abilities);
    const { rest, binding, key } = beside;
    const bindings = [reads(0), reads(1), reads(2), binding, reads(key), writes(rest), writes(rest + 1)];
    const { out } = args;
    const layouts = { g: out, first: out, second: out };
    return launch(
      [...beside.dispatches, blockDispatch('forward', args, layouts, beside, bindings, abilities)],
      beside.bytes > 0 ? [beside.bytes] : [],
    );
  },
  attentionBackward: (args, { abilities }) => {
    const most = wholeBatches(args, abilities);
    if (most > 0) return wholeBackward(args, most, abilities);
    const { batch, heads, kvHeads, queries, keys, dim, valueDim, g, dq, dk, dv } = args;
    const rows = batch * heads * queries;
    const ofQueries = rows * dim > 0;
    const ofKeys = batch * kvHeads * keys * (dim + valueDim) > 0;
    // dk and dv may be parts of one tensor, which can be bound only once for writing. Parts of one begin at different places.
    const aside = dim > 0 && dk.offset !== dv.offset;
    const beside = besideOf(args, 2, abilities);
    const { rest, binding, key } = beside;
    const [out, statistics, ofG, toQ, toK, toV] = [0, 1, 2, 3, 4, 5].map((i) => rest + i);
    const read = [reads(0), reads(1), reads(2), reads(ofG), binding];
    const makesRest = isProcessor(abilities);
    const dense = denseHeads(kvHeads, keys, dim);
    const layoutsOfKeys = { g, first: aside ? dense : dk, second: dv };
    const prepared = [reads(ofG), reads(out), reads(statistics), reads(key), scratchWrites(0)];
    const keyResults = [aside ? scratchWrites(1) : writes(toK), writes(toV)];
    const forQueries = ofQueries
      ? [
          blockDispatch(
            'queries',
            args,
            { g, first: dq, second: dq },
            beside,
            [...read, makesRest ? scratchWrites(0) : scratchReads(0), writes(toQ)],
            abilities,
          ),
        ]
      : [];
    const dispatches = [
      ...(rows > 0 ? [prepareDispatch(args, prepared, abilities), ...beside.dispatches] : []),
      // the kernel of the keys reads what that of the queries leaves in the rows
      ...(makesRest ? forQueries : []),
      ...(ofKeys
        ? [blockDispatch('keys', args, layoutsOfKeys, beside, [...read, scratchReads(0), ...keyResults], abilities)]
        : []),
      ...(ofKeys && aside ? [placeDispatch(args, [scratchReads(1), writes(toK)], abilities)] : []),
      ...(makesRest ? [] : forQueries),
    ];
    if (dispatches.length === 0) return nothing;
    const asideBytes = aside ? Math.max(16, batch * kvHeads * keys * dim * 4) : 16;
    return launch(dispatches, [16 * (1 + rows), asideBytes, ...(beside.bytes > 0 ? [beside.bytes] : [])]);
  },
};
