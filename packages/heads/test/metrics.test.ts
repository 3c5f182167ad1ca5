// Metrics of class ids and of numbers: cases worked out by hand, goldens of scikit-learn and SciPy, invariances, refusals.

import { ArgumentError } from '@omnigrad/tensor';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  accuracy,
  argmaxRows,
  balancedAccuracy,
  type ConfusionMatrix,
  cohensKappa,
  confusionMatrix,
  errorRate,
  intersectionOverUnion,
  matthewsCorrelation,
  meanAbsoluteError,
  meanIntersectionOverUnion,
  meanSquaredDeviation,
  overallAccuracy,
  pearsonCorrelation,
  precisionRecallF1,
  rootMeanSquaredError,
  spearmanCorrelation,
  topKAccuracy,
} from '../src/index.ts';
import { golden } from './metrics-goldens.ts';

type Triple = readonly [precision: number, recall: number, f1: number];

const classes = golden<{
  classes: number;
  truth: number[];
  predicted: number[];
  scores: number[];
  topK: number[];
  confusion: number[][];
  overall: number;
  balanced: number;
  kappa: number;
  matthews: number;
  micro: Triple;
  macro: Triple;
  iou: number[];
  meanIou: number;
  binaryTruth: number[];
  binaryPredicted: number[];
  binary: Triple;
  binaryMatthews: number;
  binaryKappa: number;
}>('classification');

const triple = (matrix: ConfusionMatrix, average: 'binary' | 'micro' | 'macro'): number[] => {
  const { precision, recall, f1 } = precisionRecallF1(matrix, average);
  return [precision, recall, f1];
};

const closeTo = (got: ArrayLike<number>, want: ArrayLike<number>): void => {
  expect(got.length).toBe(want.length);
  for (let i = 0; i < want.length; i++) expect(got[i], `[${i}]`).toBeCloseTo(want[i], 12);
};

describe('argmaxRows', () => {
  it('takes the first of equal values, and copes with negative ones', () => {
    expect([...argmaxRows([1, 3, 3, -5, -2, -9, 0, 0, 0], 3)]).toEqual([1, 1, 0]);
    expect([...argmaxRows([], 3)]).toEqual([]);
  });
});

describe('accuracy and errorRate', () => {
  it('are the shares of equal and of unequal ids', () => {
    expect(accuracy([1, 2, 3, 4], [1, 0, 3, 0])).toBe(0.5);
    expect(errorRate([1, 2, 3, 4, 5], [1, 0, 3, 0, 0])).toBe(0.6);
  });

  it.each([
    [[1, 2], [1], '2 predictions for 1 labels; both must be equal and above 0'],
    [[], [], '0 predictions for 0 labels; both must be equal and above 0'],
    [[1, Number.NaN], [1, 2], 'predicted[1] is NaN; it must be finite'],
    [[1, 2], [Number.POSITIVE_INFINITY, 2], 'truth[0] is Infinity; it must be finite'],
  ])('refuse %j beside %j', (predicted, truth, problem) => {
    expect(() => accuracy(predicted, truth)).toThrow(new ArgumentError('accuracy', problem));
    expect(() => errorRate(predicted, truth)).toThrow(new ArgumentError('errorRate', problem));
  });
});

describe('topKAccuracy', () => {
  it('is that of scikit-learn where no scores are equal', () => {
    classes.topK.forEach((value, i) => {
      expect(topKAccuracy(classes.scores, classes.truth, classes.classes, i + 1)).toBeCloseTo(value, 12);
    });
    expect(topKAccuracy(classes.scores, classes.truth, classes.classes, classes.classes)).toBe(1);
  });

  it('puts the smaller id first of equal scores, so that k = 1 is the accuracy of argmaxRows', () => {
    expect([1, 2, 3].map((k) => topKAccuracy([5, 5, 5, 5, 5, 5], [0, 2], 3, k))).toEqual([0.5, 0.5, 1]);
    const rows = fc.array(fc.tuple(fc.nat(3), fc.array(fc.nat(3), { minLength: 4, maxLength: 4 })), { minLength: 1 });
    fc.assert(
      fc.property(rows, (cases) => {
        const scores = cases.flatMap(([, row]) => row);
        const truth = cases.map(([id]) => id);
        expect(topKAccuracy(scores, truth, 4, 1)).toBe(accuracy(argmaxRows(scores, 4), truth));
        expect(topKAccuracy(scores, truth, 4, 2)).toBeGreaterThanOrEqual(topKAccuracy(scores, truth, 4, 1));
      }),
    );
  });

  it.each([
    [[1, 2, 3], [0, 1], 2, 1, '3 scores for 2 x 2; both sides must be above 0 and fit'],
    [[], [], 2, 1, '0 scores for 0 x 2; both sides must be above 0 and fit'],
    [[1, 2], [0], 2, 3, 'k is 3; it must be a whole number from 1 to 2'],
    [[1, 2], [0], 2, 0, 'k is 0; it must be a whole number from 1 to 2'],
    [[1, Number.NaN], [0], 2, 1, 'scores[1] is NaN; it must be finite'],
    [[1, 2], [2], 2, 1, 'truth[0] is 2; it must be a whole number from 0 to 1'],
    [[1, 2], [0.5], 2, 1, 'truth[0] is 0.5; it must be a whole number from 0 to 1'],
  ])('refuses %j, %j, %d, %d', (scores, truth, count, k, problem) => {
    expect(() => topKAccuracy(scores, truth, count, k)).toThrow(new ArgumentError('topKAccuracy', problem));
  });
});

describe('confusionMatrix', () => {
  it('counts by truth, then by prediction', () => {
    expect(confusionMatrix([0, 0, 1, 1, 1, 0], [0, 0, 0, 1, 1, 1], 3)).toEqual([
      [2, 1, 0],
      [1, 2, 0],
      [0, 0, 0],
    ]);
    expect(confusionMatrix(classes.predicted, classes.truth, classes.classes)).toEqual(classes.confusion);
  });

  it('passes over what is ignored, whatever was predicted there', () => {
    const truth = Uint8Array.of(0, 255, 1);
    expect(confusionMatrix(Int32Array.of(0, -7, 0), truth, 2, { ignoreIndex: 255 })).toEqual([
      [1, 0],
      [1, 0],
    ]);
    expect(confusionMatrix([], [], 1)).toEqual([[0]]);
  });

  it.each([
    [[1], [1, 0], 2, undefined, '1 predictions for 2 labels; both must be equal'],
    [[1], [2], 2, undefined, 'truth[0] is 2; it must be a whole number from 0 to 1'],
    [[1], [2], 2, 255, 'truth[0] is 2; it must be a whole number from 0 to 1 or 255'],
    [[Number.NaN], [1], 2, undefined, 'predicted[0] is NaN; it must be a whole number from 0 to 1'],
    [[255], [1], 2, 255, 'predicted[0] is 255; it must be a whole number from 0 to 1'],
    [[0], [0], 0, undefined, 'classes is 0; it must be a whole number above 0'],
  ])('refuses %j beside %j of %d', (predicted, truth, count, ignoreIndex, problem) => {
    expect(() => confusionMatrix(predicted, truth, count, { ignoreIndex })).toThrow(
      new ArgumentError('confusionMatrix', problem),
    );
  });
});

describe('metrics of a confusion matrix', () => {
  const matrix = confusionMatrix(classes.predicted, classes.truth, classes.classes);
  const binary = confusionMatrix(classes.binaryPredicted, classes.binaryTruth, 2);

  it('are those of scikit-learn', () => {
    expect(overallAccuracy(matrix)).toBeCloseTo(classes.overall, 12);
    expect(balancedAccuracy(matrix)).toBeCloseTo(classes.balanced, 12);
    expect(cohensKappa(matrix)).toBeCloseTo(classes.kappa, 12);
    expect(cohensKappa(binary)).toBeCloseTo(classes.binaryKappa, 12);
    expect(matthewsCorrelation(matrix)).toBeCloseTo(classes.matthews, 12);
    expect(matthewsCorrelation(binary)).toBeCloseTo(classes.binaryMatthews, 12);
    closeTo(triple(matrix, 'micro'), classes.micro);
    closeTo(triple(matrix, 'macro'), classes.macro);
    closeTo(triple(binary, 'binary'), classes.binary);
    closeTo(intersectionOverUnion(matrix).subarray(0, 5), classes.iou);
    expect(intersectionOverUnion(matrix)[5]).toBeNaN();
    expect(meanIntersectionOverUnion(matrix)).toBeCloseTo(classes.meanIou, 12);
  });

  it('balancedAccuracy averages the recalls of the classes that occur', () => {
    expect(
      balancedAccuracy([
        [9, 1],
        [1, 0],
      ]),
    ).toBeCloseTo(0.45, 12);
  });

  it('are 0 where a collapsed model leaves them open', () => {
    const all = [
      [0, 0],
      [0, 5],
    ];
    expect(cohensKappa(all)).toBe(0);
    expect(matthewsCorrelation(all)).toBe(0);
    expect(triple(confusionMatrix([0, 0], [0, 1], 2), 'binary')).toEqual([0, 0, 0]);
  });

  it('do not depend on how classes are numbered, and grow with the counts alike', () => {
    const square = fc.array(fc.array(fc.nat(9), { minLength: 4, maxLength: 4 }), { minLength: 4, maxLength: 4 });
    const order = fc.shuffledSubarray([0, 1, 2, 3], { minLength: 4 });
    fc.assert(
      fc.property(square, order, fc.integer({ min: 2, max: 5 }), (counts, permutation, times) => {
        fc.pre(counts.flat().some((n) => n > 0));
        const other = permutation.map((r) => permutation.map((c) => times * counts[r][c]));
        const metrics: ((m: ConfusionMatrix) => number)[] = [
          overallAccuracy,
          balancedAccuracy,
          cohensKappa,
          matthewsCorrelation,
          meanIntersectionOverUnion,
          (m) => precisionRecallF1(m, 'macro').f1,
          (m) => precisionRecallF1(m, 'micro').f1,
        ];
        for (const metric of metrics) expect(metric(other)).toBeCloseTo(metric(counts), 10);
        expect(precisionRecallF1(counts, 'micro').f1).toBeCloseTo(overallAccuracy(counts), 12);
      }),
      { numRuns: 60 },
    );
  });

  it.each([
    ['overallAccuracy', overallAccuracy],
    ['balancedAccuracy', balancedAccuracy],
    ['cohensKappa', cohensKappa],
    ['matthewsCorrelation', matthewsCorrelation],
    ['intersectionOverUnion', intersectionOverUnion],
    ['meanIntersectionOverUnion', meanIntersectionOverUnion],
    ['precisionRecallF1', (m: ConfusionMatrix) => precisionRecallF1(m, 'macro')],
  ])('%s refuses what is no count', (name, metric: (m: ConfusionMatrix) => unknown) => {
    const nothing = 'the matrix counts nothing; there is nothing to measure';
    expect(() => metric([])).toThrow(new ArgumentError(name, nothing));
    expect(() => metric(confusionMatrix([], [], 2))).toThrow(new ArgumentError(name, nothing));
    expect(() => metric([[1, 0]])).toThrow(
      new ArgumentError(name, 'row 0 of 1 has 2 columns; the matrix must be square'),
    );
    expect(() => metric([[Number.NaN]])).toThrow(
      new ArgumentError(name, 'matrix[0][0] is NaN; a count must be 0 or above'),
    );
    expect(() => metric([[-1]])).toThrow(new ArgumentError(name, 'matrix[0][0] is -1; a count must be 0 or above'));
  });

  it('binary is for two classes', () => {
    expect(() => precisionRecallF1([[1]], 'binary')).toThrow(
      new ArgumentError('precisionRecallF1', 'binary is for 2 classes, not 1; take micro or macro'),
    );
  });
});

describe('distances and correlations', () => {
  const numbers = golden<{
    truth: number[];
    predicted: number[];
    mae: number;
    mse: number;
    rmse: number;
    pearson: number;
    spearman: number;
  }>('regression');

  it('are those of scikit-learn and SciPy', () => {
    const { predicted, truth } = numbers;
    expect(meanAbsoluteError([1, -2, 3], [0, 2, 3])).toBeCloseTo(5 / 3, 12);
    expect(meanAbsoluteError(predicted, truth)).toBeCloseTo(numbers.mae, 12);
    expect(meanSquaredDeviation(predicted, truth)).toBeCloseTo(numbers.mse, 12);
    expect(rootMeanSquaredError(predicted, truth)).toBeCloseTo(numbers.rmse, 12);
    expect(pearsonCorrelation(predicted, truth)).toBeCloseTo(numbers.pearson, 12);
    expect(spearmanCorrelation(predicted, truth)).toBeCloseTo(numbers.spearman, 12);
  });

  it('correlations do not change under rising maps: straight ones for Pearson, any for Spearman', () => {
    const pairs = fc.array(fc.tuple(fc.integer({ min: -30, max: 30 }), fc.integer({ min: -30, max: 30 })), {
      minLength: 2,
      maxLength: 40,
    });
    fc.assert(
      fc.property(pairs, fc.integer({ min: 1, max: 9 }), fc.integer({ min: -5, max: 5 }), (both, scale, shift) => {
        const a = both.map(([x]) => x);
        const b = both.map(([, y]) => y);
        fc.pre(new Set(b).size > 1);
        const r = pearsonCorrelation(a, b);
        expect(Math.abs(r)).toBeLessThanOrEqual(1);
        expect(
          pearsonCorrelation(
            a.map((x) => scale * x + shift),
            b,
          ),
        ).toBeCloseTo(r, 10);
        expect(
          pearsonCorrelation(
            a.map((x) => -x),
            b,
          ),
        ).toBeCloseTo(-r, 10);
        const rho = spearmanCorrelation(a, b);
        expect(
          spearmanCorrelation(
            a.map((x) => Math.exp(x)),
            b.map((y) => y ** 3),
          ),
        ).toBeCloseTo(rho, 12);
        expect(spearmanCorrelation([...a].reverse(), [...b].reverse())).toBeCloseTo(rho, 12);
        expect(spearmanCorrelation(b, b)).toBeCloseTo(1, 12);
      }),
    );
  });

  it('correlations of very large and very small numbers neither overflow nor vanish', () => {
    expect(pearsonCorrelation([1e300, -1e300, 1e300], [1e-300, 3e-300, 1e-300])).toBeCloseTo(-1, 12);
    expect(pearsonCorrelation([1e9, 1e9 + 1, 1e9 + 2], [1, 2, 3])).toBeCloseTo(1, 12);
  });

  it('a constant prediction correlates with nothing', () => {
    expect(pearsonCorrelation([0.1, 0.1, 0.1], [1, 2, 3])).toBe(0);
    expect(spearmanCorrelation([0.1, 0.1, 0.1], [1, 2, 3])).toBe(0);
  });

  it.each([
    ['meanAbsoluteError', meanAbsoluteError],
    ['meanSquaredDeviation', meanSquaredDeviation],
    ['rootMeanSquaredError', rootMeanSquaredError],
    ['pearsonCorrelation', pearsonCorrelation],
    ['spearmanCorrelation', spearmanCorrelation],
  ])('%s refuses nothing, unequal sizes and NaN', (name, metric) => {
    const refusal = (problem: string): ArgumentError => new ArgumentError(name, problem);
    expect(() => metric([], [])).toThrow(refusal('0 predictions for 0 numbers; both must be equal and above 0'));
    expect(() => metric([1], [1, 2])).toThrow(refusal('1 predictions for 2 numbers; both must be equal and above 0'));
    expect(() => metric([1, Number.NaN], [1, 2])).toThrow(refusal('predicted[1] is NaN; it must be finite'));
    expect(() => metric([1, 2], [1, Number.NaN])).toThrow(refusal('truth[1] is NaN; it must be finite'));
  });

  it.each([
    ['pearsonCorrelation', pearsonCorrelation],
    ['spearmanCorrelation', spearmanCorrelation],
  ])('%s refuses constant truth', (name, metric) => {
    expect(() => metric([1, 2], [3, 3])).toThrow(
      new ArgumentError(name, 'all 2 of truth are 3; at least two must differ'),
    );
  });
});
