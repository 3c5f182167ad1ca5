// The CPU half of an op as data: kernel names from a closed union, their operands and arguments. Nothing here knows
// WebAssembly; packages/cpu implements the union in one exhaustive table. Sizes and strides count elements unless a
// field says bytes. Kernels never allocate: scratch is asked for by the plan. `out` never overlaps an input.

import type { ReferenceArray, TensorSpec } from './backend.ts';
import type { DType } from './dtype.ts';

/** f32 functions; `round` takes halves to even. */
export type UnaryFn =
  | 'neg'
  | 'abs'
  | 'sign'
  | 'floor'
  | 'ceil'
  | 'round'
  | 'trunc'
  | 'exp'
  | 'exp2'
  | 'expm1'
  | 'log'
  | 'log2'
  | 'log10'
  | 'log1p'
  | 'sqrt'
  | 'rsqrt'
  | 'reciprocal'
  | 'square'
  | 'tanh'
  | 'sigmoid'
  | 'relu'
  | 'gelu'
  | 'geluTanh'
  | 'erf'
  | 'silu'
  | 'softplus'
  | 'sin'
  | 'cos'
  | 'tan'
  | 'asin'
  | 'acos'
  | 'atan'
  | 'sinh'
  | 'cosh'
  | 'asinh'
  | 'acosh'
  | 'atanh'
  | 'softsign';

/**
 * f32 arithmetic; `reluBackward(x, g)` and its like give g times the derivative at x, `logisticLoss(x, t)` is
 * (1-t)·log(1 + e^x) + t·log(1 + e^-x).
 */
export type BinaryFn =
  | 'add'
  | 'sub'
  | 'mul'
  | 'div'
  | 'pow'
  | 'maximum'
  | 'minimum'
  | 'reluBackward'
  | 'geluBackward'
  | 'geluTanhBackward'
  | 'siluBackward'
  | 'logisticLoss';

/** Integer arithmetic, the same bits for i32 and u32. */
export type IntegerFn = 'add' | 'sub' | 'mul';

/** Write 0 or 1 as u32. NaN compares unequal to everything. */
export type CompareFn = 'equal' | 'notEqual' | 'less' | 'lessEqual' | 'greater' | 'greaterEqual';

/** Offsets of an index: one for each element of `shape` in row-major order, at most six axes. */
export interface OffsetWalk {
  readonly shape: readonly number[];
  readonly strides: readonly number[];
}

/** What a product may pass its result through; each has a binary `...Backward`. */
export type Activation = 'relu' | 'gelu' | 'geluTanh' | 'silu';

export type ReduceFn = 'sum' | 'mean' | 'max' | 'min';

/** A contiguous run of an arena, in elements, and whether weight decay applies to it. */
export interface ArenaRange {
  readonly offset: number;
  readonly length: number;
  readonly decay: boolean;
}

/** Two nested batch axes: outer and inner count, and the step of each operand along them (0 repeats it). */
export interface MatmulBatch {
  readonly outer: number;
  readonly inner: number;
  readonly a: readonly [number, number];
  readonly b: readonly [number, number];
  readonly c: readonly [number, number];
}

/** Where the rows of a head lie: its first element, and the steps along batch, head and token. */
export interface HeadLayout {
  readonly offset: number;
  readonly batch: number;
  readonly head: number;
  readonly row: number;
}

/** Steps of an operand that is broadcast to the scores, along batch, head, query and key. */
export type ScoreStrides = readonly [batch: number, head: number, query: number, key: number];

export interface AttentionArgs {
  readonly batch: number;
  readonly heads: number;
  /** Heads of k and v; `heads` is a multiple, and head h reads head floor(h · kvHeads / heads). */
  readonly kvHeads: number;
  readonly queries: number;
  readonly keys: number;
  readonly dim: number;
  readonly valueDim: number;
  readonly q: HeadLayout;
  readonly k: HeadLayout;
  readonly v: HeadLayout;
  readonly out: HeadLayout;
  readonly scale: number;
  /** Query i sees keys 0 to i. */
  readonly causal: boolean;
  /** Masks are u32 or bool, 0 hides a key; null: there is none. */
  readonly mask: ScoreStrides | null;
  readonly padding: ScoreStrides | null;
  /** f32, added to the scaled scores. */
  readonly bias: ScoreStrides | null;
  /** Probability of dropping a probability; above 0 there is a key. Element numbers are those of dense [batch, heads, queries, keys]. */
  readonly dropout: number;
}

/** Operands in order, then arguments, of every CPU kernel. All floats are f32. */
export interface CpuKernelArgs {
  /** [x, out], contiguous. */
  unary: { readonly fn: UnaryFn; readonly n: number };
  /** [a, b, out]: out is contiguous of `shape` (coalesced, rank 1 to 6), a and b are walked by strides (0 = broadcast). */
  binary: {
    readonly fn: BinaryFn;
    readonly shape: readonly number[];
    readonly a: readonly number[];
    readonly b: readonly number[];
  };
  /** As `binary`, on 32-bit integers. */
  integer: {
    readonly fn: IntegerFn;
    readonly shape: readonly number[];
    readonly a: readonly number[];
    readonly b: readonly number[];
  };
  /** As `binary`; operands of `dtype`, out u32 0 or 1. */
  compare: {
    readonly fn: CompareFn;
    readonly dtype: 'f32' | 'i32' | 'u32';
    readonly shape: readonly number[];
    readonly a: readonly number[];
    readonly b: readonly number[];
  };
  /** [cond u32, a, b, out]: out = cond != 0 ? a : b on 32-bit lanes of any type. */
  select: {
    readonly shape: readonly number[];
    readonly cond: readonly number[];
    readonly a: readonly number[];
    readonly b: readonly number[];
  };
  /** [x, out]: to 'bool' gives x != 0; float to integer truncates and saturates, NaN gives 0. */
  cast: {
    readonly from: 'f32' | 'i32' | 'u32' | 'bool';
    readonly to: 'f32' | 'i32' | 'u32' | 'bool';
    readonly n: number;
  };
  /** [out]: n lanes from `offset` set to `bits` (the 32 bits of the value as a u32). */
  fill: { readonly n: number; readonly offset: number; readonly bits: number };
  /** [x, out]: out[outOffset + i·outStrides] = x[inOffset + i·inStrides] for every index i of `shape`; strides may be negative or 0 (input). */
  copy: {
    readonly shape: readonly number[];
    readonly inStrides: readonly number[];
    readonly inOffset: number;
    readonly outStrides: readonly number[];
    readonly outOffset: number;
  };
  /** As `copy`, but f32 and out[...] += x[...]; a stride of 0 in out sums along that axis, in order. */
  addStrided: CpuKernelArgs['copy'];
  /** [x, out]: x is [outer, n, inner], out [outer, inner]. Sums are pairwise or wider than f32. n = 0 gives the identity (mean: NaN). */
  reduce: { readonly fn: ReduceFn; readonly outer: number; readonly n: number; readonly inner: number };
  /** [x, out]: over rows of n, Σ (x - mean)² / divisor, two-pass; 0 / divisor for equal elements and for n = 0. */
  variance: { readonly rows: number; readonly n: number; readonly divisor: number };
  /** [x, out]: over rows of n, log Σ e^x; -Infinity for n = 0, an infinite maximum itself, NaN if there is one. */
  logSumExp: { readonly rows: number; readonly n: number };
  /** [x, out i32]: index of the first maximum along n; NaN counts as the maximum. */
  argmax: { readonly outer: number; readonly n: number; readonly inner: number };
  /**
   * [x, out] or [x, mask u32, out]: out = softmax(scale · x) over rows of n. With a mask, row r reads mask row
   * floor(r / rowsPerMask) of n lanes; lanes with 0 get probability 0; a row with none left is all 0.
   */
  softmax: { readonly rows: number; readonly n: number; readonly scale: number; readonly rowsPerMask: number };
  /** [y, g, out]: out = scale · y · (g - sum(y · g)). */
  softmaxBackward: { readonly rows: number; readonly n: number; readonly scale: number };
  /** [x, out]. */
  logSoftmax: { readonly rows: number; readonly n: number };
  /** [y, g, out]: out = g - exp(y) · sum(g). */
  logSoftmaxBackward: { readonly rows: number; readonly n: number };
  /** [x, gamma, beta, out, mean, rstd]: two-pass variance over rows of n; mean and rstd are [rows]. */
  layerNorm: { readonly rows: number; readonly n: number; readonly eps: number };
  /** [x, gamma, mean, rstd, g, dx, dgamma, dbeta]: dgamma and dbeta are overwritten with sums over rows. */
  layerNormBackward: { readonly rows: number; readonly n: number };
  /**
   * [logits, ids i32, loss, lse]: per row, lse = logsumexp, loss = lse - (1-s)·x[id] - s·mean(x) with s = smoothing;
   * rows whose id is ignoreIndex give loss 0.
   */
  crossEntropy: { readonly rows: number; readonly n: number; readonly ignoreIndex: number; readonly smoothing: number };
  /** [logits, ids, lse, g (rows), dlogits]: g · (softmax - (1-s)·onehot - s/n), 0 for ignored rows. */
  crossEntropyBackward: {
    readonly rows: number;
    readonly n: number;
    readonly ignoreIndex: number;
    readonly smoothing: number;
  };
  /**
   * [a, b, bias?, residual?, c, before?]: C = activation(alpha · op(A) · op(B) (+ bias over n)) (+ residual). A is [m, k] with row step lda,
   * or [k, m] if transA; B is [k, n] with row step ldb, or [n, k] if transB; C is [m, n] with row step ldc, and so are the residual and,
   * where there is an activation, what it was given. Offsets are where the first batch begins. With `walks`, element [k, n] of B lies at
   * the sum of an offset of k and one of n, and where `aK` is there, element [m, k] of A at m · lda and an offset of k.
   */
  matmul: {
    readonly m: number;
    readonly n: number;
    readonly k: number;
    readonly transA: boolean;
    readonly transB: boolean;
    readonly lda: number;
    readonly ldb: number;
    readonly ldc: number;
    readonly aOffset: number;
    readonly bOffset: number;
    readonly cOffset: number;
    readonly batch: MatmulBatch;
    readonly alpha: number;
    readonly bias: boolean;
    /** Default: none of these. */
    readonly activation?: Activation | null;
    readonly residual?: boolean;
    readonly walks?: { readonly bK: OffsetWalk; readonly bN: OffsetWalk; readonly aK?: OffsetWalk } | null;
  };
  /**
   * [q, k, v, mask?, padding?, bias?, key u32[2]?, out, statistics]: out = P v with P = dropout(softmax(scale · q kᵀ + bias)) over the
   * keys that are seen; statistics [2, batch, heads, queries] are the maximum m of the scores and 1 / Σ e^(s - m), both 0 for a
   * query that sees none, whose out is 0.
   */
  attention: AttentionArgs;
  /** [q, k, v, mask?, padding?, bias?, key?, out, statistics, g, dq, dk, dv]: gradients from that of out; every element of the parts is written. */
  attentionBackward: AttentionArgs & {
    readonly g: HeadLayout;
    readonly dq: HeadLayout;
    readonly dk: HeadLayout;
    readonly dv: HeadLayout;
  };
  /** [table, ids i32, out]: out[g, i, :] = table[g, ids[g, i], :]; ids are checked by the caller. One group is an embedding. */
  gatherRows: {
    readonly groups: number;
    readonly rows: number;
    readonly tableRows: number;
    readonly width: number;
  };
  /** [x, ids i32, out]: out is zeroed, then out[g, ids[g, i], :] += x[g, i, :] in order of i. */
  scatterAddRows: {
    readonly groups: number;
    readonly rows: number;
    readonly tableRows: number;
    readonly width: number;
  };
  /**
   * [x, key u32[2], out]: out[i] = u_i >= p ? x[i] / (1-p) : 0, where u_i = (word >>> 8) · 2^-24 and word is lane i mod 4 of
   * Philox-4x32-10 at counter [floor(i / 4), 0, 0, 0] under the key.
   */
  dropout: { readonly n: number; readonly p: number };
  /** [x, y]: y[yOffset + i] += x[i]. */
  accumulate: { readonly n: number; readonly yOffset: number };
  /** [x, out]: out[0] = sum over the ranges of x², accumulated in f64. */
  sumOfSquares: { readonly ranges: readonly ArenaRange[] };
  /**
   * [param, grad, m, v, hyper, gradScale]: AdamW (Loshchilov and Hutter) on the ranges, in place on param, m, v.
   * hyper f32 = [lr, beta1, beta2, 1 - beta1, 1 - beta2, eps, weightDecay, 1 - beta1^t, 1 - beta2^t], worked out in float64;
   * gradScale f32[1] multiplies the gradient.
   *   p -= lr · wd · p (where decay);  m = b1·m + (1-b1)·g;  v = b2·v + (1-b2)·g²;  p -= (lr / c1) · m / (sqrt(v / c2) + eps)
   */
  adamw: { readonly ranges: readonly ArenaRange[] };
  /**
   * [param, grad, hyper, gradScale] without momentum, [param, grad, buffer, hyper, gradScale] with it: SGD on the ranges.
   * hyper f32 = [lr, momentum, share of the gradient that enters the buffer, weightDecay].
   *   d = g + wd · p (where decay);  b = momentum · b + share · d;  p -= lr · (nesterov ? d + momentum · b : b)
   */
  sgd: { readonly ranges: readonly ArenaRange[]; readonly momentum: 'none' | 'plain' | 'nesterov' };
  /**
   * [param, grad, m, v, hyper, gradScale], and with amsgrad [param, grad, m, v, vMax, hyper, gradScale]: Adam with L2 decay.
   * hyper f32 = [lr, beta1, beta2, 1 - beta1, 1 - beta2, eps, weightDecay, 1 - beta1^t, 1 - beta2^t].
   *   g += wd · p (where decay);  m, v as adamw;  vMax = max(vMax, v);  p -= (lr / c1) · m / (sqrt((vMax or v) / c2) + eps)
   */
  adam: { readonly ranges: readonly ArenaRange[]; readonly amsgrad: boolean };
  /**
   * [param, grad, m, v, hyper, gradScale], hyper as `adam`: LAMB, each range being one parameter tensor.
   *   m, v as adamw;  u = (m / c1) / (sqrt(v / c2) + eps) + wd · p (where decay);  p -= lr · (|p| / |u|, or 1 where either is 0) · u
   */
  lamb: { readonly ranges: readonly ArenaRange[] };
  /**
   * [param, grad, m, hyper, gradScale]; hyper f32 = [lr, beta1, beta2, 1 - beta1, 1 - beta2, weightDecay].
   *   p -= lr · (sign(b1·m + (1-b1)·g) + wd · p (where decay));  m = b2·m + (1-b2)·g
   */
  lion: { readonly ranges: readonly ArenaRange[] };
  /** [y, x, rate f32[1]]: y += rate · (x - y) on the ranges. */
  lerp: { readonly ranges: readonly ArenaRange[] };
  /** [a, b]: exchanges the elements of the ranges. */
  swap: { readonly ranges: readonly ArenaRange[] };
  /** [x, factor f32[1]]: x *= factor on the ranges. */
  scaleRanges: { readonly ranges: readonly ArenaRange[] };
  /** [x]: x = max(-limit, min(limit, x)) on the ranges; NaN stays. */
  clampRanges: { readonly ranges: readonly ArenaRange[]; readonly limit: number };
  /**
   * Any operands: `loop` runs on arrays over their memory, in float64 arithmetic that is stored as float32. For ops that no
   * step waits for; those that one does wait for have a kernel above. `device` is the same work as a kernel of a device that
   * has no such loops.
   */
  host: {
    readonly specs: readonly TensorSpec[];
    readonly loop: (arrays: readonly ReferenceArray[]) => void;
    readonly device: DeviceCall | null;
  };
}

/** How a device reads 32-bit lanes; bool is u32. */
export type WordType = 'f32' | 'i32' | 'u32';

/** Where an id leads: element i of the ids, at offset o of the walk, stands for position o + ids[i] · step; an id below 0 for none. */
export interface IdWalk extends OffsetWalk {
  readonly step: number;
}

/** Windows along one axis of `size` elements, tap t of window i at start(i) + t · step. */
export interface WindowAxis {
  readonly size: number;
  readonly windows: number;
  readonly step: number;
  readonly rule: WindowRule;
}

/**
 * sliding: window i begins at b = i · stride - padding; taps before the axis and behind it are left out, and an average
 * divides by the taps that are left or, with countIncludePad, by min(b + kernel, size + padding) - b.
 * adaptive: from floor(i · size / windows) to ceil((i + 1) · size / windows).
 */
export type WindowRule =
  | {
      readonly kind: 'sliding';
      readonly kernel: number;
      readonly stride: number;
      readonly padding: number;
      readonly countIncludePad: boolean;
    }
  | { readonly kind: 'adaptive' };

/**
 * Rows of a linear map. mean: the average of each window. linear: interpolation of `outputs` points from `inputs`, point i at
 * max(0, (i + 1/2) · inputs / outputs - 1/2) or, with aligned corners, at i · (inputs - 1) / (outputs - 1); at the last input
 * and behind it, that one alone. taps: row i is the sum over t from offsets[i] to offsets[i + 1] - 1 of weights[t] times
 * input columns[t].
 */
export type MapRows =
  | { readonly kind: 'mean'; readonly axis: WindowAxis }
  | {
      readonly kind: 'linear';
      readonly inputs: number;
      readonly outputs: number;
      readonly alignCorners: boolean;
    }
  | {
      readonly kind: 'taps';
      readonly inputs: number;
      readonly offsets: ArrayLike<number>;
      readonly columns: ArrayLike<number>;
      readonly weights: ArrayLike<number>;
    };

/** What `random` of DeviceKernelArgs draws from the words w of Philox (see `dropout`). */
export type DeviceDistribution =
  /** (w_i >>> 8) · 2^-24. */
  | { readonly kind: 'uniform' }
  /** Of words 2j and 2j + 1: r · cos a and r · sin a, r = sqrt(-2 log(((w >>> 8) + 1) · 2^-24)), a = 2π (w' >>> 8) · 2^-24. */
  | { readonly kind: 'normal' }
  /**
   * mean + std · x between low and high, x the standard normal quantile of from + share · u (-x where mirrored),
   * u = ((w_2i >>> 6) · 2^26 + (w_2i+1 >>> 6) + 1/2) · 2^-52.
   */
  | {
      readonly kind: 'truncatedNormal';
      readonly mean: number;
      readonly std: number;
      readonly low: number;
      readonly high: number;
      readonly from: number;
      readonly share: number;
      readonly mirrored: boolean;
    }
  /** u32 1 where the uniform number is below p. */
  | { readonly kind: 'bernoulli'; readonly p: number }
  /** i32 low + floor(u · (high - low)) in float64, u as above. */
  | { readonly kind: 'integers'; readonly low: number; readonly high: number }
  /** i32 0 to n - 1 in the order of the words, those of equal words by number. */
  | { readonly kind: 'permutation' };

/**
 * Operands in order, then arguments, of the kernels that a device has in place of a loop on the host. Sums and products are
 * about as good as float64 ones, and the same in every run. Rows are the last axis of contiguous tensors.
 */
export interface DeviceKernelArgs {
  /** [x, out]: erfc and cbrt of f32, abs, neg and sign of i32. */
  unaryFunction: { readonly fn: 'erfc' | 'cbrt' | 'abs' | 'neg' | 'sign'; readonly n: number };
  /**
   * [a, b, out], walked as `binary`: fmod is the exact remainder with the sign of a, remainder the one with the sign of b, floorDivide
   * floor(a / b); maximum and minimum of integers; atan2 and logAddExp = log(e^a + e^b) of f32.
   */
  binaryFunction: {
    readonly fn: 'remainder' | 'fmod' | 'floorDivide' | 'maximum' | 'minimum' | 'atan2' | 'logAddExp';
    readonly type: WordType;
    readonly shape: readonly number[];
    readonly a: readonly number[];
    readonly b: readonly number[];
  };
  /**
   * [x, out]: out[o] = sum, product, maximum or minimum of x[outer(o) + inner(i)] over all i; integers wrap. Of nothing: 0, 1. Only a
   * product is of f32.
   */
  fold: {
    readonly fn: 'sum' | 'prod' | 'max' | 'min';
    readonly type: WordType;
    readonly outer: OffsetWalk;
    readonly inner: OffsetWalk;
  };
  /**
   * [x, out]: (Σ |x|^p)^(1/p) over rows, without overflow; the number of elements that are not 0 for p = 0, the largest and smallest
   * |x| for Infinity and -Infinity. For p other than 0: NaN where there is one; where the largest |x| (smallest for p < 0) is 0 or
   * infinite it is the result. Of nothing: 0.
   */
  norm: { readonly rows: number; readonly n: number; readonly p: number };
  /**
   * [x, out], and [x, out, positions i32] for max and min: running results along rows, from the end with `reverse` (sum only).
   * max, min: the last of equal ones, from a NaN on that or a later one. logSumExp is of f32.
   */
  scan: {
    readonly fn: 'sum' | 'prod' | 'max' | 'min' | 'logSumExp';
    readonly type: WordType;
    readonly rows: number;
    readonly n: number;
    readonly reverse: boolean;
  };
  /**
   * [x, g, out], gradients along rows. prod (g one a row): g · Π of the others. cumprod: (x[0] ··· x[i-1]) · s[i],
   * s[i] = g[i] + x[i+1] · s[i+1]. logSumExp, with y the running result: e^(x[i] - y[i]) · s[i],
   * s[i] = g[i] + e^(y[i] - y[i+1]) · s[i+1], a share of a y of -Infinity being 0.
   */
  scanBackward: { readonly fn: 'prod' | 'cumprod' | 'logSumExp'; readonly rows: number; readonly n: number };
  /** [x, ids i32, out]: out[i] = x[position of id i], 0 for none. */
  takeAlong: { readonly ids: IdWalk };
  /** [x, ids i32, source, out, from i32], n elements in x, out and from: from[p] = last i whose id leads to p, or -1; out is source there, else x. */
  scatterAlong: { readonly ids: IdWalk; readonly n: number };
  /** [x, ids i32, source, out], or [source, ids, out] onto zeros, n elements in out: out[p] = x[p] + Σ source[i] over the ids that lead to p. */
  scatterAddAlong: { readonly ids: IdWalk; readonly n: number; readonly onto: 'x' | 'zeros' };
  /** [ids i32, out]: rows of `classes` with 1 at the id and 0 elsewhere. */
  oneHot: { readonly n: number; readonly classes: number };
  /** [x, values, positions i32]: the first k of each row in ascending or descending order, stable; NaN counts as largest. */
  sortRows: {
    readonly type: WordType;
    readonly rows: number;
    readonly n: number;
    readonly k: number;
    readonly descending: boolean;
  };
  /**
   * [sorted, values, out i32], `count` values: how many of `n` in an ascending list are below the value, or not above it with
   * `right`. Value i searches list floor(i / perList). NaN is above all.
   */
  searchSorted: {
    readonly type: WordType;
    readonly count: number;
    readonly perList: number;
    readonly n: number;
    readonly right: boolean;
  };
  /**
   * [a, b, out i32] or [a, b, mask u32, out]: for row i of a [groups, n, width] the first j with the least Σ (a - b)² of b
   * [groups, m, width], or the first where that is NaN; rows of b with mask 0 are left out. 0 where none is left.
   */
  nearestRows: {
    readonly groups: number;
    readonly n: number;
    readonly m: number;
    readonly width: number;
    readonly masked: boolean;
  };
  /**
   * [x, out, positions i32]: the largest of each window of planes [depth, height, width], and its flat position in x: the first of
   * equals, NaN being largest; -Infinity and -1 for a window without elements.
   */
  maxPool: {
    readonly planes: number;
    readonly axes: readonly [depth: WindowAxis, height: WindowAxis, width: WindowAxis];
  };
  /** [x, out]: x is [outer, inputs, inner], out [outer, outputs, inner]: the map, or its adjoint, along the axis between. */
  resampleAxis: {
    readonly outer: number;
    readonly inner: number;
    readonly rows: MapRows;
    readonly transposed: boolean;
  };
  /** [key u32[2], out]: n numbers, each a function of the key and its position. */
  random: { readonly n: number; readonly distribution: DeviceDistribution };
}

export type DeviceKernelName = keyof DeviceKernelArgs;

export type DeviceCall = {
  [K in DeviceKernelName]: { readonly kernel: K; readonly args: DeviceKernelArgs[K] };
}[DeviceKernelName];

export type CpuKernelName = keyof CpuKernelArgs;

/** Which tensor of the op a kernel operand is: an input, an output, or a scratch block of the plan. */
export interface CpuOperand {
  readonly from: 'in' | 'out' | 'scratch';
  readonly index: number;
}

export type CpuCall = {
  [K in CpuKernelName]: {
    readonly kernel: K;
    readonly operands: readonly CpuOperand[];
    readonly args: CpuKernelArgs[K];
  };
}[CpuKernelName];

export interface CpuPlan {
  readonly calls: readonly CpuCall[];
  /** Bytes of each scratch block; alive for this plan only. */
  readonly scratch: readonly number[];
}

export const input = (index: number): CpuOperand => ({ from: 'in', index });
export const output = (index: number): CpuOperand => ({ from: 'out', index });
export const scratch = (index: number): CpuOperand => ({ from: 'scratch', index });

/** One typed kernel call. */
export const call = <K extends CpuKernelName>(
  kernel: K,
  operands: readonly CpuOperand[],
  args: CpuKernelArgs[K],
): CpuCall => ({ kernel, operands, args }) as CpuCall;

export const cpuPlan = (calls: readonly CpuCall[], scratchBytes: readonly number[] = []): CpuPlan => ({
  calls,
  scratch: scratchBytes,
});

/** One typed kernel call of a device: its operands are the inputs of the op and then its outputs. */
export const deviceCall = <K extends DeviceKernelName>(kernel: K, args: DeviceKernelArgs[K]): DeviceCall =>
  ({ kernel, args }) as DeviceCall;

/** The plan of an op without a CPU kernel of its own: its reference loops, and what a device runs instead; without that it refuses the op. */
export const hostPlan = <A>(
  reference: (inputs: readonly ReferenceArray[], outputs: readonly ReferenceArray[], attrs: A) => void,
  inputs: readonly TensorSpec[],
  outputs: readonly TensorSpec[],
  attrs: A,
  device: DeviceCall | null = null,
): CpuPlan => {
  const loop = (arrays: readonly ReferenceArray[]): void =>
    reference(arrays.slice(0, inputs.length), arrays.slice(inputs.length), attrs);
  const operands = [...inputs.map((_, i) => input(i)), ...outputs.map((_, i) => output(i))];
  const specs = [...inputs, ...outputs].map(({ shape, dtype }) => ({ shape, dtype }));
  return cpuPlan([call('host', operands, { specs, loop, device })]);
};

export const wordType = (dtype: DType): WordType =>
  dtype === 'i32' ? 'i32' : dtype === 'u32' || dtype === 'bool' ? 'u32' : 'f32';
