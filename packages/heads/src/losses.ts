// Losses of heads and decoders. Means over what counts; a batch in which nothing counts gives 0, not NaN.

import {
  cast,
  crossEntropyRows,
  div,
  maximum,
  mean,
  mul,
  notEqual,
  reshape,
  ShapeError,
  sameShape,
  scalarLike,
  showShape,
  square,
  sub,
  sum,
  type Tensor,
} from '@omnigrad/tensor';

export interface CrossEntropyOptions {
  /** Ids with this value do not count. Default -100. */
  readonly ignoreIndex?: number;
  readonly labelSmoothing?: number;
}

/** 1 / max(1, total). Totals are made on the device: a captured step is replayed with other labels and weights. */
const shareOf = (total: Tensor): Tensor => div(scalarLike(1, total), maximum(total, 1));

/** Mean cross entropy: logits [..., classes], ids i32 [...] from the host. */
export const crossEntropy = (logits: Tensor, ids: Tensor, options: CrossEntropyOptions = {}): Tensor => {
  const { ignoreIndex = -100 } = options;
  const classes = logits.shape[logits.rank - 1];
  const rows = crossEntropyRows(reshape(logits, [-1, classes]), reshape(ids, [ids.size]), options);
  return mul(sum(rows), shareOf(sum(cast(notEqual(ids, ignoreIndex), logits.dtype))));
};

/** Equal sizes are not enough: [B, 1] beside [B] broadcasts to [B, B], and trains on every pair. */
const sameShapes = (op: string, prediction: Tensor, others: Readonly<Record<string, Tensor>>): void => {
  for (const [name, x] of Object.entries(others)) {
    if (sameShape(prediction.shape, x.shape)) continue;
    const shapes = `prediction ${showShape(prediction.shape)} and ${name} ${showShape(x.shape)}`;
    throw new ShapeError(op, `${shapes} differ in shape; reshape one of them`);
  }
};

/** Mean squared error over all elements; both of one shape. */
export const meanSquaredError = (prediction: Tensor, target: Tensor): Tensor => {
  sameShapes('meanSquaredError', prediction, { target });
  return mean(square(sub(prediction, target)));
};

/** Σ w (prediction - target)² / max(1, Σ w), all three of one shape. */
export const weightedSquaredError = (prediction: Tensor, target: Tensor, weight: Tensor): Tensor => {
  sameShapes('weightedSquaredError', prediction, { target, weight });
  return mul(sum(mul(square(sub(prediction, target)), weight)), shareOf(sum(weight)));
};
