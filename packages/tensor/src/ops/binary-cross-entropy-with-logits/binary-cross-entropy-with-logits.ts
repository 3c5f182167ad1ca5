import type { TensorSpec } from '../../backend.ts';
import { DTypeError } from '../../errors.ts';
import type { Tensor } from '../../tensor.ts';
import { add } from '../add/add.ts';
import { applyBinary, defineBinary } from '../families/elementwise.ts';
import { applyLoss, checkFits, checkPair, defineLoss, hidden, type LossOptions } from '../families/loss.ts';
import { less } from '../less/less.ts';
import { mul } from '../mul/mul.ts';
import { neg } from '../neg/neg.ts';
import { sigmoid } from '../sigmoid/sigmoid.ts';
import { sub } from '../sub/sub.ts';
import { where } from '../where/where.ts';

const oneMinus = (t: Tensor): Tensor => add(neg(t), 1);

// l = (1 - t) log(1 + e^x) + t log(1 + e^-x), dx = σ(x) - t, dt = -x. No large parts of l cancel, and the derivative right of
// 0 is (1 - t) - σ(-x): where a logit of 20 is right, neither the loss of 2e-9 nor its gradient is rounded away.
export const logisticLossOp = defineBinary({
  name: 'logisticLoss',
  fn: 'logisticLoss',
  f: (x, t) => Math.max(x, 0) * (1 - t) + Math.max(-x, 0) * t + Math.log1p(Math.exp(-Math.abs(x))),
  saves: [0, 1],
  vjp: (c, g) => [
    () => {
      const [x, t] = [c.input(0), c.input(1)];
      const left = less(x, 0);
      const small = sigmoid(where(left, x, neg(x)));
      return mul(g, where(left, sub(small, t), sub(oneMinus(t), small)));
    },
    () => neg(mul(g, c.input(0))),
  ],
});

/** internal -t log σ(x) - (1 - t) log(1 - σ(x)), with broadcasting. */
export const logisticLoss = (x: Tensor, t: Tensor | number): Tensor => applyBinary(logisticLossOp, x, t);

export interface BceAttrs {
  readonly positiveWeight: boolean;
}

const name = 'binaryCrossEntropyWithLogits';

const checkPositiveWeight = (weight: TensorSpec, logits: TensorSpec): void => {
  if (weight.dtype !== logits.dtype)
    throw new DTypeError(name, `the positiveWeight must be ${logits.dtype}, came ${weight.dtype}; cast() it`);
  checkFits(name, 'positiveWeight', weight, logits.shape, 'logits');
};

export const binaryCrossEntropyWithLogitsOp = defineLoss<BceAttrs>({
  name,
  shape: (inputs, { positiveWeight }) => {
    checkPair(name, inputs, ['logits', 'target']);
    if (positiveWeight) checkPositiveWeight(inputs[2], inputs[0]);
    return inputs[0].shape;
  },
  losses: ([logits, target, weight], { positiveWeight }, mask) => {
    const [x, t] = [hidden(logits, mask), hidden(target, mask)];
    if (!positiveWeight) return logisticLoss(x, t);
    // p t log(1 + e^-x) + (1 - t) log(1 + e^x)
    const positive = mul(mul(t, hidden(weight, mask)), logisticLoss(x, 1));
    return add(positive, mul(oneMinus(t), logisticLoss(x, 0)));
  },
});

export interface BinaryCrossEntropyOptions extends LossOptions {
  /** Factor of the positive part, broadcast to the logits. */
  readonly positiveWeight?: Tensor;
}

/**
 * -p t log σ(x) - (1 - t) log(1 - σ(x)) of logits x and targets t from 0 to 1, which have one shape; p is `positiveWeight`.
 * Infinite logits give NaN or Infinity, as in PyTorch.
 */
export const binaryCrossEntropyWithLogits = (
  logits: Tensor,
  target: Tensor,
  options: BinaryCrossEntropyOptions = {},
): Tensor => {
  const { positiveWeight } = options;
  const inputs = positiveWeight === undefined ? [logits, target] : [logits, target, positiveWeight];
  return applyLoss(binaryCrossEntropyWithLogitsOp, inputs, { positiveWeight: positiveWeight !== undefined }, options);
};
