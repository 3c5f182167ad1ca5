import { apply } from '../../op.ts';
import type { Tensor } from '../../tensor.ts';
import { add } from '../add/add.ts';
import { div } from '../div/div.ts';
import { exp } from '../exp/exp.ts';
import { defineUnary, noAttrs } from '../families/elementwise.ts';
import { mul } from '../mul/mul.ts';

// d expm1 = e^x; from the input, because expm1 + 1 has lost the digits of a small e^x
export const expm1Op = defineUnary({
  name: 'expm1',
  fn: 'expm1',
  f: Math.expm1,
  saves: 'input',
  pull: (x, g) => mul(g, exp(x)),
});

export const exp2Op = defineUnary({
  name: 'exp2',
  fn: 'exp2',
  f: (x) => 2 ** x,
  saves: 'output',
  pull: (y, g) => mul(g, mul(y, Math.LN2)),
});

export const log1pOp = defineUnary({
  name: 'log1p',
  fn: 'log1p',
  f: Math.log1p,
  saves: 'input',
  pull: (x, g) => div(g, add(x, 1)),
});

export const log2Op = defineUnary({
  name: 'log2',
  fn: 'log2',
  f: Math.log2,
  saves: 'input',
  pull: (x, g) => div(g, mul(x, Math.LN2)),
});

export const log10Op = defineUnary({
  name: 'log10',
  fn: 'log10',
  f: Math.log10,
  saves: 'input',
  pull: (x, g) => div(g, mul(x, Math.LN10)),
});

/** e^x - 1, with all its digits near 0. */
export const expm1 = (x: Tensor): Tensor => apply(expm1Op, [x], noAttrs);

/** 2^x. */
export const exp2 = (x: Tensor): Tensor => apply(exp2Op, [x], noAttrs);

/** ln(1 + x), with all its digits near 0; -Infinity at -1, NaN below. */
export const log1p = (x: Tensor): Tensor => apply(log1pOp, [x], noAttrs);

/** Logarithm to base 2; log2(0) = -Infinity, NaN below. */
export const log2 = (x: Tensor): Tensor => apply(log2Op, [x], noAttrs);

/** Logarithm to base 10; log10(0) = -Infinity, NaN below. */
export const log10 = (x: Tensor): Tensor => apply(log10Op, [x], noAttrs);
