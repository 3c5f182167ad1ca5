import type { Tensor } from '../../tensor.ts';
import { applyLoss, checkNumber, defineElementLoss, type LossOptions } from '../families/loss.ts';
import { maximum } from '../maximum/maximum.ts';
import { minimum } from '../minimum/minimum.ts';
import { mul } from '../mul/mul.ts';
import { sub } from '../sub/sub.ts';

// With q = d clipped to ±delta it is q (d - q / 2), which squares nothing large and has its second derivative at 0.
/** internal: d² / 2 where |d| <= delta, delta (|d| - delta / 2) elsewhere. */
export const huberOf = (d: Tensor, delta: number): Tensor => {
  const q = maximum(minimum(d, delta), -delta);
  return mul(q, sub(d, mul(q, 0.5)));
};

export const huberLossOp = defineElementLoss<{ readonly delta: number }>('huberLoss', (input, target, { delta }) =>
  huberOf(sub(input, target), delta),
);

export interface HuberLossOptions extends LossOptions {
  /** Where the square becomes a line. Default 1. */
  readonly delta?: number;
}

/** Huber (1964): half the squared error up to `delta`, delta (|d| - delta / 2) beyond; input and target have one shape. */
export const huberLoss = (input: Tensor, target: Tensor, options: HuberLossOptions = {}): Tensor => {
  const { delta = 1 } = options;
  checkNumber('huberLoss', 'delta', delta, 0, true);
  return applyLoss(huberLossOp, [input, target], { delta }, options);
};
