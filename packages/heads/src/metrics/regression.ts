// Distances and correlations of numbers.

import { ArgumentError } from '@omnigrad/tensor';
import { checkFinite, checkPairs, meanOf } from './check.ts';
import { averageRanks } from './ranking.ts';

const checkNumbers = (op: string, predicted: ArrayLike<number>, truth: ArrayLike<number>): void => {
  checkPairs(op, predicted, truth, 'numbers');
  checkFinite(op, 'predicted', predicted);
  checkFinite(op, 'truth', truth);
};

/** Mean |a - b|. */
export const meanAbsoluteError = (predicted: ArrayLike<number>, truth: ArrayLike<number>): number => {
  checkNumbers('meanAbsoluteError', predicted, truth);
  let total = 0;
  for (let i = 0; i < truth.length; i++) total += Math.abs(predicted[i] - truth[i]);
  return total / truth.length;
};

const squared = (op: string, predicted: ArrayLike<number>, truth: ArrayLike<number>): number => {
  checkNumbers(op, predicted, truth);
  let total = 0;
  for (let i = 0; i < truth.length; i++) total += (predicted[i] - truth[i]) ** 2;
  return total / truth.length;
};

/** MSE, the mean of (a - b)². Named apart from the loss `meanSquaredError`, which is of tensors. */
export const meanSquaredDeviation = (predicted: ArrayLike<number>, truth: ArrayLike<number>): number =>
  squared('meanSquaredDeviation', predicted, truth);

/** RMSE: the root of the mean of (a - b)². */
export const rootMeanSquaredError = (predicted: ArrayLike<number>, truth: ArrayLike<number>): number =>
  Math.sqrt(squared('rootMeanSquaredError', predicted, truth));

const isConstant = (values: ArrayLike<number>): boolean => {
  for (let i = 1; i < values.length; i++) if (values[i] !== values[0]) return false;
  return true;
};

/** Values less their mean, over their largest distance from it: squares neither overflow nor vanish. */
const centred = (values: ArrayLike<number>): Float64Array => {
  let size = 0;
  for (let i = 0; i < values.length; i++) size = Math.max(size, Math.abs(values[i]));
  const scaled = Float64Array.from(values, (x) => x / size);
  const mean = meanOf(scaled);
  let spread = 0;
  for (let i = 0; i < scaled.length; i++) {
    scaled[i] -= mean;
    spread = Math.max(spread, Math.abs(scaled[i]));
  }
  return scaled.map((x) => x / spread);
};

const correlation = (op: string, predicted: ArrayLike<number>, truth: ArrayLike<number>): number => {
  if (isConstant(truth)) {
    throw new ArgumentError(op, `all ${truth.length} of truth are ${truth[0]}; at least two must differ`);
  }
  if (isConstant(predicted)) return 0;
  const a = centred(predicted);
  const b = centred(truth);
  let ab = 0;
  let aa = 0;
  let bb = 0;
  for (let i = 0; i < a.length; i++) {
    ab += a[i] * b[i];
    aa += a[i] * a[i];
    bb += b[i] * b[i];
  }
  return Math.max(-1, Math.min(1, ab / Math.sqrt(aa) / Math.sqrt(bb)));
};

/**
 * Pearson's r, as SciPy's `pearsonr`. Constant predictions give 0 (0 / 0: NaN in SciPy), so that a collapsed model is
 * scored and not refused; constant truth is refused.
 */
export const pearsonCorrelation = (predicted: ArrayLike<number>, truth: ArrayLike<number>): number => {
  checkNumbers('pearsonCorrelation', predicted, truth);
  return correlation('pearsonCorrelation', predicted, truth);
};

/** Spearman's rho: Pearson's r of average ranks, as SciPy's `spearmanr`. Constant sides as in `pearsonCorrelation`. */
export const spearmanCorrelation = (predicted: ArrayLike<number>, truth: ArrayLike<number>): number => {
  checkNumbers('spearmanCorrelation', predicted, truth);
  if (isConstant(truth)) return correlation('spearmanCorrelation', predicted, truth);
  return correlation('spearmanCorrelation', averageRanks(predicted), averageRanks(truth));
};
