import { apply } from '../../op.ts';
import type { Tensor } from '../../tensor.ts';
import { defineUnary, noAttrs } from '../families/elementwise.ts';
import { mul } from '../mul/mul.ts';

export const squareOp = defineUnary({
  name: 'square',
  fn: 'square',
  f: (x) => x * x,
  saves: 'input',
  pull: (x, g) => mul(g, mul(x, 2)),
});

/** x². */
export const square = (x: Tensor): Tensor => apply(squareOp, [x], noAttrs);
