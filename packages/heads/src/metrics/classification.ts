// Accuracy of class ids and of scores.

import { checkCount, checkFinite, checkIds, checkPairs, checkTable } from './check.ts';

/** Position of the largest value of each row; the first of equals. */
export const argmaxRows = (values: ArrayLike<number>, classes: number): Int32Array => {
  const out = new Int32Array(values.length / classes);
  for (let r = 0; r < out.length; r++) {
    let best = 0;
    for (let c = 1; c < classes; c++) if (values[r * classes + c] > values[r * classes + best]) best = c;
    out[r] = best;
  }
  return out;
};

const hitsOf = (op: string, predicted: ArrayLike<number>, truth: ArrayLike<number>): number => {
  checkPairs(op, predicted, truth, 'labels');
  checkFinite(op, 'predicted', predicted);
  checkFinite(op, 'truth', truth);
  let hits = 0;
  for (let i = 0; i < truth.length; i++) if (predicted[i] === truth[i]) hits++;
  return hits;
};

/** Fraction of equal ids. */
export const accuracy = (predicted: ArrayLike<number>, truth: ArrayLike<number>): number =>
  hitsOf('accuracy', predicted, truth) / truth.length;

/** Fraction of unequal ids: 1 - accuracy. */
export const errorRate = (predicted: ArrayLike<number>, truth: ArrayLike<number>): number =>
  (truth.length - hitsOf('errorRate', predicted, truth)) / truth.length;

/**
 * Fraction of rows of `scores` [rows, classes] in which the true class is among the k largest.
 * Of equal scores the smaller class id goes first, so that k = 1 is the accuracy of `argmaxRows`.
 * (scikit-learn's `top_k_accuracy_score` puts the larger id first.)
 */
export const topKAccuracy = (
  scores: ArrayLike<number>,
  truth: ArrayLike<number>,
  classes: number,
  k: number,
): number => {
  const op = 'topKAccuracy';
  checkTable(op, 'scores', scores, truth.length, classes);
  checkCount(op, 'k', k, classes);
  checkFinite(op, 'scores', scores);
  checkIds(op, 'truth', truth, classes);
  let hits = 0;
  for (let r = 0; r < truth.length; r++) {
    const own = scores[r * classes + truth[r]];
    let before = 0;
    for (let c = 0; c < classes; c++) {
      const other = scores[r * classes + c];
      if (other > own || (other === own && c < truth[r])) before++;
    }
    if (before < k) hits++;
  }
  return hits / truth.length;
};
