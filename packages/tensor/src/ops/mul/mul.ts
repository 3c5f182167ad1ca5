import type { Tensor } from '../../tensor.ts';
import { applyBinary, defineBinary } from '../families/elementwise.ts';

export const mulOp = defineBinary({
  name: 'mul',
  fn: 'mul',
  integer: { fn: 'mul' },
  f: (a, b) => a * b,
  saves: [0, 1],
  vjp: (c, g) => [() => mul(g, c.input(1)), () => mul(g, c.input(0))],
});

/** a · b with broadcasting. */
export const mul = (a: Tensor, b: Tensor | number): Tensor => applyBinary(mulOp, a, b);
