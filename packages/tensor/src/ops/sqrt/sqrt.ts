import { apply } from '../../op.ts';
import type { Tensor } from '../../tensor.ts';
import { div } from '../div/div.ts';
import { defineUnary, noAttrs } from '../families/elementwise.ts';
import { mul } from '../mul/mul.ts';

export const sqrtOp = defineUnary({
  name: 'sqrt',
  fn: 'sqrt',
  f: Math.sqrt,
  saves: 'output',
  pull: (y, g) => div(g, mul(y, 2)),
});

/** Square root; NaN below 0. */
export const sqrt = (x: Tensor): Tensor => apply(sqrtOp, [x], noAttrs);
