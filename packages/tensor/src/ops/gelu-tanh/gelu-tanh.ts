import { apply, notDifferentiable } from '../../op.ts';
import type { Tensor } from '../../tensor.ts';
import { add } from '../add/add.ts';
import { defineBinary, defineUnary, noAttrs } from '../families/elementwise.ts';
import { mul } from '../mul/mul.ts';
import { sigmoid } from '../sigmoid/sigmoid.ts';
import { square } from '../square/square.ts';

// z = √(8/π) · (x + 0.044715 x³), so that (1 + tanh(z/2)) / 2 = sigmoid(z)
const linear = Math.sqrt(8 / Math.PI);
const cubic = 0.044715 * linear;

export const geluTanhOp = defineUnary({
  name: 'geluTanh',
  fn: 'geluTanh',
  f: (x) => x / (1 + Math.exp(-x * (linear + cubic * x * x))),
  saves: 'input',
  pull: (x, g) => geluTanhBackward(x, g),
  composite: (x) => mul(x, sigmoid(mul(x, add(mul(square(x), cubic), linear)))),
});

// d = s · (1 + x · (1 - s) · dz/dx), s = sigmoid(z), 1 - s = sigmoid(-z); beyond 30 it is at its limits
export const geluTanhBackwardOp = defineBinary({
  name: 'geluTanhBackward',
  fn: 'geluTanhBackward',
  f: (x, g) => {
    const y = Math.max(-30, Math.min(30, x));
    const z = y * (linear + cubic * y * y);
    return (g / (1 + Math.exp(-z))) * (1 + (y * (linear + 3 * cubic * y * y)) / (1 + Math.exp(z)));
  },
  saves: [],
  vjp: notDifferentiable('second derivatives go through the composite of geluTanh'),
});

/** Gaussian error linear unit in its tanh form, x/2 · (1 + tanh(√(2/π) · (x + 0.044715 x³))) (Hendrycks and Gimpel 2016). */
export const geluTanh = (x: Tensor): Tensor => apply(geluTanhOp, [x], noAttrs);

/** g times the derivative of geluTanh at x. */
export const geluTanhBackward = (x: Tensor, g: Tensor): Tensor => apply(geluTanhBackwardOp, [x, g], noAttrs);
