import { apply, notDifferentiable } from '../../op.ts';
import type { Tensor } from '../../tensor.ts';
import { defineBinary, defineUnary, noAttrs } from '../families/elementwise.ts';
import { mul } from '../mul/mul.ts';
import { sigmoid } from '../sigmoid/sigmoid.ts';

// silu(x) = x · s, s = sigmoid(x)
export const siluOp = defineUnary({
  name: 'silu',
  fn: 'silu',
  f: (x) => x / (1 + Math.exp(-x)),
  saves: 'input',
  pull: (x, g) => siluBackward(x, g),
  composite: (x) => mul(x, sigmoid(x)),
});

// d silu = s · (1 + x · (1 - s)), with 1 - s = sigmoid(-x); beyond 800 it is at its limits
export const siluBackwardOp = defineBinary({
  name: 'siluBackward',
  fn: 'siluBackward',
  f: (x, g) => {
    const z = Math.max(-800, Math.min(800, x));
    return (g / (1 + Math.exp(-z))) * (1 + z / (1 + Math.exp(z)));
  },
  saves: [],
  vjp: notDifferentiable('second derivatives go through the composite of silu'),
});

/** x · sigmoid(x), also called swish (Elfwing, Uchibe and Doya 2018). */
export const silu = (x: Tensor): Tensor => apply(siluOp, [x], noAttrs);

/** g times the derivative of silu at x. */
export const siluBackward = (x: Tensor, g: Tensor): Tensor => apply(siluBackwardOp, [x, g], noAttrs);
