import { apply, defineViewOp, endsGradient } from '../../op.ts';
import type { Tensor } from '../../tensor.ts';
import { type NoAttrs, noAttrs } from '../families/elementwise.ts';

export const stopGradientOp = defineViewOp<NoAttrs>({
  name: 'stopGradient',
  infer: ([x]) => [{ shape: x.shape, dtype: x.dtype }],
  saves: { inputs: [], outputs: [] },
  vjp: endsGradient('it is what stopGradient is for'),
});

/** The same values, a constant for every gradient. */
export const stopGradient = (x: Tensor): Tensor => apply(stopGradientOp, [x], noAttrs);
