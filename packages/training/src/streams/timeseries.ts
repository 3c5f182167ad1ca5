// Series: a week's forecast from eight weeks (l2), around the level of the last week.

import { persistenceBaseline, type RawSeries, ridgeForecastBaseline, type SeriesDataset } from '@omnigrad/data';
import {
  type TimeseriesAugment,
  type TimeseriesConfig,
  TimeseriesTokenizer,
  timeseriesAugment,
  timeseriesDefaults,
} from '@omnigrad/tokenizers';
import { defineStream, type StreamDefinition, type TaskSpec } from '../stream.ts';
import { type Augmented, augmentation, withAugment } from './augmentation.ts';
import { illustratePatches } from './illustrate.ts';

/** Days whose mean is the level that a forecast departs from. */
const levelDays = 7;
/** Channels of a reconstruction in the report, a panel each; with more of them, the forecast one is among those drawn. */
const mostDrawn = 12;
/** Test windows shown in the report. */
const shown = 4;

const forecastTask = (dataset: SeriesDataset, channelName: string): TaskSpec<RawSeries> => {
  const channel = dataset.channels.findIndex((c) => c.name === channelName);
  const { std, unit } = dataset.channels[channel];
  const { horizon, stepDays = 1 } = dataset.train.get(0).input;
  const at = (values: Float32Array, raw: RawSeries, day: number): number => values[day * raw.channels + channel];
  const level = (raw: RawSeries): number => {
    let total = 0;
    for (let d = raw.steps - levelDays; d < raw.steps; d++) total += at(raw.history, raw, d);
    return total / levelDays;
  };
  const future = (raw: RawSeries): number[] => Array.from({ length: horizon }, (_, d) => at(raw.future, raw, d));
  return {
    name: 'forecast',
    head: { kind: 'values', outputs: horizon },
    target: ({ input }) => ({
      kind: 'values',
      values: Float32Array.from(future(input), (v) => (v - level(input)) / std),
      weights: null,
    }),
    score: (outputs, count) => {
      const forecast = (raw: RawSeries, i: number): number[] =>
        Array.from({ length: horizon }, (_, d) => level(raw) + std * outputs[i * horizon + d]);
      let error = 0;
      for (let i = 0; i < count; i++) {
        const raw = dataset.test.get(i).input;
        const truth = future(raw);
        for (const [d, v] of forecast(raw, i).entries()) error += Math.abs(v - truth[d]);
      }
      const persistence = persistenceBaseline(dataset, channelName);
      const ridge = ridgeForecastBaseline(dataset, channelName);
      return {
        metric: `MAE of ${channelName}, ${horizon} ${stepDays === 1 ? 'days' : 'steps'}${unit === '' ? '' : `, ${unit}`}`,
        higherIsBetter: false,
        value: error / (count * horizon),
        chance: persistence.chance,
        baseline: persistence.value,
        baselineName: persistence.method,
        others: [{ name: ridge.method, value: ridge.value }],
        testCount: count,
        forecasts: Array.from({ length: Math.min(shown, count) }, (_, k) => {
          const i = Math.floor((k * count) / shown);
          const { input, id } = dataset.test.get(i);
          const last = at(input.history, input, input.steps - 1);
          return {
            title: id,
            unit,
            history: Array.from({ length: input.steps }, (_h, d) => at(input.history, input, d)),
            truth: future(input),
            forecast: forecast(input, i),
            baseline: new Array<number>(horizon).fill(last),
          };
        }),
      };
    },
  };
};

export const timeseriesStream = (
  dataset: SeriesDataset,
  channelName: string,
  options: Partial<TimeseriesConfig> = {},
  more: Augmented<TimeseriesAugment> = {},
): StreamDefinition => {
  const config: TimeseriesConfig = { ...timeseriesDefaults, channels: dataset.channels, ...options };
  const count = config.channels.length;
  const target = dataset.channels.findIndex(({ name }) => name === channelName);
  const drawn = Array.from({ length: Math.min(mostDrawn, count) }, (_, c) => c);
  if (target >= mostDrawn) drawn[mostDrawn - 1] = target;
  const drawnOf = (field: ArrayLike<number>): ArrayLike<number> =>
    drawn.length === count
      ? field
      : Float32Array.from(
          { length: (field.length / count) * drawn.length },
          (_, i) => field[Math.floor(i / drawn.length) * count + drawn[i % drawn.length]],
        );
  return defineStream({
    modality: 'timeseries',
    dataset,
    tokenizer: (scope, width) => new TimeseriesTokenizer(scope, config, width),
    cacheFeatures: true,
    tasks: [forecastTask(dataset, channelName)],
    settings: withAugment(config, more),
    ...augmentation(more, timeseriesAugment),
    illustrate: (tokenizer, arrays, mask, predictions) => ({
      kind: 'series',
      rows: config.steps,
      columns: drawn.length,
      channels: drawn.map((c) => `${dataset.channels[c].name}, ${dataset.channels[c].unit}`),
      items: illustratePatches(arrays, mask, predictions, {
        width: config.patch * (config.channelIndependent ? 1 : count),
        normalise: config.normaliseTarget ? 'patch' : 'none',
        toField: (patches) => drawnOf(tokenizer.toSeries(patches, arrays)),
      }),
    }),
  });
};
