import { apply } from '../../op.ts';
import { normalizeAxes } from '../../shape.ts';
import type { Tensor } from '../../tensor.ts';
import { expand } from '../expand/expand.ts';
import { defineReduction, keptShape, type ReduceOptions } from '../families/reduction.ts';
import { reshape } from '../reshape/reshape.ts';

export const sumOp = defineReduction({
  name: 'sum',
  fn: 'sum',
  identity: 0,
  step: (acc, x) => acc + x,
  whole: { dtypes: { i32: 'i32', u32: 'u32', bool: 'i32' }, device: 'sum', step: (acc, x) => (acc + x) | 0 },
  saves: { inputs: [], outputs: [] },
  vjp: (c, g) => [() => expand(reshape(g, keptShape(c.specs[0].shape, c.attrs.axes)), c.specs[0].shape)],
});

/** Sum over `axes`; an empty sum is 0. Integers wrap at 32 bits; bool is counted as i32. */
export const sum = (x: Tensor, { axes, keepDims = false }: ReduceOptions = {}): Tensor =>
  apply(sumOp, [x], { axes: normalizeAxes('sum', axes, x.rank), keepDims });
