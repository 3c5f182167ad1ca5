import { apply } from '../../op.ts';
import { normalizeAxes, sizeOf } from '../../shape.ts';
import type { Tensor } from '../../tensor.ts';
import { expand } from '../expand/expand.ts';
import { defineReduction, keptShape, type ReduceOptions } from '../families/reduction.ts';
import { mul } from '../mul/mul.ts';
import { reshape } from '../reshape/reshape.ts';

export const meanOp = defineReduction({
  name: 'mean',
  fn: 'mean',
  identity: 0,
  step: (acc, x) => acc + x,
  finish: (acc, n) => acc / n,
  saves: { inputs: [], outputs: [] },
  vjp: (c, g) => [
    () => {
      const { shape } = c.specs[0];
      const n = sizeOf(c.attrs.axes.map((a) => shape[a]));
      return expand(reshape(mul(g, 1 / n), keptShape(shape, c.attrs.axes)), shape);
    },
  ],
});

/** Mean over `axes`; an empty mean is NaN. */
export const mean = (x: Tensor, { axes, keepDims = false }: ReduceOptions = {}): Tensor =>
  apply(meanOp, [x], { axes: normalizeAxes('mean', axes, x.rank), keepDims });
