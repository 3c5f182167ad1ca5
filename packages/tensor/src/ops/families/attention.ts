// What the attention ops share: how their operands lie, the plans of the two kernels, and the float64 reference.
//   P = dropout(softmax(scale · Q Kᵀ + bias, over the keys that are seen)), O = P V     (Vaswani et al. 2017)
//   dV = Pᵀ dO, dP = dO Vᵀ, dS = P (dP - Σ dO O), dQ = scale dS K, dK = scale dSᵀ Q
// The scores are stored nowhere: the backward pass makes P again from the statistics of each query, the maximum m of its scores and
// 1 / Σ e^(s - m). A query that sees no key gives 0 and no gradient; its statistics are 0.

import type { ReferenceArray, TensorSpec } from '../../backend.ts';
import {
  type AttentionArgs,
  type CpuKernelArgs,
  type CpuOperand,
  type CpuPlan,
  call,
  cpuPlan,
  type HeadLayout,
  output,
  type ScoreStrides,
} from '../../cpu-plan.ts';
import { ArgumentError, DTypeError, ShapeError } from '../../errors.ts';
import { randomWords } from '../../rng.ts';
import { broadcastStrides, showShape } from '../../shape.ts';

export type AttentionBackwardArgs = CpuKernelArgs['attentionBackward'];

/** Heads side by side in the columns of x [B, T, ...], from column `offset` on. */
export const packedHeads = (x: TensorSpec, offset: number, dim: number): HeadLayout => ({
  offset,
  batch: x.shape[1] * x.shape[2],
  head: dim,
  row: x.shape[2],
});

/** Heads one after another: x [B, H, T, D]. */
export const denseHeads = ({ shape: [, H, T, D] }: TensorSpec): HeadLayout => ({
  offset: 0,
  batch: H * T * D,
  head: T * D,
  row: D,
});

/** Steps of an operand that is broadcast to [B, H, Tq, Tk]. */
export const scoreStrides = (x: TensorSpec, scores: readonly number[]): ScoreStrides => {
  const [b, h, i, j] = broadcastStrides(x.shape, [...scores]);
  return [b, h, i, j];
};

/** Of a mask [B, Tk]: which keys exist. */
export const paddingStrides = (mask: TensorSpec): ScoreStrides => [mask.shape[1], 0, 0, 1];

/** Without mask, bias and dropout, at the usual scale. */
export const plainAttention = (dim: number) =>
  ({
    scale: 1 / Math.sqrt(Math.max(1, dim)),
    causal: false,
    mask: null,
    padding: null,
    bias: null,
    dropout: 0,
  }) as const;

export const checkHeads = (op: string, heads: number): void => {
  if (!(Number.isInteger(heads) && heads >= 1)) {
    throw new ArgumentError(op, `heads must be a whole number >= 1, came ${heads}`);
  }
};

export const checkPadding = (op: string, mask: TensorSpec | undefined, batch: number, tokens: number): void => {
  if (mask === undefined) return;
  if (mask.dtype !== 'bool') throw new DTypeError(op, `the padding mask must be bool, came ${mask.dtype}; cast() it`);
  if (mask.shape.length !== 2 || mask.shape[0] !== batch || mask.shape[1] !== tokens) {
    throw new ShapeError(op, `the padding mask must be [${batch}, ${tokens}], came ${showShape(mask.shape)}`);
  }
};

/** Operands of the scores, in the order of the kernels: q, k, v, then what is there of mask, padding, bias and key. */
export const attentionPlan = (inputs: readonly CpuOperand[], args: AttentionArgs): CpuPlan =>
  cpuPlan([call('attention', [...inputs, output(0), output(1)], args)]);

/** `saved` are out, the statistics and the gradient of out; `gradients` are dq, dk and dv. */
export const attentionBackwardPlan = (
  inputs: readonly CpuOperand[],
  saved: readonly CpuOperand[],
  gradients: readonly CpuOperand[],
  args: AttentionBackwardArgs,
): CpuPlan => cpuPlan([call('attentionBackward', [...inputs, ...saved, ...gradients], args)]);

export interface AttentionArrays {
  readonly q: ReferenceArray;
  readonly k: ReferenceArray;
  readonly v: ReferenceArray;
  readonly mask?: ReferenceArray | null;
  readonly padding?: ReferenceArray | null;
  readonly bias?: ReferenceArray | null;
  readonly key?: ReferenceArray | null;
}

const rowAt = ({ offset, batch, head, row }: HeadLayout, b: number, h: number, t: number): number =>
  offset + b * batch + h * head + t * row;

const dot = (a: ReferenceArray, i: number, b: ReferenceArray, j: number, n: number): number => {
  let sum = 0;
  for (let d = 0; d < n; d++) sum += a.data[i + d] * b.data[j + d];
  return sum;
};

/** to[i + d] += factor · from[j + d] */
const addRow = (to: ReferenceArray, i: number, factor: number, from: ReferenceArray, j: number, n: number): void => {
  for (let d = 0; d < n; d++) to.data[i + d] += factor * from.data[j + d];
};

interface Query {
  readonly b: number;
  readonly h: number;
  /** Head of k and v. */
  readonly group: number;
  readonly i: number;
  /** Probabilities before dropout, and what dropout multiplies them by. */
  readonly probs: Float64Array;
  readonly kept: Float64Array;
  readonly statistics: readonly [max: number, inverse: number];
}

const eachQuery = (arrays: AttentionArrays, a: AttentionArgs, visit: (query: Query) => void): void => {
  const { q, k, key = null } = arrays;
  const words =
    key === null || a.dropout === 0
      ? null
      : randomWords([key.data[0], key.data[1]], a.batch * a.heads * a.queries * a.keys);
  const hides = (
    x: ReferenceArray | null | undefined,
    s: ScoreStrides | null,
    b: number,
    h: number,
    i: number,
    j: number,
  ) => x !== null && x !== undefined && s !== null && x.data[b * s[0] + h * s[1] + i * s[2] + j * s[3]] === 0;
  for (let b = 0; b < a.batch; b++) {
    for (let h = 0; h < a.heads; h++) {
      const group = Math.floor((h * a.kvHeads) / a.heads);
      for (let i = 0; i < a.queries; i++) {
        const scores = new Float64Array(a.keys).fill(-Infinity);
        let top = -Infinity;
        for (let j = 0; j < a.keys; j++) {
          if (a.causal && j > i) break;
          if (hides(arrays.mask, a.mask, b, h, i, j) || hides(arrays.padding, a.padding, b, h, i, j)) continue;
          const { bias } = arrays;
          const more =
            bias !== null && bias !== undefined && a.bias !== null
              ? bias.data[b * a.bias[0] + h * a.bias[1] + i * a.bias[2] + j * a.bias[3]]
              : 0;
          if (more === -Infinity) continue;
          scores[j] = a.scale * dot(q, rowAt(a.q, b, h, i), k, rowAt(a.k, b, group, j), a.dim) + more;
          top = Math.max(top, scores[j]);
        }
        // without a key that is seen every score is -Infinity, and every power of it 0
        const base = top === -Infinity ? 0 : top;
        const probs = scores.map((s) => Math.exp(s - base));
        const total = probs.reduce((sum, p) => sum + p, 0);
        const kept = new Float64Array(a.keys).fill(1);
        if (words !== null) {
          const first = ((b * a.heads + h) * a.queries + i) * a.keys;
          for (let j = 0; j < a.keys; j++) {
            kept[j] = (words[first + j] >>> 8) * 2 ** -24 >= a.dropout ? 1 / (1 - a.dropout) : 0;
          }
        }
        if (total !== 0) for (let j = 0; j < a.keys; j++) probs[j] /= total;
        visit({ b, h, group, i, probs, kept, statistics: total === 0 ? [0, 0] : [base, 1 / total] });
      }
    }
  }
};

/** A dropped probability is 0, be it NaN. */
const dropped = (probs: Float64Array, kept: Float64Array, j: number): number =>
  kept[j] === 0 ? 0 : probs[j] * kept[j];

/** Keys that come after the last query are not read, so that a NaN there stays there. */
const keysRead = ({ causal, keys, queries }: AttentionArgs): number => (causal ? Math.min(keys, queries) : keys);

/** Float64 reference: writes out and the statistics. */
export const referenceAttention = (
  arrays: AttentionArrays,
  out: ReferenceArray,
  statistics: ReferenceArray,
  a: AttentionArgs,
): void => {
  let row = 0;
  const rows = a.batch * a.heads * a.queries;
  eachQuery(arrays, a, ({ b, h, group, i, probs, kept, statistics: [max, inverse] }) => {
    statistics.data[row] = max;
    statistics.data[rows + row] = inverse;
    row++;
    const at = rowAt(a.out, b, h, i);
    for (let d = 0; d < a.valueDim; d++) out.data[at + d] = 0;
    for (let j = 0; j < keysRead(a); j++) {
      addRow(out, at, dropped(probs, kept, j), arrays.v, rowAt(a.v, b, group, j), a.valueDim);
    }
  });
};

/** Float64 reference: writes the parts of dq, dk and dv; parts of one array may be those of several. */
export const referenceAttentionBackward = (
  arrays: AttentionArrays,
  g: ReferenceArray,
  [dq, dk, dv]: readonly ReferenceArray[],
  a: AttentionBackwardArgs,
): void => {
  for (const d of [dq, dk, dv]) d.data.fill(0);
  const { q, k, v } = arrays;
  eachQuery(arrays, a, ({ b, h, group, i, probs, kept }) => {
    const gAt = rowAt(a.g, b, h, i);
    const dP = kept.map((factor, j) =>
      factor === 0 ? 0 : factor * dot(g, gAt, v, rowAt(a.v, b, group, j), a.valueDim),
    );
    // Σ P dP, as dO · O
    const o = { ...v, data: new Float64Array(a.valueDim) };
    for (let j = 0; j < keysRead(a); j++) {
      addRow(o, 0, dropped(probs, kept, j), v, rowAt(a.v, b, group, j), a.valueDim);
    }
    const delta = dot(g, gAt, o, 0, a.valueDim);
    for (let j = 0; j < keysRead(a); j++) {
      const dS = a.scale * probs[j] * (dP[j] - delta);
      addRow(dq, rowAt(a.dq, b, h, i), dS, k, rowAt(a.k, b, group, j), a.dim);
      addRow(dk, rowAt(a.dk, b, group, j), dS, q, rowAt(a.q, b, h, i), a.dim);
      addRow(dv, rowAt(a.dv, b, group, j), dropped(probs, kept, j), g, gAt, a.valueDim);
    }
  });
};
