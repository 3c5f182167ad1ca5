import type { Tensor } from '../../tensor.ts';
import { applyBinary, defineCompare } from '../families/elementwise.ts';

export const notEqualOp = defineCompare('notEqual', 'notEqual', (a, b) => a !== b);

/** a ≠ b as bool; NaN differs from everything. */
export const notEqual = (a: Tensor, b: Tensor | number): Tensor => applyBinary(notEqualOp, a, b);
