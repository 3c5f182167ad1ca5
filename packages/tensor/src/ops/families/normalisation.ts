// What the normalisations share: checks of their arguments, and one value a channel beside x [B, C, ...].

import type { TensorSpec } from '../../backend.ts';
import { ArgumentError, ShapeError } from '../../errors.ts';
import { showShape } from '../../shape.ts';
import type { Tensor } from '../../tensor.ts';
import { add } from '../add/add.ts';
import { mul } from '../mul/mul.ts';
import { reshape } from '../reshape/reshape.ts';

export const checkEps = (op: string, eps: number): void => {
  if (!(eps >= 0 && eps < Infinity)) throw new ArgumentError(op, `eps must be a finite number >= 0, came ${eps}`);
};

/** x is [B, C, ...]; everything else that is there has one value a channel. */
export const checkChannels = (
  op: string,
  x: TensorSpec,
  perChannel: Readonly<Record<string, TensorSpec | null>>,
): void => {
  if (x.shape.length < 2) throw new ShapeError(op, `expected x [batch, channels, ...], came ${showShape(x.shape)}`);
  const channels = x.shape[1];
  for (const [name, p] of Object.entries(perChannel)) {
    if (p !== null && (p.shape.length !== 1 || p.shape[0] !== channels)) {
      throw new ShapeError(op, `x ${showShape(x.shape)} wants ${name} [${channels}], came ${showShape(p.shape)}`);
    }
  }
};

/** [C] -> [1, C, 1, ...] of the rank of x. */
export const besideChannels = (p: Tensor, rank: number): Tensor =>
  reshape(p, [1, p.shape[0], ...new Array<number>(rank - 2).fill(1)]);

/** x · γ + β with one γ and one β a channel, where they are. */
export const channelAffine = (x: Tensor, gamma: Tensor | null, beta: Tensor | null): Tensor => {
  const scaled = gamma === null ? x : mul(x, besideChannels(gamma, x.rank));
  return beta === null ? scaled : add(scaled, besideChannels(beta, x.rank));
};

/** The tensors that are there, in order. */
export const present = (...xs: readonly (Tensor | null | undefined)[]): Tensor[] => xs.flatMap((x) => x ?? []);

/** Takes tensors off a list that left out those that are not there: one for each `true`, null for each `false`. */
export const unpackPresent = <T>(xs: readonly T[], has: readonly boolean[]): (T | null)[] => {
  let next = 0;
  return has.map((there) => (there ? xs[next++] : null));
};
