import type { Tensor } from '../../tensor.ts';
import { type NoAttrs, noAttrs } from '../families/elementwise.ts';
import { applyLoss, defineElementLoss, type LossOptions } from '../families/loss.ts';
import { square } from '../square/square.ts';
import { sub } from '../sub/sub.ts';

// (x - t)²
export const mseLossOp = defineElementLoss<NoAttrs>('mseLoss', (input, target) => square(sub(input, target)));

/** Squared error of input and target, which have one shape: a scalar, or that shape without reduction. */
export const mseLoss = (input: Tensor, target: Tensor, options: LossOptions = {}): Tensor =>
  applyLoss(mseLossOp, [input, target], noAttrs, options);
