import { apply, notDifferentiable } from '../../op.ts';
import type { Tensor } from '../../tensor.ts';
import { erfcFloat64 } from '../erf/erf-float64.ts';
import { defineBinary, noAttrs } from '../families/elementwise.ts';

// d gelu = Φ(x) + x · φ(x), φ(x) = e^(-x²/2) / √(2π), Φ(x) = erfc(-x/√2) / 2
export const geluBackwardOp = defineBinary({
  name: 'geluBackward',
  fn: 'geluBackward',
  // x · φ(x) is 0 far out, and at the infinities too.
  f: (x, g) =>
    g *
    (0.5 * erfcFloat64(-x * Math.SQRT1_2) +
      (Math.abs(x) > 40 ? 0 : (x * Math.exp(-0.5 * x * x)) / Math.sqrt(2 * Math.PI))),
  saves: [],
  vjp: notDifferentiable('second derivatives go through the composite of gelu'),
});

/** g times the derivative of gelu at x. */
export const geluBackward = (x: Tensor, g: Tensor): Tensor => apply(geluBackwardOp, [x, g], noAttrs);
