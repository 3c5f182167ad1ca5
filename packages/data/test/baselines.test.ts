import { describe, expect, it } from 'vitest';
import { accuracy, fitLogisticRegression, fitRidge } from '../src/index.ts';
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
