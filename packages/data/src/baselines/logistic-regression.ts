// Multinomial logistic regression: the classical opponent of every classification task. Plain host code, deterministic.

import { DataError } from '../errors.ts';
import { EpochSampler } from '../sampling/epoch-sampler.ts';

/** Passes over the rows unless the options say otherwise. */
export const defaultEpochs = 300;

export interface LogisticOptions {
  /** Weight of `l2 / 2 * |W|^2`; the bias is free. */
  readonly l2?: number;
  readonly epochs?: number;
  /** All rows by default: plain, full-batch descent. */
  readonly batchSize?: number;
  readonly learningRate?: number;
}

export interface LogisticRegression {
  readonly dimensions: number;
  readonly classes: number;
  /** `[classes, dimensions]` */
  readonly weights: Float64Array;
  /** `[classes]` */
  readonly bias: Float64Array;
  /** Most probable class of each row of `features: [n, dimensions]`; the lowest id on a tie. */
  predict(features: Float64Array): Int32Array;
}

/**
 * Minimises `mean_i -log softmax(W x_i + b)[y_i] + l2 / 2 * |W|^2` from zero by Adam (0.9, 0.999) with a learning rate
 * that falls linearly to 0. Features should be standardised. Same input, same bytes.
 * @throws {DataError} out-of-range: sizes that disagree or a label that is no class id
 */
export function fitLogisticRegression(
  features: Float64Array,
  labels: ArrayLike<number>,
  classes: number,
  options: LogisticOptions = {},
): LogisticRegression {
  const n = labels.length;
  const dimensions = features.length / n;
  checkInput(features, labels, classes);
  const { l2 = 1e-3, epochs = defaultEpochs, batchSize = n, learningRate = 0.05 } = options;
  const size = Math.min(batchSize, n);
  const weights = new Float64Array(classes * dimensions);
  const bias = new Float64Array(classes);
  const steps = Math.ceil((epochs * n) / size);
  const sampler = new EpochSampler(n, [0x10615, 1]);
  const all = Int32Array.from({ length: n }, (_, row) => row);
  const weightGradient = new Float64Array(weights.length);
  const biasGradient = new Float64Array(classes);
  const updateWeights = adam(weights, weightGradient);
  const updateBias = adam(bias, biasGradient);
  const scores = new Float64Array(classes);
  const present = new Int32Array(dimensions);
  for (let step = 0; step < steps; step++) {
    const rows = size === n ? all : sampler.batch(step, size);
    for (let at = 0; at < weights.length; at++) weightGradient[at] = l2 * weights[at];
    biasGradient.fill(0);
    for (const row of rows) {
      const count = gather(features, row * dimensions, present);
      score(features, row * dimensions, present, count, weights, bias, scores);
      softmax(scores);
      for (let c = 0; c < classes; c++) {
        const error = (scores[c] - (c === labels[row] ? 1 : 0)) / size;
        biasGradient[c] += error;
        const base = c * dimensions;
        for (let k = 0; k < count; k++)
          weightGradient[base + present[k]] += error * features[row * dimensions + present[k]];
      }
    }
    const rate = learningRate * (1 - step / steps);
    updateWeights(rate, step + 1);
    updateBias(rate, step + 1);
  }
  const predict = (rows: Float64Array): Int32Array =>
    Int32Array.from({ length: rows.length / dimensions }, (_, row) => {
      const count = gather(rows, row * dimensions, present);
      score(rows, row * dimensions, present, count, weights, bias, scores);
      return scores.indexOf(Math.max(...scores));
    });
  return { dimensions, classes, weights, bias, predict };
}

/** Part of the rows where prediction and label agree. */
export function accuracy(predicted: ArrayLike<number>, labels: ArrayLike<number>): number {
  let right = 0;
  for (let row = 0; row < labels.length; row++) right += predicted[row] === labels[row] ? 1 : 0;
  return right / labels.length;
}

/** Columns of a row that are not 0, into `out`; returns how many. A bag of words is nearly all zeros. */
function gather(features: Float64Array, offset: number, out: Int32Array): number {
  let count = 0;
  for (let j = 0; j < out.length; j++) if (features[offset + j] !== 0) out[count++] = j;
  return count;
}

function score(
  features: Float64Array,
  offset: number,
  present: Int32Array,
  count: number,
  weights: Float64Array,
  bias: Float64Array,
  out: Float64Array,
): void {
  for (let c = 0; c < out.length; c++) {
    let sum = bias[c];
    const base = c * present.length;
    for (let k = 0; k < count; k++) sum += weights[base + present[k]] * features[offset + present[k]];
    out[c] = sum;
  }
}

function softmax(scores: Float64Array): void {
  const top = Math.max(...scores);
  let total = 0;
  for (let c = 0; c < scores.length; c++) {
    scores[c] = Math.exp(scores[c] - top);
    total += scores[c];
  }
  for (let c = 0; c < scores.length; c++) scores[c] /= total;
}

function adam(values: Float64Array, gradient: Float64Array): (rate: number, step: number) => void {
  const first = new Float64Array(values.length);
  const second = new Float64Array(values.length);
  return (rate, step) => {
    const firstScale = 1 - 0.9 ** step;
    const secondScale = 1 - 0.999 ** step;
    for (let at = 0; at < values.length; at++) {
      first[at] += 0.1 * (gradient[at] - first[at]);
      second[at] += 0.001 * (gradient[at] ** 2 - second[at]);
      values[at] -= (rate * (first[at] / firstScale)) / (Math.sqrt(second[at] / secondScale) + 1e-8);
    }
  };
}

function checkInput(features: Float64Array, labels: ArrayLike<number>, classes: number): void {
  const fail = (place: string, expected: string, actual: string): DataError => {
    const fix = 'check the features and labels';
    return new DataError({
      code: 'out-of-range',
      source: 'logistic regression',
      file: null,
      place,
      expected,
      actual,
      fix,
    });
  };
  const n = labels.length;
  if (n === 0 || features.length === 0 || features.length % n !== 0) {
    throw fail('features', `a multiple of ${n} values`, `${features.length}`);
  }
  for (let row = 0; row < n; row++) {
    const label = labels[row];
    if (!Number.isInteger(label) || label < 0 || label >= classes) {
      throw fail(`row ${row}`, `a class id from 0 to ${classes - 1}`, `${label}`);
    }
  }
}
