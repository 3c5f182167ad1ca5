import type { Tensor } from '../../tensor.ts';
import { applyBinary, defineCompare } from '../families/elementwise.ts';

export const lessEqualOp = defineCompare('lessEqual', 'lessEqual', (a, b) => a <= b);

/** a <= b as bool. */
export const lessEqual = (a: Tensor, b: Tensor | number): Tensor => applyBinary(lessEqualOp, a, b);
