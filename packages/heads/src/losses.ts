// Losses of heads and decoders. Means over what counts; a batch in which nothing counts gives 0, not NaN.

import {
  ArgumentError,
  abs,
  add,
  binaryCrossEntropyWithLogits,
  cast,
  cosineSimilarity,
  crossEntropyRows,
  cumsum,
  diagonal,
  diceLoss,
  div,
  equal,
  exp,
  greater,
  greaterEqual,
  less,
  logSumExp,
  matmul,
  max,
  maximum,
  mean,
  min,
  mul,
  notEqual,
  ones,
  pow,
  relu,
  reshape,
  ShapeError,
  sameShape,
  scalarLike,
  showShape,
  softmax,
  softplus,
  sqrt,
  square,
  sub,
  sum,
  type Tensor,
  transpose,
  where,
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

/** Σ w |prediction - target| / max(1, Σ w), all three of one shape. */
export const weightedAbsoluteError = (prediction: Tensor, target: Tensor, weight: Tensor): Tensor => {
  sameShapes('weightedAbsoluteError', prediction, { target, weight });
  return mul(sum(mul(abs(sub(prediction, target)), weight)), shareOf(sum(weight)));
};

export interface MultiLabelOptions {
  /** Factor of the part where the label is there, [labels]. */
  readonly positiveWeight?: Tensor;
  /** Factor of each label's loss, [labels]. The mean does not divide by it, as in PyTorch. */
  readonly weight?: Tensor;
}

/**
 * Binary cross entropy of logits and labels [B, labels] (torch's BCEWithLogitsLoss with pos_weight and weight), a mean over the labels
 * that are known: 0, 1 or between them; a negative one is unknown.
 */
export const multiLabelCrossEntropy = (logits: Tensor, labels: Tensor, options: MultiLabelOptions = {}): Tensor => {
  sameShapes('multiLabelCrossEntropy', logits, { labels });
  return binaryCrossEntropyWithLogits(logits, labels, { ...options, mask: greaterEqual(labels, 0) });
};

export interface SegmentationOptions extends CrossEntropyOptions {
  /** Factor of the Dice loss. Default 0: none. */
  readonly dice?: number;
}

/** [classes]: 0, 1, 2, ..., made on the device: a captured step uploads nothing for it. */
const classRange = (classes: number, like: Tensor): Tensor =>
  sub(cumsum(ones([classes], { backend: like.backend, dtype: like.dtype })), 1);

/** Mean over samples and classes of the Dice loss of softmax probabilities, the elements of a sample together. */
const multiclassDice = (logits: Tensor, ids: Tensor, ignoreIndex: number): Tensor => {
  const [B, classes] = [logits.shape[0], logits.shape[logits.rank - 1]];
  const probabilities = softmax(reshape(logits, [B, -1, classes])); // [B, N, K]
  const flat = reshape(ids, [B, probabilities.shape[1], 1]);
  const truth = cast(equal(cast(flat, logits.dtype), classRange(classes, logits)), logits.dtype);
  return diceLoss(probabilities, truth, { axes: 1, mask: notEqual(flat, ignoreIndex) });
};

/**
 * For pixels, points and nodes: logits [B, ..., classes], ids i32 [B, ...] of which `ignoreIndex` (default -1) does not count. Cross
 * entropy over all that count, and where asked for the soft Dice loss (Milletari et al. 2016) of each sample and class.
 */
export const segmentationLoss = (logits: Tensor, ids: Tensor, options: SegmentationOptions = {}): Tensor => {
  const { dice = 0, ignoreIndex = -1 } = options;
  const entropy = crossEntropy(logits, ids, { ...options, ignoreIndex });
  return dice === 0 ? entropy : add(entropy, mul(multiclassDice(logits, ids, ignoreIndex), dice));
};

/**
 * Symmetric InfoNCE of pairs (Radford et al. 2021): a and b [B, width] of length 1, row i of one belongs to row i of the other.
 * Similarities are multiplied by e^logScale, [1] or []. As `infoNce` of the engine, without host data inside.
 */
export const pairContrast = (a: Tensor, b: Tensor, logScale: Tensor): Tensor => {
  sameShapes('pairContrast', a, { b });
  const scores = mul(matmul(a, b, { transB: true }), exp(reshape(logScale, [])));
  const right = diagonal(scores);
  const among = (x: Tensor): Tensor => mean(sub(logSumExp(x, { axes: 1 }), right));
  return mul(add(among(scores), among(transpose(scores))), 0.5);
};

/** Rows times rows times width of a batch of triplets, at most: differences of all pairs are held, 256 MiB of them. */
export const TRIPLET_CELLS = 2 ** 26;

/** Distances [B, B] between the rows of x [B, width]; at least 1e-6, where the gradient ends. */
const pairDistances = (x: Tensor): Tensor => {
  const [B, width] = x.shape;
  const differences = sub(reshape(x, [B, 1, width]), reshape(x, [1, B, width]));
  return sqrt(maximum(sum(square(differences), { axes: 2 }), 1e-12));
};

/** Farther than any negative. Finite, so that nothing becomes NaN where there is none. */
const faraway = 1e15;

/**
 * Batch-hard triplets (Hermans et al. 2017): for each row of features [B, width] its farthest row of the same id and the nearest of
 * another, max(0, margin + d⁺ - d⁻), or log(1 + e^(d⁺ - d⁻)) for a margin of null. Ids i32 [B]; the mean is over
 * rows that have both, and 0 where none has.
 */
export const batchHardTriplets = (features: Tensor, ids: Tensor, margin: number | null = 0.3): Tensor => {
  const op = 'batchHardTriplets';
  if (features.rank !== 2 || !sameShape(ids.shape, [features.shape[0]])) {
    throw new ShapeError(
      op,
      `expected features [B, width] and ids [B], came ${showShape(features.shape)} and ${showShape(ids.shape)}`,
    );
  }
  if (margin !== null && !(margin >= 0 && margin < Infinity)) {
    throw new ArgumentError(op, `the margin must be a finite number from 0 on, or null, came ${margin}`);
  }
  const [B, width] = features.shape;
  if (B * B * width > TRIPLET_CELLS) {
    const problem = `${B} rows of ${width} are ${B * B * width} differences, more than ${TRIPLET_CELLS}`;
    throw new ArgumentError(op, `${problem}; take a smaller batch or a narrower embedding`);
  }
  const distances = pairDistances(features);
  const same = equal(reshape(ids, [B, 1]), reshape(ids, [1, B])); // [B, B]
  // a row is at no distance from itself, so it is the farthest only where there is no other
  const farthest = max(where(same, distances, 0), { axes: 1 });
  const nearest = min(where(same, faraway, distances), { axes: 1 });
  const alike = sum(cast(same, features.dtype), { axes: 1 });
  const counts = mul(cast(greater(alike, 1), features.dtype), cast(less(alike, B), features.dtype)); // [B]
  const gap = sub(farthest, nearest);
  const losses = margin === null ? softplus(gap) : relu(add(gap, margin));
  return mul(sum(mul(losses, counts)), shareOf(sum(counts)));
};
