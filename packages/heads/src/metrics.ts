// Metrics on host numbers.

import { ArgumentError } from '@omnigrad/tensor';

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

/** Fraction of equal ids. */
export const accuracy = (predicted: ArrayLike<number>, truth: ArrayLike<number>): number => {
  if (predicted.length !== truth.length || truth.length === 0) {
    throw new ArgumentError(
      'accuracy',
      `${predicted.length} predictions for ${truth.length} labels; both must be equal and above 0`,
    );
  }
  let hits = 0;
  for (let i = 0; i < truth.length; i++) if (predicted[i] === truth[i]) hits++;
  return hits / truth.length;
};

/** counts[truth][predicted]. */
export const confusionMatrix = (
  predicted: ArrayLike<number>,
  truth: ArrayLike<number>,
  classes: number,
): number[][] => {
  const matrix = Array.from({ length: classes }, () => new Array<number>(classes).fill(0));
  for (let i = 0; i < truth.length; i++) matrix[truth[i]][predicted[i]]++;
  return matrix;
};

/** Mean of recalls over the classes that occur. */
export const balancedAccuracy = (matrix: readonly (readonly number[])[]): number => {
  const recalls = matrix.flatMap((row, i) => {
    const total = row.reduce((a, b) => a + b, 0);
    return total === 0 ? [] : [row[i] / total];
  });
  return recalls.reduce((a, b) => a + b, 0) / Math.max(1, recalls.length);
};

/** Mean |a - b|. */
export const meanAbsoluteError = (a: ArrayLike<number>, b: ArrayLike<number>): number => {
  let total = 0;
  for (let i = 0; i < a.length; i++) total += Math.abs(a[i] - b[i]);
  return total / a.length;
};
