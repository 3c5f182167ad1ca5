// Gradients of selections: who won, and how equal values share.

import type { Tensor } from '../../tensor.ts';
import { add } from '../add/add.ts';
import { cast } from '../cast/cast.ts';
import { greater } from '../greater/greater.ts';
import { greaterEqual } from '../greater-equal/greater-equal.ts';
import { mul } from '../mul/mul.ts';

/** g where a > b, g / 2 where a = b, 0 where a < b. */
export const shareOfWinner = (a: Tensor, b: Tensor, g: Tensor): Tensor => {
  const wins = cast(greater(a, b), g.dtype);
  const holds = cast(greaterEqual(a, b), g.dtype);
  return mul(g, mul(add(wins, holds), 0.5));
};
