import type { Tensor } from '../../tensor.ts';
import { applyBinary, defineCompare } from '../families/elementwise.ts';

export const greaterEqualOp = defineCompare('greaterEqual', 'greaterEqual', (a, b) => a >= b);

/** a >= b as bool. */
export const greaterEqual = (a: Tensor, b: Tensor | number): Tensor => applyBinary(greaterEqualOp, a, b);
