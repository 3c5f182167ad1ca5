import type { Tensor } from '../../tensor.ts';
import { applyBinary, defineBinary } from '../families/elementwise.ts';
import { neg } from '../neg/neg.ts';

export const subOp = defineBinary({
  name: 'sub',
  fn: 'sub',
  integer: { fn: 'sub' },
  f: (a, b) => a - b,
  saves: [],
  vjp: (_c, g) => [() => g, () => neg(g)],
});

/** a - b with broadcasting. */
export const sub = (a: Tensor, b: Tensor | number): Tensor => applyBinary(subOp, a, b);
