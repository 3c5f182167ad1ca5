import { apply } from '../../op.ts';
import type { Tensor } from '../../tensor.ts';
import { defineUnary, noAttrs } from '../families/elementwise.ts';
import { mul } from '../mul/mul.ts';

const halfToEven = (x: number): number => {
  const low = Math.floor(x);
  const part = x - low;
  if (part === 0.5) return low % 2 === 0 ? low : low + 1;
  return part < 0.5 ? low : part > 0.5 ? low + 1 : x;
};

const defineRounding = (name: 'floor' | 'ceil' | 'round' | 'trunc', f: (x: number) => number) =>
  defineUnary({ name, fn: name, f, saves: 'nothing', pull: (_v, g) => mul(g, 0) });

export const floorOp = defineRounding('floor', Math.floor);
export const ceilOp = defineRounding('ceil', Math.ceil);
export const roundOp = defineRounding('round', halfToEven);
export const truncOp = defineRounding('trunc', Math.trunc);

/** The largest whole number that is not above x. Its gradient is 0, as in PyTorch. */
export const floor = (x: Tensor): Tensor => apply(floorOp, [x], noAttrs);

/** The smallest whole number that is not below x. Its gradient is 0, as in PyTorch. */
export const ceil = (x: Tensor): Tensor => apply(ceilOp, [x], noAttrs);

/** The nearest whole number, halves to even. Its gradient is 0, as in PyTorch. */
export const round = (x: Tensor): Tensor => apply(roundOp, [x], noAttrs);

/** x without its fraction. Its gradient is 0, as in PyTorch. */
export const trunc = (x: Tensor): Tensor => apply(truncOp, [x], noAttrs);
