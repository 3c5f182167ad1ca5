import type { Tensor } from '../../tensor.ts';
import { applyBinary, defineCompare } from '../families/elementwise.ts';

export const equalOp = defineCompare('equal', 'equal', (a, b) => a === b);

/** a = b as bool; NaN equals nothing. */
export const equal = (a: Tensor, b: Tensor | number): Tensor => applyBinary(equalOp, a, b);
