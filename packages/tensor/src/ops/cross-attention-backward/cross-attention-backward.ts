import { cpuPlan, input, output, scratch } from '../../cpu-plan.ts';
import { defineOp, notDifferentiable } from '../../op.ts';
import { columnsOf, crossHeads } from '../cross-attention/cross-attention.ts';
import { attentionBackward, referenceBackward } from '../families/attention.ts';
import type { AttentionAttrs } from '../self-attention/self-attention.ts';

/** [q, kv, probs, g] -> dq, dkv. */
export const crossAttentionBackwardOp = defineOp<AttentionAttrs>({
  name: 'crossAttentionBackward',
  infer: ([q, kv]) => [
    { shape: q.shape, dtype: q.dtype },
    { shape: kv.shape, dtype: kv.dtype },
  ],
  saves: { inputs: [], outputs: [] },
  vjp: notDifferentiable('second derivatives go through the composite of crossAttention'),
  reference: ([q, kv, probs, g], [dq, dkv], attrs) => {
    const width = q.shape[2];
    referenceBackward(
      crossHeads(q, attrs),
      { q: { x: q, offset: 0 }, k: { x: kv, offset: 0 }, v: { x: kv, offset: width }, g: { x: g, offset: 0 } },
      probs,
      { dq: { x: dq, offset: 0 }, dk: { x: dkv, offset: 0 }, dv: { x: dkv, offset: width } },
    );
  },
  cpu: ([q, kv, , g], _outputs, attrs) => {
    const h = crossHeads(q, attrs);
    const width = q.shape[2];
    const bytes = h.batch * h.heads * q.shape[1] * kv.shape[1] * 4;
    return cpuPlan(
      attentionBackward(
        h,
        {
          q: columnsOf(q, input(0)),
          k: columnsOf(kv, input(1)),
          v: columnsOf(kv, input(1), width),
          g: columnsOf(g, input(3)),
        },
        {
          dq: columnsOf(q, output(0)),
          dk: columnsOf(kv, output(1)),
          dv: columnsOf(kv, output(1), width),
        },
        { probs: input(2), dProbs: scratch(0), dScores: scratch(1) },
      ),
      [bytes, bytes],
    );
  },
});
