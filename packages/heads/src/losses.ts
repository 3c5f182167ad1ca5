// Losses of heads and decoders. Means over what counts; a batch in which nothing counts gives 0, not NaN.

import {
  ArgumentError,
  cast,
  cosineSimilarity,
  crossEntropyRows,
  div,
  maximum,
  mean,
  mul,
  notEqual,
  pow,
  relu,
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

/**
 * Scaled cosine error (GraphMAE): Σ w (1 - cos(prediction, target))^exponent / max(1, Σ w), the vectors along the last axis and a weight
 * for each. Only directions count; an exponent above 1 makes what is nearly right count less. A vector of 0 has a cosine of 0.
 */
export const scaledCosineError = (prediction: Tensor, target: Tensor, weight: Tensor, exponent = 2): Tensor => {
  const op = 'scaledCosineError';
  sameShapes(op, prediction, { target });
  if (!sameShape(prediction.shape.slice(0, -1), weight.shape)) {
    const shapes = `prediction ${showShape(prediction.shape)} and weight ${showShape(weight.shape)}`;
    throw new ShapeError(op, `${shapes} do not agree; give one weight for each vector`);
  }
  if (!(exponent >= 1 && exponent < Infinity)) {
    throw new ArgumentError(op, `the exponent must be a finite number from 1 on, came ${exponent}`);
  }
  // rounding can bring the cosine above 1, and a power of a negative number is NaN
  const error = pow(relu(sub(scalarLike(1, prediction), cosineSimilarity(prediction, target))), exponent);
  return mul(sum(mul(error, weight)), shareOf(sum(weight)));
};
