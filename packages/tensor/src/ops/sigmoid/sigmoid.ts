import { apply } from '../../op.ts';
import type { Tensor } from '../../tensor.ts';
import { defineUnary, noAttrs } from '../families/elementwise.ts';
import { mul } from '../mul/mul.ts';
import { square } from '../square/square.ts';
import { sub } from '../sub/sub.ts';

// d sigmoid = y - y²
export const sigmoidOp = defineUnary({
  name: 'sigmoid',
  fn: 'sigmoid',
  f: (x) => (x >= 0 ? 1 / (1 + Math.exp(-x)) : Math.exp(x) / (1 + Math.exp(x))),
  saves: 'output',
  pull: (y, g) => mul(g, sub(y, square(y))),
});

/** 1 / (1 + e^-x). */
export const sigmoid = (x: Tensor): Tensor => apply(sigmoidOp, [x], noAttrs);
