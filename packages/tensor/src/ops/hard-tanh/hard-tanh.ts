import { ArgumentError } from '../../errors.ts';
import { compose } from '../../op.ts';
import type { Tensor } from '../../tensor.ts';
import { add } from '../add/add.ts';
import { finiteNumber } from '../families/arguments.ts';
import { defineShapedComposite, type NoAttrs, noAttrs } from '../families/elementwise.ts';
import { greaterEqual } from '../greater-equal/greater-equal.ts';
import { lessEqual } from '../less-equal/less-equal.ts';
import { mul } from '../mul/mul.ts';
import { where } from '../where/where.ts';

export interface HardTanhOptions {
  /** Default -1. */
  readonly min?: number;
  /** Default 1. */
  readonly max?: number;
}

/** Unlike clamp it has no gradient at its bounds. NaN passes. */
const bounded = (x: Tensor, min: number, max: number): Tensor =>
  where(lessEqual(x, min), min, where(greaterEqual(x, max), max, x));

export const hardTanhOp = defineShapedComposite<{ readonly min: number; readonly max: number }>(
  'hardTanh',
  (x, { min, max }) => bounded(x, min, max),
);
export const relu6Op = defineShapedComposite<NoAttrs>('relu6', (x) => bounded(x, 0, 6));
export const hardSigmoidOp = defineShapedComposite<NoAttrs>('hardSigmoid', (x) => mul(bounded(add(x, 3), 0, 6), 1 / 6));
export const hardSwishOp = defineShapedComposite<NoAttrs>('hardSwish', (x) => mul(x, hardSigmoid(x)));

/** x between min and max, else the bound; the gradient at the bounds is 0, as in PyTorch. */
export const hardTanh = (x: Tensor, { min = -1, max = 1 }: HardTanhOptions = {}): Tensor => {
  finiteNumber('hardTanh', 'min', min);
  finiteNumber('hardTanh', 'max', max);
  if (!(min < max)) throw new ArgumentError('hardTanh', `min must be below max, came ${min} and ${max}`);
  return compose(hardTanhOp, [x], { min, max });
};

/** min(max(x, 0), 6); the gradient at 0 and 6 is 0. */
export const relu6 = (x: Tensor): Tensor => compose(relu6Op, [x], noAttrs);

/** relu6(x + 3) / 6; the gradient at -3 and 3 is 0. */
export const hardSigmoid = (x: Tensor): Tensor => compose(hardSigmoidOp, [x], noAttrs);

/** x · relu6(x + 3) / 6 (Howard et al. 2019); the gradient at -3 is 0 and at 3 is 1, those of the outer lines. */
export const hardSwish = (x: Tensor): Tensor => compose(hardSwishOp, [x], noAttrs);
