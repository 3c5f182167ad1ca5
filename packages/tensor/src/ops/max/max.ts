import { apply } from '../../op.ts';
import { normalizeAxes } from '../../shape.ts';
import type { Tensor } from '../../tensor.ts';
import { extremeGradient } from '../families/extreme.ts';
import { defineReduction, type ReduceOptions } from '../families/reduction.ts';

export const maxOp = defineReduction({
  name: 'max',
  fn: 'max',
  identity: -Infinity,
  step: Math.max,
  whole: { dtypes: { i32: 'i32', u32: 'u32' }, device: 'max' },
  saves: { inputs: [0], outputs: [0] },
  vjp: extremeGradient,
});

/**
 * Largest value over `axes`; NaN wins, an empty maximum is -Infinity. Equal maxima share the gradient evenly.
 * Of i32 and u32 too, where nothing is an ArgumentError.
 */
export const max = (x: Tensor, { axes, keepDims = false }: ReduceOptions = {}): Tensor =>
  apply(maxOp, [x], { axes: normalizeAxes('max', axes, x.rank), keepDims });
