import { apply } from '../../op.ts';
import type { Tensor } from '../../tensor.ts';
import { defineUnary, noAttrs } from '../families/elementwise.ts';

export const negOp = defineUnary({
  name: 'neg',
  fn: 'neg',
  f: (x) => -x,
  integers: 'neg',
  saves: 'nothing',
  pull: (_v, g) => neg(g),
});

/** -x of floats or i32. */
export const neg = (x: Tensor): Tensor => apply(negOp, [x], noAttrs);
