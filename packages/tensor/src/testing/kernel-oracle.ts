// Every kernel again, in plain float64 loops over ordinary arrays: the meaning written in cpu-plan.ts and nothing else.
// Outputs are written in place.

import type { ArenaRange, CpuKernelArgs, CpuKernelName, OffsetWalk } from '../cpu-plan.ts';
import { attentionBackwardOracle, attentionOracle } from './attention-oracle.ts';

/** An operand: numbers, whatever they are stored as on the device. */
export type Operand = Float64Array;

/** Every kernel but the one whose loops come with the call. */
export type OracleKernel = Exclude<CpuKernelName, 'host'>;
export type OracleTable = {
  readonly [K in OracleKernel]: (at: readonly Operand[], args: CpuKernelArgs[K]) => void;
};

/** erf by its series for small x and the continued fraction of erfc for large x; good to 1e-15. */
export const erf = (x: number): number => {
  if (Number.isNaN(x)) return Number.NaN;
  const a = Math.abs(x);
  if (a > 6) return Math.sign(x);
  if (a < 2.5) {
    let term = a;
    let sum = a;
    for (let n = 1; n < 120; n++) {
      term *= (-a * a) / n;
      sum += term / (2 * n + 1);
    }
    return Math.sign(x) * (2 / Math.sqrt(Math.PI)) * sum;
  }
  return Math.sign(x) * (1 - erfcTail(a));
};

const erfcTail = (a: number): number => {
  let fraction = 0;
  for (let n = 100; n > 0; n--) fraction = n / 2 / (a + fraction);
  return Math.exp(-a * a) / Math.sqrt(Math.PI) / (a + fraction);
};

/** Distribution function of the normal law, also in the lower tail. */
const normalCdf = (x: number): number => (x < -3.6 ? 0.5 * erfcTail(-x / Math.SQRT2) : 0.5 * (1 + erf(x / Math.SQRT2)));

export const unaryOracle: { readonly [F in CpuKernelArgs['unary']['fn']]: (x: number) => number } = {
  neg: (x) => -x,
  abs: Math.abs,
  sign: Math.sign,
  floor: Math.floor,
  ceil: Math.ceil,
  round: (x) => {
    const low = Math.floor(x);
    const half = x - low === 0.5;
    return half ? low + (Math.abs(low) % 2) : Math.round(x);
  },
  trunc: Math.trunc,
  exp: Math.exp,
  exp2: (x) => 2 ** x,
  expm1: Math.expm1,
  log: Math.log,
  log2: Math.log2,
  log10: Math.log10,
  log1p: Math.log1p,
  sqrt: Math.sqrt,
  rsqrt: (x) => 1 / Math.sqrt(x),
  reciprocal: (x) => 1 / x,
  square: (x) => x * x,
  tanh: Math.tanh,
  sigmoid: (x) => 1 / (1 + Math.exp(-x)),
  relu: (x) => (x > 0 || Number.isNaN(x) ? x : 0),
  gelu: (x) => x * normalCdf(x),
  geluTanh: (x) => x / (1 + Math.exp(-2 * Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3))),
  erf,
  silu: (x) => x / (1 + Math.exp(-x)),
  softplus: (x) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x))),
  sin: Math.sin,
  cos: Math.cos,
  tan: Math.tan,
  sinh: Math.sinh,
  cosh: Math.cosh,
  asin: Math.asin,
  acos: Math.acos,
  atan: Math.atan,
  asinh: Math.asinh,
  acosh: Math.acosh,
  atanh: Math.atanh,
  softsign: (x) => x / (1 + Math.abs(x)),
};

const binaryOracle: { readonly [F in CpuKernelArgs['binary']['fn']]: (a: number, b: number) => number } = {
  add: (a, b) => a + b,
  sub: (a, b) => a - b,
  mul: (a, b) => a * b,
  div: (a, b) => a / b,
  // IEEE 754 has 1 where Math.pow has NaN
  pow: (a, b) => (a === 1 || (a === -1 && Math.abs(b) === Infinity) ? 1 : a ** b),
  maximum: Math.max,
  minimum: Math.min,
  reluBackward: (x, g) => (x > 0 ? g : 0),
  geluBackward: (x, g) => g * (normalCdf(x) + (x * Math.exp((-x * x) / 2)) / Math.sqrt(2 * Math.PI)),
  geluTanhBackward: (x, g) => {
    const t = Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3));
    const slope = Math.sqrt(2 / Math.PI) * (1 + 3 * 0.044715 * x * x);
    return g * (0.5 * (1 + t) + 0.5 * x * (1 - t * t) * slope);
  },
  siluBackward: (x, g) => g * ((1 + Math.exp(-x) + x * Math.exp(-x)) / (1 + Math.exp(-x)) ** 2),
  logisticLoss: (x, t) => Math.max(x, 0) * (1 - t) + Math.max(-x, 0) * t + Math.log1p(Math.exp(-Math.abs(x))),
};

const integerOracle: { readonly [F in CpuKernelArgs['integer']['fn']]: (a: number, b: number) => number } = {
  add: (a, b) => (a + b) | 0,
  sub: (a, b) => (a - b) | 0,
  mul: Math.imul,
};

const compareOracle: { readonly [F in CpuKernelArgs['compare']['fn']]: (a: number, b: number) => boolean } = {
  equal: (a, b) => a === b,
  notEqual: (a, b) => a !== b,
  less: (a, b) => a < b,
  lessEqual: (a, b) => a <= b,
  greater: (a, b) => a > b,
  greaterEqual: (a, b) => a >= b,
};

/** Every index of `shape`, and its offset under each set of strides. */
const walk = (
  shape: readonly number[],
  strides: readonly (readonly number[])[],
  visit: (offsets: number[], linear: number) => void,
): void => {
  const size = shape.reduce((n, d) => n * d, 1);
  for (let linear = 0; linear < size; linear++) {
    const offsets = strides.map(() => 0);
    let rest = linear;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      const i = rest % shape[axis];
      rest = Math.floor(rest / shape[axis]);
      strides.forEach((s, k) => {
        offsets[k] += s[axis] * i;
      });
    }
    visit(offsets, linear);
  }
};

const eachRow = (rows: number, n: number, visit: (row: number, indices: number[]) => void): void => {
  for (let row = 0; row < rows; row++)
    visit(
      row,
      Array.from({ length: n }, (_, i) => row * n + i),
    );
};

const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);
const largest = (values: readonly number[]): number => values.reduce((a, b) => Math.max(a, b), -Infinity);

const castTo = (to: CpuKernelArgs['cast']['to'], x: number): number => {
  if (to === 'f32') return x;
  if (to === 'bool') return x !== 0 ? 1 : 0;
  if (Number.isNaN(x)) return 0;
  const t = Math.trunc(x);
  return to === 'i32' ? Math.min(Math.max(t, -(2 ** 31)), 2 ** 31 - 1) : Math.min(Math.max(t, 0), 2 ** 32 - 1);
};

/** Word `i` of Philox-4x32-10 at [floor(i / 4), 0, 0, 0], with BigInt products. */
export const philoxWord = (i: number, key: readonly [number, number]): number =>
  philoxBlock([Math.floor(i / 4), 0, 0, 0], key)[i % 4];

export const philoxBlock = (counter: readonly number[], key: readonly [number, number]): number[] => {
  let [x0, x1, x2, x3] = counter.map((w) => BigInt(w >>> 0));
  let [k0, k1] = key.map((w) => BigInt(w >>> 0));
  const mask = 0xffffffffn;
  for (let round = 0; round < 10; round++) {
    const p0 = 0xd2511f53n * x0;
    const p1 = 0xcd9e8d57n * x2;
    [x0, x1, x2, x3] = [(p1 >> 32n) ^ x1 ^ k0, p1 & mask, (p0 >> 32n) ^ x3 ^ k1, p0 & mask];
    k0 = (k0 + 0x9e3779b9n) & mask;
    k1 = (k1 + 0xbb67ae85n) & mask;
  }
  return [x0, x1, x2, x3].map(Number);
};

/** Offset number `i` of a walk. */
const offsetOf = ({ shape, strides }: OffsetWalk, i: number): number => {
  let [rest, offset] = [i, 0];
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    offset += (rest % shape[axis]) * strides[axis];
    rest = Math.floor(rest / shape[axis]);
  }
  return offset;
};

const wordsOf =
  (key: Operand) =>
  (i: number): number =>
    philoxWord(i, [key[0], key[1]]);

const inRanges = (ranges: readonly ArenaRange[], visit: (i: number, decay: boolean) => void): void => {
  for (const { offset, length, decay } of ranges) for (let i = offset; i < offset + length; i++) visit(i, decay);
};

export const oracle: OracleTable = {
  unary: ([x, out], { fn, n }) => {
    for (let i = 0; i < n; i++) out[i] = unaryOracle[fn](x[i]);
  },
  binary: ([a, b, out], args) =>
    walk(args.shape, [args.a, args.b], ([i, j], o) => {
      out[o] = binaryOracle[args.fn](a[i], b[j]);
    }),
  integer: ([a, b, out], args) =>
    walk(args.shape, [args.a, args.b], ([i, j], o) => {
      out[o] = integerOracle[args.fn](a[i], b[j]);
    }),
  compare: ([a, b, out], args) =>
    walk(args.shape, [args.a, args.b], ([i, j], o) => {
      out[o] = compareOracle[args.fn](a[i], b[j]) ? 1 : 0;
    }),
  select: ([c, a, b, out], args) =>
    walk(args.shape, [args.cond, args.a, args.b], ([k, i, j], o) => {
      out[o] = c[k] !== 0 ? a[i] : b[j];
    }),
  cast: ([x, out], { to, n }) => {
    for (let i = 0; i < n; i++) out[i] = castTo(to, x[i]);
  },
  fill: ([out], { n, offset, bits }) => {
    const value = new Float32Array(new Uint32Array([bits]).buffer)[0];
    out.fill(value, offset, offset + n);
  },
  copy: ([x, out], args) =>
    walk(args.shape, [args.inStrides, args.outStrides], ([i, o]) => {
      out[args.outOffset + o] = x[args.inOffset + i];
    }),
  addStrided: ([x, out], args) =>
    walk(args.shape, [args.inStrides, args.outStrides], ([i, o]) => {
      out[args.outOffset + o] += x[args.inOffset + i];
    }),
  reduce: ([x, out], { fn, outer, n, inner }) => {
    for (let o = 0; o < outer; o++) {
      for (let c = 0; c < inner; c++) {
        const values = Array.from({ length: n }, (_, i) => x[(o * n + i) * inner + c]);
        const total = sum(values);
        const results = {
          sum: total,
          mean: total / n,
          max: largest(values),
          min: -largest(values.map((v) => -v)),
        };
        out[o * inner + c] = results[fn];
      }
    }
  },
  variance: ([x, out], { rows, n, divisor }) =>
    eachRow(rows, n, (row, indices) => {
      const mean = n === 0 ? 0 : sum(indices.map((i) => x[i])) / n;
      out[row] = sum(indices.map((i) => (x[i] - mean) ** 2)) / divisor;
    }),
  logSumExp: ([x, out], { rows, n }) =>
    eachRow(rows, n, (row, indices) => {
      const max = largest(indices.map((i) => x[i]));
      const shift = Number.isFinite(max) ? max : 0;
      out[row] = shift + Math.log(sum(indices.map((i) => Math.exp(x[i] - shift))));
    }),
  argmax: ([x, out], { outer, n, inner }) => {
    for (let o = 0; o < outer; o++) {
      for (let c = 0; c < inner; c++) {
        let best = 0;
        for (let i = 1; i < n; i++) {
          const [v, w] = [x[(o * n + i) * inner + c], x[(o * n + best) * inner + c]];
          if (!Number.isNaN(w) && (Number.isNaN(v) || v > w)) best = i;
        }
        out[o * inner + c] = best;
      }
    }
  },
  softmax: (at, { rows, n, scale, rowsPerMask }) => {
    const [x, mask, out] = at.length === 3 ? at : [at[0], undefined, at[1]];
    eachRow(rows, n, (row, indices) => {
      const on = indices.map((_, i) => mask === undefined || mask[Math.floor(row / rowsPerMask) * n + i] !== 0);
      const max = largest(indices.filter((_, i) => on[i]).map((i) => scale * x[i]));
      const e = indices.map((at, i) => (on[i] ? Math.exp(scale * x[at] - max) : 0));
      const total = sum(e);
      indices.forEach((at, i) => {
        out[at] = on.some((b) => b) ? e[i] / total : 0;
      });
    });
  },
  softmaxBackward: ([y, g, out], { rows, n, scale }) =>
    eachRow(rows, n, (_, indices) => {
      const dot = sum(indices.map((i) => y[i] * g[i]));
      for (const i of indices) out[i] = scale * y[i] * (g[i] - dot);
    }),
  logSoftmax: ([x, out], { rows, n }) =>
    eachRow(rows, n, (_, indices) => {
      const max = largest(indices.map((i) => x[i]));
      const lse = max + Math.log(sum(indices.map((i) => Math.exp(x[i] - max))));
      for (const i of indices) out[i] = x[i] - lse;
    }),
  logSoftmaxBackward: ([y, g, out], { rows, n }) =>
    eachRow(rows, n, (_, indices) => {
      const total = sum(indices.map((i) => g[i]));
      for (const i of indices) out[i] = g[i] - Math.exp(y[i]) * total;
    }),
  layerNorm: ([x, gamma, beta, out, mean, rstd], { rows, n, eps }) =>
    eachRow(rows, n, (row, indices) => {
      const mu = sum(indices.map((i) => x[i])) / n;
      const variance = sum(indices.map((i) => (x[i] - mu) ** 2)) / n;
      mean[row] = mu;
      rstd[row] = 1 / Math.sqrt(variance + eps);
      indices.forEach((at, i) => {
        out[at] = (x[at] - mu) * rstd[row] * gamma[i] + beta[i];
      });
    }),
  layerNormBackward: ([x, gamma, mean, rstd, g, dx, dgamma, dbeta], { rows, n }) => {
    dgamma.fill(0, 0, n);
    dbeta.fill(0, 0, n);
    eachRow(rows, n, (row, indices) => {
      const z = indices.map((i) => (x[i] - mean[row]) * rstd[row]);
      const h = indices.map((at, i) => g[at] * gamma[i]);
      const meanH = sum(h) / n;
      const meanHz = sum(h.map((v, i) => v * z[i])) / n;
      indices.forEach((at, i) => {
        dx[at] = rstd[row] * (h[i] - meanH - z[i] * meanHz);
        dgamma[i] += g[at] * z[i];
        dbeta[i] += g[at];
      });
    });
  },
  crossEntropy: ([x, ids, loss, lse], { rows, n, ignoreIndex, smoothing }) =>
    eachRow(rows, n, (row, indices) => {
      const max = largest(indices.map((i) => x[i]));
      lse[row] = max + Math.log(sum(indices.map((i) => Math.exp(x[i] - max))));
      const mean = sum(indices.map((i) => x[i])) / n;
      loss[row] =
        ids[row] === ignoreIndex
          ? 0
          : lse[row] - (1 - smoothing) * x[row * n + ids[row]] - (smoothing ? smoothing * mean : 0);
    }),
  crossEntropyBackward: ([x, ids, lse, g, dx], { rows, n, ignoreIndex, smoothing }) =>
    eachRow(rows, n, (row, indices) => {
      indices.forEach((at, i) => {
        const target = (i === ids[row] ? 1 - smoothing : 0) + smoothing / n;
        dx[at] = ids[row] === ignoreIndex ? 0 : g[row] * (Math.exp(x[at] - lse[row]) - target);
      });
    }),
  matmul: (at, args) => {
    const {
      m,
      n,
      k,
      transA,
      transB,
      lda,
      ldb,
      ldc,
      batch,
      bias,
      activation = null,
      residual = false,
      walks = null,
    } = args;
    const [a, b, ...others] = at;
    const biasOf = bias ? others.shift() : undefined;
    const residualOf = residual ? others.shift() : undefined;
    const [c, before] = others;
    const aIndex = (i: number, l: number): number =>
      walks?.aK !== undefined ? i * lda + offsetOf(walks.aK, l) : transA ? l * lda + i : i * lda + l;
    const bIndex = (l: number, j: number): number =>
      walks !== null ? offsetOf(walks.bK, l) + offsetOf(walks.bN, j) : transB ? j * ldb + l : l * ldb + j;
    for (let o = 0; o < batch.outer; o++) {
      for (let v = 0; v < batch.inner; v++) {
        const aAt = args.aOffset + o * batch.a[0] + v * batch.a[1];
        const bAt = args.bOffset + o * batch.b[0] + v * batch.b[1];
        const cAt = args.cOffset + o * batch.c[0] + v * batch.c[1];
        for (let i = 0; i < m; i++) {
          for (let j = 0; j < n; j++) {
            let total = 0;
            for (let l = 0; l < k; l++) total += a[aAt + aIndex(i, l)] * b[bAt + bIndex(l, j)];
            const at = cAt + i * ldc + j;
            const x = args.alpha * total + (biasOf?.[j] ?? 0);
            if (before !== undefined) before[at] = x;
            c[at] = (activation === null ? x : unaryOracle[activation](x)) + (residualOf?.[at] ?? 0);
          }
        }
      }
    }
  },
  gatherRows: ([table, ids, out], { groups, rows, tableRows, width }) => {
    for (let r = 0; r < groups * rows; r++) {
      const from = (Math.floor(r / rows) * tableRows + ids[r]) * width;
      for (let i = 0; i < width; i++) out[r * width + i] = table[from + i];
    }
  },
  scatterAddRows: ([x, ids, out], { groups, rows, tableRows, width }) => {
    out.fill(0, 0, groups * tableRows * width);
    for (let r = 0; r < groups * rows; r++) {
      const to = (Math.floor(r / rows) * tableRows + ids[r]) * width;
      for (let i = 0; i < width; i++) out[to + i] += x[r * width + i];
    }
  },
  dropout: ([x, key, out], { n, p }) => {
    for (let i = 0; i < n; i++) {
      const u = (philoxWord(i, [key[0], key[1]]) >>> 8) * 2 ** -24;
      out[i] = u >= p ? x[i] / (1 - p) : 0;
    }
  },
  attention: (operands, args) => attentionOracle(operands, args, wordsOf),
  attentionBackward: (operands, args) => attentionBackwardOracle(operands, args, wordsOf),
  accumulate: ([x, y], { n, yOffset }) => {
    for (let i = 0; i < n; i++) y[yOffset + i] += x[i];
  },
  sumOfSquares: ([x, out], { ranges }) => {
    let total = 0;
    inRanges(ranges, (i) => {
      total += x[i] ** 2;
    });
    out[0] = total;
  },
  adamw: ([param, grad, m, v, hyper, gradScale], { ranges }) => {
    const [lr, b1, b2, rest1, rest2, eps, wd, c1, c2] = hyper;
    inRanges(ranges, (i, decay) => {
      const g = grad[i] * gradScale[0];
      if (decay) param[i] -= lr * wd * param[i];
      m[i] = b1 * m[i] + rest1 * g;
      v[i] = b2 * v[i] + rest2 * g * g;
      param[i] -= ((lr / c1) * m[i]) / (Math.sqrt(v[i] / c2) + eps);
    });
  },
  sgd: (operands, { ranges, momentum: kind }) => {
    const [param, grad, buffer] = operands;
    const [hyper, gradScale] = operands.slice(-2);
    const [lr, momentum, share, wd] = hyper;
    inRanges(ranges, (i, decay) => {
      const d = grad[i] * gradScale[0] + (decay ? wd * param[i] : 0);
      let step = d;
      if (kind !== 'none') {
        buffer[i] = momentum * buffer[i] + share * d;
        step = kind === 'nesterov' ? d + momentum * buffer[i] : buffer[i];
      }
      param[i] -= lr * step;
    });
  },
  adam: (operands, { ranges, amsgrad }) => {
    const [param, grad, m, v, vMax] = operands;
    const [hyper, gradScale] = operands.slice(-2);
    const [lr, b1, b2, r1, r2, eps, wd, c1, c2] = hyper;
    inRanges(ranges, (i, decay) => {
      const g = grad[i] * gradScale[0] + (decay ? wd * param[i] : 0);
      m[i] = b1 * m[i] + r1 * g;
      v[i] = b2 * v[i] + r2 * g * g;
      if (amsgrad) vMax[i] = Math.max(vMax[i], v[i]);
      param[i] -= ((lr / c1) * m[i]) / (Math.sqrt((amsgrad ? vMax : v)[i] / c2) + eps);
    });
  },
  lamb: ([param, grad, m, v, hyper, gradScale], { ranges }) => {
    const [lr, b1, b2, r1, r2, eps, wd, c1, c2] = hyper;
    for (const range of ranges) {
      const updates = new Map<number, number>();
      let weights = 0;
      inRanges([range], (i, decay) => {
        const g = grad[i] * gradScale[0];
        m[i] = b1 * m[i] + r1 * g;
        v[i] = b2 * v[i] + r2 * g * g;
        weights += param[i] ** 2;
        updates.set(i, m[i] / c1 / (Math.sqrt(v[i] / c2) + eps) + (decay ? wd * param[i] : 0));
      });
      const length = Math.hypot(...updates.values());
      const ratio = weights > 0 && length > 0 ? Math.sqrt(weights) / length : 1;
      for (const [i, update] of updates) param[i] -= lr * ratio * update;
    }
  },
  lion: ([param, grad, m, hyper, gradScale], { ranges }) => {
    const [lr, b1, b2, r1, r2, wd] = hyper;
    inRanges(ranges, (i, decay) => {
      const g = grad[i] * gradScale[0];
      param[i] -= lr * (Math.sign(b1 * m[i] + r1 * g) + (decay ? wd * param[i] : 0));
      m[i] = b2 * m[i] + r2 * g;
    });
  },
  lerp: ([y, x, [rate]], { ranges }) =>
    inRanges(ranges, (i) => {
      y[i] += rate * (x[i] - y[i]);
    }),
  swap: ([a, b], { ranges }) =>
    inRanges(ranges, (i) => {
      [a[i], b[i]] = [b[i], a[i]];
    }),
  scaleRanges: ([x, [factor]], { ranges }) =>
    inRanges(ranges, (i) => {
      x[i] *= factor;
    }),
  clampRanges: ([x], { ranges, limit }) =>
    inRanges(ranges, (i) => {
      x[i] = Math.max(-limit, Math.min(limit, x[i]));
    }),
};
