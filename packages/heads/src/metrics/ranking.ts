// Average precision and ROC AUC of scores against labels 0 and 1, one label or many.

import { ArgumentError } from '@omnigrad/tensor';
import { checkCount, checkFinite, checkIds, checkPairs, checkTable, meanOf } from './check.ts';

/** Ranks 1 .. n of ascending values; equal values share the mean of their ranks (SciPy's `rankdata`, method `average`). */
export const averageRanks = (values: ArrayLike<number>): Float64Array => {
  checkFinite('averageRanks', 'values', values);
  const order = Uint32Array.from(values, (_, i) => i).sort((a, b) => values[a] - values[b]);
  const ranks = new Float64Array(values.length);
  for (let start = 0; start < order.length; ) {
    let end = start + 1;
    while (end < order.length && values[order[end]] === values[order[start]]) end++;
    for (let i = start; i < end; i++) ranks[order[i]] = (start + 1 + end) / 2;
    start = end;
  }
  return ranks;
};

const checkScores = (op: string, scores: ArrayLike<number>, labels: ArrayLike<number>): void => {
  checkFinite(op, 'scores', scores);
  checkIds(op, 'labels', labels, 2);
};

const positivesOf = (labels: ArrayLike<number>): number => {
  let positives = 0;
  for (let i = 0; i < labels.length; i++) positives += labels[i];
  return positives;
};

/** NaN without a positive. */
const stepPrecision = (scores: ArrayLike<number>, labels: ArrayLike<number>): number => {
  const positives = positivesOf(labels);
  const order = Uint32Array.from(scores, (_, i) => i).sort((a, b) => scores[b] - scores[a]);
  let hits = 0;
  let total = 0;
  for (let start = 0; start < order.length; ) {
    let end = start;
    let found = 0;
    while (end < order.length && scores[order[end]] === scores[order[start]]) found += labels[order[end++]];
    hits += found;
    total += (found * hits) / end;
    start = end;
  }
  return total / positives;
};

/** NaN where all labels are equal. */
const rankArea = (scores: ArrayLike<number>, labels: ArrayLike<number>): number => {
  const positives = positivesOf(labels);
  const ranks = averageRanks(scores);
  let sum = 0;
  for (let i = 0; i < ranks.length; i++) if (labels[i] === 1) sum += ranks[i];
  return (sum - (positives * (positives + 1)) / 2) / (positives * (labels.length - positives));
};

/**
 * Average precision Σ (R_n - R_{n-1}) P_n over the distinct scores, without interpolation: scikit-learn's
 * `average_precision_score`. Equal scores are one step, so their order does not matter.
 */
export const averagePrecision = (scores: ArrayLike<number>, labels: ArrayLike<number>): number => {
  const op = 'averagePrecision';
  checkPairs(op, scores, labels, 'labels');
  checkScores(op, scores, labels);
  const value = stepPrecision(scores, labels);
  if (Number.isNaN(value)) throw new ArgumentError(op, 'no label is 1; without positives there is no recall');
  return value;
};

/**
 * Area under the ROC curve by average ranks (Mann and Whitney 1947): the chance that a positive scores above a negative,
 * equal scores counting half. scikit-learn's `roc_auc_score`.
 */
export const rocAuc = (scores: ArrayLike<number>, labels: ArrayLike<number>): number => {
  const op = 'rocAuc';
  checkPairs(op, scores, labels, 'labels');
  checkScores(op, scores, labels);
  const value = rankArea(scores, labels);
  if (Number.isNaN(value)) {
    throw new ArgumentError(op, `all ${labels.length} labels are ${labels[0]}; both 0 and 1 must occur`);
  }
  return value;
};

export interface LabelMean {
  /** Over the labels that count. */
  readonly mean: number;
  /** NaN for a label that does not count. */
  readonly perLabel: Float64Array;
  /** How many labels count. */
  readonly counted: number;
}

const overLabels = (
  op: string,
  scores: ArrayLike<number>,
  labels: ArrayLike<number>,
  count: number,
  metric: (scores: Float64Array, labels: Float64Array) => number,
  need: string,
): LabelMean => {
  checkCount(op, 'count', count);
  const rows = labels.length / count;
  checkTable(op, 'labels', labels, Math.floor(rows), count);
  checkTable(op, 'scores', scores, rows, count);
  checkScores(op, scores, labels);
  const perLabel = Float64Array.from({ length: count }, (_, label) => {
    const column = (values: ArrayLike<number>): Float64Array =>
      Float64Array.from({ length: rows }, (_, r) => values[r * count + label]);
    return metric(column(scores), column(labels));
  });
  const counting = perLabel.filter((x) => !Number.isNaN(x));
  if (counting.length === 0)
    throw new ArgumentError(op, `none of ${count} labels has ${need}; there is nothing to measure`);
  return { mean: meanOf(counting), perLabel, counted: counting.length };
};

/**
 * mAP of many labels (AudioSet, multi-label pictures): the mean of `averagePrecision` over the labels, scores and labels
 * [rows, count]. A label without a positive does not count (scikit-learn gives it 0, with a warning).
 */
export const meanAveragePrecision = (scores: ArrayLike<number>, labels: ArrayLike<number>, count: number): LabelMean =>
  overLabels('meanAveragePrecision', scores, labels, count, stepPrecision, 'a positive');

/**
 * Mean ROC AUC over labels (14 findings of ChestX-ray14), scores and labels [rows, count].
 * A label that is the same in every row does not count (scikit-learn refuses it).
 */
export const meanRocAuc = (scores: ArrayLike<number>, labels: ArrayLike<number>, count: number): LabelMean =>
  overLabels('meanRocAuc', scores, labels, count, rankArea, 'both a positive and a negative');
