import { describe, expect, it } from 'vitest';
import {
  accuracy,
  type Dataset,
  featureBaseline,
  fitLogisticRegression,
  fitRidge,
  ridgeForecastBaseline,
  type SeriesDataset,
  splitOf,
} from '../src/index.ts';
import { errorOf } from './fixtures.ts';

describe('fitLogisticRegression', () => {
  // Three clouds around the corners of a triangle.
  const n = 90;
  const labels = Int32Array.from({ length: n }, (_, row) => row % 3);
  const features = Float64Array.from({ length: 2 * n }, (_, at) => {
    const angle = (2 * Math.PI * labels[at >> 1]) / 3;
    return (at % 2 === 0 ? Math.cos(angle) : Math.sin(angle)) + 0.3 * Math.sin(at * 12.9898);
  });

  it('separates what can be separated, in full and in small batches, and repeats itself', () => {
    for (const batchSize of [n, 16]) {
      const model = fitLogisticRegression(features, labels, 3, { batchSize });
      expect(accuracy(model.predict(features), labels)).toBe(1);
      expect(fitLogisticRegression(features, labels, 3, { batchSize }).weights).toEqual(model.weights);
    }
  });

  it('ends where the gradient of the objective is zero', () => {
    const l2 = 0.1;
    const { weights, bias } = fitLogisticRegression(features, labels, 3, { l2, epochs: 3000 });
    const gradient = weights.map((weight) => l2 * weight);
    for (let row = 0; row < n; row++) {
      const x = features.subarray(2 * row, 2 * row + 2);
      const scores = [0, 1, 2].map((c) => Math.exp(weights[2 * c] * x[0] + weights[2 * c + 1] * x[1] + bias[c]));
      const total = scores[0] + scores[1] + scores[2];
      for (let at = 0; at < 6; at++)
        gradient[at] += ((scores[at >> 1] / total - (labels[row] === at >> 1 ? 1 : 0)) * x[at % 2]) / n;
    }
    for (const value of gradient) expect(Math.abs(value)).toBeLessThan(1e-4);
  });

  it('names sizes and labels that cannot be', () => {
    expect(errorOf(() => fitLogisticRegression(new Float64Array(3), [0, 1], 2)).message).toBe(
      'logistic regression: features: expected a multiple of 2 values, got 3; fix: check the features and labels',
    );
    expect(errorOf(() => fitLogisticRegression(new Float64Array(2), [0, 2], 2)).message).toBe(
      'logistic regression: row 1: expected a class id from 0 to 1, got 2; fix: check the features and labels',
    );
  });
});

describe('fitRidge', () => {
  const x = Float64Array.from([1, 2, 2, 1, 3, 5, 4, 3, 6, 1]); // [5, 2]

  it('finds a linear law and its intercept', () => {
    const y = Float64Array.from({ length: 5 }, (_, i) => 3 * x[2 * i] - 2 * x[2 * i + 1] + 7);
    const { weights, intercept, predict } = fitRidge(x, y, 5, 1e-9);
    expect(weights[0]).toBeCloseTo(3, 6);
    expect(weights[1]).toBeCloseTo(-2, 6);
    expect(intercept[0]).toBeCloseTo(7, 6);
    expect(predict(Float64Array.of(10, 10))[0]).toBeCloseTo(17, 6);
  });

  it('solves the normal equations of centred data, for several outputs', () => {
    const y = Float64Array.from([1, 0, 2, 5, 3, 1, 7, 2, 5, 5]);
    const { weights } = fitRidge(x, y, 5, 0.5);
    const mean = (values: Float64Array, column: number): number =>
      [0, 1, 2, 3, 4].reduce((sum, i) => sum + values[2 * i + column] / 5, 0);
    for (let j = 0; j < 2; j++) {
      for (let k = 0; k < 2; k++) {
        let residual = -0.5 * weights[2 * j + k];
        for (let i = 0; i < 5; i++) {
          const c = (column: number): number => x[2 * i + column] - mean(x, column);
          residual += c(j) * (y[2 * i + k] - mean(y, k) - c(0) * weights[k] - c(1) * weights[2 + k]);
        }
        expect(residual).toBeCloseTo(0, 9);
      }
    }
  });

  it('says when the matrix is singular', () => {
    expect(errorOf(() => fitRidge(Float64Array.of(1, 1, 2, 2), Float64Array.of(1, 2), 2, 0)).message).toBe(
      'ridge: expected a positive definite matrix, got dependent column 1; fix: use an l2 above 0',
    );
  });
});

describe('bounds of the baselines', () => {
  it('a thousand classes get the nearest mean in place of a fit that would take minutes', () => {
    const classes = Array.from({ length: 1000 }, (_, id) => `${id}`);
    // Place and class are one; the last class has no example.
    const rows = (name: 'train' | 'test', count: number) =>
      splitOf(
        'many',
        name,
        1000,
        Array.from({ length: count }, (_, at) => {
          const label = (at * 7) % 999;
          const input = Array.from({ length: 40 }, (_value, k) => Math.sin(label * (k + 1)) + 0.01 * Math.sin(at * k));
          return { input, label, id: `${at}` };
        }),
      );
    const dataset: Dataset<number[]> = {
      ...{ name: 'many', modality: 'tabular', classes, split: '', fingerprint: '' },
      ...{ train: rows('train', 1998), test: rows('test', 50) },
    };
    const result = featureBaseline('forty numbers', dataset, (raw) => raw);
    expect(result).toMatchObject({ method: 'nearest class mean, forty numbers', value: 1, testCount: 50 });
    const few = { ...dataset, classes: classes.slice(0, 3), train: rows('train', 6), test: rows('test', 3) };
    const labelled = (split: Dataset<number[]>['train']): Dataset<number[]>['train'] => ({
      ...split,
      get: (at) => ({ ...split.get(at), label: at % 3 }),
    });
    const small = { ...few, train: labelled(few.train), test: labelled(few.test) };
    expect(featureBaseline('forty numbers', small, (raw) => raw).method).toBe('logistic regression, forty numbers');
  });

  it('a series of hundreds of channels is forecast from the one channel', () => {
    const channels = 80;
    const at = (row: number, channel: number): number => Math.sin(row / 3) * (channel + 1);
    const rows = (name: 'train' | 'test', first: number, count: number) =>
      splitOf(
        'wide',
        name,
        0,
        Array.from({ length: count }, (_, k) => {
          const values = (from: number, length: number): Float32Array =>
            Float32Array.from({ length: length * channels }, (_v, i) =>
              at(first + k + from + Math.floor(i / channels), i % channels),
            );
          const input = {
            history: values(0, 14),
            future: values(14, 2),
            steps: 14,
            horizon: 2,
            channels,
            dayOfYear: 9,
          };
          return { input: { ...input, stepDays: 1 / 24 }, label: -1, id: `${k}` };
        }),
      );
    const dataset: SeriesDataset = {
      ...{ name: 'wide', modality: 'timeseries', classes: [], split: '', fingerprint: '' },
      ...{ train: rows('train', 0, 60), test: rows('test', 60, 9) },
      channels: Array.from({ length: channels }, (_, c) => ({ name: `c${c}`, unit: '', mean: 0, std: 1 })),
    };
    const result = ridgeForecastBaseline(dataset, 'c3');
    expect(result.method).toBe('ridge regression, last 14 steps of the channel and season');
    expect(result.value).toBeLessThan(0.3 * result.chance);
  });
});
