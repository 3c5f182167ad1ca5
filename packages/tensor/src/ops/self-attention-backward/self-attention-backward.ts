import { cpuPlan, input, output, scratch } from '../../cpu-plan.ts';
import { apply, defineOp, notDifferentiable } from '../../op.ts';
import type { Tensor } from '../../tensor.ts';
import { attentionBackward, referenceBackward } from '../families/attention.ts';
import { type AttentionAttrs, selfHeads, selfPart } from '../self-attention/self-attention.ts';

export const selfAttentionBackwardOp = defineOp<AttentionAttrs>({
  name: 'selfAttentionBackward',
  infer: ([qkv]) => [{ shape: qkv.shape, dtype: qkv.dtype }],
  saves: { inputs: [], outputs: [] },
  vjp: notDifferentiable('second derivatives go through the composite of selfAttention'),
  reference: ([qkv, probs, g], [out], attrs) => {
    const part = (x: typeof qkv, i: number) => ({ x, offset: (i * qkv.shape[2]) / 3 });
    referenceBackward(
      selfHeads(qkv, attrs),
      { q: part(qkv, 0), k: part(qkv, 1), v: part(qkv, 2), g: { x: g, offset: 0 } },
      probs,
      { dq: part(out, 0), dk: part(out, 1), dv: part(out, 2) },
    );
  },
  cpu: ([qkv], _outputs, attrs) => {
    const h = selfHeads(qkv, attrs);
    const [, T, width] = qkv.shape;
    const from = (i: number) => selfPart(qkv, input(0), i);
    const to = (i: number) => selfPart(qkv, output(0), i);
    const bytes = h.batch * h.heads * T * T * 4;
    return cpuPlan(
      attentionBackward(
        h,
        { q: from(0), k: from(1), v: from(2), g: { at: input(2), offset: 0, stride: width / 3, tokens: T } },
        { dq: to(0), dk: to(1), dv: to(2) },
        { probs: input(1), dProbs: scratch(0), dScores: scratch(1) },
      ),
      [bytes, bytes],
    );
  },
});

/** Gradient of selfAttention with respect to qkv, from its probabilities. */
export const selfAttentionBackward = (qkv: Tensor, probs: Tensor, g: Tensor, attrs: AttentionAttrs): Tensor =>
  apply(selfAttentionBackwardOp, [qkv, probs, g], attrs);
