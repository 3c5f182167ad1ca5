import type { ReferenceArray, TensorSpec } from '../../backend.ts';
import { type AttentionArgs, input } from '../../cpu-plan.ts';
import { full } from '../../create.ts';
import { ArgumentError, DTypeError, ShapeError } from '../../errors.ts';
import { apply, applyAll, defineOp, floatOnly, sameDType } from '../../op.ts';
import { broadcastShapes, sameShape, showShape } from '../../shape.ts';
import type { Tensor } from '../../tensor.ts';
import { add } from '../add/add.ts';
import { dropByKey } from '../dropout/dropout.ts';
import {
  type AttentionArrays,
  attentionPlan,
  denseHeads,
  paddingStrides,
  referenceAttention,
  scoreStrides,
} from '../families/attention.ts';
import { present, unpackPresent } from '../families/normalisation.ts';
import { maskedSoftmax } from '../masked-softmax/masked-softmax.ts';
import { matmul } from '../matmul/matmul.ts';
import { mul } from '../mul/mul.ts';
import { notEqual } from '../not-equal/not-equal.ts';
import { reshape } from '../reshape/reshape.ts';
import { scaledDotProductAttentionBackwardOp } from '../scaled-dot-product-attention-backward/scaled-dot-product-attention-backward.ts';
import { softmax } from '../softmax/softmax.ts';
import { softmaxBackward } from '../softmax-backward/softmax-backward.ts';
import { tril } from '../triangle/triangle.ts';
import { where } from '../where/where.ts';

export interface ScaledDotProductAttentionOptions {
  /** Query i sees keys 0 to i: aligned at the first query and key, also where Tq and Tk differ, as in PyTorch. */
  readonly causal?: boolean;
  /** bool, broadcast to [B, H, Tq, Tk]: true where the query sees the key. */
  readonly mask?: Tensor | null;
  /** bool [B, Tk]: which keys exist. Counts beside `mask` and `causal`. */
  readonly padding?: Tensor | null;
  /** float, broadcast to [B, H, Tq, Tk], added to the scaled scores; -Infinity hides a key. */
  readonly bias?: Tensor | null;
  /** Drops probabilities: `key` is u32 [2] (see keyTensor). */
  readonly dropout?: { readonly key: Tensor; readonly p: number } | null;
  /** Default 1 / √D. */
  readonly scale?: number;
}

export interface ScaledAttentionAttrs {
  readonly causal: boolean;
  readonly scale: number;
  readonly p: number;
  readonly has: readonly [mask: boolean, padding: boolean, bias: boolean, key: boolean];
}

const name = 'scaledDotProductAttention';

const checkFits = (what: string, x: TensorSpec | null, scores: readonly number[]): void => {
  if (x === null) return;
  if (x.shape.length > 4 || !sameShape(broadcastShapes(name, scores, x.shape), scores)) {
    throw new ShapeError(name, `the ${what} ${showShape(x.shape)} does not expand to the scores ${showShape(scores)}`);
  }
};

const checkBool = (what: string, x: TensorSpec | null): void => {
  if (x !== null && x.dtype !== 'bool') {
    throw new DTypeError(name, `the ${what} must be bool, came ${x.dtype}; compare or cast() it`);
  }
};

const infer = (inputs: readonly TensorSpec[], { has }: ScaledAttentionAttrs): TensorSpec[] => {
  const [q, k, v, ...rest] = inputs;
  const [mask, padding, bias, key] = unpackPresent(rest, has);
  const dtype = sameDType(name, [q, k, v, ...(bias === null ? [] : [bias])]);
  floatOnly(name, q);
  const shapes = [q, k, v].map((x) => showShape(x.shape));
  const wanted = 'q [B, H, Tq, D], k [B, Hkv, Tk, D] and v [B, Hkv, Tk, Dv]';
  const fits =
    [q, k, v].every((x) => x.shape.length === 4) &&
    [k, v].every((x) => x.shape[0] === q.shape[0]) &&
    sameShape(k.shape.slice(0, 3), v.shape.slice(0, 3)) &&
    q.shape[3] === k.shape[3];
  if (!fits) throw new ShapeError(name, `expected ${wanted}, came ${shapes.join(', ')}`);
  const [B, H, tq] = q.shape;
  const [, kvHeads, tk] = k.shape;
  if (kvHeads === 0 ? H !== 0 : H % kvHeads !== 0) {
    throw new ShapeError(name, `${H} heads of q ${shapes[0]} do not share ${kvHeads} heads of k ${shapes[1]} evenly`);
  }
  checkBool('mask', mask);
  checkBool('padding mask', padding);
  checkFits('mask', mask, [B, H, tq, tk]);
  checkFits('bias', bias, [B, H, tq, tk]);
  if (padding !== null && !sameShape(padding.shape, [B, tk])) {
    throw new ShapeError(name, `the padding mask must be [${B}, ${tk}], came ${showShape(padding.shape)}`);
  }
  if (key !== null && (key.dtype !== 'u32' || !sameShape(key.shape, [2]))) {
    throw new DTypeError(name, `the key of dropout must be u32 [2], came ${key.dtype} ${showShape(key.shape)}`);
  }
  return [
    { shape: [B, H, tq, v.shape[3]], dtype },
    { shape: [2, B, H, tq], dtype },
  ];
};

/** internal */
export const scaledAttentionArgs = (
  [q, k, v, ...rest]: readonly TensorSpec[],
  { causal, scale, p, has }: ScaledAttentionAttrs,
): AttentionArgs => {
  const [mask, padding, bias] = unpackPresent(rest, has);
  const [B, H, tq, dim] = q.shape;
  const [, kvHeads, tk] = k.shape;
  const valueDim = v.shape[3];
  const scores = [B, H, tq, tk];
  return {
    batch: B,
    heads: H,
    kvHeads,
    queries: tq,
    keys: tk,
    dim,
    valueDim,
    q: denseHeads(q),
    k: denseHeads(k),
    v: denseHeads(v),
    out: denseHeads({ shape: [B, H, tq, valueDim], dtype: q.dtype }),
    scale,
    causal,
    mask: mask === null ? null : scoreStrides(mask, scores),
    padding: padding === null ? null : paddingStrides(padding),
    bias: bias === null ? null : scoreStrides(bias, scores),
    dropout: p,
  };
};

/** internal. The operands of the kernels among those of the op: a key that drops nothing is none. */
export const operandsOf = <T>([q, k, v, ...rest]: readonly T[], { has, p }: ScaledAttentionAttrs): T[] => {
  const [mask, padding, bias, key] = unpackPresent(rest, has);
  return [q, k, v, ...[mask, padding, bias, p > 0 ? key : null].filter((x): x is T => x !== null)];
};

/** internal */
export const arraysOf = (
  [q, k, v, ...rest]: readonly ReferenceArray[],
  { has }: ScaledAttentionAttrs,
): AttentionArrays => {
  const [mask, padding, bias, key] = unpackPresent(rest, has);
  return { q, k, v, mask, padding, bias, key };
};

/** true where every one of the masks is; null for none. */
const every = (masks: readonly Tensor[]): Tensor | null =>
  masks.length === 0 ? null : masks.reduce((a, b) => where(a, b, 0));

/** [Tq, Tk]: j <= i. Made on the device: a captured step uploads nothing for it. */
const lowerTriangle = (tq: number, tk: number, { backend }: Tensor): Tensor =>
  tril(full([tq, tk], 1, { dtype: 'bool', backend }));

interface GroupedProducts {
  /** a [B, H, Tq, D] · b [B, Hkv, Tk, D]ᵀ -> [B, H, Tq, Tk] */
  readonly scores: (a: Tensor, b: Tensor) => Tensor;
  /** p [B, H, Tq, Tk] · v [B, Hkv, Tk, D] -> [B, H, Tq, D] */
  readonly values: (p: Tensor, v: Tensor) => Tensor;
}

/** Neighbouring heads share keys (Ainslie et al. 2023): their queries are rows of one product, and no key is copied. */
const grouped = (q: Tensor, k: Tensor): GroupedProducts => {
  const [B, H, tq] = q.shape;
  const [, kvHeads, tk] = k.shape;
  const rows = kvHeads === 0 ? 0 : (H / kvHeads) * tq;
  return {
    // [B, H, Tq, D] -> [B, Hkv, H / Hkv · Tq, D]
    scores: (a, b) => reshape(matmul(reshape(a, [B, kvHeads, rows, a.shape[3]]), b, { transB: true }), [B, H, tq, tk]),
    values: (p, v) => reshape(matmul(reshape(p, [B, kvHeads, rows, tk]), v), [B, H, tq, v.shape[3]]),
  };
};

/** Probabilities before dropout, [B, H, Tq, Tk]. */
const probabilities = ([q, k, , ...rest]: readonly Tensor[], { causal, scale, has }: ScaledAttentionAttrs): Tensor => {
  const [mask, padding, bias] = unpackPresent(rest, has);
  const [B, , tq] = q.shape;
  const tk = k.shape[2];
  const products = grouped(q, k).scores(mul(q, scale), k);
  const scores = bias === null ? products : add(products, bias);
  const seen = every([
    ...present(mask),
    ...(padding === null ? [] : [reshape(padding, [B, 1, 1, tk])]),
    ...(causal ? [lowerTriangle(tq, tk, q)] : []),
    // A key at -Infinity is one that is not seen; NaN is none of both.
    ...(bias === null ? [] : [notEqual(bias, -Infinity)]),
  ]);
  return seen === null ? softmax(scores) : maskedSoftmax(scores, seen);
};

/** dS = P (dP - Σ P dP), which the fused backward pass never holds as a whole: for a bias that wants a gradient. */
const biasGradient = (inputs: readonly Tensor[], g: Tensor, attrs: ScaledAttentionAttrs): Tensor => {
  const [q, k, v, ...rest] = inputs;
  const [, , , key] = unpackPresent(rest, attrs.has);
  const products = grouped(q, k).scores(g, v);
  const dP = key === null || attrs.p === 0 ? products : dropByKey(products, key, attrs.p);
  return softmaxBackward(probabilities(inputs, attrs), dP);
};

// O = dropout(softmax(scale · Q Kᵀ + bias, over the keys that are seen)) V     (Vaswani et al. 2017)
export const scaledDotProductAttentionOp = defineOp<ScaledAttentionAttrs>({
  name,
  infer,
  saves: { inputs: [0, 1, 2, 3, 4, 5, 6], outputs: [0, 1] },
  vjp: (c, g) => {
    const inputs = c.specs.map((_, i) => c.input(i));
    let all: Tensor[] | undefined;
    const part = (i: number) => () => {
      all ??= applyAll(scaledDotProductAttentionBackwardOp, [c.output(0), c.output(1), g, ...inputs], c.attrs);
      return all[i];
    };
    const [hasMask, hasPadding, hasBias] = c.attrs.has;
    const others = c.specs.slice(3).map((_, i) => {
      const isBias = hasBias && i === Number(hasMask) + Number(hasPadding);
      return isBias ? () => biasGradient(inputs, g, c.attrs) : null;
    });
    return [part(0), part(1), part(2), ...others];
  },
  composite: (inputs, attrs) => {
    const [q, k, v, ...rest] = inputs;
    const [, , , key] = unpackPresent(rest, attrs.has);
    const probs = probabilities(inputs, attrs);
    return grouped(q, k).values(key === null || attrs.p === 0 ? probs : dropByKey(probs, key, attrs.p), v);
  },
  reference: (inputs, [out, statistics], attrs) =>
    referenceAttention(arraysOf(inputs, attrs), out, statistics, scaledAttentionArgs(inputs, attrs)),
  cpu: (inputs, _outputs, attrs) =>
    attentionPlan(
      operandsOf(
        inputs.map((_, i) => input(i)),
        attrs,
      ),
      scaledAttentionArgs(inputs, attrs),
    ),
});

/**
 * Attention: q [B, H, Tq, D], k [B, Hkv, Tk, D], v [B, Hkv, Tk, Dv] -> [B, H, Tq, Dv]. H is a multiple of Hkv; query head h
 * reads head floor(h · Hkv / H) of k and v. A query that sees no key (mask, padding, causal and bias of -Infinity taken
 * together) gives 0 and has no gradient. No scores are stored, but for the gradient of a bias.
 */
export const scaledDotProductAttention = (
  q: Tensor,
  k: Tensor,
  v: Tensor,
  { causal = false, mask, padding, bias, dropout, scale }: ScaledDotProductAttentionOptions = {},
): Tensor => {
  const p = dropout?.p ?? 0;
  if (!(p >= 0 && p < 1)) throw new ArgumentError(name, `p of dropout must be in [0, 1), came ${p}`);
  if (scale !== undefined && !Number.isFinite(scale)) {
    throw new ArgumentError(name, `scale must be a finite number, came ${scale}`);
  }
  const there = (x: Tensor | null | undefined): boolean => (x ?? null) !== null;
  return apply(scaledDotProductAttentionOp, [q, k, v, ...present(mask, padding, bias, dropout?.key)], {
    causal,
    p,
    scale: scale ?? 1 / Math.sqrt(Math.max(1, q.shape[3] ?? 1)),
    has: [there(mask), there(padding), there(bias), there(dropout?.key)],
  });
};
