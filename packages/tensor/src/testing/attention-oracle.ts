// Attention and its gradients in float64, one query at a time, from the definition.

import type { AttentionArgs, CpuKernelArgs, HeadLayout, ScoreStrides } from '../cpu-plan.ts';
import type { Operand } from './kernel-oracle.ts';

type Word = (i: number) => number;

const at = ({ offset, batch, head, row }: HeadLayout, b: number, h: number, t: number, c: number): number =>
  offset + b * batch + h * head + t * row + c;

interface Parts {
  readonly q: Operand;
  readonly k: Operand;
  readonly v: Operand;
  readonly mask: Operand | null;
  readonly padding: Operand | null;
  readonly bias: Operand | null;
  readonly key: Operand | null;
  readonly rest: readonly Operand[];
}

const partsOf = (operands: readonly Operand[], args: AttentionArgs): Parts => {
  const [q, k, v, ...others] = operands;
  const take = (there: boolean): Operand | null => (there ? (others.shift() ?? null) : null);
  const [mask, padding, bias] = [take(args.mask !== null), take(args.padding !== null), take(args.bias !== null)];
  return { q, k, v, mask, padding, bias, key: take(args.dropout > 0), rest: others };
};

interface Row {
  /** Undropped probabilities of the keys; 0 for those that are not seen. */
  readonly p: Float64Array;
  /** What dropout multiplies each of them by. */
  readonly factor: Float64Array;
  readonly statistics: readonly [max: number, inverse: number];
}

const element = (x: Operand | null, strides: ScoreStrides | null, index: readonly number[]): number | null =>
  x === null || strides === null ? null : x[strides.reduce((sum, s, axis) => sum + s * index[axis], 0)];

const rowOf = (
  parts: Parts,
  a: AttentionArgs,
  [b, h, i]: readonly [number, number, number],
  word: (key: Operand) => Word,
): Row => {
  const group = Math.floor((h * a.kvHeads) / a.heads);
  const scores = Float64Array.from({ length: a.keys }, (_, j) => {
    const index = [b, h, i, j];
    const off = (a.causal && j > i) || element(parts.mask, a.mask, index) === 0;
    if (off || element(parts.padding, a.padding, index) === 0) return -Infinity;
    let s = 0;
    for (let d = 0; d < a.dim; d++) s += parts.q[at(a.q, b, h, i, d)] * parts.k[at(a.k, b, group, j, d)];
    return s * a.scale + (element(parts.bias, a.bias, index) ?? 0);
  });
  const top = Math.max(...scores, -Infinity);
  const e = scores.map((s) => (top === -Infinity ? 0 : Math.exp(s - top)));
  const total = e.reduce((x, y) => x + y, 0);
  const { key } = parts;
  const next = key === null ? null : word(key);
  return {
    p: e.map((x) => (total === 0 ? 0 : x / total)),
    factor: e.map((_, j) => {
      if (next === null) return 1;
      const u = (next(((b * a.heads + h) * a.queries + i) * a.keys + j) >>> 8) * 2 ** -24;
      return u >= a.dropout ? 1 / (1 - a.dropout) : 0;
    }),
    statistics: total === 0 ? [0, 0] : [top, 1 / total],
  };
};

const eachQuery = (a: AttentionArgs, visit: (index: readonly [number, number, number]) => void): void => {
  for (let b = 0; b < a.batch; b++) {
    for (let h = 0; h < a.heads; h++) for (let i = 0; i < a.queries; i++) visit([b, h, i]);
  }
};

export const attentionOracle = (
  operands: readonly Operand[],
  a: CpuKernelArgs['attention'],
  word: (key: Operand) => Word,
): void => {
  const parts = partsOf(operands, a);
  const [out, statistics] = parts.rest;
  eachQuery(a, (index) => {
    const [b, h, i] = index;
    const group = Math.floor((h * a.kvHeads) / a.heads);
    const row = rowOf(parts, a, index, word);
    row.statistics.forEach((value, s) => {
      statistics[((s * a.batch + b) * a.heads + h) * a.queries + i] = value;
    });
    for (let d = 0; d < a.valueDim; d++) {
      let sum = 0;
      for (let j = 0; j < a.keys; j++) {
        if (row.p[j] !== 0) sum += row.p[j] * row.factor[j] * parts.v[at(a.v, b, group, j, d)];
      }
      out[at(a.out, b, h, i, d)] = sum;
    }
  });
};

export const attentionBackwardOracle = (
  operands: readonly Operand[],
  a: CpuKernelArgs['attentionBackward'],
  word: (key: Operand) => Word,
): void => {
  const parts = partsOf(operands, a);
  const [, , g, dq, dk, dv] = parts.rest;
  for (let b = 0; b < a.batch; b++) {
    for (let h = 0; h < a.kvHeads; h++) {
      for (let j = 0; j < a.keys; j++) {
        for (let d = 0; d < a.dim; d++) dk[at(a.dk, b, h, j, d)] = 0;
        for (let d = 0; d < a.valueDim; d++) dv[at(a.dv, b, h, j, d)] = 0;
      }
    }
  }
  eachQuery(a, (index) => {
    const [b, h, i] = index;
    const group = Math.floor((h * a.kvHeads) / a.heads);
    const { p, factor } = rowOf(parts, a, index, word);
    const dP = p.map((_, j) => {
      let sum = 0;
      for (let d = 0; d < a.valueDim; d++) sum += g[at(a.g, b, h, i, d)] * parts.v[at(a.v, b, group, j, d)];
      return sum * factor[j];
    });
    const delta = p.reduce((sum, x, j) => sum + x * dP[j], 0);
    for (let d = 0; d < a.dim; d++) dq[at(a.dq, b, h, i, d)] = 0;
    for (let j = 0; j < a.keys; j++) {
      const dS = p[j] * (dP[j] - delta) * a.scale;
      for (let d = 0; d < a.dim; d++) {
        dq[at(a.dq, b, h, i, d)] += dS * parts.k[at(a.k, b, group, j, d)];
        dk[at(a.dk, b, group, j, d)] += dS * parts.q[at(a.q, b, h, i, d)];
      }
      for (let d = 0; d < a.valueDim; d++) {
        dv[at(a.dv, b, group, j, d)] += p[j] * factor[j] * g[at(a.g, b, h, i, d)];
      }
    }
  });
};
