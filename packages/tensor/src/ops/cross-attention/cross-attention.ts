import type { TensorSpec } from '../../backend.ts';
import { type CpuOperand, cpuPlan, input, output, scratch } from '../../cpu-plan.ts';
import { ShapeError } from '../../errors.ts';
import { apply, applyAll, defineOp, floatOnly, sameDType } from '../../op.ts';
import { showShape } from '../../shape.ts';
import type { Tensor } from '../../tensor.ts';
import { crossAttentionBackwardOp } from '../cross-attention-backward/cross-attention-backward.ts';
import { attentionForward, type Columns, type Heads, referenceForward } from '../families/attention.ts';
import { attentionComposite } from '../families/attention-composite.ts';
import { type AttentionAttrs, checkHeads, checkMask } from '../self-attention/self-attention.ts';
import { split } from '../slice/slice.ts';

/** internal */
export const crossHeads = (q: TensorSpec, { heads }: AttentionAttrs): Heads => ({
  batch: q.shape[0],
  heads,
  dim: q.shape[2] / heads,
});

/** internal. All columns of q, or part 0 or 1 (k, v) of a packed [B, T, 2·H·D]. */
export const columnsOf = (x: TensorSpec, at: CpuOperand, offset = 0): Columns => ({
  at,
  offset,
  stride: x.shape[2],
  tokens: x.shape[1],
});

export const crossAttentionOp = defineOp<AttentionAttrs>({
  name: 'crossAttention',
  infer: ([q, kv, mask], { heads }) => {
    checkHeads('crossAttention', heads);
    const dtype = sameDType('crossAttention', [q, kv]);
    floatOnly('crossAttention', q);
    const fits = q.shape.length === 3 && kv.shape.length === 3 && q.shape[0] === kv.shape[0];
    if (!fits || kv.shape[2] !== 2 * q.shape[2] || q.shape[2] % heads !== 0) {
      throw new ShapeError(
        'crossAttention',
        `expected q [batch, tokens, ${heads} heads * dim] and kv [batch, tokens, 2 * ${heads} heads * dim], came ${showShape(q.shape)} and ${showShape(kv.shape)}`,
      );
    }
    checkMask('crossAttention', mask, kv.shape[0], kv.shape[1]);
    return [
      { shape: q.shape, dtype },
      { shape: [q.shape[0], heads, q.shape[1], kv.shape[1]], dtype },
    ];
  },
  saves: { inputs: [0, 1], outputs: [1] },
  vjp: (c, g) => {
    let all: Tensor[] | undefined;
    const part = (i: number) => () => {
      all ??= applyAll(crossAttentionBackwardOp, [c.input(0), c.input(1), c.output(1), g], c.attrs);
      return all[i];
    };
    return [part(0), part(1), null];
  },
  composite: ([q, kv, mask], { heads }) => {
    const width = q.shape[2];
    const [k, v] = split(kv, [width, width]);
    return attentionComposite(q, k, v, mask ?? null, heads);
  },
  reference: ([q, kv, mask], [out, probs], attrs) =>
    referenceForward(
      crossHeads(q, attrs),
      { q: { x: q, offset: 0 }, k: { x: kv, offset: 0 }, v: { x: kv, offset: q.shape[2] } },
      mask ?? null,
      out,
      probs,
    ),
  cpu: ([q, kv, mask], [out], attrs) => {
    const h = crossHeads(q, attrs);
    return cpuPlan(
      attentionForward(
        h,
        {
          q: columnsOf(q, input(0)),
          k: columnsOf(kv, input(1)),
          v: columnsOf(kv, input(1), q.shape[2]),
          out: columnsOf(out, output(0)),
        },
        { scores: scratch(0), probs: output(1), mask: mask === undefined ? null : input(2) },
      ),
      [h.batch * h.heads * q.shape[1] * kv.shape[1] * 4],
    );
  },
});

/**
 * Multi-head attention of one sequence to another: q [B, Tq, H·D], kv [B, Tk, 2·H·D] (k and v side by side) ->
 * [B, Tq, H·D]. `mask` is bool [B, Tk]: which tokens of the context exist; with none left the output is 0.
 */
export const crossAttention = (
  q: Tensor,
  kv: Tensor,
  { heads, mask }: { readonly heads: number; readonly mask?: Tensor | undefined },
): Tensor => apply(crossAttentionOp, mask === undefined ? [q, kv] : [q, kv, mask], { heads });
