import { DTypeError } from '../../errors.ts';
import { normalizeAxes, reducedShape } from '../../shape.ts';
import type { Tensor } from '../../tensor.ts';
import { add } from '../add/add.ts';
import { div } from '../div/div.ts';
import {
  applyLoss,
  checkFits,
  checkNumber,
  checkPair,
  defineLoss,
  hidden,
  type LossOptions,
} from '../families/loss.ts';
import { mul } from '../mul/mul.ts';
import { neg } from '../neg/neg.ts';
import { sum } from '../sum/sum.ts';

export interface DiceAttrs {
  /** Sorted, from the front. */
  readonly axes: readonly number[];
  readonly smooth: number;
}

const name = 'diceLoss';

// 1 - (2 Σ p t + s) / (Σ p + Σ t + s)
export const diceLossOp = defineLoss<DiceAttrs>({
  name,
  shape: (inputs, { axes }) => {
    checkPair(name, inputs, ['input', 'target']);
    const [{ shape }, , mask] = inputs;
    if (mask !== undefined) {
      if (mask.dtype !== 'bool')
        throw new DTypeError(name, `the mask must be bool, came ${mask.dtype}; compare or cast() it`);
      checkFits(name, 'mask', mask, shape, 'input');
    }
    return reducedShape(shape, axes, false);
  },
  losses: ([input, target, mask], { axes, smooth }) => {
    const [p, t] = [input, target].map((x) => hidden(x, mask ?? null));
    const both = add(mul(sum(mul(p, t), { axes }), 2), smooth);
    const all = add(add(sum(p, { axes }), sum(t, { axes })), smooth);
    return add(neg(div(both, all)), 1);
  },
});

export interface DiceLossOptions extends Omit<LossOptions, 'mask'> {
  /** Axes of one overlap. Default all but the first, the batch. */
  readonly axes?: number | readonly number[];
  /** Added above and below, > 0: nothing to find and nothing found gives 0. Default 1. */
  readonly smooth?: number;
  /** bool, broadcast to the input: elements where it is false do not take part. */
  readonly mask?: Tensor;
}

/**
 * Milletari et al. (2016), with plain sums below: 1 - (2 Σ p t + s) / (Σ p + Σ t + s) of probabilities p and targets t of one
 * shape; the sums run over `axes` and 'none' gives the other axes.
 */
export const diceLoss = (input: Tensor, target: Tensor, options: DiceLossOptions = {}): Tensor => {
  const { axes = input.shape.map((_, i) => i).slice(1), smooth = 1, mask, ...common } = options;
  checkNumber(name, 'smooth', smooth, 0, true);
  const attrs = { axes: normalizeAxes(name, axes, input.rank), smooth };
  return applyLoss(diceLossOp, mask === undefined ? [input, target] : [input, target, mask], attrs, common);
};
