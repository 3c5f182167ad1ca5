import type { TensorSpec } from '../../backend.ts';
import { type AttentionArgs, input } from '../../cpu-plan.ts';
import { ShapeError } from '../../errors.ts';
import { apply, applyAll, defineOp, floatOnly, sameDType } from '../../op.ts';
import { showShape } from '../../shape.ts';
import type { Tensor } from '../../tensor.ts';
import { crossAttentionBackwardOp } from '../cross-attention-backward/cross-attention-backward.ts';
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
import type { AttentionAttrs } from '../self-attention/self-attention.ts';
import { split } from '../slice/slice.ts';

/** internal. q [B, Tq, H·D], k and v side by side in kv [B, Tk, 2·H·D]; out lies as q. */
export const crossAttentionArgs = (
  q: TensorSpec,
  kv: TensorSpec,
  mask: TensorSpec | undefined,
  { heads }: AttentionAttrs,
): AttentionArgs => {
  const [B, tq, width] = q.shape;
  const dim = width / heads;
  return {
    ...plainAttention(dim),
    batch: B,
    heads,
    kvHeads: heads,
    queries: tq,
    keys: kv.shape[1],
    dim,
    valueDim: dim,
    q: packedHeads(q, 0, dim),
    k: packedHeads(kv, 0, dim),
    v: packedHeads(kv, width, dim),
    out: packedHeads(q, 0, dim),
    padding: mask === undefined ? null : paddingStrides(mask),
  };
};

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
    checkPadding('crossAttention', mask, kv.shape[0], kv.shape[1]);
    return [
      { shape: q.shape, dtype },
      { shape: [2, q.shape[0], heads, q.shape[1]], dtype },
    ];
  },
  saves: { inputs: [0, 1, 2], outputs: [0, 1] },
  vjp: (c, g) => {
    let all: Tensor[] | undefined;
    const part = (i: number) => () => {
      const mask = c.specs.length > 2 ? [c.input(2)] : [];
      all ??= applyAll(
        crossAttentionBackwardOp,
        [c.input(0), c.input(1), c.output(0), c.output(1), g, ...mask],
        c.attrs,
      );
      return all[i];
    };
    return [part(0), part(1), null];
  },
  composite: ([q, kv, mask], { heads }) => {
    const width = q.shape[2];
    const [k, v] = split(kv, [width, width]);
    return attentionComposite(q, k, v, mask ?? null, heads);
  },
  reference: ([q, kv, mask], [out, statistics], attrs) =>
    referenceAttention(
      { q, k: kv, v: kv, padding: mask ?? null },
      out,
      statistics,
      crossAttentionArgs(q, kv, mask, attrs),
    ),
  cpu: ([q, kv, mask], _outputs, attrs) => {
    const operands = [input(0), input(1), input(1), ...(mask === undefined ? [] : [input(2)])];
    return attentionPlan(operands, crossAttentionArgs(q, kv, mask, attrs));
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
