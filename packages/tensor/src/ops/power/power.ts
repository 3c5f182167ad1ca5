import { isFloat } from '../../dtype.ts';
import { apply } from '../../op.ts';
import type { Tensor } from '../../tensor.ts';
import { div } from '../div/div.ts';
import { equal } from '../equal/equal.ts';
import { applyBinary, defineBinary, defineUnary, noAttrs } from '../families/elementwise.ts';
import { greaterEqual } from '../greater-equal/greater-equal.ts';
import { log } from '../log/log.ts';
import { logicalAnd } from '../logical/logical.ts';
import { mul } from '../mul/mul.ts';
import { neg } from '../neg/neg.ts';
import { square } from '../square/square.ts';
import { sub } from '../sub/sub.ts';
import { where } from '../where/where.ts';

/** IEEE 754 has 1 where JavaScript has NaN. */
const power = (a: number, b: number): number => (a === 1 || (a === -1 && Math.abs(b) === Infinity) ? 1 : a ** b);

// d(a^b) = b · a^(b-1) da + a^b · ln a db, with 0 for da where b = 0 and for db where a = 0 and b >= 0
export const powOp = defineBinary({
  name: 'pow',
  fn: 'pow',
  f: power,
  saves: [0, 1],
  vjp: (c, g) => {
    const [a, b] = [c.input(0), c.input(1)];
    return [
      () => {
        const constant = equal(b, 0);
        // what the selection leaves out must be finite: 0 · Infinity would come back in second derivatives
        const exponent = where(constant, 1, b);
        return where(constant, 0, mul(g, mul(exponent, applyBinary(powOp, a, sub(exponent, 1)))));
      },
      () => {
        const zero = logicalAnd(equal(a, 0), greaterEqual(b, 0));
        const base = where(zero, 1, a);
        return where(zero, 0, mul(g, mul(applyBinary(powOp, base, b), log(base))));
      },
    ];
  },
});

// d x^(-1/2) = -1/2 · y³
export const rsqrtOp = defineUnary({
  name: 'rsqrt',
  fn: 'rsqrt',
  f: (x) => 1 / Math.sqrt(x),
  saves: 'output',
  pull: (y, g) => mul(mul(g, mul(y, -0.5)), square(y)),
});

export const reciprocalOp = defineUnary({
  name: 'reciprocal',
  fn: 'reciprocal',
  f: (x) => 1 / x,
  saves: 'output',
  pull: (y, g) => neg(mul(g, square(y))),
});

// d ∛x = 1 / (3 y²)
export const cbrtOp = defineUnary({
  name: 'cbrt',
  device: 'cbrt',
  f: Math.cbrt,
  saves: 'output',
  pull: (y, g) => div(g, mul(square(y), 3)),
});

/**
 * a^b with broadcasting, by the rules of IEEE 754: a^0 = 1^b = 1 also for NaN, and NaN for a negative base and an exponent
 * that is not whole. The gradient of the base is 0 where b = 0, that of the exponent 0 where a = 0 and b >= 0, as in PyTorch.
 */
export const pow = (a: Tensor, b: Tensor | number): Tensor =>
  b === 2 && isFloat(a.dtype) ? square(a) : applyBinary(powOp, a, b);

/** 1 / √x; Infinity at 0, NaN below. */
export const rsqrt = (x: Tensor): Tensor => apply(rsqrtOp, [x], noAttrs);

/** 1 / x. */
export const reciprocal = (x: Tensor): Tensor => apply(reciprocalOp, [x], noAttrs);

/** Cube root, also of negative numbers. */
export const cbrt = (x: Tensor): Tensor => apply(cbrtOp, [x], noAttrs);
