import { apply } from '../../op.ts';
import type { Tensor } from '../../tensor.ts';
import { erfcFloat64 } from '../erf/erf-float64.ts';
import { exp } from '../exp/exp.ts';
import { defineUnary, noAttrs } from '../families/elementwise.ts';
import { mul } from '../mul/mul.ts';
import { neg } from '../neg/neg.ts';
import { square } from '../square/square.ts';

// d erfc = -2/√π · e^(-x²)
export const erfcOp = defineUnary({
  name: 'erfc',
  device: 'erfc',
  f: erfcFloat64,
  saves: 'input',
  pull: (x, g) => mul(g, mul(exp(neg(square(x))), -2 / Math.sqrt(Math.PI))),
});

/** 1 - erf(x), with all its digits where it is small. */
export const erfc = (x: Tensor): Tensor => apply(erfcOp, [x], noAttrs);
