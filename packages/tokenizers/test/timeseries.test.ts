import type { RawSeries } from '@omnigrad/data';
import { ParameterScope } from '@omnigrad/nn';
import { rngKey } from '@omnigrad/tensor';
import { describe, expect, test } from 'vitest';
import { type TimeseriesConfig, TimeseriesTokenizer, timeseriesDefaults } from '../src/index.ts';
import {
  describeContract,
  disturbPatches,
  hiddenPatches,
  make,
  onReferenceBackend,
  readTokens,
  width,
} from './contract.ts';

const channels = ['rain', 'high', 'low', 'wind'].map((name, i) => ({ name, mean: i, std: 1 + i }));
const config: TimeseriesConfig = { ...timeseriesDefaults, channels };
const series = (seed: number): RawSeries => ({
  history: Float32Array.from({ length: 56 * 4 }, (_, i) => Math.sin(i * (0.2 + 0.05 * seed)) + 3 * (i % 4)),
  future: new Float32Array(28),
  steps: 56,
  horizon: 7,
  channels: 4,
  dayOfYear: 40 * seed,
});
const windows = [1, 2, 3, 4].map(series);

const cases: readonly (readonly [string, Partial<TimeseriesConfig>, number])[] = [
  ['time series', {}, 3],
  ['time series, dropped', { mask: { kind: 'random', ratio: 0.4, method: 'drop' } }, 3],
  ['time series, channels apart', { channelIndependent: true }, 13],
  ['time series, less its mean', { instanceNorm: 'mean' }, 3],
  ['time series, channels apart, less the last value', { channelIndependent: true, instanceNorm: 'last' }, 13],
];
for (const [name, change, hiddenCount] of cases) {
  describeContract(name, {
    make: (s) => new TimeseriesTokenizer(s, { ...config, ...change }, width),
    raws: windows,
    hiddenCount,
    disturb: disturbPatches,
    targetIsClean: (arrays, masked) => {
      const { target } = masked;
      if (target.kind !== 'values') throw new Error('expected values');
      expect(hiddenPatches(masked.arrays.patches, masked.mask).flatMap((patch) => [...patch])).toEqual([
        ...target.values,
      ]);
      const { tokenizer } = make((s) => new TimeseriesTokenizer(s, { ...config, ...change }, width));
      const clean = tokenizer.toSeries(arrays.patches, arrays);
      tokenizer.toSeries(masked.arrays.patches, masked.arrays).forEach((x, i) => {
        expect(x).toBeCloseTo(clean[i], 4);
      });
      windows
        .flatMap(({ history }) => [...history])
        .forEach((x, i) => {
          expect(clean[i]).toBeCloseTo(x, 4);
        });
    },
  });
}

describe('time series numbers', () => {
  onReferenceBackend();
  const tokenizerOf = (change: Partial<TimeseriesConfig> = {}) =>
    new TimeseriesTokenizer(new ParameterScope(), { ...config, ...change }, width);

  test('8 tokens of a week with 4 channels, or 32 of one channel each', () => {
    const together = tokenizerOf();
    const apart = tokenizerOf({ channelIndependent: true });
    expect([together.tokenCount, together.reconstruction.width]).toEqual([8, 28]);
    expect([apart.tokenCount, apart.reconstruction.width]).toEqual([32, 7]);
    const features = together.preprocess(windows[0]);
    expect(features.values[4 * 10 + 3]).toBeCloseTo((windows[0].history[4 * 10 + 3] - 3) / 4, 6);
    expect(together.collate([features]).patches).toEqual(features.values);
    // Token 6 = week 1, channel 2.
    const expected = Array.from({ length: 7 }, (_, day) => features.values[4 * (7 + day) + 2]);
    expect([...apart.collate([features]).patches.subarray(42, 49)]).toEqual(expected);
  });

  test('each token knows the first day of its week', () => {
    const tokenizer = tokenizerOf();
    const { calendar } = tokenizer.collate([tokenizer.preprocess({ ...windows[0], dayOfYear: 57 })]);
    // Week 0 begins on day 57 - 56 = 1.
    const angle = (2 * Math.PI) / 365.25;
    expect([...calendar.subarray(0, 4)]).toEqual(
      [Math.sin(angle), Math.cos(angle), Math.sin(8 * angle), Math.cos(8 * angle)].map(Math.fround),
    );
  });

  test('instance normalisation keeps what it takes away, and a constant channel stays finite', () => {
    const history = Float32Array.from({ length: 224 }, (_, i) => (i % 4 === 0 ? 2 : i));
    const raw = { ...windows[0], history };
    for (const instanceNorm of ['mean', 'last'] as const) {
      const tokenizer = tokenizerOf({ instanceNorm });
      const arrays = tokenizer.collate([tokenizer.preprocess(raw)]);
      const standardised = (i: number): number => (history[i] - (i % 4)) / (1 + (i % 4));
      expect([arrays.level[0], arrays.patches[0]]).toEqual([2, 0]);
      expect(arrays.scale[0]).toBeCloseTo(Math.sqrt(1e-5), 6);
      expect(arrays.level[1]).toBeCloseTo(
        instanceNorm === 'last' ? standardised(221) : (standardised(1) + standardised(221)) / 2,
        4,
      );
      for (const i of [1, 50, 223]) {
        expect(arrays.patches[i] * arrays.scale[i % 4] + arrays.level[i % 4]).toBeCloseTo(standardised(i), 4);
      }
    }
    const plain = tokenizerOf();
    const { level, scale } = plain.collate([plain.preprocess(raw)]);
    expect([[...level], [...scale]]).toEqual([
      [0, 0, 0, 0],
      [1, 1, 1, 1],
    ]);
  });

  test('a hidden last week does not reach the tokens through the statistics, from the raw window on', () => {
    const { tokenizer, arena } = make((s) => new TimeseriesTokenizer(s, { ...config, instanceNorm: 'last' }, width));
    const masked = (raw: RawSeries, seed: number) =>
      tokenizer.mask(tokenizer.collate([tokenizer.preprocess(raw)]), rngKey(seed));
    const seed =
      Array.from({ length: 50 }, (_, i) => i).find((i) => masked(windows[0], i).mask.hidden.includes(7)) ?? -1;
    const { mask, arrays } = masked(windows[0], seed);
    const history = windows[0].history.slice();
    for (const token of mask.hidden) for (let i = 0; i < 28; i++) history[token * 28 + i] += 5;
    const other = masked({ ...windows[0], history }, seed);
    expect(other.mask).toEqual(mask);
    const before = readTokens(tokenizer, arrays, mask).values;
    readTokens(tokenizer, other.arrays, mask).values.forEach((x, i) => {
      expect(x).toBeCloseTo(before[i], 5);
    });
    arena.dispose();
  });

  test('errors', () => {
    const tokenizer = tokenizerOf();
    expect(() => tokenizer.preprocess({ ...windows[0], channels: 3 }, '2015-03-01')).toThrow(
      'TimeseriesTokenizer: sample "2015-03-01": expected a history of 56 steps x 4 channels, came 56 x 3 (224 numbers); cut the series into such windows or change the config',
    );
    const history = windows[0].history.slice();
    history[4 * 12 + 2] = Number.NaN;
    expect(() => tokenizer.preprocess({ ...windows[0], history })).toThrow(
      'TimeseriesTokenizer: expected a finite number at step 12, channel low, came NaN; clean the data before tokenizing',
    );
    expect(() => tokenizer.preprocess({ ...windows[0], dayOfYear: 0 })).toThrow(
      'TimeseriesTokenizer: expected a day of the year from 1 to 366, came 0; count days from 1 January = 1',
    );
    expect(() => tokenizerOf({ patch: 9 })).toThrow(
      'TimeseriesTokenizer: patches of 9 x 1 do not tile 56 x 1; choose divisors',
    );
    expect(() => tokenizerOf({ channels: [] })).toThrow(
      'TimeseriesTokenizer: came without channels; pass those of the dataset',
    );
    expect(() => tokenizerOf({ channels: [{ name: 'rain', mean: 1, std: 0 }] })).toThrow(
      'TimeseriesTokenizer: channel rain has mean 1 and std 0; std must be above 0 (use 1 for a constant channel)',
    );
  });
});
