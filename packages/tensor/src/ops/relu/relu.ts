import { apply } from '../../op.ts';
import type { Tensor } from '../../tensor.ts';
import { defineUnary, noAttrs } from '../families/elementwise.ts';
import { lessEqual } from '../less-equal/less-equal.ts';
import { reluBackward } from '../relu-backward/relu-backward.ts';
import { where } from '../where/where.ts';

export const reluOp = defineUnary({
  name: 'relu',
  fn: 'relu',
  f: (x) => (x > 0 || Number.isNaN(x) ? x : 0),
  saves: 'input',
  pull: (x, g) => reluBackward(x, g),
  // A selection and no product: 0 · -Infinity is NaN.
  composite: (x) => where(lessEqual(x, 0), 0, x),
});

/** max(x, 0); the gradient at 0 is 0. */
export const relu = (x: Tensor): Tensor => apply(reluOp, [x], noAttrs);
