import { compose } from '../../op.ts';
import type { Tensor } from '../../tensor.ts';
import { abs } from '../abs/abs.ts';
import { add } from '../add/add.ts';
import { div } from '../div/div.ts';
import { defineShapedComposite, type NoAttrs, noAttrs } from '../families/elementwise.ts';
import { mul } from '../mul/mul.ts';
import { softplus } from '../softplus/softplus.ts';
import { tanh } from '../tanh/tanh.ts';

export const mishOp = defineShapedComposite<NoAttrs>('mish', (x) => mul(x, tanh(softplus(x))));
export const softsignOp = defineShapedComposite<NoAttrs>('softsign', (x) => div(x, add(abs(x), 1)));

/** x · tanh(softplus(x)) (Misra 2020). */
export const mish = (x: Tensor): Tensor => compose(mishOp, [x], noAttrs);

/** x / (1 + |x|); NaN for infinities, as in PyTorch. */
export const softsign = (x: Tensor): Tensor => compose(softsignOp, [x], noAttrs);
