import { apply } from '../../op.ts';
import type { Tensor } from '../../tensor.ts';
import { defineUnary, noAttrs } from '../families/elementwise.ts';
import { mul } from '../mul/mul.ts';
import { square } from '../square/square.ts';
import { sub } from '../sub/sub.ts';

// d tanh = 1 - tanh²
export const tanhOp = defineUnary({
  name: 'tanh',
  fn: 'tanh',
  f: Math.tanh,
  saves: 'output',
  pull: (y, g) => sub(g, mul(g, square(y))),
});

/** Hyperbolic tangent. */
export const tanh = (x: Tensor): Tensor => apply(tanhOp, [x], noAttrs);
