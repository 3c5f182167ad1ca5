import type { TensorSpec } from '../../backend.ts';
import { input, output } from '../../cpu-plan.ts';
import { apply, defineOp, notDifferentiable } from '../../op.ts';
import type { Tensor } from '../../tensor.ts';
import {
  type AttentionBackwardArgs,
  attentionBackwardPlan,
  referenceAttentionBackward,
} from '../families/attention.ts';
import { type AttentionAttrs, selfAttentionArgs } from '../self-attention/self-attention.ts';

const argsOf = (qkv: TensorSpec, mask: TensorSpec | undefined, attrs: AttentionAttrs): AttentionBackwardArgs => {
  const args = selfAttentionArgs(qkv, mask, attrs);
  return { ...args, g: args.out, dq: args.q, dk: args.k, dv: args.v };
};

/** [qkv, out, statistics, g, mask?] -> dqkv. */
export const selfAttentionBackwardOp = defineOp<AttentionAttrs>({
  name: 'selfAttentionBackward',
  infer: ([qkv]) => [{ shape: qkv.shape, dtype: qkv.dtype }],
  saves: { inputs: [], outputs: [] },
  vjp: notDifferentiable('second derivatives go through the composite of selfAttention'),
  reference: ([qkv, , , g, mask], [out], attrs) =>
    referenceAttentionBackward(
      { q: qkv, k: qkv, v: qkv, padding: mask ?? null },
      g,
      [out, out, out],
      argsOf(qkv, mask, attrs),
    ),
  cpu: ([qkv, , , , mask], _outputs, attrs) =>
    attentionBackwardPlan(
      [input(0), input(0), input(0), ...(mask === undefined ? [] : [input(4)])],
      [input(1), input(2), input(3)],
      [output(0), output(0), output(0)],
      argsOf(qkv, mask, attrs),
    ),
});

/** Gradient of selfAttention with respect to qkv, from its result and the statistics of its scores. */
export const selfAttentionBackward = (
  qkv: Tensor,
  mask: Tensor | null,
  out: Tensor,
  statistics: Tensor,
  g: Tensor,
  attrs: AttentionAttrs,
): Tensor => apply(selfAttentionBackwardOp, [qkv, out, statistics, g, ...(mask === null ? [] : [mask])], attrs);
