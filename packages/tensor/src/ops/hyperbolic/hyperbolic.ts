import { apply } from '../../op.ts';
import type { Tensor } from '../../tensor.ts';
import { add } from '../add/add.ts';
import { div } from '../div/div.ts';
import { defineUnary, noAttrs } from '../families/elementwise.ts';
import { mul } from '../mul/mul.ts';
import { neg } from '../neg/neg.ts';
import { rsqrt } from '../power/power.ts';
import { square } from '../square/square.ts';

export const sinhOp = defineUnary({
  name: 'sinh',
  fn: 'sinh',
  f: Math.sinh,
  saves: 'input',
  pull: (x, g) => mul(g, cosh(x)),
});

export const coshOp = defineUnary({
  name: 'cosh',
  fn: 'cosh',
  f: Math.cosh,
  saves: 'input',
  pull: (x, g) => mul(g, sinh(x)),
});

// d asinh = 1 / √(x² + 1)
export const asinhOp = defineUnary({
  name: 'asinh',
  fn: 'asinh',
  f: Math.asinh,
  saves: 'input',
  pull: (x, g) => mul(g, rsqrt(add(square(x), 1))),
});

// d acosh = 1 / √(x² - 1); the factors keep their digits near 1
export const acoshOp = defineUnary({
  name: 'acosh',
  fn: 'acosh',
  f: Math.acosh,
  saves: 'input',
  pull: (x, g) => mul(g, rsqrt(mul(add(x, -1), add(x, 1)))),
});

// d atanh = 1 / (1 - x²)
export const atanhOp = defineUnary({
  name: 'atanh',
  fn: 'atanh',
  f: Math.atanh,
  saves: 'input',
  pull: (x, g) => div(g, mul(add(neg(x), 1), add(x, 1))),
});

/** Hyperbolic sine. */
export const sinh = (x: Tensor): Tensor => apply(sinhOp, [x], noAttrs);

/** Hyperbolic cosine. */
export const cosh = (x: Tensor): Tensor => apply(coshOp, [x], noAttrs);

/** Inverse hyperbolic sine. */
export const asinh = (x: Tensor): Tensor => apply(asinhOp, [x], noAttrs);

/** Inverse hyperbolic cosine; NaN below 1. */
export const acosh = (x: Tensor): Tensor => apply(acoshOp, [x], noAttrs);

/** Inverse hyperbolic tangent; ±Infinity at ±1, NaN beyond. */
export const atanh = (x: Tensor): Tensor => apply(atanhOp, [x], noAttrs);
