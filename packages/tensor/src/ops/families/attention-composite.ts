// Attention from smaller ops: the oracle of the fused ops and the way to second derivatives.

import type { Tensor } from '../../tensor.ts';
import { cast } from '../cast/cast.ts';
import { matmul } from '../matmul/matmul.ts';
import { mul } from '../mul/mul.ts';
import { notEqual } from '../not-equal/not-equal.ts';
import { permute } from '../permute/permute.ts';
import { reshape } from '../reshape/reshape.ts';
import { softmax } from '../softmax/softmax.ts';
import { where } from '../where/where.ts';

/** q [B, Tq, H·D], k and v [B, Tk, H·D], mask [B, Tk] or null -> [B, Tq, H·D]. */
export const attentionComposite = (q: Tensor, k: Tensor, v: Tensor, mask: Tensor | null, heads: number): Tensor => {
  const [B, tq, width] = q.shape;
  const tk = k.shape[1];
  const dim = width / heads;
  // [B, T, H·D] -> [B, T, H, D] -> [B, H, T, D]
  const byHead = (x: Tensor, t: number): Tensor => permute(reshape(x, [B, t, heads, dim]), [0, 2, 1, 3]);
  const scores = mul(matmul(byHead(q, tq), byHead(k, tk), { transB: true }), 1 / Math.sqrt(dim)); // [B, H, Tq, Tk]
  let probs: Tensor;
  if (mask === null) probs = softmax(scores);
  else {
    const shown = reshape(notEqual(mask, 0), [B, 1, 1, tk]);
    // A large finite number, not -Infinity: a row with every key masked must stay finite before it is zeroed.
    probs = mul(softmax(where(shown, scores, -1e30)), cast(shown, scores.dtype));
  }
  // [B, H, Tq, D] -> [B, Tq, H, D] -> [B, Tq, H·D]
  return reshape(permute(matmul(probs, byHead(v, tk)), [0, 2, 1, 3]), [B, tq, width]);
};
