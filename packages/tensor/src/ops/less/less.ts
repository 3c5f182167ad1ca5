import type { Tensor } from '../../tensor.ts';
import { applyBinary, defineCompare } from '../families/elementwise.ts';

export const lessOp = defineCompare('less', 'less', (a, b) => a < b);

/** a < b as bool. */
export const less = (a: Tensor, b: Tensor | number): Tensor => applyBinary(lessOp, a, b);
