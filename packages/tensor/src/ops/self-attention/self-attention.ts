import type { TensorSpec } from '../../backend.ts';
import { type AttentionArgs, input } from '../../cpu-plan.ts';
import { ShapeError } from '../../errors.ts';
import { apply, defineOp, floatOnly } from '../../op.ts';
import { showShape } from '../../shape.ts';
import type { Tensor } from '../../tensor.ts';
import {
  attentionPlan,
  checkHeads,
  checkPadding,
  packedHeads,
  paddingStrides,
  plainAttention,
  referenceAttention,
} from '../families/attention.ts';
import { attentionComposite } from '../families/attention-composite.ts';
import { selfAttentionBackward } from '../self-attention-backward/self-attention-backward.ts';
import { split } from '../slice/slice.ts';

export interface AttentionAttrs {
  readonly heads: number;
}

/** internal. q, k and v side by side in qkv [B, T, 3·H·D]; out is [B, T, H·D]. */
export const selfAttentionArgs = (
  qkv: TensorSpec,
  mask: TensorSpec | undefined,
  { heads }: AttentionAttrs,
): AttentionArgs => {
  const [B, T, packed] = qkv.shape;
  const width = packed / 3;
  const dim = width / heads;
  const part = (i: number) => packedHeads(qkv, i * width, dim);
  return {
    ...plainAttention(dim),
    batch: B,
    heads,
    kvHeads: heads,
    queries: T,
    keys: T,
    dim,
    valueDim: dim,
    q: part(0),
    k: part(1),
    v: part(2),
    out: packedHeads({ shape: [B, T, width], dtype: qkv.dtype }, 0, dim),
    padding: mask === undefined ? null : paddingStrides(mask),
  };
};

export const selfAttentionOp = defineOp<AttentionAttrs>({
  name: 'selfAttention',
  infer: ([qkv, mask], { heads }) => {
    checkHeads('selfAttention', heads);
    floatOnly('selfAttention', qkv);
    if (qkv.shape.length !== 3 || qkv.shape[2] % (3 * heads) !== 0) {
      throw new ShapeError(
        'selfAttention',
        `expected [batch, tokens, 3 * ${heads} heads * dim], came ${showShape(qkv.shape)}`,
      );
    }
    const [B, T, width] = qkv.shape;
    checkPadding('selfAttention', mask, B, T);
    return [
      { shape: [B, T, width / 3], dtype: qkv.dtype },
      { shape: [2, B, heads, T], dtype: qkv.dtype },
    ];
  },
  saves: { inputs: [0, 1], outputs: [0, 1] },
  vjp: (c, g) => {
    const mask = c.specs.length > 1 ? c.input(1) : null;
    return [() => selfAttentionBackward(c.input(0), mask, c.output(0), c.output(1), g, c.attrs), null];
  },
  composite: ([qkv, mask], { heads }) => {
    const third = qkv.shape[2] / 3;
    const [q, k, v] = split(qkv, [third, third, third]);
    return attentionComposite(q, k, v, mask ?? null, heads);
  },
  reference: ([qkv, mask], [out, statistics], attrs) =>
    referenceAttention(
      { q: qkv, k: qkv, v: qkv, padding: mask ?? null },
      out,
      statistics,
      selfAttentionArgs(qkv, mask, attrs),
    ),
  cpu: ([qkv, mask], _outputs, attrs) => {
    const operands = [input(0), input(0), input(0), ...(mask === undefined ? [] : [input(1)])];
    return attentionPlan(operands, selfAttentionArgs(qkv, mask, attrs));
  },
});

/**
 * Multi-head self-attention over a packed projection: qkv [B, T, 3·H·D] (q, k, v side by side, heads inside each) ->
 * [B, T, H·D]. `mask` is bool [B, T]: which tokens exist; a row with no token left gives 0. No scores are stored: memory is
 * linear in T.
 */
export const selfAttention = (
  qkv: Tensor,
  { heads, mask }: { readonly heads: number; readonly mask?: Tensor | undefined },
): Tensor => apply(selfAttentionOp, mask === undefined ? [qkv] : [qkv, mask], { heads });
