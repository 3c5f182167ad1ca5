import { apply } from '../../op.ts';
import type { Tensor } from '../../tensor.ts';
import { div } from '../div/div.ts';
import { defineUnary, noAttrs } from '../families/elementwise.ts';

export const logOp = defineUnary({ name: 'log', fn: 'log', f: Math.log, saves: 'input', pull: (x, g) => div(g, x) });

/** Natural logarithm; log(0) = -Infinity, NaN below. */
export const log = (x: Tensor): Tensor => apply(logOp, [x], noAttrs);
