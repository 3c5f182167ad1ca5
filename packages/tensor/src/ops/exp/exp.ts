import { apply } from '../../op.ts';
import type { Tensor } from '../../tensor.ts';
import { defineUnary, noAttrs } from '../families/elementwise.ts';
import { mul } from '../mul/mul.ts';

export const expOp = defineUnary({ name: 'exp', fn: 'exp', f: Math.exp, saves: 'output', pull: (y, g) => mul(g, y) });

/** e^x. */
export const exp = (x: Tensor): Tensor => apply(expOp, [x], noAttrs);
