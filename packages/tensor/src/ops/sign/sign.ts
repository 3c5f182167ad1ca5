import { apply } from '../../op.ts';
import type { Tensor } from '../../tensor.ts';
import { defineUnary, noAttrs } from '../families/elementwise.ts';
import { mul } from '../mul/mul.ts';

export const signOp = defineUnary({
  name: 'sign',
  fn: 'sign',
  f: Math.sign,
  integers: 'sign',
  saves: 'nothing',
  pull: (_v, g) => mul(g, 0),
});

/** -1, 0 or 1 of floats or i32; NaN stays NaN. Its gradient is 0 everywhere, as in PyTorch. */
export const sign = (x: Tensor): Tensor => apply(signOp, [x], noAttrs);
