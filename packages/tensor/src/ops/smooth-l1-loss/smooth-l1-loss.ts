import type { Tensor } from '../../tensor.ts';
import { abs } from '../abs/abs.ts';
import { applyLoss, checkNumber, defineElementLoss, type LossOptions } from '../families/loss.ts';
import { huberOf } from '../huber-loss/huber-loss.ts';
import { mul } from '../mul/mul.ts';
import { sub } from '../sub/sub.ts';

// d² / (2 beta) where |d| < beta, |d| - beta / 2 elsewhere: Huber's loss over beta, and |d| for beta 0
export const smoothL1LossOp = defineElementLoss<{ readonly beta: number }>(
  'smoothL1Loss',
  (input, target, { beta }) => {
    const d = sub(input, target);
    return beta === 0 ? abs(d) : mul(huberOf(d, beta), 1 / beta);
  },
);

export interface SmoothL1LossOptions extends LossOptions {
  /** Where the square becomes a line; 0 gives |d|. Default 1. */
  readonly beta?: number;
}

/** Girshick (2015), Fast R-CNN: d² / (2 beta) below `beta`, |d| - beta / 2 beyond; input and target have one shape. */
export const smoothL1Loss = (input: Tensor, target: Tensor, options: SmoothL1LossOptions = {}): Tensor => {
  const { beta = 1 } = options;
  checkNumber('smoothL1Loss', 'beta', beta, 0);
  return applyLoss(smoothL1LossOp, [input, target], { beta }, options);
};
