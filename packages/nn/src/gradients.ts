// From a loss to the gradient arenas.

import { type LossAndMore, mul, scope, type Tensor, valueAndGradOrNull } from '@omnigrad/tensor';
import { finite, requireOption } from './option-checks.ts';
import { type ParameterGroup, trainable } from './parameters.ts';

export interface AccumulateOptions {
  /**
   * Multiplies the gradients, not the value that is returned. 1 / k for each of k micro-batches of one size, whose losses
   * are means, gives the gradient of one large batch. Default: 1.
   */
  readonly scale?: number;
}

const lossOf = (result: Tensor | LossAndMore): Tensor => ('loss' in result ? result.loss : result);

/** The loss is scaled, not each gradient: one element. */
const scaledValueAndGrad = <T extends Tensor | LossAndMore>(
  fn: () => T,
  weights: readonly Tensor[],
  scale: number,
): { value: T; grads: (Tensor | null)[] } => {
  const { value, grads } = valueAndGradOrNull(() => {
    const result = fn();
    return { loss: mul(lossOf(result), scale), result };
  }, weights);
  value.loss.dispose();
  return { value: value.result, grads };
};

/**
 * Runs `fn`, differentiates its loss with respect to the parameters of `groups`, and adds each gradient to its arena.
 * Parameters outside the groups and frozen ones are constants: no gradient is worked out for them. The result of `fn`
 * belongs to the enclosing scope. Gradients are added up over calls until ParameterArena.zeroGrads().
 */
export const accumulateGradients = <T extends Tensor | LossAndMore>(
  fn: () => T,
  groups: readonly Pick<ParameterGroup, 'arena' | 'parameters' | 'frozen'>[],
  { scale = 1 }: AccumulateOptions = {},
): T =>
  scope(() => {
    requireOption('accumulateGradients', 'scale', scale, finite);
    const targets = groups.flatMap((group) => trainable(group).map((parameter) => ({ arena: group.arena, parameter })));
    // Nothing to differentiate: the value alone.
    if (targets.length === 0) return fn();
    const weights = targets.map(({ parameter }) => parameter.value);
    const { value, grads } = scale === 1 ? valueAndGradOrNull(fn, weights) : scaledValueAndGrad(fn, weights, scale);
    targets.forEach(({ arena, parameter }, i) => {
      const g = grads[i];
      if (g === null) return;
      arena.accumulate(parameter, g);
      g.dispose();
    });
    return value;
  });
