// Metrics on small cases worked out by hand.

import { ArgumentError } from '@omnigrad/tensor';
import { describe, expect, it } from 'vitest';
import { accuracy, argmaxRows, balancedAccuracy, confusionMatrix, meanAbsoluteError } from '../src/index.ts';

describe('argmaxRows', () => {
  it('takes the first of equal values, and copes with negative ones', () => {
    expect([...argmaxRows([1, 3, 3, -5, -2, -9, 0, 0, 0], 3)]).toEqual([1, 1, 0]);
    expect([...argmaxRows([], 3)]).toEqual([]);
  });
});

describe('accuracy', () => {
  it('is the share of equal ids', () => {
    expect(accuracy([1, 2, 3, 4], [1, 0, 3, 0])).toBe(0.5);
  });

  it.each([
    [[1, 2], [1], '2 predictions for 1 labels; both must be equal and above 0'],
    [[], [], '0 predictions for 0 labels; both must be equal and above 0'],
  ])('refuses %j beside %j', (predicted, truth, problem) => {
    expect(() => accuracy(predicted, truth)).toThrow(new ArgumentError('accuracy', problem));
  });
});

describe('confusionMatrix and balancedAccuracy', () => {
  const matrix = confusionMatrix([0, 0, 1, 1, 1, 0], [0, 0, 0, 1, 1, 1], 3);

  it('counts by truth, then by prediction', () => {
    expect(matrix).toEqual([
      [2, 1, 0],
      [1, 2, 0],
      [0, 0, 0],
    ]);
  });

  it('averages the recalls of the classes that occur', () => {
    expect(balancedAccuracy(matrix)).toBeCloseTo(2 / 3, 12);
    expect(
      balancedAccuracy([
        [9, 1],
        [1, 0],
      ]),
    ).toBeCloseTo(0.45, 12);
    expect(
      balancedAccuracy([
        [0, 0],
        [0, 0],
      ]),
    ).toBe(0);
  });
});

describe('meanAbsoluteError', () => {
  it('is the mean distance', () => {
    expect(meanAbsoluteError([1, -2, 3], [0, 2, 3])).toBeCloseTo(5 / 3, 12);
  });
});
