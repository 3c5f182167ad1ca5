// Metrics of class ids that a confusion matrix is enough for. A matrix may be the sum over many batches or pictures.

import { ArgumentError } from '@omnigrad/tensor';
import { checkCount, checkIds, meanOf } from './check.ts';

/** counts[truth][predicted]. */
export type ConfusionMatrix = readonly (readonly number[])[];

export interface ConfusionOptions {
  /** Elements whose truth is this id do not count (255 in Cityscapes and ADE20K). Default: none. */
  readonly ignoreIndex?: number;
}

/** counts[truth][predicted]. Counts of nothing are allowed, for a picture that is ignored altogether; metrics of them are not. */
export const confusionMatrix = (
  predicted: ArrayLike<number>,
  truth: ArrayLike<number>,
  classes: number,
  options: ConfusionOptions = {},
): number[][] => {
  const op = 'confusionMatrix';
  const { ignoreIndex } = options;
  checkCount(op, 'classes', classes);
  if (predicted.length !== truth.length) {
    throw new ArgumentError(op, `${predicted.length} predictions for ${truth.length} labels; both must be equal`);
  }
  checkIds(op, 'truth', truth, classes, ignoreIndex);
  const matrix = Array.from({ length: classes }, () => new Array<number>(classes).fill(0));
  for (let i = 0; i < truth.length; i++) {
    if (truth[i] === ignoreIndex) continue;
    const id = predicted[i];
    if (!Number.isInteger(id) || id < 0 || id >= classes) {
      throw new ArgumentError(op, `predicted[${i}] is ${id}; it must be a whole number from 0 to ${classes - 1}`);
    }
    matrix[truth[i]][id]++;
  }
  return matrix;
};

interface Counts {
  readonly total: number;
  readonly hits: readonly number[];
  /** Sum of each row. */
  readonly truth: readonly number[];
  /** Sum of each column. */
  readonly predicted: readonly number[];
}

const countsOf = (op: string, matrix: ConfusionMatrix): Counts => {
  const predicted = new Array<number>(matrix.length).fill(0);
  const truth = matrix.map((row, r) => {
    if (row.length !== matrix.length) {
      throw new ArgumentError(op, `row ${r} of ${matrix.length} has ${row.length} columns; the matrix must be square`);
    }
    let sum = 0;
    for (let c = 0; c < row.length; c++) {
      if (!(row[c] >= 0 && Number.isFinite(row[c]))) {
        throw new ArgumentError(op, `matrix[${r}][${c}] is ${row[c]}; a count must be 0 or above`);
      }
      sum += row[c];
      predicted[c] += row[c];
    }
    return sum;
  });
  const total = truth.reduce((a, b) => a + b, 0);
  if (total === 0) throw new ArgumentError(op, 'the matrix counts nothing; there is nothing to measure');
  return { total, hits: matrix.map((row, i) => row[i]), truth, predicted };
};

const sumOf = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);

/** Share of the diagonal: OA of hyperspectral and of point-cloud benchmarks. */
export const overallAccuracy = (matrix: ConfusionMatrix): number => {
  const { hits, total } = countsOf('overallAccuracy', matrix);
  return sumOf(hits) / total;
};

/** Mean of recalls over the classes that occur: mean class accuracy, mAcc, AA (average accuracy). */
export const balancedAccuracy = (matrix: ConfusionMatrix): number => {
  const { hits, truth } = countsOf('balancedAccuracy', matrix);
  return meanOf(hits.flatMap((n, i) => (truth[i] === 0 ? [] : [n / truth[i]])));
};

/**
 * Cohen's kappa (Cohen 1960): (p - e) / (1 - e), p the overall accuracy, e what the row and column sums give by chance.
 * 0 where all truth and all predictions are of one class (0 / 0: NaN in scikit-learn): no agreement beyond chance is shown.
 */
export const cohensKappa = (matrix: ConfusionMatrix): number => {
  const { hits, truth, predicted, total } = countsOf('cohensKappa', matrix);
  const chance = sumOf(truth.map((n, i) => n * predicted[i]));
  const room = total * total - chance;
  return room === 0 ? 0 : (total * sumOf(hits) - chance) / room;
};

/**
 * Matthews correlation, for any number of classes (Gorodkin 2004, "Comparing two K-category assignments by a K-category
 * correlation coefficient"). 0 where truth or predictions are of one class, as in scikit-learn.
 */
export const matthewsCorrelation = (matrix: ConfusionMatrix): number => {
  const { hits, truth, predicted, total } = countsOf('matthewsCorrelation', matrix);
  const squares = (sums: readonly number[]): number => total * total - sumOf(sums.map((n) => n * n));
  const spread = Math.sqrt(squares(truth)) * Math.sqrt(squares(predicted));
  return spread === 0 ? 0 : (total * sumOf(hits) - sumOf(truth.map((n, i) => n * predicted[i]))) / spread;
};

export interface PrecisionRecall {
  readonly precision: number;
  readonly recall: number;
  readonly f1: number;
}

/** 0 / 0 is 0. */
const share = (part: number, whole: number): number => (whole === 0 ? 0 : part / whole);

const scoresOf = (hits: number, truth: number, predicted: number): PrecisionRecall => ({
  precision: share(hits, predicted),
  recall: share(hits, truth),
  f1: share(2 * hits, truth + predicted),
});

/**
 * Precision, recall and F1 as in scikit-learn's `precision_recall_fscore_support` with `zero_division` 0:
 * `binary` of class 1 of two, `micro` of all counts together, `macro` the mean over the classes that occur in truth or predictions
 * (F1 is the mean of the classes' F1, not the F1 of the means).
 */
export const precisionRecallF1 = (matrix: ConfusionMatrix, average: 'binary' | 'micro' | 'macro'): PrecisionRecall => {
  const op = 'precisionRecallF1';
  const { hits, truth, predicted, total } = countsOf(op, matrix);
  if (average === 'micro') return scoresOf(sumOf(hits), total, total);
  if (average === 'binary') {
    if (matrix.length !== 2) {
      throw new ArgumentError(op, `binary is for 2 classes, not ${matrix.length}; take micro or macro`);
    }
    return scoresOf(hits[1], truth[1], predicted[1]);
  }
  const classes = hits.flatMap((n, i) => (truth[i] + predicted[i] === 0 ? [] : [scoresOf(n, truth[i], predicted[i])]));
  return {
    precision: meanOf(classes.map((c) => c.precision)),
    recall: meanOf(classes.map((c) => c.recall)),
    f1: meanOf(classes.map((c) => c.f1)),
  };
};

const unions = (op: string, matrix: ConfusionMatrix): Float64Array => {
  const { hits, truth, predicted } = countsOf(op, matrix);
  return Float64Array.from(hits, (n, i) => n / (truth[i] + predicted[i] - n));
};

/** Intersection over union of each class (Everingham et al. 2015, Pascal VOC); NaN for one in neither truth nor predictions. */
export const intersectionOverUnion = (matrix: ConfusionMatrix): Float64Array => unions('intersectionOverUnion', matrix);

/** mIoU: the mean over the classes that occur in truth or predictions. Of a whole dataset: one matrix over all of its pictures. */
export const meanIntersectionOverUnion = (matrix: ConfusionMatrix): number =>
  meanOf(unions('meanIntersectionOverUnion', matrix).filter((x) => !Number.isNaN(x)));
