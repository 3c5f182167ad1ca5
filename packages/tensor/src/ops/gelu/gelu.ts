import { apply } from '../../op.ts';
import type { Tensor } from '../../tensor.ts';
import { add } from '../add/add.ts';
import { erf } from '../erf/erf.ts';
import { erfFloat64 } from '../erf/erf-float64.ts';
import { defineUnary, noAttrs } from '../families/elementwise.ts';
import { geluBackward } from '../gelu-backward/gelu-backward.ts';
import { mul } from '../mul/mul.ts';

// gelu(x) = x · Φ(x) = x/2 · (1 + erf(x/√2))
export const geluOp = defineUnary({
  name: 'gelu',
  fn: 'gelu',
  f: (x) => 0.5 * x * (1 + erfFloat64(x * Math.SQRT1_2)),
  saves: 'input',
  pull: (x, g) => geluBackward(x, g),
  composite: (x) => mul(mul(x, 0.5), add(erf(mul(x, Math.SQRT1_2)), 1)),
});

/** Gaussian error linear unit, exact form (Hendrycks and Gimpel 2016). */
export const gelu = (x: Tensor): Tensor => apply(geluOp, [x], noAttrs);
