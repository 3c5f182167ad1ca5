import { apply } from '../../op.ts';
import type { Tensor } from '../../tensor.ts';
import { exp } from '../exp/exp.ts';
import { defineUnary, noAttrs } from '../families/elementwise.ts';
import { mul } from '../mul/mul.ts';
import { neg } from '../neg/neg.ts';
import { square } from '../square/square.ts';
import { erfFloat64 } from './erf-float64.ts';

// d erf = 2/√π · e^(-x²)
export const erfOp = defineUnary({
  name: 'erf',
  fn: 'erf',
  f: erfFloat64,
  saves: 'input',
  pull: (x, g) => mul(g, mul(exp(neg(square(x))), 2 / Math.sqrt(Math.PI))),
});

/** Error function. */
export const erf = (x: Tensor): Tensor => apply(erfOp, [x], noAttrs);
