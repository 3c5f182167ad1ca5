import type { Tensor } from '../../tensor.ts';
import { applyBinary, defineCompare } from '../families/elementwise.ts';

export const greaterOp = defineCompare('greater', 'greater', (a, b) => a > b);

/** a > b as bool. */
export const greater = (a: Tensor, b: Tensor | number): Tensor => applyBinary(greaterOp, a, b);
