import type { TensorSpec } from '../../backend.ts';
import { type CpuOperand, cpuPlan, input, output, scratch } from '../../cpu-plan.ts';
import { ArgumentError, DTypeError, ShapeError } from '../../errors.ts';
import { apply, defineOp, floatOnly } from '../../op.ts';
import { showShape } from '../../shape.ts';
import type { Tensor } from '../../tensor.ts';
import { attentionForward, type Columns, type Heads, referenceForward } from '../families/attention.ts';
import { attentionComposite } from '../families/attention-composite.ts';
import { selfAttentionBackward } from '../self-attention-backward/self-attention-backward.ts';
import { split } from '../slice/slice.ts';

export interface AttentionAttrs {
  readonly heads: number;
}

/** internal */
export const selfHeads = (qkv: TensorSpec, { heads }: AttentionAttrs): Heads => ({
  batch: qkv.shape[0],
  heads,
  dim: qkv.shape[2] / 3 / heads,
});

/** internal. Part 0, 1 or 2 (q, k, v) of a packed [B, T, 3·H·D]. */
export const selfPart = (qkv: TensorSpec, at: CpuOperand, part: number): Columns => ({
  at,
  offset: (part * qkv.shape[2]) / 3,
  stride: qkv.shape[2],
  tokens: qkv.shape[1],
});

/** internal */
export const checkMask = (op: string, mask: TensorSpec | undefined, batch: number, tokens: number): void => {
  if (mask === undefined) return;
  if (mask.dtype !== 'bool') throw new DTypeError(op, `the padding mask must be bool, came ${mask.dtype}; cast() it`);
  if (mask.shape.length !== 2 || mask.shape[0] !== batch || mask.shape[1] !== tokens) {
    throw new ShapeError(op, `the padding mask must be [${batch}, ${tokens}], came ${showShape(mask.shape)}`);
  }
};

/** internal */
export const checkHeads = (op: string, heads: number): void => {
  if (!(Number.isInteger(heads) && heads >= 1)) {
    throw new ArgumentError(op, `heads must be a whole number >= 1, came ${heads}`);
  }
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
    checkMask('selfAttention', mask, B, T);
    return [
      { shape: [B, T, width / 3], dtype: qkv.dtype },
      { shape: [B, heads, T, T], dtype: qkv.dtype },
    ];
  },
  saves: { inputs: [0], outputs: [1] },
  vjp: (c, g) => [() => selfAttentionBackward(c.input(0), c.output(1), g, c.attrs), null],
  composite: ([qkv, mask], { heads }) => {
    const third = qkv.shape[2] / 3;
    const [q, k, v] = split(qkv, [third, third, third]);
    return attentionComposite(q, k, v, mask ?? null, heads);
  },
  reference: ([qkv, mask], [out, probs], attrs) => {
    const part = (i: number) => ({ x: qkv, offset: (i * qkv.shape[2]) / 3 });
    referenceForward(selfHeads(qkv, attrs), { q: part(0), k: part(1), v: part(2) }, mask ?? null, out, probs);
  },
  cpu: ([qkv, mask], _outputs, attrs) => {
    const h = selfHeads(qkv, attrs);
    const [, T, width] = qkv.shape;
    const part = (i: number) => selfPart(qkv, input(0), i);
    const out = { at: output(0), offset: 0, stride: width / 3, tokens: T };
    return cpuPlan(
      attentionForward(
        h,
        { q: part(0), k: part(1), v: part(2), out },
        { scores: scratch(0), probs: output(1), mask: mask === undefined ? null : input(1) },
      ),
      [h.batch * h.heads * T * T * 4],
    );
  },
});

/**
 * Multi-head self-attention over a packed projection: qkv [B, T, 3·H·D] (q, k, v side by side, heads inside each) ->
 * [B, T, H·D]. `mask` is bool [B, T]: which tokens exist; a row with no token left gives 0.
 */
export const selfAttention = (
  qkv: Tensor,
  { heads, mask }: { readonly heads: number; readonly mask?: Tensor | undefined },
): Tensor => apply(selfAttentionOp, mask === undefined ? [qkv] : [qkv, mask], { heads });
