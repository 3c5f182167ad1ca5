import type { Tensor } from '../../tensor.ts';
import { applyBinary, defineBinary } from '../families/elementwise.ts';
import { shareOfWinner } from '../families/ties.ts';
import { neg } from '../neg/neg.ts';

export const minimumOp = defineBinary({
  name: 'minimum',
  fn: 'minimum',
  integer: { device: 'minimum' },
  f: (a, b) => Math.min(a, b),
  saves: [0, 1],
  vjp: (c, g) => [
    () => shareOfWinner(neg(c.input(0)), neg(c.input(1)), g),
    () => shareOfWinner(neg(c.input(1)), neg(c.input(0)), g),
  ],
});

/** The smaller of a and b; NaN wins. Equal values share the gradient in halves, as in PyTorch. */
export const minimum = (a: Tensor, b: Tensor | number): Tensor => applyBinary(minimumOp, a, b);
