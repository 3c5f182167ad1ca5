import { apply } from '../../op.ts';
import type { Tensor } from '../../tensor.ts';
import { defineUnary, noAttrs } from '../families/elementwise.ts';
import { mul } from '../mul/mul.ts';
import { sign } from '../sign/sign.ts';

export const absOp = defineUnary({
  name: 'abs',
  fn: 'abs',
  f: Math.abs,
  integers: 'abs',
  saves: 'input',
  pull: (x, g) => mul(g, sign(x)),
});

/** |x| of floats or i32; the gradient at 0 is 0. */
export const abs = (x: Tensor): Tensor => apply(absOp, [x], noAttrs);
