import { apply } from '../../op.ts';
import type { Tensor } from '../../tensor.ts';
import { add } from '../add/add.ts';
import { div } from '../div/div.ts';
import { equal } from '../equal/equal.ts';
import { applyBinary, defineBinary, defineUnary, noAttrs } from '../families/elementwise.ts';
import { mul } from '../mul/mul.ts';
import { neg } from '../neg/neg.ts';
import { rsqrt } from '../power/power.ts';
import { square } from '../square/square.ts';
import { where } from '../where/where.ts';

export const sinOp = defineUnary({
  name: 'sin',
  fn: 'sin',
  f: Math.sin,
  saves: 'input',
  pull: (x, g) => mul(g, cos(x)),
});

export const cosOp = defineUnary({
  name: 'cos',
  fn: 'cos',
  f: Math.cos,
  saves: 'input',
  pull: (x, g) => neg(mul(g, sin(x))),
});

// d tan = 1 + tan²
export const tanOp = defineUnary({
  name: 'tan',
  fn: 'tan',
  f: Math.tan,
  saves: 'output',
  pull: (y, g) => add(g, mul(g, square(y))),
});

/** 1 - x² as (1 - x)(1 + x), which keeps its digits near ±1. */
const oneLessSquare = (x: Tensor): Tensor => mul(add(neg(x), 1), add(x, 1));

// d asin = 1 / √(1 - x²)
export const asinOp = defineUnary({
  name: 'asin',
  fn: 'asin',
  f: Math.asin,
  saves: 'input',
  pull: (x, g) => mul(g, rsqrt(oneLessSquare(x))),
});

export const acosOp = defineUnary({
  name: 'acos',
  fn: 'acos',
  f: Math.acos,
  saves: 'input',
  pull: (x, g) => neg(mul(g, rsqrt(oneLessSquare(x)))),
});

// d atan = 1 / (1 + x²)
export const atanOp = defineUnary({
  name: 'atan',
  fn: 'atan',
  f: Math.atan,
  saves: 'input',
  pull: (x, g) => div(g, add(square(x), 1)),
});

/** y² + x², 1 at the origin. */
const squaredRadius = (y: Tensor, x: Tensor): Tensor => {
  const r2 = add(square(y), square(x));
  return where(equal(r2, 0), 1, r2);
};

// d atan2(y, x) = (x dy - y dx) / (x² + y²)
export const atan2Op = defineBinary({
  name: 'atan2',
  device: 'atan2',
  f: Math.atan2,
  saves: [0, 1],
  vjp: (c, g) => {
    const [y, x] = [c.input(0), c.input(1)];
    return [() => div(mul(g, x), squaredRadius(y, x)), () => neg(div(mul(g, y), squaredRadius(y, x)))];
  },
});

/** Sine; x in radians. NaN for infinities. On float32 backends accurate to |x| = 2^23, as are cos and tan. */
export const sin = (x: Tensor): Tensor => apply(sinOp, [x], noAttrs);

/** Cosine; x in radians. NaN for infinities. */
export const cos = (x: Tensor): Tensor => apply(cosOp, [x], noAttrs);

/** Tangent; x in radians. NaN for infinities. */
export const tan = (x: Tensor): Tensor => apply(tanOp, [x], noAttrs);

/** Inverse sine, in [-π/2, π/2]; NaN outside [-1, 1]. */
export const asin = (x: Tensor): Tensor => apply(asinOp, [x], noAttrs);

/** Inverse cosine, in [0, π]; NaN outside [-1, 1]. */
export const acos = (x: Tensor): Tensor => apply(acosOp, [x], noAttrs);

/** Inverse tangent, in [-π/2, π/2]. */
export const atan = (x: Tensor): Tensor => apply(atanOp, [x], noAttrs);

/** The angle of the point (x, y), in [-π, π], with broadcasting. Its gradient at the origin is 0. */
export const atan2 = (y: Tensor, x: Tensor | number): Tensor => applyBinary(atan2Op, y, x);
