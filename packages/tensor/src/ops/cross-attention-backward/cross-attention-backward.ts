import type { TensorSpec } from '../../backend.ts';
import { input, output } from '../../cpu-plan.ts';
import { defineOp, notDifferentiable } from '../../op.ts';
import { crossAttentionArgs } from '../cross-attention/cross-attention.ts';
import {
  type AttentionBackwardArgs,
  attentionBackwardPlan,
  referenceAttentionBackward,
} from '../families/attention.ts';
import type { AttentionAttrs } from '../self-attention/self-attention.ts';

const argsOf = (
  q: TensorSpec,
  kv: TensorSpec,
  mask: TensorSpec | undefined,
  attrs: AttentionAttrs,
): AttentionBackwardArgs => {
  const args = crossAttentionArgs(q, kv, mask, attrs);
  return { ...args, g: args.out, dq: args.q, dk: args.k, dv: args.v };
};

/** [q, kv, out, statistics, g, mask?] -> dq, dkv. */
export const crossAttentionBackwardOp = defineOp<AttentionAttrs>({
  name: 'crossAttentionBackward',
  infer: ([q, kv]) => [
    { shape: q.shape, dtype: q.dtype },
    { shape: kv.shape, dtype: kv.dtype },
  ],
  saves: { inputs: [], outputs: [] },
  vjp: notDifferentiable('second derivatives go through the composite of crossAttention'),
  reference: ([q, kv, , , g, mask], [dq, dkv], attrs) =>
    referenceAttentionBackward(
      { q, k: kv, v: kv, padding: mask ?? null },
      g,
      [dq, dkv, dkv],
      argsOf(q, kv, mask, attrs),
    ),
  cpu: ([q, kv, , , , mask], _outputs, attrs) =>
    attentionBackwardPlan(
      [input(0), input(1), input(1), ...(mask === undefined ? [] : [input(5)])],
      [input(2), input(3), input(4)],
      [output(0), output(1), output(1)],
      argsOf(q, kv, mask, attrs),
    ),
});
