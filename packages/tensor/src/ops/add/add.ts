import type { Tensor } from '../../tensor.ts';
import { applyBinary, defineBinary } from '../families/elementwise.ts';

export const addOp = defineBinary({
  name: 'add',
  fn: 'add',
  integer: { fn: 'add' },
  f: (a, b) => a + b,
  saves: [],
  vjp: (_c, g) => [() => g, () => g],
});

/** a + b with broadcasting. */
export const add = (a: Tensor, b: Tensor | number): Tensor => applyBinary(addOp, a, b);
