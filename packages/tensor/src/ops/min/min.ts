import { apply } from '../../op.ts';
import { normalizeAxes } from '../../shape.ts';
import type { Tensor } from '../../tensor.ts';
import { extremeGradient } from '../families/extreme.ts';
import { defineReduction, type ReduceOptions } from '../families/reduction.ts';

export const minOp = defineReduction({
  name: 'min',
  fn: 'min',
  identity: Infinity,
  step: Math.min,
  whole: { dtypes: { i32: 'i32', u32: 'u32' }, device: 'min' },
  saves: { inputs: [0], outputs: [0] },
  vjp: extremeGradient,
});

/**
 * Smallest value over `axes`; NaN wins, an empty minimum is Infinity. Equal minima share the gradient evenly.
 * Of i32 and u32 too, where nothing is an ArgumentError.
 */
export const min = (x: Tensor, { axes, keepDims = false }: ReduceOptions = {}): Tensor =>
  apply(minOp, [x], { axes: normalizeAxes('min', axes, x.rank), keepDims });
