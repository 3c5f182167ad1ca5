// From tokens to one vector a sample.

import type { Tokens } from '@omnigrad/nn';
import { cast, concat, div, maximum, mean, mul, reshape, slice, sum, type Tensor } from '@omnigrad/tensor';
import type { Pooling } from './head-config.ts';

/** The class token beside the mean of the other tokens that exist: [B, 1 + T, width] -> [B, 2 · width]. */
export const poolClassAndMean = ({ x, padding }: Tokens): Tensor => {
  const [B, , width] = x.expect('B T width');
  const first = reshape(slice(x, { axis: 1, start: 0, end: 1 }), [B, width]);
  const rest = slice(x, { axis: 1, start: 1 });
  if (padding === null) return concat([first, mean(rest, { axes: 1 })], { axis: 1 });
  const exists = slice(padding.exists, { axis: 1, start: 1 }); // [B, T]
  const weight = reshape(cast(exists, x.dtype), [B, exists.shape[1], 1]);
  const count = maximum(sum(weight, { axes: 1 }), 1); // [B, 1]; a sample without tokens pools to 0
  return concat([first, div(sum(mul(rest, weight), { axes: 1 }), count)], { axis: 1 });
};

/** All tokens side by side: [B, T, width] -> [B, T · width]; for fixed-length series. */
export const poolFlat = ({ x }: Tokens): Tensor => {
  const [B, T, width] = x.expect('B T width');
  return reshape(x, [B, T * width]);
};

/** The class token: [B, 1 + T, width] -> [B, width]. */
export const poolClass = ({ x }: Tokens): Tensor => {
  const [B, , width] = x.expect('B T width');
  return reshape(slice(x, { axis: 1, start: 0, end: 1 }), [B, width]);
};

/** The mean of the tokens that exist, without the class token: [B, 1 + T, width] -> [B, width]. */
export const poolMean = (tokens: Tokens): Tensor => {
  const width = tokens.x.shape[2];
  return slice(poolClassAndMean(tokens), { axis: 1, start: width });
};

interface Pool {
  /** Widths of a token that the vector has. */
  readonly widths: number;
  readonly pool: (tokens: Tokens) => Tensor;
}

export const poolings: { readonly [P in Pooling]: Pool } = {
  class: { widths: 1, pool: poolClass },
  mean: { widths: 1, pool: poolMean },
  classAndMean: { widths: 2, pool: poolClassAndMean },
};
