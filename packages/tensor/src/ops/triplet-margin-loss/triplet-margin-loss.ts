import { ShapeError } from '../../errors.ts';
import type { Tensor } from '../../tensor.ts';
import { add } from '../add/add.ts';
import { applyLoss, checkNumber, checkPair, defineLoss, hiddenRows, type LossOptions } from '../families/loss.ts';
import { less } from '../less/less.ts';
import { minimum } from '../minimum/minimum.ts';
import { sqrt } from '../sqrt/sqrt.ts';
import { square } from '../square/square.ts';
import { sub } from '../sub/sub.ts';
import { sum } from '../sum/sum.ts';
import { where } from '../where/where.ts';

export interface TripletAttrs {
  readonly margin: number;
  readonly eps: number;
  readonly swap: boolean;
}

const name = 'tripletMarginLoss';

// max(0, margin + |a - p + eps| - |a - n + eps|); eps keeps the root from 0, where it has no gradient
export const tripletMarginLossOp = defineLoss<TripletAttrs>({
  name,
  shape: (inputs) => {
    const [anchor, positive, negative] = inputs;
    checkPair(name, [anchor, positive], ['anchor', 'positive']);
    checkPair(name, [anchor, negative], ['anchor', 'negative']);
    if (anchor.shape.length === 0) throw new ShapeError(name, 'expected anchor [..., width], came []');
    return anchor.shape.slice(0, -1);
  },
  losses: (inputs, { margin, eps, swap }, mask) => {
    const [anchor, positive, negative] = inputs.map((x) => hiddenRows(x, mask));
    const distance = (a: Tensor, b: Tensor): Tensor => sqrt(sum(square(add(sub(a, b), eps)), { axes: -1 }));
    const apart = distance(anchor, negative);
    const far = swap ? minimum(apart, distance(positive, negative)) : apart;
    const loss = add(sub(distance(anchor, positive), far), margin);
    return where(less(loss, 0), 0, loss);
  },
});

export interface TripletMarginLossOptions extends LossOptions {
  /** How much farther than the positive the negative must be. Default 1. */
  readonly margin?: number;
  /** Added to each difference of coordinates, as in PyTorch. Default 1e-6. */
  readonly eps?: number;
  /** Use the distance of positive and negative where it is the smaller one (Balntas et al. 2016). Default false. */
  readonly swap?: boolean;
}

/** max(0, margin + |anchor - positive| - |anchor - negative|) of vectors [..., width] of one shape, with Euclidean lengths. */
export const tripletMarginLoss = (
  anchor: Tensor,
  positive: Tensor,
  negative: Tensor,
  options: TripletMarginLossOptions = {},
): Tensor => {
  const { margin = 1, eps = 1e-6, swap = false } = options;
  checkNumber(name, 'margin', margin, 0);
  checkNumber(name, 'eps', eps, 0, true);
  return applyLoss(tripletMarginLossOp, [anchor, positive, negative], { margin, eps, swap }, options);
};
