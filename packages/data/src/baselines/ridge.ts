// Ridge regression in closed form: the classical opponent of forecasts. Plain host code, deterministic.

import { DataError } from '../errors.ts';

export interface Ridge {
  /** `[dimensions, outputs]` */
  readonly weights: Float64Array;
  /** `[outputs]` */
  readonly intercept: Float64Array;
  /** `features: [n, dimensions] -> [n, outputs]` */
  predict(features: Float64Array): Float64Array;
}

/**
 * `W = (X'X + l2 I)^-1 X'Y` by Cholesky, over centred X and Y, so that the intercept is not penalised.
 * `features: [n, dimensions]`, `targets: [n, outputs]`.
 * @throws {DataError} out-of-range: sizes that disagree; bad-value: a matrix that is not positive definite
 */
export function fitRidge(features: Float64Array, targets: Float64Array, n: number, l2: number): Ridge {
  const dimensions = features.length / n;
  const outputs = targets.length / n;
  if (
    !Number.isInteger(n) ||
    n < 1 ||
    !Number.isInteger(dimensions) ||
    !Number.isInteger(outputs) ||
    dimensions * outputs === 0
  ) {
    const actual = `${features.length} features and ${targets.length} targets`;
    throw failure('out-of-range', `multiples of ${n} rows`, actual, 'check the sizes');
  }
  const featureMean = columnMeans(features, n, dimensions);
  const targetMean = columnMeans(targets, n, outputs);
  const gram = new Float64Array(dimensions * dimensions);
  const cross = new Float64Array(dimensions * outputs);
  const row = new Float64Array(dimensions);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < dimensions; j++) row[j] = features[i * dimensions + j] - featureMean[j];
    for (let j = 0; j < dimensions; j++) {
      for (let k = 0; k <= j; k++) gram[j * dimensions + k] += row[j] * row[k];
      for (let k = 0; k < outputs; k++) cross[j * outputs + k] += row[j] * (targets[i * outputs + k] - targetMean[k]);
    }
  }
  for (let j = 0; j < dimensions; j++) gram[j * dimensions + j] += l2;
  factorise(gram, dimensions);
  solve(gram, dimensions, cross, outputs);
  const intercept = targetMean.map((mean, k) => {
    for (let j = 0; j < dimensions; j++) mean -= featureMean[j] * cross[j * outputs + k];
    return mean;
  });
  const predict = (rows: Float64Array): Float64Array => {
    const count = rows.length / dimensions;
    const out = new Float64Array(count * outputs);
    for (let i = 0; i < count; i++) {
      for (let k = 0; k < outputs; k++) {
        let sum = intercept[k];
        for (let j = 0; j < dimensions; j++) sum += rows[i * dimensions + j] * cross[j * outputs + k];
        out[i * outputs + k] = sum;
      }
    }
    return out;
  };
  return { weights: cross, intercept, predict };
}

/** In place: the lower triangle of `a` becomes L with `L L' = a`. */
function factorise(a: Float64Array, size: number): void {
  for (let j = 0; j < size; j++) {
    for (let i = j; i < size; i++) {
      const before = a[i * size + j];
      let sum = before;
      for (let k = 0; k < j; k++) sum -= a[i * size + k] * a[j * size + k];
      if (i > j) {
        a[i * size + j] = sum / a[j * size + j];
        continue;
      }
      // A column that depends on earlier ones leaves rounding noise, of either sign, rather than 0.
      if (!(sum > 1e-12 * before)) {
        throw failure('bad-value', 'a positive definite matrix', `dependent column ${j}`, 'use an l2 above 0');
      }
      a[j * size + j] = Math.sqrt(sum);
    }
  }
}

/** In place: `b: [size, outputs]` becomes `(L L')^-1 b`. */
function solve(l: Float64Array, size: number, b: Float64Array, outputs: number): void {
  for (let k = 0; k < outputs; k++) {
    for (let i = 0; i < size; i++) {
      for (let j = 0; j < i; j++) b[i * outputs + k] -= l[i * size + j] * b[j * outputs + k];
      b[i * outputs + k] /= l[i * size + i];
    }
    for (let i = size - 1; i >= 0; i--) {
      for (let j = i + 1; j < size; j++) b[i * outputs + k] -= l[j * size + i] * b[j * outputs + k];
      b[i * outputs + k] /= l[i * size + i];
    }
  }
}

function columnMeans(values: Float64Array, n: number, columns: number): Float64Array {
  const means = new Float64Array(columns);
  for (let at = 0; at < values.length; at++) means[at % columns] += values[at] / n;
  return means;
}

function failure(code: 'out-of-range' | 'bad-value', expected: string, actual: string, fix: string): DataError {
  return new DataError({ code, source: 'ridge', file: null, place: null, expected, actual, fix });
}
