// The gradient of max and min: shared evenly among the elements that equal the result.

import type { VjpRule } from '../../op.ts';
import { cast } from '../cast/cast.ts';
import { div } from '../div/div.ts';
import { equal } from '../equal/equal.ts';
import { mul } from '../mul/mul.ts';
import { reshape } from '../reshape/reshape.ts';
import { sum } from '../sum/sum.ts';
import { keptShape, type ReduceAttrs } from './reduction.ts';

export const extremeGradient: VjpRule<ReduceAttrs> = (c, g) => [
  () => {
    const { axes } = c.attrs;
    const kept = keptShape(c.specs[0].shape, axes);
    const hits = cast(equal(c.input(0), reshape(c.output(0), kept)), g.dtype);
    return mul(hits, div(reshape(g, kept), sum(hits, { axes, keepDims: true })));
  },
];
