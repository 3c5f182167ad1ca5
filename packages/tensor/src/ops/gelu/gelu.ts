import { apply } from '../../op.ts';
import type { Tensor } from '../../tensor.ts';
import { erfcFloat64 } from '../erf/erf-float64.ts';
import { erfc } from '../erfc/erfc.ts';
import { defineUnary, noAttrs } from '../families/elementwise.ts';
import { geluBackward } from '../gelu-backward/gelu-backward.ts';
import { mul } from '../mul/mul.ts';

// gelu(x) = x · Φ(x) = x/2 · erfc(-x/√2), where 1 + erf(x/√2) would cancel in the lower tail
export const geluOp = defineUnary({
  name: 'gelu',
  fn: 'gelu',
  f: (x) => 0.5 * x * erfcFloat64(-x * Math.SQRT1_2),
  saves: 'input',
  pull: (x, g) => geluBackward(x, g),
  composite: (x) => mul(mul(x, 0.5), erfc(mul(x, -Math.SQRT1_2))),
});

/** Gaussian error linear unit, exact form (Hendrycks and Gimpel 2016). */
export const gelu = (x: Tensor): Tensor => apply(geluOp, [x], noAttrs);
