import type { Tensor } from '../../tensor.ts';
import { applyBinary, defineBinary } from '../families/elementwise.ts';
import { shareOfWinner } from '../families/ties.ts';

export const maximumOp = defineBinary({
  name: 'maximum',
  fn: 'maximum',
  integer: { device: 'maximum' },
  f: (a, b) => Math.max(a, b),
  saves: [0, 1],
  vjp: (c, g) => [() => shareOfWinner(c.input(0), c.input(1), g), () => shareOfWinner(c.input(1), c.input(0), g)],
});

/** The larger of a and b; NaN wins. Equal values share the gradient in halves, as in PyTorch. */
export const maximum = (a: Tensor, b: Tensor | number): Tensor => applyBinary(maximumOp, a, b);
