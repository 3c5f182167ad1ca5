import type { TensorSpec } from '../../backend.ts';
import { input, output } from '../../cpu-plan.ts';
import { defineOp, notDifferentiable } from '../../op.ts';
import {
  type AttentionBackwardArgs,
  attentionBackwardPlan,
  referenceAttentionBackward,
} from '../families/attention.ts';
import {
  arraysOf,
  operandsOf,
  type ScaledAttentionAttrs,
  scaledAttentionArgs,
} from '../scaled-dot-product-attention/scaled-dot-product-attention.ts';

/** Inputs of the forward op come after what it gave and the gradient of its result. */
const before = 3;

const argsOf = (inputs: readonly TensorSpec[], attrs: ScaledAttentionAttrs): AttentionBackwardArgs => {
  const args = scaledAttentionArgs(inputs.slice(before), attrs);
  return { ...args, g: args.out, dq: args.q, dk: args.k, dv: args.v };
};

/** [out, statistics, g, q, k, v, mask?, padding?, bias?, key?] -> dq, dk, dv. */
export const scaledDotProductAttentionBackwardOp = defineOp<ScaledAttentionAttrs>({
  name: 'scaledDotProductAttentionBackward',
  infer: (inputs) => inputs.slice(before, before + 3).map(({ shape, dtype }) => ({ shape, dtype })),
  saves: { inputs: [], outputs: [] },
  vjp: notDifferentiable('second derivatives go through the composite of scaledDotProductAttention'),
  reference: (inputs, gradients, attrs) =>
    referenceAttentionBackward(arraysOf(inputs.slice(before), attrs), inputs[2], gradients, argsOf(inputs, attrs)),
  cpu: (inputs, _outputs, attrs) =>
    attentionBackwardPlan(
      operandsOf(
        inputs.slice(before).map((_, i) => input(before + i)),
        attrs,
      ),
      [input(0), input(1), input(2)],
      [output(0), output(1), output(2)],
      argsOf(inputs, attrs),
    ),
});
