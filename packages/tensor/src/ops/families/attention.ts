// Multi-head attention over packed projections, read in place by strided products: no head is ever copied.
//   P = softmax(Q Kᵀ / √D + mask), O = P V     (Vaswani et al. 2017)
//   dV = Pᵀ dO, dP = dO Vᵀ, dS = P (dP - Σ P dP) / √D, dQ = dS K, dK = dSᵀ Q
// A row of P whose keys are all masked is all 0, so its output is 0 and it gives no gradient.

import type { ReferenceArray } from '../../backend.ts';
import { type CpuCall, type CpuOperand, call } from '../../cpu-plan.ts';

/** Where one of q, k or v lies: operand, first column, and columns of a row of it. */
export interface Columns {
  readonly at: CpuOperand;
  readonly offset: number;
  readonly stride: number;
  readonly tokens: number;
}

export interface Heads {
  readonly batch: number;
  readonly heads: number;
  readonly dim: number;
}

const perHead = ({ dim }: Heads, x: Columns): readonly [number, number] => [x.tokens * x.stride, dim];

/** out = op(scores [B, H, M, N]) · x or scores · x, per head; `scores` is dense. */
const scoresTimes = (
  h: Heads,
  scores: CpuOperand,
  [rows, columns]: readonly [number, number],
  transA: boolean,
  x: Columns,
  out: Columns,
): CpuCall =>
  call('matmul', [scores, x.at, out.at], {
    m: transA ? columns : rows,
    n: h.dim,
    k: transA ? rows : columns,
    transA,
    transB: false,
    lda: columns,
    ldb: x.stride,
    ldc: out.stride,
    aOffset: 0,
    bOffset: x.offset,
    cOffset: out.offset,
    alpha: 1,
    bias: false,
    batch: {
      outer: h.batch,
      inner: h.heads,
      a: [h.heads * rows * columns, rows * columns],
      b: perHead(h, x),
      c: perHead(h, out),
    },
  });

/** scores [B, H, a.tokens, b.tokens] = A Bᵀ per head. */
const scoresOf = (h: Heads, a: Columns, b: Columns, scores: CpuOperand): CpuCall =>
  call('matmul', [a.at, b.at, scores], {
    m: a.tokens,
    n: b.tokens,
    k: h.dim,
    transA: false,
    transB: true,
    lda: a.stride,
    ldb: b.stride,
    ldc: b.tokens,
    aOffset: a.offset,
    bOffset: b.offset,
    cOffset: 0,
    alpha: 1,
    bias: false,
    batch: {
      outer: h.batch,
      inner: h.heads,
      a: perHead(h, a),
      b: perHead(h, b),
      c: [h.heads * a.tokens * b.tokens, a.tokens * b.tokens],
    },
  });

export const attentionForward = (
  h: Heads,
  { q, k, v, out }: { readonly q: Columns; readonly k: Columns; readonly v: Columns; readonly out: Columns },
  {
    scores,
    probs,
    mask,
  }: { readonly scores: CpuOperand; readonly probs: CpuOperand; readonly mask: CpuOperand | null },
): CpuCall[] => [
  scoresOf(h, q, k, scores),
  call('softmax', mask === null ? [scores, probs] : [scores, mask, probs], {
    rows: h.batch * h.heads * q.tokens,
    n: k.tokens,
    scale: 1 / Math.sqrt(h.dim),
    rowsPerMask: h.heads * q.tokens,
  }),
  scoresTimes(h, probs, [q.tokens, k.tokens], false, v, out),
];

export const attentionBackward = (
  h: Heads,
  { q, k, v, g }: { readonly q: Columns; readonly k: Columns; readonly v: Columns; readonly g: Columns },
  { dq, dk, dv }: { readonly dq: Columns; readonly dk: Columns; readonly dv: Columns },
  { probs, dProbs, dScores }: { readonly probs: CpuOperand; readonly dProbs: CpuOperand; readonly dScores: CpuOperand },
): CpuCall[] => {
  const size: readonly [number, number] = [q.tokens, k.tokens];
  return [
    scoresTimes(h, probs, size, true, g, dv),
    scoresOf(h, g, v, dProbs),
    call('softmaxBackward', [probs, dProbs, dScores], {
      rows: h.batch * h.heads * q.tokens,
      n: k.tokens,
      scale: 1 / Math.sqrt(h.dim),
    }),
    scoresTimes(h, dScores, size, false, k, dq),
    scoresTimes(h, dScores, size, true, q, dk),
  ];
};

/** A packed array and the column where one of its parts begins. */
export interface Part {
  readonly x: ReferenceArray;
  readonly offset: number;
}

const at = ({ x, offset }: Part, b: number, t: number, c: number): number =>
  (b * x.shape[1] + t) * x.shape[2] + offset + c;

/** Float64 reference: writes out [B, Tq, H·D] and probs [B, H, Tq, Tk]. */
export const referenceForward = (
  { batch, heads, dim }: Heads,
  { q, k, v }: { readonly q: Part; readonly k: Part; readonly v: Part },
  mask: ReferenceArray | null,
  out: ReferenceArray,
  probs: ReferenceArray,
): void => {
  const [tq, tk] = [q.x.shape[1], k.x.shape[1]];
  const row = new Float64Array(tk);
  for (let b = 0; b < batch; b++) {
    for (let h = 0; h < heads; h++) {
      for (let i = 0; i < tq; i++) {
        let top = -Infinity;
        for (let j = 0; j < tk; j++) {
          let s = 0;
          for (let d = 0; d < dim; d++) s += q.x.data[at(q, b, i, h * dim + d)] * k.x.data[at(k, b, j, h * dim + d)];
          row[j] = mask !== null && mask.data[b * tk + j] === 0 ? -Infinity : s / Math.sqrt(dim);
          top = Math.max(top, row[j]);
        }
        let total = 0;
        for (let j = 0; j < tk; j++) {
          row[j] = row[j] === -Infinity ? 0 : Math.exp(row[j] - top);
          total += row[j];
        }
        for (let j = 0; j < tk; j++) probs.data[((b * heads + h) * tq + i) * tk + j] = total === 0 ? 0 : row[j] / total;
        for (let d = 0; d < dim; d++) {
          let o = 0;
          for (let j = 0; j < tk; j++) {
            o += probs.data[((b * heads + h) * tq + i) * tk + j] * v.x.data[at(v, b, j, h * dim + d)];
          }
          out.data[at({ x: out, offset: 0 }, b, i, h * dim + d)] = o;
        }
      }
    }
  }
};

/** Float64 reference: overwrites the parts dq, dk and dv. */
export const referenceBackward = (
  { batch, heads, dim }: Heads,
  { q, k, v, g }: { readonly q: Part; readonly k: Part; readonly v: Part; readonly g: Part },
  probs: ReferenceArray,
  { dq, dk, dv }: { readonly dq: Part; readonly dk: Part; readonly dv: Part },
): void => {
  const [tq, tk] = [q.x.shape[1], k.x.shape[1]];
  for (const d of [dq, dk, dv]) d.x.data.fill(0);
  for (let b = 0; b < batch; b++) {
    for (let h = 0; h < heads; h++) {
      for (let i = 0; i < tq; i++) {
        const dp = new Float64Array(tk);
        let dot = 0;
        for (let j = 0; j < tk; j++) {
          for (let d = 0; d < dim; d++)
            dp[j] += g.x.data[at(g, b, i, h * dim + d)] * v.x.data[at(v, b, j, h * dim + d)];
          dot += dp[j] * probs.data[((b * heads + h) * tq + i) * tk + j];
        }
        for (let j = 0; j < tk; j++) {
          const p = probs.data[((b * heads + h) * tq + i) * tk + j];
          const ds = (p * (dp[j] - dot)) / Math.sqrt(dim);
          for (let d = 0; d < dim; d++) {
            const c = h * dim + d;
            dq.x.data[at(dq, b, i, c)] += ds * k.x.data[at(k, b, j, c)];
            dk.x.data[at(dk, b, j, c)] += ds * q.x.data[at(q, b, i, c)];
            dv.x.data[at(dv, b, j, c)] += p * g.x.data[at(g, b, i, c)];
          }
        }
      }
    }
  }
};
