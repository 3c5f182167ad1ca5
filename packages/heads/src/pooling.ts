// From tokens to one vector a sample.

import type { Tokens } from '@omnigrad/nn';
import { cast, concat, div, maximum, mean, mul, reshape, slice, sum, type Tensor } from '@omnigrad/tensor';

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
