import type { Tensor } from '../../tensor.ts';
import { applyBinary, defineBinary } from '../families/elementwise.ts';
import { mul } from '../mul/mul.ts';
import { neg } from '../neg/neg.ts';
import { square } from '../square/square.ts';

// d(a / b) = da / b - db · a / b²
export const divOp = defineBinary({
  name: 'div',
  fn: 'div',
  f: (a, b) => a / b,
  saves: [0, 1],
  vjp: (c, g) => [() => div(g, c.input(1)), () => neg(div(mul(g, c.input(0)), square(c.input(1))))],
});

/** a / b with broadcasting. */
export const div = (a: Tensor, b: Tensor | number): Tensor => applyBinary(divOp, a, b);
