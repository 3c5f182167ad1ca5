// Average precision, ROC AUC, retrieval, re-identification and corruption errors.

import { ArgumentError } from '@omnigrad/tensor';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  averagePrecision,
  averageRanks,
  meanAveragePrecision,
  meanCorruptionError,
  meanRocAuc,
  medianRank,
  type ReidentificationInput,
  recallAtK,
  reidentification,
  retrievalRanks,
  rocAuc,
} from '../src/index.ts';
import { golden } from './metrics-goldens.ts';

const marked = fc
  .array(fc.tuple(fc.integer({ min: -8, max: 8 }), fc.nat(1)), { minLength: 2, maxLength: 40 })
  .filter((rows) => new Set(rows.map(([, label]) => label)).size === 2);

const many = golden<{
  count: number;
  labels: number[];
  scores: number[];
  averagePrecision: number[];
  meanAveragePrecision: number;
  rocAuc: number[];
  meanRocAuc: number;
}>('ranking');

const column = (values: readonly number[], label: number): number[] =>
  values.filter((_, i) => i % many.count === label);

describe('averageRanks', () => {
  it('shares ranks among equals, as SciPy', () => {
    expect([...averageRanks([3, 1, 3, 2, 3])]).toEqual([4, 1, 4, 2, 4]);
    const { truth, ranks } = golden<{ truth: number[]; ranks: number[] }>('regression');
    expect([...averageRanks(truth)]).toEqual(ranks);
    expect([...averageRanks([])]).toEqual([]);
  });

  it('refuses NaN', () => {
    expect(() => averageRanks([Number.NaN])).toThrow(
      new ArgumentError('averageRanks', 'values[0] is NaN; it must be finite'),
    );
  });
});

describe('averagePrecision and rocAuc', () => {
  it('are those of scikit-learn, ties and all', () => {
    many.rocAuc.forEach((value, label) => {
      expect(rocAuc(column(many.scores, label), column(many.labels, label))).toBeCloseTo(value, 12);
      const precision = averagePrecision(column(many.scores, label), column(many.labels, label));
      expect(precision).toBeCloseTo(many.averagePrecision[label], 12);
    });
  });

  it('rocAuc is the share of pairs in the right order, equals counting half', () => {
    fc.assert(
      fc.property(marked, (rows) => {
        const positives = rows.filter(([, label]) => label === 1);
        const negatives = rows.filter(([, label]) => label === 0);
        const won = positives.flatMap(([p]) => negatives.map(([n]): number => (p > n ? 1 : p === n ? 0.5 : 0)));
        const scores = rows.map(([score]) => score);
        const labels = rows.map(([, label]) => label);
        const area = won.reduce((a, b) => a + b, 0) / won.length;
        expect(rocAuc(scores, labels)).toBeCloseTo(area, 12);
        expect(
          rocAuc(
            scores.map((x) => -x),
            labels,
          ),
        ).toBeCloseTo(1 - area, 12);
        expect(
          rocAuc(
            scores,
            labels.map((x) => 1 - x),
          ),
        ).toBeCloseTo(1 - area, 12);
      }),
    );
  });

  it('depend on the order of the scores alone, and not on that of the rows', () => {
    fc.assert(
      fc.property(marked, fc.nat(100), (rows, turn) => {
        const turned = [...rows.slice(turn % rows.length), ...rows.slice(0, turn % rows.length)].reverse();
        for (const metric of [averagePrecision, rocAuc]) {
          const value = metric(
            rows.map(([score]) => score),
            rows.map(([, label]) => label),
          );
          const other = metric(
            turned.map(([score]) => Math.exp(score) - 3),
            turned.map(([, label]) => label),
          );
          expect(other).toBeCloseTo(value, 12);
          expect(value).toBeGreaterThanOrEqual(0);
          expect(value).toBeLessThanOrEqual(1);
        }
      }),
    );
  });

  it('equal scores everywhere are chance', () => {
    expect(rocAuc([1, 1, 1, 1], [1, 0, 0, 0])).toBe(0.5);
    expect(averagePrecision([1, 1, 1, 1], [1, 0, 0, 0])).toBe(0.25);
  });

  it.each([
    ['averagePrecision', averagePrecision],
    ['rocAuc', rocAuc],
  ])('%s refuses what it cannot rank', (name, metric) => {
    const refusal = (problem: string): ArgumentError => new ArgumentError(name, problem);
    expect(() => metric([], [])).toThrow(refusal('0 predictions for 0 labels; both must be equal and above 0'));
    expect(() => metric([1], [1, 0])).toThrow(refusal('1 predictions for 2 labels; both must be equal and above 0'));
    expect(() => metric([1, Number.NaN], [1, 0])).toThrow(refusal('scores[1] is NaN; it must be finite'));
    expect(() => metric([1, 2], [1, 2])).toThrow(refusal('labels[1] is 2; it must be a whole number from 0 to 1'));
  });

  it('refuse one label only', () => {
    expect(() => averagePrecision([1, 2], [0, 0])).toThrow(
      new ArgumentError('averagePrecision', 'no label is 1; without positives there is no recall'),
    );
    expect(() => rocAuc([1, 2], [1, 1])).toThrow(
      new ArgumentError('rocAuc', 'all 2 labels are 1; both 0 and 1 must occur'),
    );
    expect(averagePrecision([1, 2], [1, 1])).toBe(1);
  });
});

describe('means over labels', () => {
  it('are those of scikit-learn over the labels that count', () => {
    const precision = meanAveragePrecision(many.scores, many.labels, many.count);
    expect(precision.mean).toBeCloseTo(many.meanAveragePrecision, 12);
    expect(precision.counted).toBe(6);
    expect(precision.perLabel[5]).toBeNaN();
    expect(precision.perLabel[6]).toBe(1);
    const area = meanRocAuc(many.scores, many.labels, many.count);
    expect(area.mean).toBeCloseTo(many.meanRocAuc, 12);
    expect(area.counted).toBe(5);
    expect([...area.perLabel.subarray(5)]).toEqual([Number.NaN, Number.NaN]);
  });

  it.each([
    ['meanAveragePrecision', meanAveragePrecision, 'a positive'],
    ['meanRocAuc', meanRocAuc, 'both a positive and a negative'],
  ])('%s refuses what it cannot rank', (name, metric, need) => {
    const refusal = (problem: string): ArgumentError => new ArgumentError(name, problem);
    expect(() => metric([], [], 2)).toThrow(refusal('0 labels for 0 x 2; both sides must be above 0 and fit'));
    expect(() => metric([1, 2], [1, 0, 1], 2)).toThrow(
      refusal('3 labels for 1 x 2; both sides must be above 0 and fit'),
    );
    expect(() => metric([1], [1, 0], 2)).toThrow(refusal('1 scores for 1 x 2; both sides must be above 0 and fit'));
    expect(() => metric([1], [1], 0)).toThrow(refusal('count is 0; it must be a whole number above 0'));
    expect(() => metric([Number.NaN, 1], [1, 0], 2)).toThrow(refusal('scores[0] is NaN; it must be finite'));
    expect(() => metric([1, 2], [0, 0], 2)).toThrow(
      refusal(`none of 2 labels has ${need}; there is nothing to measure`),
    );
  });
});

describe('retrieval', () => {
  const file = golden<{
    similarities: number[];
    queryIds: number[];
    itemIds: number[];
    ranks: number[];
    median: number;
    recallAt5: number;
  }>('retrieval');

  it('ranks as SciPy does, the worst of equals', () => {
    const ranks = retrievalRanks(file.similarities, file.queryIds, file.itemIds);
    expect([...ranks]).toEqual(file.ranks);
    expect(medianRank(ranks)).toBe(file.median);
    expect(recallAtK(ranks, 5)).toBeCloseTo(file.recallAt5, 12);
  });

  it('one embedding for everything is last, whatever the order', () => {
    expect([...retrievalRanks([0, 0, 0, 0, 0, 0, 0, 0, 0], [0, 1, 2], [0, 1, 2])]).toEqual([3, 3, 3]);
    expect([...retrievalRanks([3, 9, 9, 1], [7], [7, 7, 8, 9])]).toEqual([2]);
  });

  it('does not depend on the order of items nor on a rising map', () => {
    const row = fc.array(fc.tuple(fc.nat(6), fc.nat(3)), { minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(row, (items) => {
        const ids = [items[0][1]];
        const [rank] = retrievalRanks(
          items.map(([s]) => s),
          ids,
          items.map(([, id]) => id),
        );
        const other = [...items].sort(([a], [b]) => a - b);
        expect([
          ...retrievalRanks(
            other.map(([s]) => Math.exp(s)),
            ids,
            other.map(([, id]) => id),
          ),
        ]).toEqual([rank]);
      }),
    );
  });

  it('medians of odd and even numbers', () => {
    expect(medianRank([10, 1, 2])).toBe(2);
    expect(medianRank([10, 1, 2, 3])).toBe(2.5);
    expect(recallAtK([10, 1, 2, 3], 2)).toBe(0.5);
  });

  it('refuses what does not fit', () => {
    const ranks = (problem: string): ArgumentError => new ArgumentError('retrievalRanks', problem);
    expect(() => retrievalRanks([1], [1], [1, 2])).toThrow(
      ranks('1 similarities for 1 x 2; both sides must be above 0 and fit'),
    );
    expect(() => retrievalRanks([], [], [])).toThrow(
      ranks('0 similarities for 0 x 0; both sides must be above 0 and fit'),
    );
    expect(() => retrievalRanks([Number.NaN], [1], [1])).toThrow(ranks('similarities[0] is NaN; it must be finite'));
    expect(() => retrievalRanks([1], [Number.NaN], [1])).toThrow(ranks('queryIds[0] is NaN; it must be finite'));
    expect(() => retrievalRanks([1], [1], [Number.NaN])).toThrow(ranks('itemIds[0] is NaN; it must be finite'));
    expect(() => retrievalRanks([1], [1], [2])).toThrow(
      ranks('no item has the id 1 of query 0; leave it out or add its item'),
    );
    for (const [name, metric] of [
      ['medianRank', medianRank],
      ['recallAtK', (of: number[]) => recallAtK(of, 1)],
    ] as const) {
      expect(() => metric([])).toThrow(new ArgumentError(name, '0 ranks; there must be at least one'));
      expect(() => metric([1, 0])).toThrow(new ArgumentError(name, 'ranks[1] is 0; it must be a whole number above 0'));
      expect(() => metric([Number.NaN])).toThrow(
        new ArgumentError(name, 'ranks[0] is NaN; it must be a whole number above 0'),
      );
    }
    expect(() => recallAtK([1], 0)).toThrow(
      new ArgumentError('recallAtK', 'k is 0; it must be a whole number above 0'),
    );
  });
});

describe('reidentification', () => {
  type Scores = { rankK: number[]; map: number; minp: number; queries: number };
  const file = golden<Required<Omit<ReidentificationInput, 'ranks'>> & { withCameras: Scores; withoutCameras: Scores }>(
    'reidentification',
  );
  const { distances, queryIds, galleryIds } = file;

  it.each([
    ['with', file, file.withCameras],
    ['without', { distances, queryIds, galleryIds }, file.withoutCameras],
  ])('is that of scikit-learn and SciPy %s cameras', (_, input, want) => {
    const got = reidentification({ ...input, ranks: [1, 5, 10] });
    expect(got.queries).toBe(want.queries);
    got.rankK.forEach((value, i) => {
      expect(value).toBeCloseTo(want.rankK[i], 12);
    });
    expect(got.meanAveragePrecision).toBeCloseTo(want.map, 12);
    expect(got.meanInverseNegativePenalty).toBeCloseTo(want.minp, 12);
  });

  it('by hand: matches at places 1, 2 and 5, and a tie that goes against the match', () => {
    const got = reidentification({
      distances: [1, 3, 2, 4, 5, 9, 0, 9, 9, 9],
      queryIds: [7, 8],
      galleryIds: [7, 8, 7, 8, 7],
    });
    // Query 7: places 1, 2, 5. Query 8: its matches lie at 0, place 1, and at 9 with three wrong ones, place 5.
    expect(got.rankK).toEqual([1, 1, 1, 1]);
    expect(got.meanAveragePrecision).toBeCloseTo(((1 + 1 + 3 / 5) / 3 + (1 + 2 / 5) / 2) / 2, 12);
    expect(got.meanInverseNegativePenalty).toBeCloseTo((3 / 5 + 2 / 5) / 2, 12);
  });

  it('does not depend on the order of the gallery nor on a rising map', () => {
    const gallery = fc.array(fc.tuple(fc.nat(5), fc.nat(2)), { minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(gallery, (entries) => {
        const queryIds = [entries[0][1]];
        const of = (rows: typeof entries, map: (d: number) => number) =>
          reidentification({ distances: rows.map(([d]) => map(d)), queryIds, galleryIds: rows.map(([, id]) => id) });
        expect(of([...entries].reverse(), Math.exp)).toEqual(of(entries, (d) => d));
      }),
    );
  });

  it.each<[Partial<ReidentificationInput>, string]>([
    [{ distances: [1] }, '1 distances for 1 x 2; both sides must be above 0 and fit'],
    [{ distances: [], queryIds: [] }, '0 distances for 0 x 2; both sides must be above 0 and fit'],
    [{ distances: [1, Number.NaN] }, 'distances[1] is NaN; it must be finite'],
    [{ queryIds: [Number.NaN] }, 'queryIds[0] is NaN; it must be finite'],
    [{ galleryIds: [1, Number.NaN] }, 'galleryIds[1] is NaN; it must be finite'],
    [{ ranks: [0] }, 'k is 0; it must be a whole number above 0'],
    [{ queryCameras: [1] }, 'cameras of one side only; give queryCameras and galleryCameras or neither'],
    [{ queryCameras: [1, 2], galleryCameras: [1, 2] }, '2 queryCameras for 1 ids; both must be equal'],
    [{ queryCameras: [1], galleryCameras: [1] }, '1 galleryCameras for 2 ids; both must be equal'],
    [{ queryCameras: [1], galleryCameras: [1, Number.NaN] }, 'galleryCameras[1] is NaN; it must be finite'],
    [{ queryIds: [3] }, 'none of 1 queries has a match in the gallery; there is nothing to measure'],
  ])('refuses %j', (change, problem) => {
    const input = { distances: [1, 2], queryIds: [1], galleryIds: [1, 2], ...change };
    expect(() => reidentification(input)).toThrow(new ArgumentError('reidentification', problem));
  });
});

describe('meanCorruptionError', () => {
  const errors = [
    [0.2, 0.4],
    [0.1, 0.2],
  ];
  const baseline = [
    [0.4, 0.8],
    [0.2, 0.2],
  ];

  it('by hand, with and without the clean error', () => {
    const plain = meanCorruptionError(errors, baseline);
    expect(plain.perCorruption[0]).toBeCloseTo(0.6 / 1.2, 12);
    expect(plain.perCorruption[1]).toBeCloseTo(0.3 / 0.4, 12);
    expect(plain.mean).toBeCloseTo(0.625, 12);
    expect(plain.meanErrorRate).toBeCloseTo(0.225, 12);
    expect(plain.relativeMean).toBeUndefined();
    const clean = meanCorruptionError(errors, baseline, { model: 0.1, baseline: 0.1 });
    expect(clean.mean).toBe(plain.mean);
    expect(clean.relativeMean).toBeCloseTo((0.4 / 1 + 0.1 / 0.2) / 2, 12);
  });

  it('a model beside itself is 1, and half its errors are half of that', () => {
    const table = fc.array(fc.array(fc.integer({ min: 1, max: 64 }), { minLength: 3, maxLength: 3 }), { minLength: 1 });
    fc.assert(
      fc.property(table, (counts) => {
        const own = counts.map((row) => row.map((n) => n / 64));
        const half = own.map((row) => row.map((x) => x / 2));
        expect(meanCorruptionError(own, own).mean).toBeCloseTo(1, 12);
        expect(meanCorruptionError(half, own).mean).toBeCloseTo(0.5, 12);
      }),
    );
  });

  it.each([
    [[], baseline, undefined, 'errors holds nothing; it needs a corruption and a severity'],
    [errors, [[]], undefined, 'baseline holds nothing; it needs a corruption and a severity'],
    [[[1], [1, 1]], baseline, undefined, 'errors[1] has 2 severities and errors[0] 1; they must be equal'],
    [[[1, Number.NaN]], baseline, undefined, 'errors[0][1] is NaN; an error rate must be from 0 to 1'],
    [errors, [[50, 1]], undefined, 'baseline[0][0] is 50; an error rate must be from 0 to 1'],
    [[[1]], baseline, undefined, 'errors [1, 1] beside baseline [2, 2]; both need the same corruptions and severities'],
    [[[1]], [[0]], undefined, 'corruption 0 costs the baseline nothing; leave it out'],
    [
      [[1]],
      [[0.5]],
      { model: 0, baseline: 0.5 },
      'corruption 0 costs the baseline nothing beyond its clean 0.5; leave it out',
    ],
    [[[1]], [[0.5]], { model: 2, baseline: 0 }, 'clean.model is 2; an error rate must be from 0 to 1'],
    [[[1]], [[0.5]], { model: 0, baseline: -1 }, 'clean.baseline is -1; an error rate must be from 0 to 1'],
  ])('refuses %j beside %j', (own, other, clean, problem) => {
    expect(() => meanCorruptionError(own, other, clean)).toThrow(new ArgumentError('meanCorruptionError', problem));
  });
});
