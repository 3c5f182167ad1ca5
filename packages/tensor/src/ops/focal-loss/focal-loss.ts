import { ArgumentError } from '../../errors.ts';
import type { Tensor } from '../../tensor.ts';
import { add } from '../add/add.ts';
import { logisticLoss } from '../binary-cross-entropy-with-logits/binary-cross-entropy-with-logits.ts';
import { exp } from '../exp/exp.ts';
import { applyLoss, checkNumber, checkPair, defineLoss, hidden, type LossOptions } from '../families/loss.ts';
import { mul } from '../mul/mul.ts';
import { neg } from '../neg/neg.ts';

export interface FocalAttrs {
  readonly gamma: number;
  /** Null: no balance of the two classes. */
  readonly alpha: number | null;
}

const name = 'focalLoss';

// α_t (1 - p_t)^γ l(x, t), l the logistic loss. log(1 - p_t) = -l(x, 1 - t) for t 0 or 1, which is finite and has a gradient
// where 1 - p_t itself is rounded to 0.
export const focalLossOp = defineLoss<FocalAttrs>({
  name,
  shape: (inputs) => {
    checkPair(name, inputs, ['logits', 'target']);
    return inputs[0].shape;
  },
  losses: ([logits, target], { gamma, alpha }, mask) => {
    const [x, t] = [hidden(logits, mask), hidden(target, mask)];
    const focus = exp(mul(logisticLoss(x, add(neg(t), 1)), -gamma));
    const loss = mul(focus, logisticLoss(x, t));
    return alpha === null ? loss : mul(loss, add(mul(t, 2 * alpha - 1), 1 - alpha));
  },
});

export interface FocalLossOptions extends LossOptions {
  /** γ >= 0: how much what is right already counts less. Default 2. */
  readonly gamma?: number;
  /** α from 0 to 1: factor of positives, 1 - α that of negatives. Default none; torchvision's is 0.25. */
  readonly alpha?: number;
}

/**
 * Lin et al. (2017): α_t (1 - p_t)^γ (-log p_t) of logits and targets 0 or 1, which have one shape. Targets between mix the
 * logarithms of 1 - p_t, where torchvision mixes the probabilities.
 */
export const focalLoss = (logits: Tensor, target: Tensor, options: FocalLossOptions = {}): Tensor => {
  const { gamma = 2, alpha } = options;
  checkNumber(name, 'gamma', gamma, 0);
  if (alpha !== undefined && !(alpha >= 0 && alpha <= 1))
    throw new ArgumentError(name, `alpha is a number from 0 to 1, came ${alpha}`);
  return applyLoss(focalLossOp, [logits, target], { gamma, alpha: alpha ?? null }, options);
};
