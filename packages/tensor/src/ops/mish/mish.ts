import { apply, compose } from '../../op.ts';
import type { Tensor } from '../../tensor.ts';
import { abs } from '../abs/abs.ts';
import { add } from '../add/add.ts';
import { div } from '../div/div.ts';
import { defineShapedComposite, defineUnary, type NoAttrs, noAttrs } from '../families/elementwise.ts';
import { mul } from '../mul/mul.ts';
import { softplus } from '../softplus/softplus.ts';
import { square } from '../square/square.ts';
import { tanh } from '../tanh/tanh.ts';

export const mishOp = defineShapedComposite<NoAttrs>('mish', (x) => mul(x, tanh(softplus(x))));

// d softsign = 1 / (1 + |x|)²; by the rule of the quotient it would be a difference of two numbers near 1 / |x|
export const softsignOp = defineUnary({
  name: 'softsign',
  fn: 'softsign',
  f: (x) => x / (1 + Math.abs(x)),
  saves: 'input',
  pull: (x, g) => div(g, square(add(abs(x), 1))),
});

/** x · tanh(softplus(x)) (Misra 2020). */
export const mish = (x: Tensor): Tensor => compose(mishOp, [x], noAttrs);

/** x / (1 + |x|); NaN for infinities, as in PyTorch. */
export const softsign = (x: Tensor): Tensor => apply(softsignOp, [x], noAttrs);
