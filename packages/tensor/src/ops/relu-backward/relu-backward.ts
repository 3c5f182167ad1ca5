import { apply, notDifferentiable } from '../../op.ts';
import type { Tensor } from '../../tensor.ts';
import { defineBinary, noAttrs } from '../families/elementwise.ts';

export const reluBackwardOp = defineBinary({
  name: 'reluBackward',
  fn: 'reluBackward',
  f: (x, g) => (x > 0 ? g : 0),
  saves: [],
  vjp: notDifferentiable('second derivatives go through the composite of relu'),
});

/** g where x > 0, else 0: the gradient of relu. */
export const reluBackward = (x: Tensor, g: Tensor): Tensor => apply(reluBackwardOp, [x, g], noAttrs);
