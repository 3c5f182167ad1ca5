import type { Tensor } from '../../tensor.ts';
import { abs } from '../abs/abs.ts';
import { type NoAttrs, noAttrs } from '../families/elementwise.ts';
import { applyLoss, defineElementLoss, type LossOptions } from '../families/loss.ts';
import { sub } from '../sub/sub.ts';

// |x - t|
export const l1LossOp = defineElementLoss<NoAttrs>('l1Loss', (input, target) => abs(sub(input, target)));

/** Absolute error of input and target, which have one shape; the gradient is 0 where they are equal. */
export const l1Loss = (input: Tensor, target: Tensor, options: LossOptions = {}): Tensor =>
  applyLoss(l1LossOp, [input, target], noAttrs, options);
